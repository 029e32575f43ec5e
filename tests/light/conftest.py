"""The world and the flavours of the client's tests, which these read as well."""

from tests.client.conftest import world, world_server

__all__ = ["world", "world_server"]
