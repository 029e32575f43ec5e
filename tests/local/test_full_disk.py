"""Deletes go through on a full disk, and a server that is stopped leaves everything in one file."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from typed_artifacts import Api

_FULL = """
import resource, signal, sys
from typed_artifacts import Api, ArtifactsError
with Api.local(sys.argv[1]) as api:
    for number in range(3):
        api.log_artifact("p/c", type="dataset", files={"a": str(number).encode() * 200_000})
    log = sys.argv[1] + "/registry.db-wal"
    import os
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    size = os.stat(log).st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    try:
        for number in range(100):
            api.log_artifact("p/full", type="dataset", files={"a": str(number).encode()})
    except ArtifactsError as error:
        print("full", type(error).__name__)
    for found in list(api.artifacts("dataset", "p/c")):
        found.delete(delete_aliases=True)
    print(len(api.artifacts("dataset", "p/c")))
"""


@pytest.mark.long
def test_a_delete_goes_through_where_the_log_can_not_grow(tmp_path: Path) -> None:
    command = [sys.executable, "-c", _FULL, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "0"), done.stderr


_SMALL_DISK = """
import os, subprocess, sys
from typed_artifacts import Api, ArtifactsError
root = sys.argv[1]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", root], check=True)
with Api.local(root + "/r") as api:
    logged = 0
    try:
        while True:
            api.log_artifact("p/c", type="dataset", files={"a": os.urandom(300_000)})
            logged += 1
    except ArtifactsError as error:
        print(logged, error)
    filler = os.open(root + "/filler", os.O_CREAT | os.O_WRONLY)
    try:
        while True:
            os.write(filler, b"x" * 512)
    except OSError:
        os.close(filler)
    for found in list(api.artifacts("dataset", "p/c")):
        found.delete(delete_aliases=True)
    from typed_artifacts.local import Registry
    with Registry(root + "/r") as registry:
        print(registry.maintenance.collect_garbage().bytes)
        print(len(registry.maintenance.verify().wrong))
    api.log_artifact("p/c", type="dataset", files={"a": os.urandom(300_000)})
    print(len(api.artifacts("dataset", "p/c")))
"""


def _on_a_small_disk(script: str, folder: Path) -> list[str]:
    """What a script says that mounts a file system."""
    command = ["unshare", "--mount", sys.executable, "-c", script, str(folder)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    except FileNotFoundError:
        pytest.skip("there is no unshare")
    if done.stderr.startswith("unshare: ") or "mount" in done.stderr:
        pytest.skip("no file system may be mounted here")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.mark.long
def test_deletes_and_garbage_collection_go_through_on_a_full_disk(tmp_path: Path) -> None:
    full, freed, wrong, left = _on_a_small_disk(_SMALL_DISK, tmp_path)
    logged = int(full.split()[0])
    assert "disk is full" in full
    assert logged > 5
    assert int(freed) >= 300_000 * logged
    assert (wrong, left) == ("0", "1")


_OTHERS_LOG_ON = """
import os, subprocess, sys
from typed_artifacts import Api, ArtifactsError
from typed_artifacts.local import Registry
root = sys.argv[1]
subprocess.run(["mount", "-t", "tmpfs", "-o", "size=6m", "tmpfs", root], check=True)

def fill(api):
    logged = 0
    for size in (300_000, 3000, 10):
        try:
            while True:
                api.log_artifact("p/c", type="dataset", files={"a": os.urandom(size)})
                logged += 1
        except ArtifactsError as error:
            assert "the disk is full" in str(error), error
    return logged

with Api.local(root + "/r") as api:
    before = fill(api)
    while os.path.exists(root + "/r/reserve"):
        api.artifact("p/c:latest").delete(delete_aliases=True)
    print(before, fill(api))
    with Registry(root + "/r") as registry:
        try:
            registry.log_version("local/p/c", type="dataset", files={"a": os.urandom(10)})
        except ArtifactsError as error:
            print(error)
    for found in list(api.artifacts("dataset", "p/c")):
        found.delete(delete_aliases=True)
with Api.local(root + "/r") as api, Registry(root + "/r") as registry:
    print(registry.maintenance.collect_garbage().bytes)
    print(len(registry.maintenance.verify().wrong), os.path.exists(root + "/r/reserve"))
    api.log_artifact("p/c", type="dataset", files={"a": os.urandom(300_000)})
"""


@pytest.mark.long
def test_the_room_for_deletes_is_left_alone_by_those_who_log(tmp_path: Path) -> None:
    logged, refused, freed, well = _on_a_small_disk(_OTHERS_LOG_ON, tmp_path)
    before, after = (int(each) for each in logged.split())
    assert (before > 5, after) == (True, 0)
    assert "disk is full" in refused
    assert int(freed) > 2_000_000
    assert well == "0 True"


_SERVE = """
import sys
from typed_artifacts.local import serve
serve(sys.argv[1], port=0, open_=True)
"""


def test_sigterm_closes_the_registry(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    command = [sys.executable, "-c", _SERVE, str(root)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        found = re.search(r"http://\S+", server.stdout.readline())
        assert found is not None
        key = "somebody" * 5
        with Api(base_url=found[0], api_key=key, entity=key) as api:
            api.log_artifact("p/c", type="dataset", files={"a": b"1"})
        assert httpx.get(f"{found[0]}/ready").is_success
        server.terminate()
        server.wait(60)
    log = root / "registry.db-wal"
    assert not log.exists() or log.stat().st_size == 0
    alone = tmp_path / "alone.db"
    alone.write_bytes((root / "registry.db").read_bytes())
    with closing(sqlite3.connect(alone)) as connection:
        (count,) = connection.execute("SELECT count(*) FROM versions").fetchone()
    assert count == 1
