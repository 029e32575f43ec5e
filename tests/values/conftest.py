"""The bench of the artifacts' tests, in both flavours."""

from tests.artifacts.conftest import api, flavour, registry, server, wire

__all__ = ["api", "flavour", "registry", "server", "wire"]
