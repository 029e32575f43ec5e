"""Event loops that were closed around what tasks of theirs were doing."""

from __future__ import annotations

import asyncio
import gc
import threading
import warnings
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeAlias

import httpx
import pytest
from typing_extensions import override

from typed_artifacts import AsyncApi
from typed_artifacts._requests.event_loop import LoopLocal
from typed_artifacts.local import LocalServer, open_local

# Until then the other thread has come, or does not come.
_SECONDS = 0.5
DATA = "local/demo/data"


class _Connections:
    is_given = False

    async def aclose(self) -> None:
        """Nothing was opened."""


def _left_behind() -> LoopLocal[_Connections]:
    """A value of a loop that ended without closing it."""
    made = LoopLocal(_Connections)
    loop = asyncio.new_event_loop()
    loop.run_until_complete(_use(made))
    loop.close()
    return made


async def _use(made: LoopLocal[_Connections]) -> None:
    made.get()


def test_two_threads_that_drop_ended_loops_leave_the_warning_filters_as_they_were(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The second one put back what the first had set: warnings of all unclosed files were off."""
    collect, first_ended, second_came = gc.collect, threading.Event(), threading.Event()
    numbers = iter(range(9))
    order: dict[int, int] = {}

    def meet(*generation: int) -> int:
        if order.setdefault(threading.get_ident(), next(numbers)):
            second_came.set()
            first_ended.wait(_SECONDS)
        else:
            second_came.wait(_SECONDS)
        return collect(*generation)

    def drop_first(made: LoopLocal[_Connections]) -> None:
        asyncio.run(_use(made))
        first_ended.set()

    one, two, before = _left_behind(), _left_behind(), [*warnings.filters]
    monkeypatch.setattr(gc, "collect", meet)
    first = threading.Thread(target=drop_first, args=(one,))
    first.start()
    while not order and first.is_alive():
        second_came.wait(0.01)
    second = threading.Thread(target=asyncio.run, args=(_use(two),))
    second.start()
    first.join()
    second.join()
    assert [*warnings.filters] == before


@pytest.fixture(scope="module")
def server() -> Iterator[LocalServer]:
    with open_local() as opened:
        for number in range(3):
            opened.registry.log_version(DATA, type="dataset", files={"a": b"%d" % number})
        yield opened


class _Waiting(httpx.AsyncBaseTransport):
    """The embedded server, behind a connection on which nothing comes at first."""

    is_embedded = True
    is_mute = True

    def __init__(self, server: LocalServer) -> None:
        self._server = server.async_transport

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if self.is_mute:
            await asyncio.sleep(60)
        return await self._server.handle_async_request(request)


Read: TypeAlias = Callable[[], Coroutine[Any, Any, object]]


def _all(api: AsyncApi) -> Read:
    listed = api.artifacts("dataset", DATA, per_page=2)

    async def read() -> object:
        return len([each async for each in listed])

    return read


def _next(api: AsyncApi) -> Read:
    listed = api.artifacts("dataset", DATA, per_page=2)

    async def read() -> object:
        return [(await anext(listed)).version, await listed.length()]

    return read


def _find(api: AsyncApi) -> Read:
    pytest.importorskip("fsspec")
    from typed_artifacts.filesystem.versions import Versions  # noqa: PLC0415 -- of an extra

    versions = Versions(api)

    async def read() -> object:
        return (await versions.find(DATA)).artifact.version

    return read


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.parametrize(
    ("reader", "expected"),
    [(_all, 3), (_next, ["v2", 3]), (_find, "v2")],
    ids=["all", "next", "fs"],
)
def test_what_a_task_of_a_loop_that_ended_was_reading(
    server: LocalServer, reader: Callable[[AsyncApi], Read], expected: object
) -> None:
    """The next loop waited for that task, for ever."""
    transport, address, key = _Waiting(server), server.base_url, server.api_key
    api = AsyncApi(base_url=address, api_key=key, transport=transport)
    read = reader(api)
    loop = asyncio.new_event_loop()
    task = loop.create_task(read())
    loop.run_until_complete(asyncio.sleep(0.05))
    loop.close()
    del task, loop
    gc.collect()
    transport.is_mute = False
    assert asyncio.run(asyncio.wait_for(read(), 20)) == expected
