"""Prepares the next item of an iterator while the current one is used."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from contextvars import copy_context
from typing import TypeVar

from ..._values.thread_pools import thread_pool

T = TypeVar("T")


def one_ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The same items, each made by a thread of its own while the one before is used.

    Closing the generator waits for what is being made. It is made in the caller's context: what
    cancels the caller's transfer stops its requests.

    Raises:
        Exception: what the making of an item raised, in that item's place.
    """
    context = copy_context()

    def make() -> T | None:
        return context.run(lambda: next(items, None))

    with thread_pool(1) as pool:
        coming = pool.submit(make)
        while (item := coming.result()) is not None:
            try:
                coming = pool.submit(make)
            except RuntimeError:  # the interpreter has begun to shut down
                yield item
                yield from items
                return
            yield item
