"""Attributes that a class does not have: what is set there would be lost in silence.

Items of lists are made by the thousand, and a ``__setattr__`` would double the time of making one:
they are looked at when they are saved. Objects that are made one by one refuse it at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ...errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = __name__.partition(".")[0]


def refuse_unknown(item: object, subject: str) -> None:
    """Raise ``InvalidInput`` for attributes of an object that a save would leave out.

    Args:
        item: the object, whose own state is in names that begin with an underscore.
        subject: the object, as a path.
    """
    for name, value in vars(item).items():
        if name[0] != "_" and not _may_be_set(item, name, value):
            raise _unknown(type(item), name, subject)


class KnownAttributes:
    """A base of classes that refuse at once to be given an attribute that they do not have."""

    # Type checkers see such a mistake by themselves, but not where they see this method.
    if not TYPE_CHECKING:

        def __setattr__(self, name: str, value: object) -> None:
            if name[0] != "_" and not _may_be_set(self, name, value):
                raise _unknown(type(self), name, None)
            super().__setattr__(name, value)


def _may_be_set(item: object, name: str, value: object) -> bool:
    """Whether the class has an attribute, or it is one of a subclass; tests replace methods."""
    kind = type(item)
    if not hasattr(kind, name):
        return kind.__module__.partition(".")[0] != _PACKAGE
    return callable(value) or not callable(getattr(kind, name))


def _unknown(kind: type, name: str, subject: str | None) -> InvalidInput:
    what = "is a method" if hasattr(kind, name) else "is no attribute"
    settable = ", ".join(sorted(_settable(kind))) or "nothing"
    lost = " Nothing was saved: remove it with del." if subject is not None else ""
    return InvalidInput(
        f"{name!r:.200} {what} of {kind.__name__}, of which {settable} can be set.{lost} "
        "For attributes of your own, write a subclass.",
        subject=subject,
    )


def _settable(kind: type) -> Iterator[str]:
    for name in dir(kind):
        member = getattr(kind, name)
        if isinstance(member, property) and member.fset is not None:
            yield name
