"""The type of arguments that are several strings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Iterator


class StringSequence(Protocol):
    """A list or tuple of strings, or any other ``Sequence[str]`` except a string.

    A string takes nothing but strings after ``in``: that is how type checkers tell it apart.
    """

    def __contains__(self, item: object, /) -> bool:
        """Whether an item is one of the strings."""
        ...

    def __getitem__(self, index: int, /) -> str:
        """The string at an index."""
        ...

    def __iter__(self) -> Iterator[str]:
        """All strings."""
        ...

    def __len__(self) -> int:
        """The number of strings."""
        ...
