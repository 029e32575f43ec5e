"""Fixtures of the client's tests, which these use too."""

from tests.client.conftest import world, world_server

__all__ = ["world", "world_server"]
