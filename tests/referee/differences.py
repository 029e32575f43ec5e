"""Reads docs/upstream.md: what is different on purpose, and why."""

import re
from pathlib import Path
from typing import NamedTuple

_SECTION = re.compile(r"^## (.+?)\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


class Differences(NamedTuple):
    """The tables of the page.

    Attributes:
        values: expressions and members that differ.
        errors: pairs of what the official client raises, and what ours does.
        older: members of the wire that only the older schema shows, as `Type.member`.
        on_older: by a feature that a server lacks, expressions that then differ, too.
        moves: calls before and after.
        run_calls: statements with a run before and after.
    """

    values: frozenset[str]
    errors: frozenset[tuple[str, str]]
    older: frozenset[str]
    on_older: dict[str, frozenset[str]]
    moves: tuple[tuple[str, str], ...]
    run_calls: tuple[tuple[str, str], ...]


def read_differences(page: Path) -> Differences:
    """The tables under their headings; every row has a reason."""
    sections = dict(_SECTION.findall(page.read_text(encoding="utf-8")))
    values = [key for row in _rows(sections["Differences"], 4) for key in _code(row[0])]
    assert len(values) == len(set(values)), "an expression is listed twice"
    errors = [(_code(row[0])[0], _code(row[1])[0]) for row in _rows(sections["Errors"], 3)]
    older = [key for row in _rows(sections["The wire"], 2) for key in _code(row[0])]
    on_older = {
        _code(row[0])[0]: frozenset(_code(row[1])) for row in _rows(sections["Older servers"], 4)
    }
    moves, run_calls = (
        tuple((_code(row[0])[0], _code(row[1])[0]) for row in _rows(sections[name], 3))
        for name in ("Moving here", "Calls of a run")
    )
    return Differences(
        frozenset(values), frozenset(errors), frozenset(older), on_older, moves, run_calls
    )


def _rows(section: str, columns: int) -> list[list[str]]:
    lines = [line for line in section.splitlines() if line.startswith("|")][2:]
    rows = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    for row in rows:
        assert len(row) == columns, f"a row of {columns} cells is wanted: {row}"
        assert all(row), f"a cell is empty: {row}"
    return rows


def _code(cell: str) -> list[str]:
    found: list[str] = re.findall(r"`([^`]+)`", cell)
    return found


#: What docs/upstream.md says.
DIFFERENCES = read_differences(Path(__file__).parents[2] / "docs" / "upstream.md")
