"""Writes a listing: as a table, as JSON, as CSV, or as names."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Iterable, Iterator, Sequence, Sized
from dataclasses import dataclass
from itertools import chain, islice
from typing import TYPE_CHECKING, TypeVar

import typer

from typed_artifacts.cli.output.json_text import json_text, write_objects
from typed_artifacts.cli.output.tables import Cell, Column, write_table
from typed_artifacts.cli.output.terminal import say
from typed_artifacts.cli.output.texts import clean
from typed_artifacts.cli.process import write_as_utf8
from typed_artifacts.errors import LengthUnknown

if TYPE_CHECKING:
    from typed_artifacts import JsonValue, Paginator

ItemT = TypeVar("ItemT")


@dataclass(frozen=True, slots=True)
class Form:
    """How a listing is written.

    Attributes:
        limit: how many items at most; no page beyond them is fetched.
        columns: the names of columns instead of the usual ones, separated by commas.
        as_csv: as CSV with a header.
        quiet: the names alone, one per line.
        as_json: one object per item, each on a line of its own.

    Raises:
        BadParameter: more than one of the last three, columns of names alone, or no column.
    """

    limit: int | None
    columns: str | None
    as_csv: bool
    quiet: bool
    as_json: bool

    def __post_init__(self) -> None:
        """Refuse two forms at once."""
        forms = {"--json": self.as_json, "--csv": self.as_csv, "--quiet": self.quiet}
        given = [option for option, is_given in forms.items() if is_given]
        if len(given) > 1:
            raise typer.BadParameter(f"{given[0]} and {given[1]} exclude each other.")
        if self.columns is not None and not self.names:
            raise typer.BadParameter("--columns names none; for the usual ones, leave it out.")
        if self.quiet and self.columns is not None:
            raise typer.BadParameter("--columns and --quiet exclude each other.")

    @property
    def names(self) -> list[str]:
        """The columns that are named."""
        return [each.strip() for each in (self.columns or "").split(",") if each.strip()]


def write_listing(
    items: Paginator[ItemT],
    columns: Sequence[Column[ItemT]],
    noun: str,
    form: Form,
    *,
    total: bool = True,
) -> None:
    """Write a listing to the standard output.

    Args:
        items: what to list; where it can tell its length, the table's last line does.
        columns: what to tell of each, if the form names no columns.
        noun: what one item is called.
        form: how to write it.
        total: whether to tell of how many they are the first, if the list knows.

    Raises:
        InvalidInput: there is no column that the form names.
    """
    if form.quiet:
        _write_names(items, form.limit)
    elif form.as_csv or form.columns:
        _write_rows(items, form)
    elif form.as_json:
        chosen = _first(items, form.limit)
        write_objects({column.key: column.read(item) for column in columns} for item in chosen)
    else:
        rows = list(_first(items, form.limit))
        if rows:
            write_table(rows, columns)
        say(_count(len(rows), items, noun, form.limit, total))


def _first(items: Iterable[ItemT], limit: int | None) -> Iterator[ItemT]:
    """The first items; ``islice`` refuses numbers beyond those that a machine counts with."""
    return islice(items, None if limit is None else min(limit, sys.maxsize))


def _write_names(items: Paginator[ItemT], limit: int | None) -> None:
    from typed_artifacts._domain.lists.rows import row_of

    write_as_utf8()
    for item in _first(items, limit):
        sys.stdout.write(f"{clean(str(row_of(item, ['name'])['name']))}\n")


def _write_rows(items: Paginator[ItemT], form: Form) -> None:
    """Write the columns that the form names; for CSV without names, those of `to_rows()`."""
    from typed_artifacts._domain.lists.rows import columns_of, row_of

    wanted = columns_of(type(items).__name__, form.names)
    rows = (row_of(item, wanted) for item in _first(items, form.limit))
    if form.as_json:
        write_objects(rows)
    elif form.as_csv:
        write_as_utf8()
        out = csv.writer(sys.stdout, lineterminator="\n")
        begin = list(islice(rows, 1))  # nothing is written where the first page cannot be fetched
        out.writerow(wanted)
        out.writerows([_csv_cell(row[name]) for name in wanted] for row in chain(begin, rows))
    else:
        write_table(list(rows), [_row_column(name) for name in wanted])


def _row_column(name: str) -> Column[dict[str, JsonValue]]:
    def read(row: dict[str, JsonValue]) -> Cell:
        value = row[name]
        return json.dumps(value, ensure_ascii=False) if isinstance(value, dict | list) else value

    return Column(name, read, whole=name == "name", rank=0 if name == "name" else 1)


def _csv_cell(value: JsonValue) -> str | float | None:
    cell = json_text(value, ascii_only=False) if isinstance(value, dict | list) else value
    # A file gets a text as it is; a terminal would obey some of its characters.
    return clean(cell) if isinstance(cell, str) and sys.stdout.isatty() else cell


def _count(shown: int, items: Iterable[object], noun: str, limit: int | None, total: bool) -> str:
    if limit is None or shown < limit:
        return f"{shown:,} {noun if shown == 1 else _plural(noun)}"
    try:
        known = f" of {len(items):,}" if total and isinstance(items, Sized) else ""
    except LengthUnknown:
        known = ""
    if shown == 1 and not known:
        return f"the first {noun}"
    return f"the first {shown:,}{known} {_plural(noun)}"


def _plural(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
