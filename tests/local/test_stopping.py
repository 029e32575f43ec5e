"""The end of `serve`: requests finish, and idle clients do not delay it."""

import base64
import os
import re
import signal
import sqlite3
import threading
import time
from contextlib import ExitStack, suppress
from pathlib import Path

import httpx
import pytest

from tests.local.processes import PATIENCE, Served, serving
from typed_artifacts.local import Registry

# Generous, for a loaded machine, and still far below what a client could hold a server up for.
SECONDS = 25.0
CHANGE = """mutation { upsertBucket(input: {entityName: "local", modelName: "p",
  name: "waits"}) { inserted } }"""
FILE = """{ project(entityName: "local", name: "p") { artifact(name: "c") {
  files { edges { node { directUrl } } } } } }"""


def _half(served: Served, path: str = "/graphql") -> bytes:
    token = base64.b64encode(f"api:{served.key}".encode()).decode()
    return (
        f"POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Basic {token}\r\n"
        "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"
    ).encode()


HALVES = (
    b"",
    b"POST /graphql HT",
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\n",
    b"POST /graphql HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n\r\n{",
)


@pytest.mark.long
def test_half_a_request_does_not_hold_up_the_end(tmp_path: Path) -> None:
    with serving(tmp_path / "registry") as served, ExitStack() as stack:
        for sent in (*HALVES, _half(served)):
            stack.enter_context(served.connect()).sendall(sent)
        time.sleep(0.3)
        served.process.send_signal(signal.SIGTERM)
        served.ends(SECONDS)
        assert served.process.returncode == 0
        assert "Traceback" not in served.errors.read_text(encoding="utf-8")


@pytest.mark.long
def test_a_second_signal_ends_at_once(tmp_path: Path) -> None:
    """Here a request that waits for another process, which the first signal lets it do."""
    root = tmp_path / "registry"

    def ask(served: Served) -> None:
        with suppress(httpx.HTTPError):
            served.ask(CHANGE)

    with serving(root, "--grace", "200") as served:
        other = sqlite3.connect(root / "registry.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        writer = threading.Thread(target=ask, args=(served,))
        writer.start()
        time.sleep(1)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(2)
        assert served.process.poll() is None
        served.process.send_signal(signal.SIGTERM)
        served.ends(SECONDS)
        other.close()
        writer.join()


@pytest.mark.long
def test_a_request_that_runs_is_answered_before_the_end(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    replies: list[httpx.Response] = []
    with serving(root) as served:
        other = sqlite3.connect(root / "registry.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        writer = threading.Thread(target=lambda: replies.append(served.ask(CHANGE)))
        writer.start()
        time.sleep(1)
        served.process.send_signal(signal.SIGTERM)
        time.sleep(1)
        other.execute("COMMIT")
        other.close()
        writer.join(PATIENCE)
        assert replies[0].json()["data"]["upsertBucket"]["inserted"] is True
        served.ends(SECONDS)
        assert served.process.returncode == 0
    assert not (root / "registry.db-wal").exists()  # the registry was closed


@pytest.mark.long
def test_a_download_that_nobody_reads_does_not_hold_up_the_end(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    with Registry(root) as registry:
        registry.log_version("local/p/c", type="dataset", files={"f": os.urandom(32 << 20)})
    with serving(root, "--grace", "1") as served, served.connect() as connection:
        artifact = served.ask(FILE).json()["data"]["project"]["artifact"]
        link: str = artifact["files"]["edges"][0]["node"]["directUrl"]
        target = re.sub(r"http://[^/]*", "", link)
        connection.sendall(f"GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        time.sleep(0.5)
        served.process.send_signal(signal.SIGTERM)
        served.ends(SECONDS)
