"""Many clients at once, a process that is killed, a folder that cannot be written."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from typed_artifacts import Api, ArtifactsError
from typed_artifacts.local import LocalServer, Registry, RegistryError, open_local

pytestmark = pytest.mark.long

_LOGGER = """
import sys
from typed_artifacts.local import Registry
registry = Registry(sys.argv[1])
print("open", flush=True)
for number in range(10_000):
    files = {f"{n}.txt": f"{sys.argv[2]}-{number}-{n}" for n in range(5)}
    registry.log_version("local/p/c", type="dataset", files=files)
    print(number, flush=True)
"""
LISTED = """{ project(entityName: "local", name: "p") { artifactCollection(name: "c") {
  artifacts(first: 10000) { totalCount edges { version node {
    state fileCount files { totalCount edges { node { directUrl sizeBytes } } } } } } } } }"""


def _listed(server: LocalServer) -> dict[str, Any]:
    auth = ("api", server.api_key)
    with httpx.Client(transport=server.transport, base_url=server.base_url, auth=auth) as client:
        body = client.post("/graphql", json={"query": LISTED}).json()
        assert "errors" not in body, body
        listed: dict[str, Any] = body["data"]["project"]["artifactCollection"]["artifacts"]
        for edge in listed["edges"]:
            for file in edge["node"]["files"]["edges"]:
                got = client.get(file["node"]["directUrl"], auth=None)
                assert len(got.content) == file["node"]["sizeBytes"]
        return listed


@pytest.mark.parametrize("rounds", [4])
def test_a_killed_process_leaves_whole_versions_only(tmp_path: Path, rounds: int) -> None:
    promised = 0
    for turn in range(rounds):
        command = [sys.executable, "-c", _LOGGER, str(tmp_path), str(turn)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "open\n"
            for _ in range(3 + turn):
                process.stdout.readline()
                promised += 1
            os.kill(process.pid, signal.SIGKILL)
    with open_local(tmp_path) as server:
        listed = _listed(server)
    assert listed["totalCount"] == len(listed["edges"]) >= promised
    for edge in listed["edges"]:
        assert edge["node"]["state"] == "COMMITTED"
        assert edge["node"]["fileCount"] == edge["node"]["files"]["totalCount"] == 5
    indices = sorted(int(edge["version"][1:]) for edge in listed["edges"])
    assert indices == list(range(len(indices)))


def test_two_processes_may_write_one_folder(tmp_path: Path) -> None:
    commands = [[sys.executable, "-c", _LOGGER, str(tmp_path), name] for name in "ab"]
    processes = [subprocess.Popen(c, stdout=subprocess.PIPE, text=True) for c in commands]
    try:
        for process in processes:
            assert process.stdout is not None
            for _ in range(15):
                process.stdout.readline()
    finally:
        for process in processes:
            process.kill()
            process.communicate()
    with open_local(tmp_path) as server:
        listed = _listed(server)
    indices = sorted(int(edge["version"][1:]) for edge in listed["edges"])
    assert len(indices) >= 28
    assert indices == list(range(len(indices)))


def test_many_threads_lose_nothing(server: LocalServer) -> None:
    """Sixteen writers and readers in one process: every version has its own number."""
    registry = server.registry
    made: list[int] = []
    lock = threading.Lock()

    def work(worker: int) -> None:
        for turn in range(8):
            stored = registry.log_version(
                "local/p/c",
                type="dataset",
                files={"n": f"{worker}-{turn}"},
                aliases=[f"w{worker}"],
                tags=[f"t{turn}"],
            )
            with lock:
                made.append(stored.index)
            if turn % 4 == 0:
                _listed(server)

    with ThreadPoolExecutor(16) as pool:
        list(pool.map(work, range(16)))
    assert sorted(made) == list(range(128))
    assert _listed(server)["totalCount"] == 128


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_read_only_folder_is_a_clear_error(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(RegistryError, match="cannot be opened"):
        Registry(tmp_path)


@pytest.mark.parametrize("gone", ["registry", "registry.db", "replaced"])
def test_a_database_that_is_gone_takes_no_edits(tmp_path: Path, gone: str) -> None:
    """SQLite writes on to the file that it has open: an edit would be told as made, and be lost."""
    root, away = tmp_path / "registry", tmp_path / "away"
    moved = root if gone == "registry" else root / "registry.db"
    with Api.local(root) as api:
        found = api.log_artifact("p/c", type="dataset", files={"a": b"1"})
        moved.rename(away)
        if gone == "replaced":
            shutil.copy(away, moved)
        found.tags.append("lost")
        with pytest.raises(ArtifactsError, match="removed, moved or replaced"):
            found.save()
        assert found.changes()
        with pytest.raises(ArtifactsError, match="removed, moved or replaced"):
            found.delete(delete_aliases=True)
        if gone != "replaced":
            away.rename(moved)
            found.save()
            assert api.artifact("p/c:v0").tags == ["lost"]
            moved.rename(away)
    assert moved.exists() == (gone == "replaced")


def test_a_delete_without_the_folder_of_files(tmp_path: Path) -> None:
    with Api.local(tmp_path) as api:
        api.log_artifact("p/c", type="dataset", files={"a": b"1"})
        shutil.rmtree(tmp_path / "files")
        api.artifact("p/c:v0").delete(delete_aliases=True)
        assert not api.artifact_exists("p/c:v0")


def test_a_file_in_the_way_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "registry.db").write_text("this is no database, whatever its name says " * 200)
    with pytest.raises(RegistryError, match=re.escape(str(tmp_path))):
        Registry(tmp_path)


def test_a_damaged_blob_is_an_error_and_logging_mends_it(server: LocalServer) -> None:
    registry = server.registry
    registry.log_version("local/p/c", type="dataset", files={"a": "x" * 1000})
    blob = next(p for p in (server.root / "files").rglob("*") if p.is_file() and _size(p) == 1000)
    blob.write_bytes(b"x")
    url = """{ project(entityName: "local", name: "p") { artifact(name: "c") {
      files { edges { node { directUrl } } } } } }"""
    auth = ("api", server.api_key)
    with httpx.Client(transport=server.transport, base_url=server.base_url, auth=auth) as client:
        data = client.post("/graphql", json={"query": url}).json()["data"]
        link = data["project"]["artifact"]["files"]["edges"][0]["node"]["directUrl"]
        reply = client.get(link)
        assert reply.status_code == 500
        assert "damaged" in reply.json()["error"]
        registry.log_version("local/p/other", type="dataset", files={"b": "x" * 1000})
        assert client.get(link).content == b"x" * 1000


def _size(path: Path) -> int:
    return path.stat().st_size


_FULL = """
import resource, signal, sys
from typed_artifacts.local import Registry, RegistryError
registry = Registry(sys.argv[1])
registry.log_version("local/p/c", type="dataset", files={"a": "kept"})
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, 2_000_000))
for data in (b"x" * 3_000_000, b"y" * 900_000):
    try:
        registry.log_version("local/p/c", type="dataset", files={"a": data})
    except RegistryError as error:
        print(type(error).__name__, error)
    else:
        print("stored")
"""


def test_a_full_disk_is_a_clear_error_and_nothing_is_lost(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    refused, stored = done.stdout.splitlines()
    assert refused.startswith("RegistryStorageError")
    assert "disk is full" in refused
    assert stored == "stored"
    assert not list((tmp_path / "files" / "incoming").iterdir())
    with open_local(tmp_path) as server:
        assert _listed_count(server) == 2


def _listed_count(server: LocalServer) -> int:
    auth = ("api", server.api_key)
    with httpx.Client(transport=server.transport, base_url=server.base_url, auth=auth) as client:
        data = client.post("/graphql", json={"query": LISTED}).json()["data"]
        total: int = data["project"]["artifactCollection"]["artifacts"]["totalCount"]
        return total
