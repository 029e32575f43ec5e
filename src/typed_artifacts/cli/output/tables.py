"""Writes tables that fit into the available width.

A name stands on one line, whole, or with an ellipsis in its middle (versions differ at their end)
where it alone is wider than the screen. Other texts are folded, down to a width in which words can
be read; before they would get narrower, the least important column goes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeAlias, TypeVar

from rich.box import SIMPLE_HEAD
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

from typed_artifacts.cli.output.terminal import WIDE, available_width, console, say
from typed_artifacts.cli.output.texts import ellipsis, show

Cell: TypeAlias = str | int | float | datetime | Sequence[str] | Mapping[str, object] | None

ItemT = TypeVar("ItemT")

_READABLE = 14
"""The least width of a text that is folded."""
_SHORTEST_NAME = 12
_MARGIN = 1  # on both sides of each column, and the same between two


@dataclass(frozen=True)
class Column(Generic[ItemT]):
    """One attribute of the items of a listing.

    Attributes:
        key: its name in JSON, and the heading of its column.
        read: takes it from an item.
        is_bytes: whether it is a number of bytes, for people to be shown as "1.2 MB".
        whole: whether it is kept on one line.
        table: whether the table shows it too; JSON always does.
        rank: how soon it goes where the width is not enough for all, the highest first; 0: never.
    """

    key: str
    read: Callable[[ItemT], Cell]
    is_bytes: bool = False
    whole: bool = False
    table: bool = True
    rank: int = 0

    @property
    def heading(self) -> str:
        """What stands above it."""
        return self.key.replace("_", " ")


@dataclass(frozen=True, slots=True)
class Fitted:
    """A table that fits.

    Attributes:
        table: what to print.
        width: how wide it may be.
        left_out: the headings of columns that did not fit.
    """

    table: Table
    width: int
    left_out: tuple[str, ...]


@dataclass(slots=True)
class _Laid(Generic[ItemT]):
    """A column with its texts, and the widths that it can have."""

    column: Column[ItemT]
    texts: list[str]
    numeric: bool

    @property
    def natural(self) -> int:
        return max(cell_len(text) for text in (self.column.heading, *self.texts))

    def least(self, width: int) -> int:
        """The width below which it cannot be read; a name that is cut anyway leaves some room."""
        if not (self.column.whole or self.numeric):
            return min(self.natural, _READABLE)
        return self.natural if self.natural <= width else width * 2 // 3


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
    shown = fitted(items, columns, available_width(), plain=plain)
    out = Console(width=shown.width, highlight=False)
    out.print(shown.table)
    if shown.left_out:
        out.print(
            f"Too wide for {shown.width} columns, and left out: {', '.join(shown.left_out)}. "
            f"{whole} has all of it."
        )


def write_rich_table(
    table: Table,
    items: Iterable[ItemT],
    columns: Sequence[Column[ItemT]],
    caption: str,
    *,
    whole: str = "--json",
) -> None:
    """Write a complete table of rich; if it is too wide, only the columns that fit.

    Args:
        table: the table, with what is said below it.
        items: what it shows.
        columns: what to show of each.
        caption: what is said below.
        whole: the option that has what there is no room for.
    """
    width, endless = available_width(), Console(width=1 << 16)
    if width is None or endless.measure(table).maximum <= width:
        console().print(table)
        return
    write_table(items, columns, whole=whole)
    say(caption)


def fitted(
    items: Iterable[ItemT],
    columns: Sequence[Column[ItemT]],
    width: int | None,
    *,
    plain: bool = False,
) -> Fitted:
    """Lay out items as a table; columns in which nothing stands are left out without a word.

    Args:
        items: what to show.
        columns: what to show of each.
        width: the width at hand; ``None`` where there is no end to it, as in a file.
        plain: no line below the headings, and nothing before the first column.
    """
    laid = _laid(list(items), [column for column in columns if column.table])
    if width is None:
        width = max(WIDE, _total(each.least(1 << 30) for each in laid))
    kept, left_out = list(laid), list[_Laid[ItemT]]()
    while _total(each.least(width) for each in kept) > width:
        least = max(kept, key=lambda each: each.column.rank)
        if not least.column.rank:
            break
        kept.remove(least)
        left_out.append(least)
    headings = (each.column.heading for each in laid if each in left_out)
    return Fitted(_table(kept, width, plain), width, tuple(headings))


def _laid(items: list[ItemT], columns: list[Column[ItemT]]) -> list[_Laid[ItemT]]:
    read = [[column.read(item) for item in items] for column in columns]
    found = [
        _Laid(
            column,
            [show(value, is_bytes=column.is_bytes) for value in values],
            any(type(value) in {int, float} for value in values),
        )
        for column, values in zip(columns, read, strict=True)
    ]
    used = [
        each
        for each, values in zip(found, read, strict=True)
        if any(value not in (None, "", []) for value in values)
    ]
    return used or found


def _total(widths: Iterable[int]) -> int:
    """The width of a table of columns that are so wide."""
    each = list(widths)
    return sum(each) + 2 * _MARGIN * len(each) + max(0, len(each) - 1)


def _table(laid: list[_Laid[ItemT]], width: int, plain: bool) -> Table:
    result = Table(box=None if plain else SIMPLE_HEAD, show_edge=False, pad_edge=not plain)
    for each in laid:
        result.add_column(
            each.column.heading,
            justify="right" if each.numeric else "left",
            no_wrap=each.column.whole or each.numeric,
            overflow="fold",
            min_width=each.least(width),
        )
    rooms = [_room(each, laid, width) for each in laid]
    for row in zip(*(each.texts for each in laid), strict=True):
        result.add_row(*(Text(cut(text, room)) for text, room in zip(row, rooms, strict=True)))
    return result


def _room(each: _Laid[ItemT], laid: list[_Laid[ItemT]], width: int) -> int:
    """How wide the texts of a column may be: names get what the others leave."""
    if not each.column.whole:
        return 1 << 30
    others = _total(other.least(width) for other in laid) - each.least(width)
    return max(_SHORTEST_NAME, width - others)


def cut(text: str, width: int) -> str:
    """A text that is no wider, with an ellipsis in its middle where something is missing."""
    if cell_len(text) <= width:
        return text
    dots = ellipsis()
    room = max(2, width - len(dots))
    head, tail = _fitting(text, room - room // 2), _fitting(text[::-1], room // 2)
    return f"{head}{dots}{tail[::-1]}"


def _fitting(text: str, width: int) -> str:
    fitting, used = "", 0
    for char in text:
        used += cell_len(char)
        if used > width:
            break
        fitting += char
    return fitting
