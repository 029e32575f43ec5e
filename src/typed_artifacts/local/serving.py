"""`typed-artifacts serve`: the registry of a folder on a port."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Collection, Generator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

import uvicorn
from starlette.applications import Starlette
from typing_extensions import override

from .._values.stderr import lenient_stderr
from .accounts.api_keys import FIRST_KEY_FILE, first_key
from .accounts.identity import TrustedIssuer
from .arguments import check_access, check_durations, check_host, check_port, check_regions
from .errors import RegistryError, RegistryRefused
from .folder_permissions import write_private
from .http.app import Endpoints, create_app
from .http.hosts import is_loopback, names_of
from .http.protocol import BoundedProtocol
from .local_server import LOCAL_USER
from .maintenance.migration import refuse_unfinished
from .messages import MOST_FILE_BYTES
from .registry import Registry

# The maximum number of connections, each of which may hold a part of a body; and of other open
# files: three for each reader of the database, stored files, connections not yet accepted.
_MOST_CONNECTIONS = 1000
_OTHER_FILES = 1000
_BACKLOG = 128
_MOST_HEADER_BYTES = 64 << 10
# On shutdown, running requests may take this time; one that receives nothing is ended sooner.
GRACE_SECONDS = 10.0
_STALLED_SECONDS = 1.0
_FORCED_SECONDS = 1.0


def serve(
    root: Path | str | None,
    *,
    database: str | None = None,
    files: str | None = None,
    host: str = "127.0.0.1",
    port: int = 8080,
    open_: bool = False,
    features: str = "all",
    allow_hosts: Sequence[str] = (),
    allow_origins: Sequence[str] = (),
    most_file_bytes: int = MOST_FILE_BYTES,
    regions: Collection[str] = (),
    grace: float = GRACE_SECONDS,
    gc_hours: float = 0,
    issuer: TrustedIssuer | None = None,
) -> None:
    """Serve a registry until SIGINT or SIGTERM. Prints a line with the URL, and a new API key once.

    On the first signal, running requests may finish; a second one ends the process immediately.

    Args:
        root: The folder of the registry, created if needed; None if both `database` and `files`
            are given.
        database: The URL of a PostgreSQL database for the rows; None: a file in the folder.
        files: The URL of an object store for the files; None: a folder in the folder.
        host: The address to listen on.
        port: The port to listen on; 0: any free port.
        open_: Accept any well-formed key as the name of a user; loopback addresses only.
        features: `all`, `none`, or the server features to support, comma-separated.
        allow_hosts: Additional host names of the server; `*` allows any.
        allow_origins: Origins of web pages that may use the server, e.g. `https://x.org`.
        most_file_bytes: The maximum size of a file, in bytes.
        regions: Names of storage regions to accept; all are stored in the same place.
        grace: The seconds that running requests may take on shutdown.
        gc_hours: The interval of garbage collection in hours; 0: never.
        issuer: The issuer whose identity tokens are exchanged for access tokens at `/oidc/token`.

    Raises:
        RegistryError: The folder or the address cannot be used.
    """
    if open_ and not is_loopback(host):
        raise RegistryRefused(
            f"--open lets everybody in, so it listens on loopback only, not {host}."
        )
    check_host(host)
    check_port(port)
    check_durations(grace=grace, gc_hours=gc_hours)
    check_access(allow_hosts, allow_origins)
    check_regions(regions)
    with (
        _ended_by_signal(),
        Registry(root, issuer=issuer, database=database, files=files) as registry,
        collecting(registry, gc_hours * 3600),
    ):
        refuse_unfinished(registry.store)
        if not open_:
            announce_key(registry)
        app = create_app(
            registry,
            open_=open_,
            features=features,
            hosts=names_of(host, allow_hosts),
            origins=allow_origins,
            most_file_bytes=most_file_bytes,
            regions=regions,
        )
        server = _Server(_configured(app, host, port, grace), app.state.endpoints, grace)
        try:
            server.run()
        except _Terminated:
            raise
        except SystemExit as error:
            raise RegistryError(f"{host}:{port} cannot be listened on; is it in use?") from error


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
                lenient_stderr().write(f"typed-artifacts: the garbage was not collected: {error}\n")

    thread = threading.Thread(target=collect, name="garbage collection", daemon=True)
    if seconds:
        thread.start()
    try:
        yield
    finally:
        ended.set()
        if seconds:
            thread.join()


def _configured(app: Starlette, host: str, port: int, grace: float) -> uvicorn.Config:
    most = most_connections()
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        server_header=False,
        limit_concurrency=most,
        backlog=min(most, _BACKLOG),
        h11_max_incomplete_event_size=_MOST_HEADER_BYTES,
        timeout_graceful_shutdown=max(1, round(grace)),
    )


def most_connections() -> int:
    """As many as the system lets a process open, without the other files; it is asked for more.

    Where a connection cannot be accepted for want of them, asyncio tells it thousands of times.
    """
    if sys.platform == "win32":
        return _MOST_CONNECTIONS
    import resource

    wanted = _MOST_CONNECTIONS + _OTHER_FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if 0 <= soft < wanted:
        soft = wanted if hard < 0 else min(hard, wanted)
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
        soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < 0:
        return _MOST_CONNECTIONS
    return min(_MOST_CONNECTIONS, max(soft - _OTHER_FILES, soft // 4))


class _Server(uvicorn.Server):
    """Says where it listens as soon as it does, and ends in time."""

    def __init__(self, config: uvicorn.Config, endpoints: Endpoints, grace: float) -> None:
        super().__init__(config)
        self._endpoints = endpoints
        self._grace = grace

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        for server in self.servers:
            host, port = server.sockets[0].getsockname()[:2]
            shown = f"[{host}]" if ":" in host else host
            _say(f"typed-artifacts serves on http://{shown}:{port}")

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._endpoints.shorten_timeouts(_STALLED_SECONDS, self._grace)
        await super().shutdown(sockets)

    @override
    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Uvicorn would send the signal again after the end, before the registry is closed."""
        if self.should_exit:
            self.force_exit = True
            end = threading.Timer(_FORCED_SECONDS, os._exit, (128 + sig,))
            end.daemon = True
            end.start()
        self.should_exit = True


def announce_key(registry: Registry) -> None:
    """Makes the first API key, kept in `api-key` (private) in the folder, and prints it once."""
    if registry.store.database.is_shared:
        # Of several processes, the first; its folder is not the others'.
        with registry.store.write():
            if registry.list_keys() or not registry.store.claim("first-key"):
                return
            key = registry.add_key(LOCAL_USER, name="first")
        _say(f"API key of user {LOCAL_USER!r} (kept nowhere else): {key}")
        return
    path = registry.root / FIRST_KEY_FILE
    with registry.store.write():  # of several processes that begin, one makes it
        kept = first_key(registry.root)
        if kept:
            registry.register_key(LOCAL_USER, kept)
            return
        key = registry.add_key(LOCAL_USER, name="first")
        write_private(path, f"{key}\n".encode())
    _say(f"API key of user {LOCAL_USER!r} (kept in {path}): {key}")


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
