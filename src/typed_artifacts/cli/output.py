"""How the command writes: tables for people, JSON for programs, one line for an error.

What comes from a server is data: it is shown as text, never obeyed as terminal codes or markup.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import Generic, TypeAlias, TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from typed_artifacts.errors import LengthUnknown

Cell: TypeAlias = str | int | float | datetime | Sequence[str] | None

ItemT = TypeVar("ItemT")

#: The width of a table that no terminal cuts off: a pipe, a file.
_WIDE = 200


@dataclass(frozen=True)
class Column(Generic[ItemT]):
    """One attribute of the items of a listing.

    Attributes:
        key: its name in JSON, and the heading of its column.
        read: takes it from an item.
        is_bytes: whether it is a number of bytes, for people to be shown as "1.2 MB".
        whole: whether it is kept on one line however long it is.
        table: whether the table shows it too; JSON always does.
    """

    key: str
    read: Callable[[ItemT], Cell]
    is_bytes: bool = False
    whole: bool = False
    table: bool = True


def console() -> Console:
    """Where tables go: the standard output, as wide as the terminal."""
    return Console(width=None if sys.stdout.isatty() else _WIDE, highlight=False)


def error_line(message: str) -> None:
    """Write an error's message as one line on the standard error."""
    sys.stderr.write(f"typed-artifacts: {clean(' '.join(message.split()))}\n")


def say(line: str) -> None:
    """Write one sentence to the standard output."""
    console().print(clean(line), markup=False, soft_wrap=True)


def clean(text: str) -> str:
    """Make characters visible that a terminal would obey."""
    if text.isprintable():
        return text
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def show(cell: Cell, *, is_bytes: bool = False) -> str:
    """Write a value as a person reads it."""
    if isinstance(cell, datetime):
        return cell.astimezone(UTC).strftime("%Y-%m-%d %H:%M")
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, int):
        return human_bytes(cell) if is_bytes else f"{cell:,}"
    if isinstance(cell, float):
        return f"{cell:g}"
    if isinstance(cell, str):
        return clean(str(cell))  # an enum's str is its value
    return clean(", ".join(cell or ()))


def human_bytes(count: int) -> str:
    """Write a number of bytes with three figures and a decimal unit."""
    size = float(count)
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if size < 999.5 or unit == "TB":  # where the next unit reads better
            return f"{size:.0f} {unit}" if unit == "B" or size >= 100 else f"{size:.3g} {unit}"
        size /= 1000
    raise AssertionError


def table(items: Iterable[ItemT], columns: Sequence[Column[ItemT]], title: str = "") -> Table:
    """Lay out items as a table; columns in which nothing stands are left out."""
    shown = [column for column in columns if column.table]
    rows = [([column.read(item) for column in shown]) for item in items]
    used = [
        index
        for index, _ in enumerate(shown)
        if any(row[index] not in (None, "", []) for row in rows)
    ] or list(range(len(shown)))
    result = Table(box=SIMPLE_HEAD, title=title or None, title_justify="left", show_edge=False)
    for index in used:
        numeric = any(type(row[index]) in {int, float} for row in rows)
        result.add_column(
            shown[index].key.replace("_", " "),
            justify="right" if numeric else "left",
            no_wrap=shown[index].whole or numeric,
            overflow="fold",
        )
    for row in rows:
        result.add_row(*(Text(show(row[index], is_bytes=shown[index].is_bytes)) for index in used))
    return result


def write(
    items: Iterable[ItemT],
    columns: Sequence[Column[ItemT]],
    noun: str,
    *,
    as_json: bool,
    limit: int | None = None,
    total: bool = True,
) -> None:
    """Write a listing to the standard output, as a table or as a JSON array.

    Args:
        items: what to list; where it can tell its length, the table's last line does.
        columns: what to tell of each.
        noun: what one item is called.
        as_json: one object per item, each on a line of its own, instead of a table.
        limit: how many items at most; no page beyond them is fetched.
        total: whether to tell of how many they are the first, if the list knows.
    """
    chosen = islice(items, limit)
    if as_json:
        _write_array(chosen, columns)
        return
    rows = list(chosen)
    out = console()
    if rows:
        out.print(table(rows, columns))
    out.print(_count(len(rows), items, noun, limit, total))


def _count(shown: int, items: Iterable[object], noun: str, limit: int | None, total: bool) -> str:
    if limit is None or shown < limit:
        return f"{shown:,} {noun}{'' if shown == 1 else 's'}"
    try:
        known = f" of {len(items):,}" if total and isinstance(items, Sized) else ""
    except LengthUnknown:
        known = ""
    return f"the first {shown:,}{known} {noun}s"


def write_object(values: Mapping[str, object]) -> None:
    """Write one JSON object to the standard output."""
    sys.stdout.write(json.dumps(values, indent=2, default=_plain) + "\n")


def _write_array(items: Iterable[ItemT], columns: Sequence[Column[ItemT]]) -> None:
    start = "[\n"
    for item in items:
        values = {column.key: column.read(item) for column in columns}
        sys.stdout.write(start + json.dumps(values, default=_plain))
        start = ",\n"
    sys.stdout.write("[]\n" if start == "[\n" else "\n]\n")


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
