"""The bench of the artifacts' tests, in both flavours."""

from tests.artifacts.conftest import api, built, flavour, registry, server, wire

__all__ = ["api", "built", "flavour", "registry", "server", "wire"]
