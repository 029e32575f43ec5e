"""Saves of one object by several threads or tasks: they are sent one after the other."""

from __future__ import annotations

import copy
import os
import pickle
import sys
import threading
import time
from typing import Any

import anyio
import httpx
import pytest
from typing_extensions import override

from tests.artifacts.bench import DATA
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from tests.processes.forking import in_child
from typed_artifacts import Api, AsyncApi
from typed_artifacts._requests.save_locks import save_lock
from typed_artifacts.local import LocalServer, open_local

_SAVES = {b"SaveArtifact", b"SaveArtifactSequence"}


class _Delaying(Wire):
    """The first save is a while on its way; what is sent meanwhile would arrive before it."""

    saves = 0

    @property
    def seconds(self) -> float:
        """How long what is sent now is on its way."""
        self.saves += 1
        return 0.3 if self.saves == 1 else 0.0

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if _saves(request):
            time.sleep(self.seconds)
        return super().handle_request(request)

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if _saves(request):
            await anyio.sleep(self.seconds)
        return await super().handle_async_request(request)


def _saves(request: httpx.Request) -> bool:
    return any(b'"operationName":"' + name + b'"' in request.content for name in _SAVES)


@pytest.fixture
def wire(server: LocalServer) -> Wire:
    return _Delaying(server)


@pytest.mark.parametrize("kind", ["version", "collection"])
async def test_the_later_save_is_the_last(
    flavour: Flavour, api: AsyncApi, wire: Wire, kind: str
) -> None:
    """They could reach the server in either order, and the object showed what was not there."""

    async def found(of: AsyncApi) -> Any:  # noqa: ANN401 -- either, in either flavour
        if kind == "version":
            return await of.artifact(f"{DATA}:v0")
        return await of.artifact_collection("dataset", DATA)

    made = await found(api)
    blocking: Any = made.blocking if flavour.blocking else made

    def save_in_thread(words: str) -> None:
        blocking.description = words
        blocking.save()

    async def save(words: str) -> None:
        made.description = words
        await made.save()

    if flavour.blocking:
        threads = [threading.Thread(target=save_in_thread, args=(w,)) for w in ("first", "second")]
        for thread in threads:
            thread.start()
            await anyio.sleep(0.1)
        for thread in threads:
            thread.join()
    else:
        async with anyio.create_task_group() as group:
            for words in ("first", "second"):
                group.start_soon(save, words)
                await anyio.sleep(0.1)
    sent = [each.operation for each in wire.sent if each.operation.startswith("Save")]
    assert len(sent) == 2
    assert (await found(api)).description == made.description == "second"


def test_a_save_in_the_middle_of_a_save_is_no_deadlock() -> None:
    """As before there were turns: `on_request` may save as well."""
    with open_local() as server:
        saved: list[str] = []

        def again(_event: object) -> None:
            if made and not saved:
                saved.append("again")
                made[0].tags.append("more")
                made[0].save()

        made: list[Any] = []
        with Api(
            base_url=server.base_url,
            api_key=server.api_key,
            transport=server.transport,
            on_request=again,
        ) as api:
            artifact = api.log_artifact("local/p/c", type="t", files={"a": b"1"})
            made.append(artifact)
            artifact.description = "words"
            artifact.save()
            found = api.artifact("local/p/c")
            assert (saved, found.description, found.tags) == (["again"], "words", ["more"])


class _Owner:
    pass


def test_copies_have_turns_of_their_own() -> None:
    owner = _Owner()
    turn = save_lock(owner)
    assert save_lock(owner) is turn
    unpickled = pickle.loads(pickle.dumps(owner))  # noqa: S301 - our own
    for other in (copy.deepcopy(owner), unpickled):
        with save_lock(other):
            assert save_lock(other) is save_lock(other) is not turn


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_child_does_not_wait_for_a_save_of_its_parent() -> None:
    owner, held, done = _Owner(), threading.Event(), threading.Event()

    def hold() -> None:
        with save_lock(owner):
            held.set()
            done.wait(30)

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait(30)
    assert in_child(lambda: save_lock(owner).acquire(blocking=False) or sys.exit(1)) == 0
    done.set()
    thread.join()
