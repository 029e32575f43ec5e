"""A program that is about to end: ``atexit`` functions log, list and download."""

import sys
from collections.abc import Iterator
from concurrent.futures import thread
from pathlib import Path

import pytest

from tests.artifacts.served import serving
from tests.processes.running import run_python
from typed_artifacts._transfer.concurrency.prefetch import one_ahead
from typed_artifacts.local import Registry

CODE = """
import atexit, sys
from pathlib import Path
from typed_artifacts import Api

used_before, folder = sys.argv[1] == "used", Path(sys.argv[2])
api = Api(entity="local")
files = {f"f{n}": b"x" * n for n in range(30)}
if used_before:
    api.log_artifact("demo/before", type="dataset", files=files)

def last():
    logged = api.log_artifact("demo/last", type="dataset", files=files)
    api.artifact("demo/last:latest").download(folder)
    listed = api.artifacts("dataset", "demo/last", per_page=1, prefetch=True)
    print(logged.name, len(list(folder.iterdir())), [each.name for each in listed], flush=True)

atexit.register(last)
"""


@pytest.mark.parametrize("used", ["used", pytest.param("unused", marks=pytest.mark.long)])
def test_an_atexit_function_logs_lists_and_downloads(tmp_path: Path, used: str) -> None:
    with serving(tmp_path / "registry") as served:
        said = run_python(
            CODE,
            tmp_path,
            used,
            str(tmp_path / "out"),
            WANDB_BASE_URL=served.url,
            WANDB_API_KEY=served.key,
        )
    assert said == "last:v0 30 ['last:v0']\n"


ASYNC_CODE = """
import asyncio, atexit, sys
from typed_artifacts import ArtifactsError, AsyncApi

async def work(folder):
    async with AsyncApi(entity="local") as api:
        print([each.name async for each in api.artifacts("dataset", "demo/set")], flush=True)
        artifact = await api.artifact("demo/set:latest")
        try:
            await artifact.download(folder)
        except ArtifactsError as error:
            print(str(error).partition(",")[0])

atexit.register(lambda: asyncio.run(work(sys.argv[1])))
"""


@pytest.mark.long
def test_an_atexit_function_lists_in_a_loop_and_is_told_what_no_loop_can(tmp_path: Path) -> None:
    with Registry(tmp_path / "registry") as registry:
        registry.log_version("local/demo/set", type="dataset", files={"a": "1"})
    with serving(tmp_path / "registry") as served:
        said = run_python(
            ASYNC_CODE,
            tmp_path,
            str(tmp_path / "out"),
            WANDB_BASE_URL=served.url,
            WANDB_API_KEY=served.key,
        )
    listed, *told = said.splitlines()
    assert listed == "['set:v0']"
    # Before 3.12 a thread starts at the end of the interpreter; later it is each Python's own.
    if told:
        assert sys.version_info >= (3, 12)
        words = "The files of an AsyncApi are moved by threads"
        assert told == [f"local/demo/set:v0: {words}"]
    else:
        assert (tmp_path / "out" / "a").read_text() == "1"


EMBEDDED_CODE = """
import atexit, sys
from pathlib import Path
from typed_artifacts import Api

opened, folder = sys.argv[1], Path(sys.argv[2])
files = {f"f{n}": b"x" * n for n in range(30)}
if opened == "before":
    api = Api.local("registry")
    api.log_artifact("demo/before", type="dataset", files=files)

def last():
    api_then = api if opened == "before" else Api.local("registry")
    logged = api_then.log_artifact("demo/last", type="dataset", files=files)
    api_then.artifact("demo/last:latest").download(folder)
    print(logged.name, len(list(folder.iterdir())), flush=True)
    api_then.close()

atexit.register(last)
"""


@pytest.mark.long
@pytest.mark.parametrize("opened", ["before", "then"])
def test_an_atexit_function_logs_to_an_embedded_registry(tmp_path: Path, opened: str) -> None:
    assert run_python(EMBEDDED_CODE, tmp_path, opened, "out") == "last:v0 30\n"


LEFT_OPEN = """
from typed_artifacts import Api

api = Api(entity="local")
file = api.artifact("demo/set:latest").files()[0].open()
print(file.read(1))
"""


def test_a_program_ends_though_a_file_is_left_open(tmp_path: Path) -> None:
    with Registry(tmp_path / "registry") as registry:
        registry.log_version("local/demo/set", type="dataset", files={"a": "1" * 10_000_000})
    with serving(tmp_path / "registry") as served:
        said = run_python(LEFT_OPEN, tmp_path, WANDB_BASE_URL=served.url, WANDB_API_KEY=served.key)
    assert said == "b'1'\n"


def test_what_is_looked_ahead_for_comes_though_the_interpreter_starts_nothing_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def make() -> Iterator[int]:
        yield 1
        monkeypatch.setattr(thread, "_shutdown", True)
        yield from (2, 3, 4)

    assert list(one_ahead(make())) == [1, 2, 3, 4]
