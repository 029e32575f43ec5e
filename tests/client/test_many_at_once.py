"""Many requests at once over one client: own connections, and no additional cost."""

from __future__ import annotations

import asyncio
import sys
import threading
import time
from collections.abc import Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from types import FrameType

import anyio
import anyio.to_thread
import pytest

from typed_artifacts import AsyncClient, Client

KEY = "5ecre7" * 7
BODY = b'{"data": {"viewer": null}}'
REPLY = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(BODY), BODY)


class Gathering:
    """A server that answers only when so many requests are there at once."""

    def __init__(self) -> None:
        self.wanted = 1
        self.waiting: list[asyncio.Event] = []
        self.accepted = 0
        self.open = 0
        self.port = 0

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        self.open += 1
        with suppress(asyncio.IncompleteReadError, ConnectionError):
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = [line.partition(b":") for line in head.lower().split(b"\r\n")]
                length = next(int(value) for name, _, value in lines if name == b"content-length")
                await reader.readexactly(length)
                await self._gathered()
                writer.write(REPLY)
        self.open -= 1
        writer.close()

    async def _gathered(self) -> None:
        self.waiting.append(asyncio.Event())
        here = self.waiting[-1]
        if len(self.waiting) == self.wanted:
            for each in self.waiting:
                each.set()
            self.waiting = []
        await here.wait()


@contextmanager
def gathering() -> Generator[Gathering]:
    """The server, in a thread of its own."""
    server, began = Gathering(), threading.Event()
    loops: list[asyncio.AbstractEventLoop] = []
    ended: list[asyncio.Event] = []

    async def serve() -> None:
        listening = await asyncio.start_server(server.answer, "127.0.0.1", 0, backlog=256)
        server.port = listening.sockets[0].getsockname()[1]
        loops.append(asyncio.get_running_loop())
        ended.append(asyncio.Event())
        began.set()
        await ended[0].wait()
        listening.close()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert began.wait(10)
    try:
        yield server
    finally:
        loops[0].call_soon_threadsafe(ended[0].set)
        thread.join(10)


@pytest.fixture
def server() -> Generator[Gathering]:
    with gathering() as opened:
        yield opened


async def ask(client: AsyncClient, server: Gathering, count: int) -> None:
    server.wanted = count
    async with asyncio.TaskGroup() as group:
        for _ in range(count):
            group.create_task(client.queries.viewer())


def one_is_left(server: Gathering) -> None:
    """Wait until all connections but one are closed, none of which was opened for the last."""
    limit = time.monotonic() + 5
    while server.open > 1:
        assert time.monotonic() < limit
        time.sleep(0.01)
    assert server.accepted <= 31


async def test_coroutines_have_a_connection_each_which_is_kept_for_a_while(
    server: Gathering,
) -> None:
    async with AsyncClient(f"http://127.0.0.1:{server.port}", KEY, timeout=20) as client:
        for _ in range(3):
            await ask(client, server, 30)
            assert server.accepted == 30
        await anyio.sleep(5.5)
        await ask(client, server, 1)
        await anyio.to_thread.run_sync(one_is_left, server)


def test_threads_have_a_connection_each_which_is_kept_for_a_while(server: Gathering) -> None:
    server.wanted = 30
    url = f"http://127.0.0.1:{server.port}"
    with Client(url, KEY, timeout=20) as client, ThreadPoolExecutor(30) as threads:
        for _ in range(3):
            done = [threads.submit(client.queries.viewer) for _ in range(30)]
            assert all(each.result().viewer is None for each in done)
            assert server.accepted == 30
        time.sleep(5.5)
        server.wanted = 1
        client.queries.viewer()
        one_is_left(server)


async def test_one_after_another_share_a_connection(server: Gathering) -> None:
    async with AsyncClient(f"http://127.0.0.1:{server.port}", KEY, timeout=20) as client:
        for _ in range(20):
            await ask(client, server, 1)
    assert server.accepted == 1


async def calls_each(client: AsyncClient, server: Gathering, count: int) -> float:
    """Calls of functions for each of so many requests at once, over connections that are kept."""
    await ask(client, server, count)
    calls = 0

    def note(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(note)
    try:
        await ask(client, server, count)
    finally:
        sys.setprofile(None)
    return calls / count


async def test_each_of_many_at_once_costs_what_each_of_a_few_does(server: Gathering) -> None:
    async with AsyncClient(f"http://127.0.0.1:{server.port}", KEY, timeout=20) as client:
        few = await calls_each(client, server, 8)
        many = await calls_each(client, server, 64)
    assert many < 1.3 * few
