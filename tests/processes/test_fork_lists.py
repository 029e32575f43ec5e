"""Lists after a fork: a child waits for no thread of its parent, and for no page of one."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import pytest

from tests.artifacts.served import Served, serving
from tests.processes.forking import in_child
from typed_artifacts import Api, Artifacts, AsyncApi, AsyncArtifacts, RequestEvent, RetryPolicy
from typed_artifacts._requests.response import Allowance
from typed_artifacts._requests.retry import RateLimiter
from typed_artifacts._values.guards import override

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

COUNT = 12
NAMES = [f"many:v{number}" for number in reversed(range(COUNT))]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("registry")) as served:
        with Api(base_url=served.url, api_key=served.key, entity="local") as api:
            for number in range(COUNT):
                api.log_artifact("demo/many", type="dataset", files={"a": b"%d" % number})
        yield served


class Gate:
    """Holds up whoever ends a request in this process, from when it is shut until it is opened."""

    def __init__(self) -> None:
        self._process = os.getpid()
        self._passing: int | None = None
        self._open = threading.Event()
        self._arrived = threading.Event()

    def __call__(self, _: RequestEvent) -> None:
        if self._passing is None or os.getpid() != self._process:
            return
        self._passing -= 1
        if self._passing < 0:
            self._arrived.set()
            assert self._open.wait(60)

    def shut_after(self, requests: int) -> None:
        """Let only so many requests end."""
        self._passing = requests

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Some thread is in the middle of a request."""
        assert self._arrived.wait(60)
        try:
            yield
        finally:
            self._open.set()

    @contextmanager
    def held(self, work: Callable[[], object]) -> Generator[None]:
        """Another thread does the work, and is in the middle of its first request."""
        thread = threading.Thread(target=work)
        self.shut_after(0)
        thread.start()
        try:
            with self.waiting():
                yield
        finally:
            thread.join()


@pytest.fixture
def gate() -> Gate:
    return Gate()


@pytest.fixture
def versions(served: Served, gate: Gate) -> Iterator[Artifacts]:
    with Api(base_url=served.url, api_key=served.key, entity="local", on_request=gate) as api:
        yield api.artifacts("dataset", "demo/many", per_page=5)


def names(versions: Artifacts) -> list[str]:
    return [version.name for version in versions]


def test_a_child_goes_over_a_list_of_which_a_thread_fetches_a_page(
    versions: Artifacts, gate: Gate
) -> None:
    def check() -> None:
        assert names(versions) == NAMES
        assert len(versions) == COUNT

    assert versions[0].name == NAMES[0]
    with gate.held(lambda: list(versions)):
        assert in_child(check) == 0
    check()


def test_a_child_takes_the_next_item_of_a_list_of_which_a_thread_takes_one(
    versions: Artifacts, gate: Gate
) -> None:
    def check() -> None:
        assert [next(versions).name for _ in range(COUNT)] == NAMES

    with gate.held(lambda: next(versions)):
        assert in_child(check) == 0
    assert [next(versions).name for _ in range(COUNT - 1)] == NAMES[1:]


def test_a_child_fetches_the_page_that_a_thread_of_its_parent_looks_ahead_for(
    versions: Artifacts, gate: Gate
) -> None:
    def check() -> None:
        assert [first.name, *(version.name for version in loop)] == NAMES
        assert names(versions) == NAMES

    assert versions[0].name == NAMES[0]
    versions.prefetch = True
    loop = iter(versions)
    gate.shut_after(0)
    first = next(loop)
    with gate.waiting():
        assert in_child(check) == 0
    check()


def test_a_child_goes_on_with_pages_that_a_thread_of_its_parent_looks_ahead_for(
    versions: Artifacts, gate: Gate
) -> None:
    def check() -> None:
        rest = [version.name for page in pages for version in page.items]
        assert [version.name for version in first.items] + rest == NAMES

    versions.prefetch = True
    pages = versions.pages()
    gate.shut_after(1)
    first = next(pages)
    with gate.waiting():
        assert in_child(check) == 0
    check()


def test_a_child_goes_over_a_list_of_which_coroutines_fetch_a_page(
    served: Served, gate: Gate
) -> None:
    async def opened() -> tuple[AsyncApi, AsyncArtifacts]:
        api = AsyncApi(base_url=served.url, api_key=served.key, entity="local", on_request=gate)
        return api, api.artifacts("dataset", "demo/many", per_page=5)

    async def names() -> list[str]:
        found = [version.name async for version in versions]
        await api.close()
        return found

    def check() -> None:
        assert asyncio.run(names()) == NAMES

    api, versions = asyncio.run(opened())
    with gate.held(check):
        assert in_child(check) == 0


def test_a_child_keeps_the_limit_of_requests_though_a_thread_was_noting_one() -> None:
    noting, forked = threading.Event(), threading.Event()

    class Slow(Allowance):
        @property
        @override
        def interval(self) -> float:
            noting.set()
            forked.wait(60)
            return 0.0

    limiter = RateLimiter(RetryPolicy())
    thread = threading.Thread(target=limiter.note, args=(Slow(1, 1, None),))
    thread.start()
    assert noting.wait(60)
    try:
        assert in_child(lambda: limiter.note(Allowance(1, 0.0, None))) == 0
    finally:
        forked.set()
        thread.join()
