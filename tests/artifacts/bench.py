"""The contents of the registry of these tests, and helpers for several of them."""

from __future__ import annotations

from collections.abc import AsyncIterable
from io import BufferedReader
from pathlib import Path
from typing import TypeVar

from typed_artifacts import AsyncStream
from typed_artifacts.local import Registry

PROJECT = "local/bench"
DATA = f"{PROJECT}/data"
NET = f"{PROJECT}/net"
SHELF = f"{PROJECT}/shelf"
#: The files of `data:v1`.
FILES = {"a.txt": b"one", "deep/b.bin": bytes(range(256)) * 8, "deep/er/c.txt": b"", "é.txt": b"e"}

ItemT = TypeVar("ItemT")


def build(registry: Registry) -> None:
    """A dataset of two versions, a model that a run made from it, and a portfolio."""
    with registry.batch():
        registry.run(f"{PROJECT}/train", display_name="Train", job_type="training")
        registry.run(f"{PROJECT}/eval")
        registry.log_version(DATA, type="dataset", files={"a.txt": b"zero"})
        registry.log_version(
            DATA,
            type="dataset",
            files=FILES,
            aliases=["best", "checked"],
            tags=["red", "old"],
            metadata={"rows": 3, "nested": {"half": 1.5}},
            description="Words.",
        )
        registry.log_version(NET, type="model", files={"w": b"w0"}, run=f"{PROJECT}/train")
        registry.log_version(NET, type="model", files={"w": b"w1"}, run=f"{PROJECT}/train")
        registry.link(f"{NET}:v1", SHELF, aliases=["gold"])
        registry.run("local/elsewhere/any")
        registry.run("local-org/wandb-registry-model/any")
        registry.use(f"{PROJECT}/train", f"{DATA}:v1", "training set")
        registry.use(f"{PROJECT}/eval", f"{DATA}:v1")


def tree(root: Path) -> dict[str, bytes]:
    """Every file below a folder, temporary ones too."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def awaitable(stream: BufferedReader | AsyncStream) -> AsyncStream:
    """The stream of either flavour, as the coroutine one."""
    return stream if isinstance(stream, AsyncStream) else AsyncStream(stream)


async def names_of(pager: AsyncIterable[ItemT]) -> list[str]:
    """The names of all items."""
    return [str(getattr(item, "name", item)) async for item in pager]
