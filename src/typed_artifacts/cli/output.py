"""Output of the command: tables, JSON, CSV, and errors in one line."""

from __future__ import annotations

import csv
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass
from datetime import datetime
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich.console import Console

from typed_artifacts._domain.rows import columns_of, row_of
from typed_artifacts.cli.tables import Cell, Column, fitted
from typed_artifacts.cli.texts import clean
from typed_artifacts.errors import InvalidInput, LengthUnknown

if TYPE_CHECKING:
    from rich.table import Table

    from typed_artifacts import JsonValue, Paginator

ItemT = TypeVar("ItemT")

#: The width of what no terminal cuts off: a pipe, a file.
_WIDE = 200


def settle_streams() -> None:
    """See to it that nothing that is written or read fails for its characters, or for no stream."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 -- until the end
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 -- until the end
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 -- until the end
    for stream, errors in (
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
        (sys.stdin, "replace"),
    ):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)


def decoded_arguments(arguments: Sequence[str]) -> list[str]:
    """The arguments of a command as text, also where the locale knows nothing but ASCII."""
    return [_decoded(argument) for argument in arguments]


def _decoded(argument: str) -> str:
    try:
        return argument if argument.isascii() else os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument  # a path may be any bytes


def width_at_hand() -> int | None:
    """How wide a line may be: as ``COLUMNS`` or the terminal says; ``None`` without an end."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given):
        return int(given)
    return Console().width if sys.stdout.isatty() else None


def console() -> Console:
    """Where tables go: the standard output, as wide as the terminal."""
    return Console(width=width_at_hand() or _WIDE, highlight=False)


def error_line(message: str) -> None:
    """Write an error's message as one line on the standard error."""
    if sys.stderr is not None:
        sys.stderr.write(f"typed-artifacts: {clean(' '.join(message.split()))}\n")


def say(line: str) -> None:
    """Write one sentence to the standard output."""
    console().print(clean(line), markup=False, soft_wrap=True)


@dataclass(frozen=True, slots=True)
class Choice:
    """How a listing is written otherwise than it would be."""

    columns: str | None
    as_csv: bool
    quiet: bool


def write(
    items: Paginator[ItemT],
    columns: Sequence[Column[ItemT]],
    noun: str,
    *,
    as_json: bool,
    limit: int | None = None,
    total: bool = True,
    choice: Choice | None = None,
) -> None:
    """Write a listing to the standard output, as a table or as a JSON array.

    Args:
        items: what to list; where it can tell its length, the table's last line does.
        columns: what to tell of each.
        noun: what one item is called.
        as_json: one object per item, each on a line of its own, instead of a table.
        limit: how many items at most; no page beyond them is fetched.
        total: whether to tell of how many they are the first, if the list knows.
        choice: which columns instead, and whether as CSV, or names alone.

    Raises:
        InvalidInput: more than one form is asked for.
    """
    if choice is not None:
        _refuse_several(choice, as_json=as_json)
    if choice is not None and choice.quiet:
        write_names(items, limit)
        return
    if choice is not None and (choice.as_csv or choice.columns):
        write_rows(items, choice.columns, limit, as_csv=choice.as_csv, as_json=as_json)
        return
    chosen = islice(items, limit)
    if as_json:
        _write_array(chosen, columns)
        return
    rows = list(chosen)
    if rows:
        write_table(rows, columns)
    say(_count(len(rows), items, noun, limit, total))


def _refuse_several(choice: Choice, *, as_json: bool) -> None:
    forms = {"--json": as_json, "--csv": choice.as_csv, "--quiet": choice.quiet}
    given = [option for option, is_given in forms.items() if is_given]
    if len(given) > 1:
        raise InvalidInput(f"{given[0]} and {given[1]} exclude each other.")


def write_rows(
    items: Paginator[ItemT], columns: str | None, limit: int | None, *, as_csv: bool, as_json: bool
) -> None:
    """Write chosen columns of a listing: as CSV, as JSON, or as a table.

    Raises:
        InvalidInput: there is no such column.
    """
    names = [each.strip() for each in (columns or "").split(",") if each.strip()]
    wanted = columns_of(type(items).__name__, names)
    rows = (row_of(item, wanted) for item in islice(items, limit))
    if as_json:
        _write_lines(rows)
    elif as_csv:
        out = csv.writer(sys.stdout, lineterminator="\n")
        out.writerow(wanted)
        out.writerows([_csv_cell(row[name]) for name in wanted] for row in rows)
    else:
        write_table(list(rows), [_row_column(name) for name in wanted])


def write_names(items: Paginator[ItemT], limit: int | None) -> None:
    """Write the names of a listing, one a line."""
    for item in islice(items, limit):
        sys.stdout.write(f"{clean(str(row_of(item, ['name'])['name']))}\n")


def _row_column(name: str) -> Column[dict[str, JsonValue]]:
    def read(row: dict[str, JsonValue]) -> Cell:
        value = row[name]
        return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value

    return Column(name, read, whole=name == "name", rank=0 if name == "name" else 1)


def _csv_cell(value: JsonValue) -> str | float | None:
    return _json_text(value, ascii_only=False) if isinstance(value, dict | list) else value


def write_table(
    items: Iterable[ItemT],
    columns: Sequence[Column[ItemT]],
    *,
    plain: bool = False,
    whole: str = "--json",
) -> None:
    """Write items as a table as wide as there is room, and which columns there is none for.

    Args:
        items: what to show.
        columns: what to show of each.
        plain: no line below the headings, and nothing before the first column.
        whole: the option that has what there is no room for.
    """
    shown = fitted(items, columns, width_at_hand(), plain=plain)
    out = Console(width=shown.width, highlight=False)
    out.print(shown.table)
    if shown.left_out:
        out.print(
            f"Too wide for {shown.width} columns, and left out: {', '.join(shown.left_out)}. "
            f"{whole} has all of it."
        )


def write_shown(
    table: Table,
    items: Iterable[ItemT],
    columns: Sequence[Column[ItemT]],
    said: str,
    *,
    whole: str = "--json",
) -> None:
    """Write a table of rich that says all of it; where it is too wide, what there is room for.

    Args:
        table: the table, with what is said below it.
        items: what it shows.
        columns: what to show of each.
        said: what is said below.
        whole: the option that has what there is no room for.
    """
    width, endless = width_at_hand(), Console(width=1 << 16)
    if width is None or endless.measure(table).maximum <= width:
        console().print(table)
        return
    write_table(items, columns, whole=whole)
    say(said)


def _count(shown: int, items: Iterable[object], noun: str, limit: int | None, total: bool) -> str:
    if limit is None or shown < limit:
        return f"{shown:,} {noun if shown == 1 else _plural(noun)}"
    try:
        known = f" of {len(items):,}" if total and isinstance(items, Sized) else ""
    except LengthUnknown:
        known = ""
    return f"the first {shown:,}{known} {_plural(noun)}"


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"


def write_object(values: Mapping[str, object]) -> None:
    """Write one JSON object to the standard output."""
    sys.stdout.write(_json_text(values, indent=2) + "\n")


def _write_array(items: Iterable[ItemT], columns: Sequence[Column[ItemT]]) -> None:
    _write_lines({column.key: column.read(item) for column in columns} for item in items)


def _write_lines(rows: Iterable[Mapping[str, object]]) -> None:
    start = "[\n"
    for values in rows:
        sys.stdout.write(start + _json_text(values))
        start = ",\n"
    sys.stdout.write("[]\n" if start == "[\n" else "\n]\n")


def _json_text(value: object, *, indent: int | None = None, ascii_only: bool = True) -> str:
    """A value as JSON; null for NaN and the infinities, which some servers keep in metadata."""
    try:
        return json.dumps(
            value, indent=indent, ensure_ascii=ascii_only, allow_nan=False, default=_plain
        )
    except ValueError:
        # What Python writes for them is no JSON, and it reads its own: null, then.
        text = json.dumps(value, default=_plain)
        known: object = json.loads(text, parse_constant=lambda _: None)
        return json.dumps(known, indent=indent, ensure_ascii=ascii_only)


def _plain(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value)
