"""A transport that was given, after a fork: no child goes on with its parent's connections."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial

import httpx
import pytest

from tests.artifacts.served import Served, serving
from tests.processes.forking import forked, in_child
from typed_artifacts import Api, AsyncApi, InvalidInput
from typed_artifacts._values.guards import override

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

COUNT = 6


class Wrapper(httpx.BaseTransport):
    """A user's transport around another, which does not even close it."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self.inner = inner

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.inner.handle_request(request)


class Unknown(httpx.BaseTransport):
    """A transport with connections that nobody else can find."""

    def __init__(self) -> None:
        inner = httpx.HTTPTransport()
        self.handle = inner.handle_request
        self.end = inner.close

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self.handle(request)

    @override
    def close(self) -> None:
        self.end()


class AsyncWrapper(httpx.AsyncBaseTransport):
    """The same as ``Wrapper`` for coroutines."""

    def __init__(self) -> None:
        self.inner = httpx.AsyncHTTPTransport()

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self.inner.handle_async_request(request)

    @override
    async def aclose(self) -> None:
        await self.inner.aclose()


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("registry")) as served:
        with Api(base_url=served.url, api_key=served.key, entity="local") as api:
            files = {f"f{number}": b"%d" % number * 9999 for number in range(COUNT)}
            api.log_artifact("demo/files", type="dataset", files=files)
            for number in range(COUNT):
                api.log_artifact(f"demo/c{number}", type="dataset", files={"a": b"%d" % number})
        yield served


def bare(inner: httpx.BaseTransport) -> httpx.BaseTransport:
    return inner


def twice_wrapped(inner: httpx.BaseTransport) -> httpx.BaseTransport:
    return Wrapper(Wrapper(inner))


def opened(served: Served, transport: httpx.BaseTransport) -> Api:
    return Api(base_url=served.url, api_key=served.key, entity="local", transport=transport)


@pytest.mark.parametrize("wrap", [bare, twice_wrapped])
def test_each_child_gets_its_own_answers_through_a_given_transport(
    served: Served, wrap: Callable[[httpx.BaseTransport], httpx.BaseTransport]
) -> None:
    def check(number: int) -> None:
        for _ in range(5):
            assert files[f"f{number}"].read_bytes() == b"%d" % number * 9999
            assert api.artifact(f"demo/c{number}:latest").name == f"c{number}:v0"

    with httpx.HTTPTransport() as inner, opened(served, wrap(inner)) as api:
        files = {file.name: file for file in api.artifact("demo/files:latest").files()}
        assert files["f0"].read_bytes()  # leaves an idle connection
        with ExitStack() as children:
            for number in range(1, COUNT):
                children.enter_context(forked(partial(check, number), expected=0))
            check(0)


def test_a_child_refuses_a_transport_whose_connections_may_be_its_parents(served: Served) -> None:
    def check() -> None:
        with pytest.raises(InvalidInput, match="Unknown was used before this process was forked"):
            api.artifact("demo/c1:latest")
        with pytest.raises(InvalidInput, match="Make one Api, with a transport of its own"):
            file.read_bytes()
        with opened(served, Unknown()) as own:
            assert own.artifact("demo/c1:latest").name == "c1:v0"

    with opened(served, Unknown()) as api:
        (file,) = api.artifact("demo/c0:latest").files()
        assert file.read_bytes() == b"0"
        assert in_child(check) == 0
        assert api.artifact("demo/c1:latest").name == "c1:v0"


def test_a_child_uses_a_transport_that_its_parent_did_not_use(served: Served) -> None:
    def check() -> None:
        assert api.artifact("demo/c1:latest").name == "c1:v0"

    with opened(served, Unknown()) as api:
        assert in_child(check) == 0


@pytest.mark.parametrize("wrap", [bare, Wrapper])
def test_a_mock_goes_on_in_a_child(
    wrap: Callable[[httpx.BaseTransport], httpx.BaseTransport],
) -> None:
    viewer = {"data": {"viewer": {"id": "1", "username": "me", "entity": "team"}}}
    mock = wrap(httpx.MockTransport(lambda _: httpx.Response(404, json=viewer)))

    def check() -> None:
        with pytest.raises(Exception, match="404"):
            api.artifact("project/notes:v0")

    with Api(
        base_url="https://registry.test", api_key="k" * 40, entity="team", transport=mock
    ) as api:
        check()
        assert in_child(check) == 0


def test_an_embedded_server_goes_on_in_a_child() -> None:
    with Api.local() as local:
        local.log_artifact("demo/notes", type="dataset", files={"a": b"1"})
        assert in_child(local.artifact("demo/notes:v0").files()[0].read_bytes) == 0


@pytest.mark.parametrize("make", [httpx.AsyncHTTPTransport, AsyncWrapper])
def test_a_child_refuses_an_open_transport_of_coroutines(
    served: Served, make: Callable[[], httpx.AsyncBaseTransport]
) -> None:
    async def name() -> str:
        return (await api.artifact("demo/c1:latest")).name

    def check() -> None:
        with pytest.raises(InvalidInput, match="was used before this process was forked"):
            asyncio.run(name())

    async def forks() -> None:
        assert await name() == "c1:v0"
        assert await asyncio.to_thread(in_child, check) == 0
        assert await name() == "c1:v0"
        await api.close()

    api = AsyncApi(base_url=served.url, api_key=served.key, entity="local", transport=make())
    asyncio.run(forks())


@pytest.mark.parametrize("make", [httpx.AsyncHTTPTransport, AsyncWrapper])
def test_a_child_uses_a_transport_of_coroutines_that_was_closed(
    served: Served, make: Callable[[], httpx.AsyncBaseTransport]
) -> None:
    async def check() -> None:
        assert (await api.artifact("demo/c1:latest")).name == "c1:v0"
        await api.close()

    api = AsyncApi(base_url=served.url, api_key=served.key, entity="local", transport=make())
    asyncio.run(check())
    assert in_child(lambda: asyncio.run(check())) == 0
