"""Serves a registry on a port, in a thread of the test's process."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn

from ..errors import ConnectionFailed
from ..local import Registry, create_app

HOST: Final = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ArtifactsServer:
    """A registry that is served.

    Attributes:
        url: its address, for ``WANDB_BASE_URL``.
        api_key: the key of its user, for ``WANDB_API_KEY``.
        entity: the user, which is also the entity of paths that name none.
        registry: the registry itself, to add and inspect data.
    """

    url: str
    api_key: str
    entity: str
    registry: Registry

    @property
    def port(self) -> int:
        """The port that it listens on."""
        return int(self.url.rpartition(":")[2])


@contextmanager
def served(registry: Registry) -> Generator[int]:
    """Serve a registry on a free port for a while.

    Raises:
        ConnectionFailed: the server did not start.
    """
    config = uvicorn.Config(
        create_app(registry), host=HOST, port=0, log_level="critical", lifespan="off"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="artifacts_server", daemon=True)
    thread.start()
    try:
        while not server.started:
            thread.join(0.005)
            if not thread.is_alive():
                raise ConnectionFailed(f"The registry in {registry.root} could not be served.")
        port: int = server.servers[0].sockets[0].getsockname()[1]
        yield port
    finally:
        server.should_exit = True
        thread.join()
