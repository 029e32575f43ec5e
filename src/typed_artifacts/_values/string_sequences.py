"""The types of arguments that are several values, and never a string."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Iterator

ValueT_co = TypeVar("ValueT_co", covariant=True)


class ValueCollection(Protocol[ValueT_co]):
    """A set, list or tuple, or any other ``Collection`` except a string.

    A string takes nothing but strings after ``in``: that is how type checkers tell it apart.
    """

    def __contains__(self, item: object, /) -> bool:
        """Whether an item is one of the values."""
        ...

    def __iter__(self) -> Iterator[ValueT_co]:
        """All values."""
        ...

    def __len__(self) -> int:
        """The number of values."""
        ...


class ValueSequence(ValueCollection[ValueT_co], Protocol[ValueT_co]):
    """A list or tuple, or any other ``Sequence`` except a string."""

    def __getitem__(self, index: int, /) -> ValueT_co:
        """The value at an index."""
        ...


class StringSequence(ValueSequence[str], Protocol):
    """A list or tuple of strings, or any other ``Sequence[str]`` except a string."""
