"""Databases of PostgreSQL's, where `make test-postgres` has started a server."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator

import pytest

from tests.postgres.folders import server
from tests.postgres.server import Server
from tests.remote.conftest import bucket, s3

__all__ = ["bucket", "s3"]


@pytest.fixture(scope="session")
def postgres() -> Server:
    """The server of this run."""
    if "TEST_POSTGRES_PORT" not in os.environ:
        pytest.skip("there is a PostgreSQL server in `make test-postgres` only")
    return server()


@pytest.fixture
def empty(postgres: Server) -> Iterator[str]:
    """The URL of a database with nothing in it."""
    name = f"t{secrets.token_hex(8)}"
    postgres.create(name, "template1")
    yield postgres.url(name)
    postgres.drop(name)


@pytest.fixture
def database(postgres: Server) -> Iterator[str]:
    """The URL of a database with the tables of a registry."""
    name = f"t{secrets.token_hex(8)}"
    postgres.create(name)
    yield postgres.url(name)
    postgres.drop(name)
