"""Calls of the file system that are cancelled while fsspec reads several files."""

from __future__ import annotations

import itertools
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from tests.moments import cancelled
from typed_artifacts import AsyncApi
from typed_artifacts.filesystem import ArtifactFileSystem
from typed_artifacts.local import LocalServer, open_local

FILES = {f"{number}.txt": b"%d" % number * 1000 for number in range(5)}
DATA = "wandb-artifact://local/demo/data:v0"


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with open_local() as opened:
        opened.registry.log_version("local/demo/data", type="dataset", files=FILES)
        yield opened


class Used(NamedTuple):
    """A file system, and where its files go."""

    files: ArtifactFileSystem
    folder: Path


async def get(used: Used) -> object:
    """Download all files."""
    await used.files._get(DATA + "/", f"{used.folder}/", recursive=True)
    return {path.name: path.read_bytes() for path in used.folder.iterdir()}


async def cat(used: Used) -> object:
    """Read all files."""
    paths = [f"{DATA}/{name}" for name in FILES]
    found: Any = await used.files._cat(paths)  # a mapping, as there are several paths
    return {path.rpartition("/")[2]: content for path, content in found.items()}


@pytest.mark.parametrize("work", [get, cat])
async def test_nothing_goes_on(
    server: LocalServer, tmp_path: Path, work: Callable[[Used], Awaitable[object]]
) -> None:
    """The files that were being read were written after the call had ended."""
    folders = (tmp_path / str(number) for number in itertools.count())

    async def made(api: AsyncApi) -> Used:
        files = ArtifactFileSystem(api=api, asynchronous=True, skip_instance_cache=True)
        folder = next(folders)
        folder.mkdir()
        return Used(files, folder)

    async def check(used: Used) -> None:
        assert all(path.read_bytes() == FILES[path.name] for path in used.folder.iterdir())
        assert await work(used) == FILES

    await cancelled(server, made, work, check)
