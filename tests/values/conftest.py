"""The bench of the artifacts' tests, in both flavours."""

from tests.artifacts.conftest import api, built, registry, server, wire

__all__ = ["api", "built", "registry", "server", "wire"]
