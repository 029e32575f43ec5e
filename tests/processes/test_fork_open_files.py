"""A file that was opened before a fork: parent and child read on, each for itself."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.artifacts.served import Served, serving
from tests.processes.forking import forked, in_child
from tests.transfer.bucket import Bucket
from tests.transfer.sources import make_source
from typed_artifacts import Api, AsyncApi, AsyncStream
from typed_artifacts._transfer import open_remote

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

CONTENT = os.urandom(12 << 20)
PIECE = 100_000
CHILDREN = 3


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("registry")) as served:
        with Api(base_url=served.url, api_key=served.key, entity="local") as api:
            api.log_artifact("demo/big", type="dataset", files={"big": CONTENT})
        yield served


def check_rest(read: Callable[[int], bytes]) -> None:
    """Whatever follows the first piece comes, in its order."""
    for start in range(PIECE, len(CONTENT), PIECE):
        assert read(PIECE) == CONTENT[start : start + PIECE]
    assert read(PIECE) == b""


def check_side_by_side(check: Callable[[], None]) -> None:
    """Children and their parent do it at the same time."""
    with ExitStack() as children:
        for _ in range(CHILDREN):
            children.enter_context(forked(check, expected=0))
        check()


def test_parent_and_children_read_on_in_an_open_file(served: Served) -> None:
    with (
        Api(base_url=served.url, api_key=served.key, entity="local") as api,
        api.artifact("demo/big:latest").files()[0].open() as file,
    ):
        assert file.read(PIECE) == CONTENT[:PIECE]
        check_side_by_side(lambda: check_rest(file.read))


@pytest.mark.long
def test_parent_and_children_read_on_in_an_open_file_of_coroutines(served: Served) -> None:
    async def opened() -> AsyncStream:
        api = AsyncApi(base_url=served.url, api_key=served.key, entity="local")
        artifact = await api.artifact("demo/big:latest")
        file = (await artifact.files()[0]).open()
        assert await file.read(PIECE) == CONTENT[:PIECE]
        return file

    file = asyncio.run(opened())

    async def rest() -> bytes:
        pieces = [piece async for piece in file]
        return b"".join(pieces)

    def check() -> None:
        assert asyncio.run(rest()) == CONTENT[PIECE:]

    check_side_by_side(check)
    asyncio.run(file.close())


@pytest.mark.long
def test_parent_and_children_read_on_in_a_file_of_the_cache(served: Served, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
        with Api(base_url=served.url, api_key=served.key, entity="local") as api:
            api.artifact("demo/big:latest").download(tmp_path / "big")
        with (
            Api(base_url=served.url, api_key=served.key, offline=True) as api,
            api.artifact("local/demo/big:latest").files()[0].open() as file,
        ):
            assert file.read(PIECE) == CONTENT[:PIECE]
            assert in_child(lambda: check_rest(file.read)) == 0
            check_rest(file.read)
            assert file.seek(5) == file.tell() == 5
            assert file.read(5) == CONTENT[5:10]


@pytest.mark.long
def test_parent_and_children_share_no_copy_of_a_server_that_knows_no_ranges() -> None:
    content = os.urandom(17 << 20)  # more than is kept in memory
    places = range(0, len(content), len(content) // 150)
    bucket, source = Bucket(), make_source()
    bucket.always["file"] = "no-range"
    try:
        with open_remote(bucket.put("file", content), bucket.urls, source=source) as file:
            file.seek(len(content) - 10)
            assert file.read() == content[-10:]

            def check() -> None:
                for start in random.sample(places, len(places)):
                    file.seek(start)
                    assert file.read(PIECE) == content[start : start + PIECE]

            check_side_by_side(check)
    finally:
        source.close()
        bucket.close()
