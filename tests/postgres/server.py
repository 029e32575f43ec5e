"""A PostgreSQL server of the tests' own: found or installed, on a free port, in a temporary folder.

It is an ordinary server. As it does not run as root, it is another user's where the tests are.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

USER = "registry"
TEMPLATE = "registry_template"
_SECONDS = 60
# Nothing has to survive a power cut here, and nothing is to wait for the disk.
_OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "max_connections=300")


@dataclass(frozen=True)
class Server:
    """A running server."""

    port: int

    def url(self, database: str) -> str:
        """Where a database of it is, as the registry takes it."""
        return f"postgresql+psycopg://{USER}@127.0.0.1:{self.port}/{database}"

    def execute(self, statement: str, database: str = "postgres") -> list[tuple[object, ...]]:
        """Run a statement that needs no transaction."""
        address = f"host=127.0.0.1 port={self.port} user={USER} dbname={database}"
        with psycopg.connect(address, autocommit=True) as connection:
            cursor = connection.execute(statement.encode())
            return cursor.fetchall() if cursor.description else []

    def create(self, database: str, template: str = TEMPLATE) -> None:
        """Make a database, which has what the template has."""
        self.execute(f'CREATE DATABASE "{database}" TEMPLATE "{template}"')

    def drop(self, database: str) -> None:
        """Remove a database, whoever still has it open."""
        self.execute(f'DROP DATABASE IF EXISTS "{database}" WITH (FORCE)')


def programs() -> Path:
    """The folder with `initdb` and `postgres`, which are installed if they are not there."""
    found = _found()
    if found is None:
        command = [sys.executable, "-m", "pip", "install", "--quiet", "pgserver"]
        subprocess.run(command, check=True)
        found = _found()
    if found is None:
        sys.exit("There is no PostgreSQL here, and the wheel pgserver does not bring it.")
    return found


def _found() -> Path | None:
    on_path = shutil.which("initdb")
    folders = [Path(on_path).resolve().parent] if on_path else []
    folders += sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    folders += [Path(entry) / "pgserver" / "pginstall" / "bin" for entry in sys.path]
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@contextmanager
def running() -> Generator[Server]:
    """A server that has no databases yet."""
    folder = Path(tempfile.mkdtemp(prefix="typed-artifacts-postgres-"))
    try:
        data = folder / "data"
        with socket.create_server(("127.0.0.1", 0)) as free:
            server = Server(int(free.getsockname()[1]))
        tools = programs()
        user = _user(tools, folder)
        command = [*user, str(tools / "initdb"), "-D", str(data), "-U", USER, "-A", "trust"]
        command += ["--encoding=UTF8", "--locale=C", "--no-sync"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        command = [*user, str(tools / "postgres"), "-D", str(data), "-p", str(server.port)]
        command += ["-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"]
        command += [part for option in _OPTIONS for part in ("-c", option)]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            _await(server, process, folder / "log")
            yield server
        finally:
            process.send_signal(signal.SIGINT)  # it ends at once, connections or not
            process.wait(_SECONDS)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _user(tools: Path, folder: Path) -> tuple[str, ...]:
    """What stands before a command of PostgreSQL's, which refuses to be root's.

    Another user, or where that one reaches neither the programs nor the folder, as below a root
    directory that is closed to others, root itself under another number.
    """
    if os.geteuid() != 0:
        return ()
    other = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups")
    renumbered = ("unshare", "--user", "--map-user=1000", "--map-group=1000")
    probe = f"cd '{folder}' && touch probe && rm probe && '{tools}/initdb' --version"
    for user, owner in ((other, "nobody"), (renumbered, "root")):
        shutil.chown(folder, owner)
        with suppress(FileNotFoundError):  # there is no such program here
            tried = subprocess.run([*user, "sh", "-c", probe], capture_output=True, check=False)
            if tried.returncode == 0:
                return user
    sys.exit("PostgreSQL refuses to be root's, and no other user reaches it: run this as a user.")


def _await(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    ends = time.monotonic() + _SECONDS
    while time.monotonic() < ends:
        if process.poll() is not None:
            break
        with suppress(psycopg.OperationalError):
            server.execute("SELECT 1")
            return
        time.sleep(0.05)
    raise RuntimeError(f"PostgreSQL did not start: {log.read_text()[-2000:]}")
