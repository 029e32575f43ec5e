"""A registry over plain HTTP in a thread of its own."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from starlette.types import ASGIApp

from typed_artifacts.local import Registry, create_app

KEY = "5ecre7" * 7


@contextmanager
def running(app: ASGIApp, **options: object) -> Generator[int]:
    """Serve an application; the port."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error", **options))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # uvicorn's own
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        port: int = server.servers[0].sockets[0].getsockname()[1]
        yield port
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def http_registry(root: Path) -> Generator[int]:
    """Serve a registry whose user `local` has the key of the tests; the port."""
    with Registry(root) as registry:
        registry.register_key("local", KEY)
        with running(create_app(registry)) as port:
            yield port
