"""An embedded registry after a fork: SQLite keeps its locks in the memory that a child inherits."""

from __future__ import annotations

import os
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.processes.forking import forked, in_child
from tests.processes.running import run_python
from typed_artifacts import Api, ArtifactsError
from typed_artifacts.local import Registry
from typed_artifacts.local.database import transactions

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]
LOOK = """
import sys
from typed_artifacts import Api
with Api.local(sys.argv[1]) as api:
    print(*[each.version for each in api.artifacts("dataset", "demo/notes")])
"""


def log(api: Api, number: int) -> None:
    api.log_artifact("demo/notes", type="dataset", files={"a": b"%d" % number})


@contextmanager
def batch_in_a_thread(root: Path, seconds: float) -> Generator[None]:
    """A thread is in a transaction when the block begins, for so long."""
    begun = threading.Event()

    def work() -> None:
        with Registry(root) as registry, registry.batch():
            registry.log_version("local/demo/other", type="dataset", files={"b": "1"})
            begun.set()
            threading.Event().wait(seconds)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        assert begun.wait(30)
        yield
    finally:
        thread.join()


def test_a_child_logs_though_a_thread_of_its_parent_was_in_a_transaction(tmp_path: Path) -> None:
    with Api.local(tmp_path) as api:
        log(api, 0)
        with batch_in_a_thread(tmp_path, 0.3):
            assert in_child(lambda: log(api, 1)) == 0
        log(api, 2)
        assert len(api.artifacts("dataset", "demo/notes")) == 3


def test_a_thread_that_waits_for_its_turn_holds_up_no_fork(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "_HELD_BACK_SECONDS", 0.05)
    with Api.local(tmp_path) as api:
        log(api, 0)
        threads = [threading.Thread(target=log, args=(api, number)) for number in range(1, 5)]
        with batch_in_a_thread(tmp_path, 0.3):
            for thread in threads:
                thread.start()
            assert in_child(lambda: log(api, 5)) == 0
        for thread in threads:
            thread.join()
        assert len(api.artifacts("dataset", "demo/notes")) == 6


@pytest.mark.long
def test_what_a_child_logs_is_kept_though_its_parent_closes_the_registry(tmp_path: Path) -> None:
    closed, close = os.pipe()
    begun, begin = os.pipe()

    def work() -> None:
        log(api, 1)
        os.write(begin, b"1")
        assert os.read(closed, 1)
        for number in range(2, 5):
            log(api, number)

    api = Api.local(tmp_path / "shelf")
    log(api, 0)
    with forked(work, 0):
        assert os.read(begun, 1)
        api.close()
        assert run_python(LOOK, tmp_path, str(tmp_path / "shelf")) == "v1 v0\n"
        os.write(close, b"1")
    assert run_python(LOOK, tmp_path, str(tmp_path / "shelf")) == "v4 v3 v2 v1 v0\n"


def test_a_child_of_a_batch_is_told_that_it_cannot_use_the_registry(tmp_path: Path) -> None:
    def work() -> None:
        log(other, 1)
        with pytest.raises(ArtifactsError, match="forked in the middle of a change"):
            log(api, 9)
        with pytest.raises(ArtifactsError, match="forked in the middle of a change"):
            Api.local(tmp_path / "shelf")
        api.close()

    with Api.local(tmp_path / "shelf") as api, Api.local(tmp_path / "other") as other:
        log(api, 0)
        with Registry(tmp_path / "shelf") as registry, registry.batch():
            registry.log_version("local/demo/notes", type="dataset", files={"a": "1"})
            assert in_child(work) == 0
        log(api, 2)
        assert in_child(lambda: log(api, 3)) == 0
        assert len(api.artifacts("dataset", "demo/notes")) == 4
        assert len(other.artifacts("dataset", "demo/notes")) == 1


LEAVE = """
import os, sys
from typed_artifacts.local import Registry
with Registry(sys.argv[1]) as registry:
    with registry.batch():
        for number in range(300):  # more than SQLite keeps in memory before the end
            metadata = {"text": os.urandom(10_000).hex()}
            registry.log_version(
                "local/demo/notes", type="dataset", files={"a": str(number)}, metadata=metadata
            )
        child = os.fork()
        if not child:
            sys.exit(0)
        os.waitpid(child, 0)
        registry.log_version("local/demo/notes", type="dataset", files={"a": "last"})
    found = registry.maintenance.verify()
    print(found.files, found.wrong)
"""


@pytest.mark.long
def test_a_child_that_leaves_a_batch_does_not_end_it_for_its_parent(tmp_path: Path) -> None:
    found = run_python(LEAVE, tmp_path, str(tmp_path / "shelf"))
    assert found == "602 []\n"  # a manifest each


@pytest.mark.long
def test_a_child_that_ends_leaves_its_parent_the_folder_of_uploads(tmp_path: Path) -> None:
    code = """
import os, sys
from typed_artifacts.local.storage.remote_blobs import RemoteBlobs
blobs = RemoteBlobs("s3://bucket/p?access_key_id=k&secret_access_key=s&region=eu-west-1")
if not os.fork():
    sys.exit(0)
os.wait()
print(blobs.folder.is_dir())
"""
    pytest.importorskip("obstore")
    assert run_python(code, tmp_path) == "True\n"


def test_a_fork_waits_for_no_transaction_that_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transactions, "_MOST_SECONDS", 0.2)
    with Api.local(tmp_path) as api:
        log(api, 0)
        with batch_in_a_thread(tmp_path, 2):
            assert in_child(lambda: None) == 0
