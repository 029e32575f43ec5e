"""Checks of the types of values that callers without a type checker give; and ``override``.

``override`` does not import typing_extensions at run time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from typing_extensions import override
else:
    MethodT = TypeVar("MethodT")

    def override(method: MethodT) -> MethodT:
        """Mark a method that overrides one of its base class, for type checkers."""
        return method


def is_text(value: object) -> bool:
    """Whether a value is a string: callers may not use a type checker."""
    return isinstance(value, str)


def plain_text(text: str | None) -> str | None:
    """A text, or ``None``, as no subclass: f-strings have the name of an enum of texts."""
    return str.__str__(text) if isinstance(text, str) else text


def is_truth(value: object) -> bool:
    """Whether a value is ``True`` or ``False``."""
    return isinstance(value, bool)


def is_whole_number(value: object) -> bool:
    """Whether a value is an integer and not a truth value."""
    return isinstance(value, int) and not isinstance(value, bool)


def is_number(value: object) -> bool:
    """Whether a value is an integer or a float, and not a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def is_mapping(value: object) -> bool:
    """Whether a value is a mapping."""
    return isinstance(value, Mapping)


def is_iterable(value: object) -> bool:
    """Whether a value can be gone over more than once: no iterator."""
    return isinstance(value, Iterable) and not isinstance(value, Iterator)


def is_sequence(value: object) -> bool:
    """Whether a value is a sequence, of whatever."""
    return isinstance(value, Sequence)


def is_collection(value: object) -> bool:
    """Whether a value is a collection other than a text: a list, a tuple, a set."""
    return isinstance(value, Collection) and not isinstance(value, str)


__all__ = [
    "is_collection",
    "is_iterable",
    "is_mapping",
    "is_number",
    "is_sequence",
    "is_text",
    "is_truth",
    "is_whole_number",
    "override",
    "plain_text",
]
