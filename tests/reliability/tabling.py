"""The table of the fault matrix for docs/reliability.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from tests.reliability.calls import CALLS

Mode: TypeAlias = Literal["once", "always"]
Flavour: TypeAlias = Literal["sync", "async"]
MODES: Final[tuple[Mode, ...]] = ("once", "always")
FLAVOURS: Final[tuple[Flavour, ...]] = ("sync", "async")


@dataclass(frozen=True)
class Cell:
    """What came of one fault in one call.

    Attributes:
        got: "ok", or the name of the error.
        wrong: in words, what should have been otherwise; empty if all is well.
    """

    fault: str
    call: str
    mode: Mode
    flavour: Flavour
    got: str
    wrong: str


def table(cells: Sequence[Cell]) -> str:
    """The cells for people: a row for each fault, a column for each call."""
    calls = [call.name for call in CALLS]
    by_place: dict[tuple[str, str], dict[str, set[str]]] = {}
    for cell in cells:
        place = by_place.setdefault((cell.fault, cell.call), {"once": set(), "always": set()})
        place[cell.mode].add(("WRONG " if cell.wrong else "") + cell.got)
    faults = dict.fromkeys(cell.fault for cell in cells)
    rows = [["fault", *calls]]
    rows += [[name, *(_entry(by_place.get((name, call))) for call in calls)] for name in faults]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    padded = ([text.ljust(widths[at]) for at, text in enumerate(row)] for row in rows)
    return "\n".join(f"| {' | '.join(row)} |" for row in padded)


_SHORT: Final = {
    "AuthenticationError": "Auth",
    "ConflictError": "Conflict",
    "ConnectionFailed": "Conn",
    "GraphQLError": "GraphQL",
    "IntegrityError": "Integrity",
    "NotFoundError": "NotFound",
    "PaginationError": "Pages",
    "PermissionDenied": "Denied",
    "RateLimited": "Rate",
    "RequestTimeout": "Timeout",
    "ServerError": "Server",
}


def _entry(outcomes: dict[str, set[str]] | None) -> str:
    if outcomes is None:
        return ""
    seen = ["/".join(sorted(_SHORT.get(got, got) for got in outcomes[mode])) for mode in outcomes]
    return ", ".join(dict.fromkeys(filter(None, seen)))
