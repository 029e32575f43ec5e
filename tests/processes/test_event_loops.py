"""One ``AsyncApi`` in one event loop after another, and under trio."""

from __future__ import annotations

import asyncio
import gc
import sys
from collections.abc import Callable, Coroutine, Iterator
from contextlib import suppress
from pathlib import Path

import anyio
import httpx
import pytest
import trio
from typing_extensions import override

from tests.artifacts.served import Served, serving
from tests.processes.running import run_python
from typed_artifacts import (
    NO_RETRIES,
    Api,
    AsyncApi,
    ConnectionFailed,
    RetryPolicy,
    TransferEvent,
)
from typed_artifacts._domain.drafts import new_versions
from typed_artifacts._transfer import Manifest, manifest_pieces
from typed_artifacts.events import Advanced


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("registry")) as served:
        yield served


def over_http(served: Served) -> AsyncApi:
    return AsyncApi(base_url=served.url, api_key=served.key, entity="local")


def in_process(served: Served) -> AsyncApi:
    del served
    return AsyncApi.local()


async def everything(api: AsyncApi, folder: Path, name: str) -> None:
    """Log, list, edit, download."""
    files = {f"f{n}": b"x" * n for n in range(20)}
    logged = await api.log_artifact(f"demo/{name}", type="dataset", files=files)
    logged.description = name
    await logged.save()
    found = [each async for each in api.artifacts("dataset", f"demo/{name}", per_page=1)]
    assert [each.description for each in found] == [name]
    await found[0].download(folder / name)
    assert len(list((folder / name).iterdir())) == 20
    file = await anext(aiter(found[0].files(names=["f7"])))
    assert await file.read_bytes() == b"x" * 7


def by_asyncio(work: Callable[[], Coroutine[object, object, None]]) -> None:
    asyncio.run(work())


def by_trio(work: Callable[[], Coroutine[object, object, None]]) -> None:
    trio.run(work)


@pytest.mark.each(3)
@pytest.mark.parametrize("made", [over_http, in_process])
@pytest.mark.parametrize("runner", [by_asyncio, by_trio])
@pytest.mark.filterwarnings(
    "ignore::ResourceWarning", "ignore::pytest.PytestUnraisableExceptionWarning"
)
def test_one_api_works_in_one_loop_after_another(
    served: Served,
    tmp_path: Path,
    made: Callable[[Served], AsyncApi],
    runner: Callable[[Callable[[], Coroutine[object, object, None]]], None],
) -> None:
    api = made(served)
    names = [f"{runner.__name__}-{made.__name__}-{number}" for number in range(3)]

    async def work() -> None:
        await everything(api, tmp_path, names.pop())

    for _ in range(2):
        runner(work)

    async def last() -> None:
        await work()
        await api.close()

    runner(last)
    gc.collect()  # what the loops before left open is reported here, where it is expected


# Of httpx, where it is cancelled while it sends the body of a request; trio tells that it was left.
@pytest.mark.filterwarnings("ignore:Async generator 'httpx._content.ByteStream:ResourceWarning")
@pytest.mark.parametrize("made", [over_http, in_process])
def test_cancelling_under_trio_ends_a_download_and_leaves_no_part(
    served: Served, tmp_path: Path, made: Callable[[Served], AsyncApi]
) -> None:
    async def work() -> None:
        async with made(served) as api:
            files = {f"f{n}": bytes(300_000) for n in range(40)}
            artifact = await api.log_artifact("demo/cancelled", type="dataset", files=files)
            with trio.move_on_after(0.02):
                await artifact.download(tmp_path / "out")

    trio.run(work)
    assert not [path for path in tmp_path.rglob("*") if ".part" in path.name]


def test_cancelling_under_trio_between_two_reads_leaves_no_generator_open(tmp_path: Path) -> None:
    async def work() -> None:
        async with AsyncApi.local() as api:
            files = {"large": bytes(3_000_000)}
            artifact = await api.log_artifact("demo/cancelled", type="dataset", files=files)
            with trio.CancelScope() as scope:

                def cancel_once_bytes_came(event: TransferEvent) -> None:
                    if isinstance(event, Advanced):
                        trio.from_thread.run_sync(scope.cancel, trio_token=token)

                token = trio.lowlevel.current_trio_token()
                await artifact.download(tmp_path / "out", progress=cancel_once_bytes_came)
            assert scope.cancelled_caught

    trio.run(work)
    gc.collect()


def test_cancelling_while_a_manifest_is_written_leaves_no_file_open(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cancels: list[Callable[[], object]] = []

    def pieces(manifest: Manifest, _born_with: object) -> Iterator[bytes]:
        yield from manifest_pieces(manifest)
        cancels[0]()
        while True:  # until it is stopped
            yield b" "

    async def work() -> None:
        loop = asyncio.get_running_loop()
        async with AsyncApi.local() as api:
            task = asyncio.create_task(
                api.log_artifact("demo/new", type="dataset", files={"a": b"1"})
            )
            cancels.append(lambda: loop.call_soon_threadsafe(task.cancel))
            with pytest.raises(asyncio.CancelledError):
                await task

    monkeypatch.setattr(new_versions, "manifest_pieces", pieces)
    asyncio.run(work())
    gc.collect()


def test_prefetching_works_under_trio(served: Served) -> None:
    async def work() -> None:
        async with over_http(served) as api:
            for number in range(5):
                await api.log_artifact("demo/many", type="dataset", files={"a": b"%d" % number})
            listed = api.artifacts("dataset", "demo/many", per_page=2, prefetch=True)
            assert [each.version async for each in listed] == ["v4", "v3", "v2", "v1", "v0"]

    trio.run(work)


def test_no_server_under_trio_is_our_error() -> None:
    async def work() -> None:
        policy = RetryPolicy(tries=2, first_wait=0.01, longest_wait=0.01)
        url = "http://127.0.0.1:9"
        async with AsyncApi(base_url=url, api_key="k" * 40, entity="e", retry=policy) as api:
            with pytest.raises(ConnectionFailed):
                await api.artifact("p/c:v0")

    trio.run(work)


# Prints how many descriptors are open after each of several loops, and how many loops are alive.
MANY_LOOPS = """
import asyncio, gc, os, sys, threading, trio
from typed_artifacts import AsyncApi

api = AsyncApi(base_url=sys.argv[1], api_key=sys.argv[2], entity="local")

async def ask():
    await api.whoami()

def by_run():
    asyncio.run(ask())

def by_hand():
    loop = asyncio.new_event_loop()
    loop.run_until_complete(ask())
    loop.close()

def by_threads():
    threads = [threading.Thread(target=by_run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

def by_trio():
    trio.run(ask)
    gc.collect()

work = {"run": by_run, "hand": by_hand, "threads": by_threads, "trio": by_trio}[sys.argv[3]]
opened = []
for _ in range(8):
    work()
    opened.append(len(os.listdir("/proc/self/fd")))
by_run()
gc.collect()
loops = sum(isinstance(each, asyncio.BaseEventLoop) for each in gc.get_objects())
assert max(opened) <= opened[0] + 3, opened
assert loops <= 1, loops
"""


@pytest.mark.each(3)
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors in /proc")
@pytest.mark.parametrize("way", ["run", "hand", "threads", "trio"])
def test_nothing_is_left_of_a_loop_that_has_ended(served: Served, tmp_path: Path, way: str) -> None:
    run_python(MANY_LOOPS, tmp_path, served.url, served.key, way, PYTHONWARNINGS="error")


# Counts the full garbage collections of one loop after another, each closed around its connections.
MANY_REQUESTS = """
import asyncio, gc, os, sys
from typed_artifacts import AsyncApi

api = AsyncApi(base_url=sys.argv[1], api_key=sys.argv[2], entity="local")

def ask():
    loop = asyncio.new_event_loop()
    loop.run_until_complete(api.whoami())
    loop.close()

for _ in range(4):
    ask()
opened, full = len(os.listdir("/proc/self/fd")), []
gc.callbacks.append(lambda phase, info: full.append(phase) if info["generation"] == 2 else None)
for _ in range(12):
    ask()
assert full.count("start") <= 3, full
assert len(os.listdir("/proc/self/fd")) <= opened + 3
"""


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors in /proc")
@pytest.mark.skipif(sys.version_info >= (3, 14), reason="collects in other steps")
def test_a_loop_for_each_request_costs_no_full_collection_for_each(
    served: Served, tmp_path: Path
) -> None:
    """A full collection takes a second where a process has millions of objects."""
    run_python(MANY_REQUESTS, tmp_path, served.url, served.key)


# Drops versions that were saved in a loop that has ended: each had a lock for it.
MANY_SAVED = """
import asyncio, gc, sys
from typed_artifacts import AsyncApi

async def saved():
    async with AsyncApi(base_url=sys.argv[1], api_key=sys.argv[2], entity="local") as api:
        await api.log_artifact("demo/saved", type="dataset", files={"a": b"1"})
        found = [await api.artifact("demo/saved:v0") for _ in range(10)]
        for each in found:
            each.description = f"{id(each)}"
            await each.save()
        return found

found, collections = asyncio.run(saved()), []
gc.callbacks.append(lambda phase, info: collections.append(phase))
found.clear()
assert collections.count("start") <= 1, collections
"""


def test_dropping_what_was_saved_in_a_loop_that_has_ended_collects_nothing(
    served: Served, tmp_path: Path
) -> None:
    run_python(MANY_SAVED, tmp_path, served.url, served.key)


# Makes many clients in one loop, as a service does that makes one for each of its requests, and
# compares how many descriptors and objects there are after the last ones. That something was not
# closed is only said by trio, which warns of each.
MANY_CLIENTS = """
import asyncio, gc, os, sys, trio, warnings
from typed_artifacts import AsyncApi

warnings.simplefilter("error", ResourceWarning)
told = []
sys.unraisablehook = lambda unraisable: told.append(repr(unraisable.exc_value))

async def ask(number):
    api = AsyncApi(base_url=sys.argv[1], api_key=sys.argv[2], entity="local")
    artifact = await api.artifact("demo/described:v0")
    artifact.description = f"{number}"
    await artifact.save()
    if sys.argv[4] == "closed":
        await api.close()

async def counted(sleep):
    gc.collect()
    await sleep(0.1)  # what was garbage-collected is closed in the loop
    gc.collect()
    return len(os.listdir("/proc/self/fd")), len(gc.get_objects())

async def work(sleep):
    for number in range(5):
        await ask(number)
    files, objects = await counted(sleep)
    for number in range(20):
        await ask(number)
    more_files, more_objects = await counted(sleep)
    assert more_files - files <= 1, (files, more_files)
    assert more_objects - objects < 20, (objects, more_objects)
    assert not told or sys.argv[3:] == ["trio", "open"], told

if sys.argv[3] == "asyncio":
    asyncio.run(work(asyncio.sleep))
else:
    trio.run(work, trio.sleep)
"""


@pytest.mark.each(2)
@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors in /proc")
@pytest.mark.parametrize("loop", ["asyncio", "trio"])
@pytest.mark.parametrize("left", ["closed", "open"])
def test_nothing_is_left_of_the_clients_of_a_loop_that_goes_on(
    served: Served, tmp_path: Path, loop: str, left: str
) -> None:
    with Api(base_url=served.url, api_key=served.key, entity="local") as api:
        api.log_artifact("demo/described", type="dataset", files={"a": b"1"})
    run_python(MANY_CLIENTS, tmp_path, served.url, served.key, loop, left)


class Shared(httpx.AsyncBaseTransport):
    """A transport that several clients use."""

    is_closed = False

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"data": {"viewer": {"username": "u", "entity": "e"}}})

    @override
    async def aclose(self) -> None:
        self.is_closed = True


@pytest.mark.parametrize("backend", ["asyncio", "trio"])
def test_a_given_transport_is_not_closed_when_one_of_its_clients_is_collected(
    backend: str,
) -> None:
    transport = Shared()

    async def work() -> None:
        async def ask() -> str:
            api = AsyncApi(base_url="http://localhost", api_key="k" * 40, transport=transport)
            return await api.default_entity()

        for _ in range(2):
            assert await ask() == "e"
            gc.collect()
            await anyio.sleep(0.05)
            assert not transport.is_closed
        async with AsyncApi(
            base_url="http://localhost", api_key="k" * 40, transport=transport
        ) as api:
            assert await api.default_entity() == "e"
        assert transport.is_closed

    anyio.run(work, backend=backend)


def test_a_task_that_is_cancelled_again_leaves_no_connection_open() -> None:
    """The second time comes while the first is cleaned up after, which httpcore does not expect."""
    asyncio.run(_cancelled_again_and_again())


async def _cancelled_again_and_again() -> None:
    opened, still_open = 0, 0
    asked = asyncio.Event()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal opened, still_open
        opened, still_open = opened + 1, still_open + 1
        with suppress(ConnectionError):
            while await reader.read(65536):
                asked.set()
        still_open -= 1
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    async with AsyncApi(base_url=url, api_key="k" * 40, retry=NO_RETRIES) as api:
        for _ in range(10):
            asked.clear()
            task = asyncio.create_task(api.whoami())
            await asyncio.wait_for(asked.wait(), 10)
            task.cancel()
            await asyncio.sleep(0)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
        await asyncio.sleep(0.1)
        assert opened == 10
        assert still_open <= 1  # the last one, which the next request closes
    await asyncio.sleep(0.1)
    assert still_open == 0
    server.close()
    await server.wait_closed()
