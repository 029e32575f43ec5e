"""The tasks with our async client, ``python -m benchmarks.ours_async TASK OPTIONS``."""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from .at_once import at_once
from .measure import check, measure, tell

if TYPE_CHECKING:
    from typed_artifacts import AsyncApi

Options: TypeAlias = dict[str, str]
Work: TypeAlias = Callable[[], Awaitable[None]]


def _measured(prepare: Callable[[AsyncApi], Awaitable[Work]]) -> dict[str, float]:
    """The figures of some work in a running event loop."""
    from typed_artifacts import AsyncApi

    async def prepared() -> tuple[AsyncApi, Work]:
        api = AsyncApi()
        return api, await prepare(api)

    with asyncio.Runner() as runner:
        api, work = runner.run(prepared())
        figures = measure(lambda: runner.run(_waited(work)))
        runner.run(_waited(api.close))
    return figures


async def _waited(work: Work) -> None:
    await work()


def versions(options: Options) -> dict[str, float]:
    """Iterate over all versions of a collection."""
    per_page, count = int(options["per_page"]), int(options["count"])

    async def prepare(api: AsyncApi) -> Work:
        await anext(aiter(api.artifacts("dataset", options["path"], per_page=1)))

        async def work() -> None:
            listing = api.artifacts("dataset", options["path"], per_page=per_page)
            found = 0
            async for version in listing:
                found += bool(version.name)
            check(found == count, "versions are missing")

        return work

    return _measured(prepare)


def listings(options: Options) -> dict[str, float]:
    """The same listing many times at once, and each of them alone before."""
    from typed_artifacts import AsyncApi

    async def run() -> dict[str, float]:
        async with AsyncApi() as api:

            async def whole() -> float:
                began = time.perf_counter()
                async for _ in api.artifacts("dataset", options["path"], per_page=50):
                    pass
                return time.perf_counter() - began

            return await at_once(whole, options)

    return asyncio.run(run())


def download(options: Options) -> dict[str, float]:
    """Download a version, verified."""
    with tempfile.TemporaryDirectory() as folder:

        async def prepare(api: AsyncApi) -> Work:
            artifact = await api.artifact(options["path"])

            async def work() -> None:
                await artifact.download(folder, skip_cache=True)

            return work

        figures = _measured(prepare)
        check(sum(1 for _ in Path(folder).rglob("*.bin")) == int(options["count"]), "no files")
    return figures


TASKS: dict[str, Callable[[Options], dict[str, float]]] = {
    task.__name__: task for task in (versions, listings, download)
}

if __name__ == "__main__":
    tell(TASKS[sys.argv[1]](json.loads(sys.argv[2])))
