"""A process that may have few threads, as in a container with a limit of processes."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from typed_artifacts import NO_RETRIES, Api, ArtifactsError, AsyncApi, RetryPolicy
from typed_artifacts._values.thread_pools import map_in_threads
from typed_artifacts.local import LocalServer, Registry

Limit = Callable[[int], None]


@pytest.fixture
def limit(monkeypatch: pytest.MonkeyPatch) -> Limit:
    """Lets so many threads begin, and no more."""
    start, started = threading.Thread.start, list[threading.Thread]()

    def begin_limit(most: int) -> None:
        def limited(thread: threading.Thread) -> None:
            if len(started) >= most:
                raise RuntimeError("can't start new thread")
            started.append(thread)
            start(thread)

        monkeypatch.setattr(threading.Thread, "start", limited)

    return begin_limit


@pytest.mark.parametrize("threads", [0, 1, 2, 100])
def test_each_item_is_worked_on_once_and_in_order(limit: Limit, threads: int) -> None:
    limit(threads)
    done: list[int] = []

    def work(item: int) -> int:
        done.append(item)
        return -item

    assert map_in_threads(work, range(500), 8) == [-item for item in range(500)]
    assert sorted(done) == list(range(500))
    with pytest.raises(ZeroDivisionError):
        map_in_threads(lambda item: 1 // item, [1, 0, 1], 3)


@pytest.mark.parametrize("threads", [0, 1, 2, 3])
def test_a_version_is_committed(limit: Limit, threads: int, tmp_path: Path) -> None:
    limit(threads)
    files = {f"{number}.txt": str(number).encode() for number in range(20)}
    with Registry(tmp_path) as registry:
        registry.log_version("me/p/c", type="d", files=files)
    with Api.local(tmp_path) as api:
        made = api.log_artifact("p/d", type="d", files=files)
        made.download(tmp_path / "down")
    assert len(list((tmp_path / "down").iterdir())) == 20


def _api(server: LocalServer, retry: RetryPolicy | None = None) -> AsyncApi:
    return AsyncApi(
        base_url=server.base_url,
        api_key=server.api_key,
        transport=server.async_transport,
        retry=retry,
    )


@pytest.mark.parametrize("threads", [0, 1, 2])
async def test_coroutines_are_told_that_no_thread_could_be_started(
    limit: Limit, server: LocalServer, threads: int
) -> None:
    async with _api(server, NO_RETRIES) as api:
        limit(threads)
        with pytest.raises(ArtifactsError, match="can't start new thread"):
            await api.log_artifact("local/p/c", type="d", files={"a": b"1", "b": b"2"})


async def test_a_request_is_sent_again_until_there_is_a_thread(
    limit: Limit, server: LocalServer
) -> None:
    server.registry.log_version("local/p/c", type="d", files={"a": b"1"})
    async with _api(server) as api:
        limit(1)
        found = await asyncio.gather(*(api.artifact("local/p/c:v0") for _ in range(4)))
    assert [each.version for each in found] == ["v0"] * 4
