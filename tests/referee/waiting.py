"""Lets expressions written for `Api` run on `AsyncApi`: what is to be awaited is awaited.

The proxies know only the rule of the flavours: what sends a request is awaited, and a property
that does so is a method of the other flavour; making an object that fetches itself is two steps.
"""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# (what an expression gives is of any type)

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from typing_extensions import override

import typed_artifacts

T = TypeVar("T")


class Waiting:
    """An async object as if it were the other flavour's."""

    _runner: asyncio.Runner
    _inner: Any

    def __init__(self, runner: asyncio.Runner, inner: object) -> None:
        self.__dict__.update(_runner=runner, _inner=inner)

    def __getattr__(self, name: str) -> object:
        if name == "next":
            return self.__next__
        value = getattr(self._inner, name)
        twin = getattr(typed_artifacts, type(self._inner).__name__.removeprefix("Async"))
        if inspect.ismethod(value) and isinstance(inspect.getattr_static(twin, name), property):
            value = value()
        return waiting(self._runner, value)

    @override
    def __setattr__(self, name: str, value: object) -> None:
        setattr(self._inner, name, value)

    def __iter__(self) -> Iterator[object]:
        items = aiter(self._inner)
        while True:
            try:
                yield waiting(self._runner, anext(items))
            except StopAsyncIteration:
                return

    def __next__(self) -> object:
        try:
            return waiting(self._runner, anext(self._inner))
        except StopAsyncIteration:
            raise StopIteration from None

    def __getitem__(self, index: int | slice) -> object:
        return waiting(self._runner, self._inner[index])

    def __len__(self) -> int:
        if not hasattr(self._inner, "length"):
            raise TypeError(f"{self!r} has no len()")
        length: int = waiting(self._runner, self._inner.length())
        return length

    @override
    def __repr__(self) -> str:
        return repr(self._inner).replace("<Async", "<")


def waiting(runner: asyncio.Runner, value: object) -> Any:  # noqa: ANN401 - as the value
    """What the other flavour would give: awaited, and with proxies for async objects."""
    if inspect.isawaitable(value):
        value = runner.run(_result(value))
    if isinstance(value, list) and any(map(_is_async, value)):
        return [waiting(runner, item) for item in value]
    if _is_async(value):
        return Waiting(runner, value)
    return _call(runner, value) if inspect.ismethod(value) else value


def waiting_class(runner: asyncio.Runner, one: type[object]) -> Callable[..., object]:
    """A documented class whose objects fetch themselves when they are made."""

    def make(*given: object, **named: object) -> object:
        made = _call(runner, one)(*given, **named)
        return made.load() if hasattr(one, "load") else made

    return make


def _call(runner: asyncio.Runner, function: Callable[..., object]) -> Callable[..., Any]:
    def call(*given: object, **named: object) -> object:
        inner = {name: _inner(value) for name, value in named.items()}
        return waiting(runner, function(*map(_inner, given), **inner))

    return call


def _is_async(value: object) -> bool:
    return type(value).__name__.startswith("Async")


def _inner(value: object) -> object:
    return value.__dict__["_inner"] if isinstance(value, Waiting) else value


async def _result(awaitable: Awaitable[T]) -> T:
    return await awaitable
