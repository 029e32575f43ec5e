"""Displays the report of a copy in a notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._html.markup import Size, output, result_line, table

if TYPE_CHECKING:
    from .report import CopyReport


def report_html(report: CopyReport) -> str:
    """What became of each version."""
    rows = [
        (each.source, each.destination, each.outcome, Size(each.size), Size(each.sent))
        for each in report.versions
    ]
    head = ("from", "to", "outcome", "size", "sent")
    parts = [result_line(str(report), good=True), *([table(head, rows)] if rows else [])]
    return output("CopyReport", "", *parts)
