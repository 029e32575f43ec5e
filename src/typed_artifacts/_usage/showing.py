"""Displays storage use."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._values.quantities import bytes_text, count_text
from .._values.shown import visible

if TYPE_CHECKING:
    from rich.table import Table

    from .tally import Usage, UsageRow


def usage_text(usage: Usage) -> str:
    """The total, and what takes most of it."""
    total = usage.total
    most = ", ".join(f"{row.name} {bytes_text(row.bytes)}" for row in usage.rows[:3])
    return (
        f"{total.name}: {bytes_text(total.bytes)} in {count_text(total.versions, 'version')}"
        f"{_shared(usage)}{f'; {most}' if most else ''}."
    )


def _shared(usage: Usage) -> str:
    """What versions of the same content come to together, where there are some."""
    if usage.unique_bytes == usage.total.bytes:
        return ""
    return f", {bytes_text(usage.unique_bytes)} with the same content counted once"


def usage_table(usage: Usage) -> Table:
    """All rows, and the total below them."""
    from rich.table import Table
    from rich.text import Text

    shared = _shared(usage).removeprefix(", ")
    caption = Text(f"The total is {shared}.") if shared else None
    table = Table(show_footer=True, caption=caption, caption_justify="left")
    total = _cells(usage.total)
    headings = (usage.by, "bytes", "versions", "files", "links", "only aliases keep")
    for heading, cell in zip(headings, ("total", *total[1:]), strict=True):
        table.add_column(heading, Text(cell), justify="left" if heading == usage.by else "right")
    for row in usage.rows:
        table.add_row(*(Text(visible(cell)) for cell in _cells(row)))
    return table


def usage_html(usage: Usage) -> str:
    """The same for a notebook."""
    from .._html.markup import Size, output, paragraph, table

    rows = [
        (row.name, Size(row.bytes), row.versions, row.files, row.links, Size(row.alias_bytes))
        for row in usage.rows
    ]
    head = (usage.by, "bytes", "versions", "files", "links", "only aliases keep")
    parts = [paragraph(usage_text(usage)), table(head, rows)]
    return output("Usage", f"{usage.entity}/{usage.project}", *parts)


def _cells(row: UsageRow) -> tuple[str, ...]:
    kept = bytes_text(row.alias_bytes) if row.alias_bytes else "-"
    counts = (f"{row.versions:,}", f"{row.files:,}", f"{row.links:,}")
    return (row.name, bytes_text(row.bytes), *counts, kept)
