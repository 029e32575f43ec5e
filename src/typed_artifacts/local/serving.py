"""`typed-artifacts serve`: the registry of a folder on a port."""

import ipaddress
import os
import signal
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

import uvicorn
from typing_extensions import override

from .app import create_app
from .faults import RegistryError, RegistryRefused
from .local_server import LOCAL_USER
from .registry import Registry


def serve(
    root: Path | str,
    *,
    host: str = "127.0.0.1",
    port: int = 8080,
    open_: bool = False,
    features: str = "all",
    gc_hours: float = 0,
) -> None:
    """Serves until interrupted. Prints one line with the URL, and a new API key once.

    Args:
        root: The folder of the registry, made if needed.
        host: The address to listen on.
        port: 0 takes a free one.
        open_: Any well-formed key is taken for the user of its name; loopback addresses only.
        features: `all`, `none`, or the names of the server features to have, comma-separated.
        gc_hours: collect garbage every so many hours; 0 never.

    Raises:
        RegistryError: The folder or the address can not be used.
    """
    if open_ and not is_loopback(host):
        raise RegistryRefused(
            f"--open lets everybody in, so it listens on loopback only, not {host}."
        )
    with _ended_by_signal(), Registry(root) as registry, collecting(registry, gc_hours * 3600):
        if not open_:
            announce_key(registry)
        app = create_app(registry, open_=open_, features=features)
        config = uvicorn.Config(app, host=host, port=port, log_level="warning", lifespan="off")
        server = _Server(config)
        try:
            server.run()
        except _Terminated:
            raise
        except SystemExit as error:
            raise RegistryError(f"{host}:{port} can not be listened on; is it in use?") from error


class _Terminated(SystemExit):
    pass


@contextmanager
def _ended_by_signal() -> Generator[None]:
    """SIGTERM ends the process when the registry is closed: its default would do so at once.

    uvicorn stops by itself, and raises the signal again.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, _terminate)
    try:
        yield
    except _Terminated:
        signal.signal(signal.SIGTERM, before)
        signal.raise_signal(signal.SIGTERM)
        raise
    finally:
        signal.signal(signal.SIGTERM, before)


def _terminate(number: int, _frame: FrameType | None) -> None:
    raise _Terminated(128 + number)


@contextmanager
def collecting(registry: Registry, seconds: float) -> Generator[None]:
    """Collects garbage in a thread, every so many seconds, as long as the block runs."""
    ended = threading.Event()

    def collect() -> None:
        while not ended.wait(seconds):
            try:
                registry.maintenance.collect_garbage()
            except RegistryError as error:
                sys.stderr.write(f"typed-artifacts: the garbage was not collected: {error}\n")

    thread = threading.Thread(target=collect, name="garbage collection", daemon=True)
    if seconds:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if seconds:
            thread.join()


class _Server(uvicorn.Server):
    """Says where it listens as soon as it does."""

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            host, port = server.sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            _say(f"typed-artifacts serves on http://{shown}:{port}")


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def announce_key(registry: Registry) -> None:
    """Makes the first API key, kept in `api-key` (0600) in the folder, and prints it once."""
    path = registry.root / "api-key"
    if path.exists():
        registry.register_key(LOCAL_USER, path.read_text().strip())
        return
    key = registry.add_key(LOCAL_USER, name="first")
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(key + "\n")
    _say(f"API key of user {LOCAL_USER!r} (kept in {path}): {key}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
