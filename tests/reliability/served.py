"""The embedded server as a process of its own, and what is in it afterwards."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from typed_artifacts import Api, RetryPolicy
from typed_artifacts.local import Registry

KEY = "l0ad" * 10


@dataclass
class Served:
    """A running server."""

    url: str
    process: subprocess.Popen[bytes]

    def api(self, *, retry: RetryPolicy | None = None) -> Api:
        """A client of it."""
        return Api(base_url=self.url, api_key=KEY, entity="local", retry=retry, timeout=60)

    def kill(self) -> None:
        """End it without a goodbye."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextmanager
def served(root: Path) -> Generator[Served]:
    """Serve a folder by the command, on a free port."""
    with Registry(root) as registry:
        registry.register_key("local", KEY)
        registry.log_version(
            "local/load/other", type="dataset", files={"f": "so there is a project"}
        )
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    command = [sys.executable, "-c", "from typed_artifacts.cli import main; main()", "serve"]
    command += ["--root", str(root), "--port", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    try:
        url = f"http://127.0.0.1:{port}"
        _await_ready(url, process)
        yield Served(url, process)
    finally:
        process.kill()
        process.wait()


def _await_ready(url: str, process: subprocess.Popen[bytes]) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        assert process.poll() is None, "the server ended at once"
        with contextlib.suppress(httpx.HTTPError):
            if httpx.get(f"{url}/ready", timeout=1).status_code == 200:
                return
        time.sleep(0.02)
    raise AssertionError("the server did not become ready")


def check_whole(api: Api, path: str, root: Path) -> list[int]:
    """Every committed version has its number alone, and all its files, right; the numbers."""
    indices: list[int] = []
    for found in api.artifacts("dataset", path, per_page=100):
        indices.append(int(found.version[1:]))
        assert found.state == "COMMITTED"
        found.download(root / found.version)
        assert len(list((root / found.version).iterdir())) == found.file_count
    assert len(set(indices)) == len(indices)
    return sorted(indices)
