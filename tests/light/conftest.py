"""The world and the flavours of the client's tests, which these read as well."""

from tests.client.conftest import flavour, world, world_server

__all__ = ["flavour", "world", "world_server"]
