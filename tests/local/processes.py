"""`typed-artifacts serve` as a process, and sockets of misbehaving clients."""

import hashlib
import re
import socket
import subprocess
import sys
import time
from base64 import b64encode
from collections.abc import Generator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

PATIENCE = 60.0
VERSIONS = """query($f: JSONString) { project(entityName: "local", name: "p") {
  artifactCollection(name: "c") { artifacts(filters: $f) { totalCount edges { version } } } } }"""
VIEWER = "{ viewer { username } }"
_MAIN = "from typed_artifacts.cli import main; main()"


@dataclass
class Served:
    """A server that runs. `errors` is the file that its complaints go to."""

    url: str
    key: str
    process: subprocess.Popen[str]
    errors: Path

    def ask(self, query: str, key: str = "", **variables: object) -> httpx.Response:
        body = {"query": query, "variables": variables}
        auth = ("api", key or self.key)
        return httpx.post(f"{self.url}/graphql", json=body, auth=auth, timeout=PATIENCE)

    def connect(self) -> socket.socket:
        address = urlsplit(self.url)
        return socket.create_connection((address.hostname, address.port or 0), PATIENCE)

    def raw(self, text: str | bytes) -> bytes:
        """What comes back for bytes that no client of ours would send."""
        with self.connect() as connection:
            received = b""
            with suppress(ConnectionError):
                connection.sendall(text.encode() if isinstance(text, str) else text)
                while piece := connection.recv(1 << 16):
                    received += piece
            return received

    def memory(self) -> int:
        """The most memory that the process ever had, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) * 1024

    def ends(self, seconds: float) -> float:
        """How long the process still takes to end."""
        start = time.monotonic()
        self.process.wait(seconds)
        return time.monotonic() - start


@contextmanager
def serving(root: Path, *arguments: str, before: str = "") -> Generator[Served]:
    """A server of a folder on a free port: further arguments, and what to run before it."""
    command = [
        sys.executable,
        "-c",
        f"{before}\n{_MAIN}",
        "serve",
        "--root",
        str(root),
        "--port",
        "0",
    ]
    errors = root.parent / f"{root.name}.errors"
    with (
        errors.open("w", encoding="utf-8") as complaints,
        subprocess.Popen(
            [*command, *arguments], stdout=subprocess.PIPE, stderr=complaints, text=True
        ) as process,
    ):
        try:
            yield _started(process, root, errors)
        finally:
            if process.poll() is None:
                process.kill()


def _started(process: subprocess.Popen[str], root: Path, errors: Path) -> Served:
    assert process.stdout is not None
    kept = root / "api-key"
    key = kept.read_text("ascii", "replace").strip() if kept.exists() else "some-user"
    for line in process.stdout:
        key = said[1] if (said := re.search(r"^API key .*: ([0-9a-f]{40})$", line)) else key
        if found := re.search(r"serves on (http://\S+)", line):
            return Served(found[1], key, process, errors)
    pytest.fail(f"the server did not start: {errors.read_text(encoding='utf-8')}")


def upload_url(served: Served, text: bytes) -> str:
    """Where to PUT a file with this text, for a new version."""
    names = {"entityName": "local", "projectName": "p"}
    created = served.ask(
        "mutation($i: CreateArtifactInput!) { createArtifact(input: $i) { artifact { id } } }",
        i={
            **names,
            "artifactTypeName": "dataset",
            "artifactCollectionName": "up",
            "digest": "0" * 32,
            "digestAlgorithm": "MANIFEST_MD5",
        },
    )
    version = created.json()["data"]["createArtifact"]["artifact"]["id"]
    digest = b64encode(hashlib.md5(text, usedforsecurity=False).digest()).decode()
    files = served.ask(
        "mutation($i: CreateArtifactFilesInput!) { createArtifactFiles(input: $i) {"
        " files { edges { node { uploadUrl } } } } }",
        i={"artifactFiles": [{"artifactID": version, "name": "f", "md5": digest}]},
    )
    (edge,) = files.json()["data"]["createArtifactFiles"]["files"]["edges"]
    url: str = edge["node"]["uploadUrl"]
    return url
