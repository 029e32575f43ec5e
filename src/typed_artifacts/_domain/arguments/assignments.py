"""Attributes that a class does not have: what is set there would be lost in silence.

Items of lists are made by the thousand, and a ``__setattr__`` would double the time of making one:
they are looked at when they are saved. Objects that are made one by one refuse it at once; lists
also refuse another filter than they were made with, which their pages would not follow.
"""

from __future__ import annotations

from functools import cache
from inspect import signature
from typing import TYPE_CHECKING

from ...errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_PACKAGE = __name__.partition(".")[0]
# Attributes of a list that may change while it is read.
_FREE = frozenset({"per_page", "prefetch"})


def refuse_unknown(item: object, subject: str) -> None:
    """Raise ``InvalidInput`` for attributes of an object that a save would leave out.

    Args:
        item: the object, whose own state is in names that begin with an underscore.
        subject: the object, as a path.
    """
    for name, value in vars(item).items():
        if name[:1] != "_" and not _may_be_set(item, name, value):
            raise _unknown(type(item), name, subject)


class KnownAttributes:
    """A base of classes that refuse at once to be given an attribute that they do not have."""

    # Hidden from type checkers: with this method, they would accept any attribute.
    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: object) -> None:
            if name[:1] != "_" and not _may_be_set(self, name, value):
                raise _unknown(type(self), name, None)
            super().__setattr__(name, value)


class FixedParameters:
    """A base of lists, which refuse at once to be given another filter than they were made with."""

    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: object) -> None:
            if name[:1] != "_" and name not in _FREE:
                _check_parameter(self, name, value)
            super().__setattr__(name, value)


def _check_parameter(item: object, name: str, value: object) -> None:
    kind: type = type(item)
    if name not in _parameters(kind):
        if not _may_be_set(item, name, value):
            raise _unknown(kind, name, None, _FREE)
    elif name in vars(item):
        raise InvalidInput(
            f"{name!r} of {kind.__name__} is what the list was made with, and cannot be set; make "
            f"another list with {name}=."
        )


@cache
def _parameters(kind: type) -> frozenset[str]:
    """The parameters of a list of this package; a subclass may have others of its own."""
    own_class = next(each for each in kind.__mro__ if _is_ours(each))
    return frozenset(signature(own_class).parameters)


def _is_ours(kind: type) -> bool:
    return kind.__module__.partition(".")[0] == _PACKAGE


def _may_be_set(item: object, name: str, value: object) -> bool:
    """Whether the class has an attribute, or it is one of a subclass; tests replace methods."""
    kind = type(item)
    if not hasattr(kind, name):
        return not _is_ours(kind)
    return callable(value) or not callable(getattr(kind, name))


def _unknown(
    kind: type, name: str, subject: str | None, also_settable: Iterable[str] = ()
) -> InvalidInput:
    reason = "is a method" if hasattr(kind, name) else "is no attribute"
    settable = ", ".join(sorted([*_settable(kind), *also_settable])) or "nothing"
    advice = " Nothing was saved: remove it with del." if subject is not None else ""
    return InvalidInput(
        f"{name!r:.200} {reason} of {kind.__name__}, of which {settable} can be set.{advice} "
        "For attributes of your own, write a subclass.",
        subject=subject,
    )


def _settable(kind: type) -> Iterator[str]:
    for name in dir(kind):
        member = getattr(kind, name)
        if isinstance(member, property) and member.fset is not None:
            yield name
