"""Whether this release still works if a field has another type.

``String`` and ``ID`` are both strings in Python and in JSON: to change one for the other breaks
nothing that is read. An enum is open, so any string will do for it. Types are texts, as the schema
language writes them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

_STRING = "str"
# The scalars that a server accepts for each built-in scalar.
_TAKEN = {"ID": {"str", "int"}, "String": {"str"}, "Float": {"float", "int"}, "Int": {"int"}}
# What the model of a time makes times of; any other text in it is an unreadable time, and no error.
_TIME, _MAY_BE_TIMES = "DateTime", {"Float", "ID", "Int", "String"}
Fits = Callable[[str, str], bool]
"""Whether one type without ``[]!`` fits another."""


@dataclass(frozen=True)
class LeafTypes:
    """What the values of scalars and enums are."""

    scalars: Mapping[str, tuple[str, str]]
    """Scalar → its type in a model, and in JSON; those that this release knows."""
    is_enum: Callable[[str], bool]

    def in_json(self, name: str) -> str | None:
        """What a value is in JSON, as a type of Python; ``None`` for an object."""
        if self.is_enum(name):
            return _STRING
        return self.scalars[name][1] if name in self.scalars else None

    def readable(self, name: str) -> set[str]:
        """What a model takes for a value of a type."""
        if self.is_enum(name):
            return {_STRING}
        if name not in self.scalars:
            return set()
        kind = self.scalars[name][0]
        return {"float", "int"} if kind == "float" else {kind}


def reads_leaf(old: str, new: str, own_types: LeafTypes, server_types: LeafTypes) -> bool:
    """Whether models of one scalar or enum hold what a server sends of another."""
    return old == new or server_types.in_json(new) in own_types.readable(old)


def partly_reads(old: str, new: str, own_types: LeafTypes) -> str | None:
    """In words, what models of one type hold of another that may say the same; ``None``: nothing.

    Whether values may be null is not looked at.
    """
    old, new = old.replace("!", ""), new.replace("!", "")
    is_time = own_types.scalars.get(leaf(old), ("", ""))[0] == _TIME
    if is_time and leaf(new) in _MAY_BE_TIMES and still_reads(old, new, lambda _old, _new: True):
        return "it is read where it holds times"
    return None


def sends_leaf(old: str, new: str, own_types: LeafTypes, server_types: LeafTypes) -> bool:
    """Whether a server that takes one scalar or enum takes what was right for another."""
    if old == new:
        return True
    return not server_types.is_enum(new) and own_types.in_json(old) in _TAKEN.get(new, set())


def still_reads(old: str, new: str, fits: Fits) -> bool:
    """Whether models of one type hold what a server sends of another."""
    if new.endswith("!"):
        return still_reads(old.removesuffix("!"), new[:-1], fits)
    if old.endswith("!"):
        return False
    if is_list(old) or is_list(new):
        return is_list(old) and is_list(new) and still_reads(old[1:-1], new[1:-1], fits)
    return fits(old, new)


def still_sends(old: str, new: str, fits: Fits) -> bool:
    """Whether a server that takes one type takes what was right for another.

    A server takes a single value for a list of one.
    """
    if old.endswith("!"):
        return still_sends(old[:-1], new.removesuffix("!"), fits)
    if new.endswith("!"):
        return False
    if is_list(new):
        inner = new[1:-1]
        # A null becomes null, and not a list with one null.
        return still_sends(old[1:-1], inner, fits) if is_list(old) else _alone(old, inner, fits)
    return not is_list(old) and fits(old, new)


def _alone(old: str, inner: str, fits: Fits) -> bool:
    return still_sends(old, inner.removesuffix("!"), fits)


def is_list(kind: str) -> bool:
    """Whether a type is a list that may be null."""
    return kind.startswith("[") and not kind.endswith("!")


def leaf(kind: str) -> str:
    """A type without ``[]!``."""
    return kind.strip("[]!")
