"""After a fork: each process has its own connections, and gets the answers to its own questions."""

from __future__ import annotations

import gc
import multiprocessing
import os
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.artifacts.served import Served, serving
from tests.processes.forking import in_child
from tests.processes.running import run_python
from typed_artifacts import Api
from typed_artifacts._values.gc_pause import PAUSE

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")

COUNT = 16
ROUNDS = 3
_API: list[Api] = []


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("registry")) as served:
        with Api(base_url=served.url, api_key=served.key, entity="local") as api:
            files = {f"f{n}": f"content {n}".encode() * 999 for n in range(COUNT)}
            api.log_artifact("demo/files", type="dataset", files=files)
            for number in range(COUNT):
                api.log_artifact(f"demo/c{number}", type="dataset", files={"a": b"%d" % number})
        yield served


def name_of(number: int) -> str:
    return _API[0].artifact(f"demo/c{number}:latest").name


def bytes_of(number: int) -> bytes:
    (file,) = _API[0].artifact("demo/files:latest").files(names=[f"f{number}"])
    return file.read_bytes()


def _open(served: Served) -> Api:
    _API[:] = [Api(base_url=served.url, api_key=served.key, entity="local")]
    return _API[0]


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_pool_asks_for_versions_and_each_gets_its_own(served: Served) -> None:
    with _open(served):
        for _ in range(ROUNDS):
            name_of(0)  # leaves an idle connection, as a program does before it forks
            with multiprocessing.get_context("fork").Pool(8) as pool:
                found = pool.map(name_of, range(COUNT), chunksize=1)
            assert found == [f"c{number}:v0" for number in range(COUNT)]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_pool_reads_files_and_each_gets_its_own(served: Served) -> None:
    with _open(served):
        for _ in range(ROUNDS):
            bytes_of(0)
            with multiprocessing.get_context("fork").Pool(8) as pool:
                found = pool.map(bytes_of, range(COUNT), chunksize=1)
            assert found == [f"content {number}".encode() * 999 for number in range(COUNT)]


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_parent_and_child_go_on_side_by_side(served: Served) -> None:
    def check() -> None:
        for number in range(1, COUNT):
            assert name_of(number) == f"c{number}:v0"
            assert bytes_of(number) == f"content {number}".encode() * 999

    with _open(served):
        assert name_of(0) == "c0:v0"
        assert bytes_of(0).startswith(b"content 0")
        assert in_child(check) == 0
        check()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_collects_garbage_though_its_parent_was_reading_a_large_reply() -> None:
    reading, forked = threading.Event(), threading.Event()

    def read() -> None:
        with PAUSE:
            reading.set()
            forked.wait(30)

    def check() -> None:
        with PAUSE:
            pass
        assert gc.isenabled()

    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(30)
    try:
        assert in_child(check) == 0
    finally:
        forked.set()
        reader.join()
    assert gc.isenabled()


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_temporary_registry_is_removed_by_the_process_that_made_it() -> None:
    with Api.local() as api:
        api.log_artifact("demo/kept", type="dataset", files={"a": b"1"})
        assert in_child(lambda: None) == 0
        child = os.fork()
        if not child:
            try:
                sys.exit(0)
            finally:
                os._exit(0)
        os.waitpid(child, 0)
        assert api.artifact("demo/kept:latest").files()[0].read_bytes() == b"1"


@pytest.mark.long
def test_a_child_that_leaves_by_sys_exit_removes_nothing(tmp_path: Path) -> None:
    code = """
import os, sys
from typed_artifacts import Api
api = Api.local()
api.log_artifact("demo/kept", type="dataset", files={"a": b"1"})
child = os.fork()
if not child:
    sys.exit(0)
os.waitpid(child, 0)
print(api.artifact("demo/kept:latest").files()[0].read_bytes())
"""
    assert run_python(code, tmp_path) == "b'1'\n"
