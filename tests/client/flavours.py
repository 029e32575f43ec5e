"""One test for both flavours: sync classes behind the interface of their async counterparts.

A test is written once for the async interface and runs with both flavours. `Twin` awaits a member
if the async class defines it as async, so a member that is missing or differs there fails.
"""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import operator
from collections.abc import AsyncIterable, AsyncIterator, Callable, Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar, cast

from typing_extensions import override

from typed_artifacts import (
    NO_RETRIES,
    Api,
    AsyncApi,
    AsyncClient,
    Client,
    Page,
    RequestEvent,
    RetryPolicy,
)

if TYPE_CHECKING:
    from tests.client.taps import Transport
    from typed_artifacts.local import LocalServer

P = ParamSpec("P")
ThingT = TypeVar("ThingT")

_SYNC, _ASYNC = "typed_artifacts._sync.", "typed_artifacts._async."


class Twin:
    """A sync object with the interface of its async counterpart."""

    def __init__(self, blocking: object) -> None:
        self.__dict__["blocking"] = blocking
        self.__dict__["twin"] = twin_of(type(blocking))

    def __getattr__(self, name: str) -> object:
        blocking, declared = self.__dict__["blocking"], self._declared(name)
        if inspect.isasyncgenfunction(declared):
            return partial(_walk_later, blocking, name)
        if inspect.iscoroutinefunction(declared):
            return partial(_later, blocking, name)
        value = getattr(blocking, name)
        return partial(_now, value) if inspect.ismethod(value) else wrap(value)

    def _declared(self, name: str) -> object:
        twin: type = self.__dict__["twin"]
        return next((vars(base)[name] for base in twin.__mro__ if name in vars(base)), None)

    @override
    def __setattr__(self, name: str, value: object) -> None:
        setattr(self.__dict__["blocking"], name, value)

    def __aiter__(self) -> AsyncIterator[object]:
        return _walk(self.__dict__["blocking"])

    async def __anext__(self) -> object:
        try:
            return wrap(next(self.__dict__["blocking"]))
        except StopIteration:
            raise StopAsyncIteration from None

    def __getitem__(self, index: object) -> object:
        blocking = self.__dict__["blocking"]
        if isinstance(blocking, Mapping):  # a draft, which sends nothing in either flavour
            return wrap(blocking[index])  # pyright: ignore[reportUnknownArgumentType]  # of anything
        return _later(blocking, "__getitem__", index)

    def __setitem__(self, name: str, value: object) -> None:
        self.__dict__["blocking"][name] = unwrap(value)

    def __delitem__(self, name: str) -> None:
        del self.__dict__["blocking"][name]

    def __contains__(self, name: object) -> bool:
        return name in self.__dict__["blocking"]

    async def __aenter__(self) -> Self:
        self.__dict__["blocking"].__enter__()
        return self

    async def __aexit__(self, *raised: object) -> None:
        self.__dict__["blocking"].__exit__(*raised)

    @override
    def __repr__(self) -> str:
        return repr(self.__dict__["blocking"])


def twin_of(kind: type) -> type:
    """The async class of a sync class."""
    module = importlib.import_module(kind.__module__.replace(_SYNC, _ASYNC))
    found: type = getattr(module, f"Async{kind.__name__}")
    return found


def blocking_of(kind: type) -> type:
    """The sync class of an async class."""
    module = importlib.import_module(kind.__module__.replace(_ASYNC, _SYNC))
    found: type = getattr(module, kind.__name__.removeprefix("Async"))
    return found


async def _walk(items: Iterable[object]) -> AsyncIterator[object]:
    for item in items:
        yield wrap(item)


async def _walk_later(blocking: object, name: str) -> AsyncIterator[object]:
    for item in getattr(blocking, name)():
        yield wrap(item)


async def _later(blocking: object, name: str, *args: object, **named: object) -> object:
    value = getattr(blocking, name)  # a property of the blocking class is asked for here
    return _now(value, *args, **named) if inspect.ismethod(value) else wrap(value)


def _now(method: Callable[..., object], *args: object, **named: object) -> object:
    return wrap(method(*unwrap(args), **unwrap(named)))


def wrap(value: object) -> object:
    """A result of a sync class, with the async interface."""
    if isinstance(value, Page):
        page = cast("Page[object]", value)  # isinstance does not know of what
        return dataclasses.replace(page, items=tuple(wrap(item) for item in page.items))
    if isinstance(value, list):
        items = cast("list[object]", value)  # as above
        wrapped = [wrap(item) for item in items]
        # A list of plain values is handed on itself: it may be there to be changed.
        return items if all(map(operator.is_, items, wrapped)) else wrapped
    return Twin(value) if type(value).__module__.startswith(_SYNC) else value


def unwrap(value: Any) -> Any:  # noqa: ANN401 - arguments of any method
    """Arguments for a sync class."""
    if isinstance(value, Twin):
        return value.__dict__["blocking"]
    if isinstance(value, tuple):
        return tuple(unwrap(item) for item in cast("tuple[object, ...]", value))  # of anything
    if isinstance(value, dict):
        named = cast("dict[str, object]", value)  # of anything
        return {name: unwrap(item) for name, item in named.items()}
    return value


class Flavour:
    """Creates clients and objects of one flavour."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.blocking = name == "sync"

    def client(
        self,
        transport: Transport,
        *,
        api_key: str | None = "k" * 40,
        entity: str | None = None,
        retry: RetryPolicy = NO_RETRIES,
        on_request: Callable[[RequestEvent], None] | None = None,
    ) -> AsyncClient:
        """A client of this flavour that sends through a transport."""
        options: dict[str, Any] = {"entity": entity, "retry": retry, "on_request": on_request}
        where = "http://localhost"
        if self.blocking:
            return cast(
                "AsyncClient",
                Twin(Client(where, api_key, transport=transport, **options)),
            )  # a twin is used like it
        return AsyncClient(where, api_key, transport=transport, **options)

    def opened(
        self, server: LocalServer, on_request: Callable[[RequestEvent], None] | None = None
    ) -> AsyncApi:
        """An `Api` of this flavour on an embedded server, with its own transport."""
        options: dict[str, Any] = {"entity": "local", "on_request": on_request}
        where, key = server.base_url, server.api_key
        if self.blocking:
            made = Api(base_url=where, api_key=key, transport=server.transport, **options)
            return cast("AsyncApi", Twin(made))  # a twin is used like it
        return AsyncApi(base_url=where, api_key=key, transport=server.async_transport, **options)

    def over_http(self, url: str, key: str | None, **options: Any) -> AsyncApi:  # noqa: ANN401 -- of both constructors
        """An `Api` of this flavour for a server over HTTP, without retries."""
        given: dict[str, Any] = {"base_url": url, "api_key": key, "retry": NO_RETRIES} | options
        if self.blocking:
            return cast("AsyncApi", Twin(Api(**given)))  # a twin is used like it
        return AsyncApi(**given)

    def api(
        self,
        transport: Transport,
        *,
        api_key: str | None = "k" * 40,
        entity: str | None = "local",
        project: str | None = None,
        overrides: dict[str, str] | None = None,
        retry: RetryPolicy = NO_RETRIES,
    ) -> AsyncApi:
        """An `Api` of this flavour that sends through a transport."""
        options: dict[str, Any] = {"entity": entity, "project": project, "retry": retry}
        where = "http://localhost"
        if self.blocking:
            made = Api(overrides, None, api_key, base_url=where, transport=transport, **options)
            return cast("AsyncApi", Twin(made))  # a twin is used like it
        return AsyncApi(overrides, None, api_key, base_url=where, transport=transport, **options)

    def make(self, kind: Callable[P, ThingT], *args: P.args, **named: P.kwargs) -> ThingT:
        """Call a constructor by its async class; the sync one may send a request."""
        if not self.blocking:
            return kind(*args, **named)
        assert isinstance(kind, type)
        made = blocking_of(kind)(*unwrap(args), **unwrap(named))
        return cast("ThingT", Twin(made))  # a twin is used like it

    def attempt(self, kind: Callable[..., object], *args: object, **named: object) -> object:
        """Call a constructor with arguments of wrong types."""
        return self.make(kind, *args, **named)

    async def loaded(self, kind: Callable[P, ThingT], *args: P.args, **named: P.kwargs) -> ThingT:
        """Call a constructor and load the attributes."""
        made = self.make(kind, *args, **named)
        if not self.blocking:
            await cast("Any", made).load()  # every entity has it
        return made


async def listed(pager: AsyncIterable[ThingT]) -> list[ThingT]:
    """All items of an iteration."""
    return [item async for item in pager]
