"""A registry of the test's own, and both flavours to measure it with."""

from tests.client.worlds import api, flavour, registry, tap

__all__ = ["api", "flavour", "registry", "tap"]
