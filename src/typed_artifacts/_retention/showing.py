"""Displays plans and reports: as text, as a table, in a notebook."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from .._values.quantities import bytes_text, count_text
from .._values.shown import visible

if TYPE_CHECKING:
    from rich.table import Table

    from .plan import PrunePlan, PruneRow
    from .report import PruneOutcome, PruneReport

MOST_ROWS = 50
_CHANGES = {"delete": "to delete", "unlink": "to unlink", "expire": "to get a time to live"}


def plan_summary(plan: PrunePlan) -> str:
    """What a plan comes to."""
    actions = Counter[str](row.action for row in plan.rows)
    parts = [
        f"{count_text(actions[key], 'version')} {change}"
        for key, change in _CHANGES.items()
        if actions[key]
    ]
    going = ", ".join(parts) or "nothing to do"
    return (
        f"{plan.entity}/{plan.project}: {going}, {count_text(actions['keep'], 'version')} to keep; "
        f"frees {bytes_text(plan.frees)}."
    )


def _cells(row: PruneRow) -> tuple[str, str, str, str, str]:
    frees = bytes_text(row.frees) if row.frees else "-"
    return row.name, row.action, bytes_text(row.size), frees, row.reason


_HEADINGS = ("version", "action", "size", "frees", "reason")


def shown_rows(plan: PrunePlan) -> list[PruneRow]:
    """What goes, the largest first, up to what a person reads."""
    return sorted(plan.going, key=lambda row: row.frees, reverse=True)[:MOST_ROWS]


def plan_caption(plan: PrunePlan) -> str:
    """What a plan comes to, and how much of it is not shown."""
    more = _not_shown(plan)
    return plan_summary(plan) + (f" {more}" if more else "")


def _not_shown(plan: PrunePlan) -> str:
    more = len(plan.going) - MOST_ROWS
    return f"{more:,} more rows are not shown." if more > 0 else ""


def plan_table(plan: PrunePlan) -> Table:
    """The rows that go, as a table of rich."""
    from rich.table import Table
    from rich.text import Text

    table = Table(caption=Text(plan_caption(plan)), caption_justify="left")
    for heading in _HEADINGS:
        table.add_column(heading, justify="right" if heading in {"size", "frees"} else "left")
    for row in shown_rows(plan):
        table.add_row(*(Text(visible(cell)) for cell in _cells(row)))
    return table


def plan_html(plan: PrunePlan) -> str:
    """The same for a notebook."""
    from .._html.markup import output, paragraph, table

    rows = [_cells(row) for row in shown_rows(plan)]
    hidden = [paragraph(more)] if (more := _not_shown(plan)) else []
    parts = [paragraph(plan_summary(plan)), table(_HEADINGS, rows), *hidden]
    how = paragraph("Nothing is deleted yet: apply(api) does it.")
    return output("PrunePlan", f"{plan.entity}/{plan.project}", *parts, how)


def report_html(report: PruneReport) -> str:
    """What became of each row, what failed first, for a notebook."""
    from .._html.markup import output, result_line, table

    ordered = sorted(report.outcomes, key=lambda each: each.outcome != "failed")
    rows = [(each.row.name, each.outcome, each.reason) for each in ordered]
    summary = result_line(report_summary(report), good=not report.failed)
    return output("PruneReport", "", summary, table(("version", "outcome", "reason"), rows))


def _label_of(outcome: PruneOutcome) -> str:
    """An outcome; ``done`` where the version may still exist, unlinked or with a time to live."""
    was_done = outcome.outcome == "gone" and outcome.row.action != "delete"
    return "done" if was_done else outcome.outcome


def report_summary(report: PruneReport) -> str:
    """What became of a plan."""
    counts = Counter(_label_of(each) for each in report.outcomes)
    labels = {
        "deleted": "deleted",
        "unlinked": "unlinked",
        "expiring": "with a time to live",
        "gone": "gone already",
        "done": "done already",
        "changed": "left alone, changed since the plan",
        "failed": "failed",
    }
    parts = [
        f"{count_text(counts[key], 'version')} {label}"
        for key, label in labels.items()
        if counts[key]
    ]
    dropped = f"; {count_text(len(report.dropped), 'empty collection')} dropped"
    text = ", ".join(parts) or "Nothing to do"
    return f"{text}; freed {bytes_text(report.freed)}{dropped if report.dropped else ''}."
