"""What one operation touches of the server's schema."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SchemaUsage:
    """What an operation asks for, and the documented calls that send it. Names stand in a row."""

    operation: str
    calls: tuple[str, ...]
    fields: Mapping[str, str]
    """Type → the fields that are asked for."""
    arguments: Mapping[str, str]
    """``Type.field`` → the arguments that are given; with ``!`` what is never left out."""
    inputs: str
    """The input types that are sent."""
    written: str
    """The members of inputs that the document writes out: ``Type.member``."""


def left_out(
    fields: Mapping[str, Mapping[str, str]], lacking: Callable[[str, str], bool]
) -> set[str]:
    """The types that nothing leads to any more, once optional fields are left out of an operation.

    Args:
        fields: type → field that is asked for → the field's type.
        lacking: whether a field is left out, given its type's name and its own.
    """
    found: set[str] = set()
    while True:
        reached: dict[str, list[bool]] = {}
        for owner, row in fields.items():
            for name, kind in row.items():
                gone = owner in found or lacking(owner, name)
                reached.setdefault(kind.strip("[]!"), []).append(gone)
        now = {kind for kind, all_gone in reached.items() if all(all_gone)}
        if now == found:
            return found
        found = now
