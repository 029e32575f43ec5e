"""However many threads or tasks wait for an access token, one exchange brings it."""

from __future__ import annotations

import asyncio
import gc
import multiprocessing
import os
import threading
import time
import weakref
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import anyio
import httpx
import pytest

from tests.identity.signing import QUICK, Watched, answering
from typed_artifacts import Api, AsyncApi, AuthenticationError

WAITING = 12
URL = "http://localhost"


def _api(watched: Watched) -> Api:
    return Api(base_url=URL, transport=watched, retry=QUICK)


@pytest.mark.parametrize("expires_in", [3600, 30])
def test_threads(watched: Watched, identity: Path, expires_in: int) -> None:
    del identity
    watched.slowly, watched.expires_in = 0.3, expires_in
    ready = threading.Barrier(WAITING)
    with _api(watched) as api, ThreadPoolExecutor(WAITING) as pool:

        def user(_: int) -> str | None:
            ready.wait()
            return api.viewer.username

        assert list(pool.map(user, range(WAITING))) == ["alice"] * WAITING
    assert len(watched.assertions) == 1


@pytest.mark.parametrize("expires_in", [3600, 30])
async def test_tasks(watched: Watched, identity: Path, expires_in: int) -> None:
    del identity
    watched.slowly, watched.expires_in = 0.3, expires_in
    async with AsyncApi(base_url=URL, transport=watched, retry=QUICK) as api:
        found = await asyncio.gather(*(api.viewer() for _ in range(WAITING)))
    assert [viewer.username for viewer in found] == ["alice"] * WAITING
    assert len(watched.assertions) == 1


def test_threads_whose_token_is_refused(watched: Watched, identity: Path) -> None:
    del identity
    watched.slowly = 0.3
    with _api(watched) as api, ThreadPoolExecutor(WAITING) as pool:
        assert api.viewer.username == "alice"
        watched.revoked = {*watched.tokens}
        ready = threading.Barrier(WAITING)

        def user(_: int) -> str | None:
            ready.wait()
            return api.viewer.username

        assert list(pool.map(user, range(WAITING))) == ["alice"] * WAITING
    assert len(watched.assertions) == 2


def test_all_who_wait_share_a_refusal(watched: Watched, identity: Path) -> None:
    del identity
    began = threading.Event()

    def refused(request: httpx.Request) -> httpx.Response:
        began.set()
        time.sleep(0.5)
        return answering(400, '{"error": "not you"}')(request)

    watched.spoil = [refused] * WAITING
    with _api(watched) as api, ThreadPoolExecutor(WAITING) as pool:
        first = pool.submit(lambda: api.viewer)
        began.wait()
        rest = [pool.submit(lambda: api.viewer) for _ in range(WAITING - 1)]
        for each in [first, *rest]:
            with pytest.raises(AuthenticationError, match="not you"):
                each.result()
    assert len(watched.assertions) <= 2  # who came when it was over asks once more, for all others


class Held:
    """Something large that a caller holds."""


def test_a_refusal_keeps_nothing_of_its_caller(watched: Watched, identity: Path) -> None:
    del identity

    def caller(api: Api) -> weakref.ref[Held]:
        held = Held()
        with pytest.raises(AuthenticationError):
            _ = api.viewer
        return weakref.ref(held)

    watched.spoil = [answering(400)]
    with _api(watched) as api:
        found = caller(api)
        gc.collect()
        assert found() is None
        assert api.viewer.username == "alice"


async def test_a_refusal_keeps_nothing_of_its_task(watched: Watched, identity: Path) -> None:
    del identity

    async def caller(api: AsyncApi) -> weakref.ref[Held]:
        held = Held()
        with pytest.raises(AuthenticationError):
            await api.viewer()
        return weakref.ref(held)

    watched.spoil = [answering(400)]
    async with AsyncApi(base_url=URL, transport=watched, retry=QUICK) as api:
        found = await caller(api)
        gc.collect()
        assert found() is None
        assert (await api.viewer()).username == "alice"


async def test_a_cancelled_exchange_leaves_the_others_theirs(
    watched: Watched, identity: Path
) -> None:
    del identity
    watched.slowly = 0.5
    async with AsyncApi(base_url=URL, transport=watched, retry=QUICK) as api:
        with anyio.move_on_after(0.05) as scope:
            await api.viewer()
        assert scope.cancelled_caught
        assert (await api.viewer()).username == "alice"


def test_one_client_in_one_event_loop_after_another(watched: Watched, identity: Path) -> None:
    del identity
    api = AsyncApi(base_url=URL, transport=watched, retry=QUICK)
    for _ in range(3):
        found = asyncio.run(api.viewer())
        assert found.username == "alice"
    assert len(watched.assertions) == 1


_SHARED: list[Api] = []


def _in_child(_: int) -> str | None:
    return _SHARED[0].viewer.username


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_fork_while_another_thread_exchanges(served_url: str, identity: Path) -> None:
    del identity
    with Api(base_url=served_url) as api:
        _SHARED[:] = [api]
        sign_in = api.client._sign_in
        # Held as by a thread, which the child does not have.
        with sign_in._lock.get(), multiprocessing.get_context("fork").Pool(2) as pool:
            assert pool.map_async(_in_child, range(4)).get(60) == ["alice"] * 4
        assert api.viewer.username == "alice"
