"""Displays plans and reports about files in notebooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._html.markup import Size, output, paragraph, result_line, table
from ..._values.quantities import count_text

if TYPE_CHECKING:
    from .download_plan import DownloadPlan
    from .folder_verification import VerifyReport


def plan_html(plan: DownloadPlan) -> str:
    """What becomes of each file."""
    rows = [
        (action, entry.path, Size(entry.size or 0))
        for action, entries in (
            ("fetch", plan.fetch),
            ("from the cache", plan.cached),
            ("elsewhere", plan.references),
            ("keep", plan.keep),
        )
        for entry in entries
    ]
    rows += [("unexpected", name, Size(0)) for name in plan.delete]
    rows += [("refused", name, Size(0)) for name in plan.refused]
    body = [table(("what", "file", "size"), rows)] if rows else []
    return output("DownloadPlan", plan.root, paragraph(str(plan)), *body)


def verify_html(report: VerifyReport) -> str:
    """Whether a folder is right, and what is not."""
    checked = f"{count_text(report.checked, 'file')} right"
    wrong = [
        (problem, name)
        for problem, names in (
            ("missing", report.missing),
            ("wrong", report.wrong),
            ("unexpected", report.unexpected),
            ("refused", report.refused),
        )
        for name in names
    ]
    summary = (
        f"{checked}, and nothing else is there." if report.ok else f"{checked}, {len(wrong):,} not."
    )
    shown = [(report.shown.get(name, "nothing"), name) for name in report.references]
    body = [table(("what", "file"), wrong)] if wrong else []
    body += [table(("shown of it", "reference"), shown)] if shown else []
    return output("VerifyReport", report.root, result_line(summary, good=report.ok), *body)
