"""A registry of the test's own, and both flavours to measure it with."""

from tests.client.worlds import api, registry, tap

__all__ = ["api", "registry", "tap"]
