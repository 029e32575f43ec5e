"""`prune`: plans what to delete, shows it, and deletes it."""

from __future__ import annotations

import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from typed_artifacts._values.command_lines import quoted
from typed_artifacts.cli.commands.prune_rules import (
    Filter,
    IgnoreAliases,
    IgnoreUses,
    KeepAliases,
    KeepLast,
    KeepTags,
    OlderThan,
    OnlyCollection,
    OnlyType,
    Rough,
    Rules,
    TimeToLive,
    planned,
    rule_given,
)
from typed_artifacts.cli.completion.names import complete_project
from typed_artifacts.cli.confirmation import confirm
from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.given_paths import given_path, was_given
from typed_artifacts.cli.options import JsonObject, Root, Yes
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.status import status
from typed_artifacts.cli.output.tables import Column, write_rich_table
from typed_artifacts.cli.output.terminal import error_line, say
from typed_artifacts.cli.servers import chosen_server

if TYPE_CHECKING:
    from typed_artifacts import Api, PrunePlan, PruneReport, PruneRow

_Project: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="[PROJECT]",
        help="[entity/]project; not with --apply.",
        autocompletion=complete_project,
    ),
]
_PlanFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--plan", metavar="FILE", help="Only write the plan to a file.", parser=given_path
    ),
]
_Apply: TypeAlias = Annotated[
    Path | None,
    typer.Option("--apply", metavar="FILE", help="Apply a plan from a file.", parser=given_path),
]
_Journal: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--journal",
        metavar="FILE",
        help="Record what was done; default with --apply: FILE.journal.",
        parser=given_path,
    ),
]


def _checked_pace(pace: float | None) -> float | None:
    """Refuse a pace at which nothing would ever be done, before anything is asked."""
    if pace is not None and not pace > 0:
        raise typer.BadParameter(f"{pace:g} is no number of versions per second above 0.")
    return pace


_Pace: TypeAlias = Annotated[
    float | None,
    typer.Option(
        "--pace", metavar="N", callback=_checked_pace, help="At most N versions per second."
    ),
]
_DropEmpty: TypeAlias = Annotated[
    bool, typer.Option("--drop-empty", help="Delete collections that end up empty.")
]


def prune(
    ctx: typer.Context,
    project: _Project = None,
    keep_last: KeepLast = 1,
    keep_aliases: KeepAliases = None,
    ignore_aliases: IgnoreAliases = False,
    keep_tags: KeepTags = None,
    ignore_uses: IgnoreUses = False,
    older_than: OlderThan = None,
    filters: Filter = None,
    type_name: OnlyType = None,
    collection: OnlyCollection = None,
    ttl: TimeToLive = None,
    rough: Rough = False,
    plan_file: _PlanFile = None,
    apply: _Apply = None,
    journal: _Journal = None,
    pace: _Pace = None,
    drop_empty: _DropEmpty = False,
    yes: Yes = False,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Delete versions that no rule keeps. Shows them and asks first.

    --plan only writes the plan to a file; --apply applies such a file, and continues where it was
    interrupted. The exit code is 1 if something failed.
    """
    with opened(root) as api:
        rules = Rules(keep_last, keep_aliases, ignore_aliases, keep_tags, ignore_uses, older_than)
        if apply is None:
            if plan_file is not None:
                _check_only_plans(journal, pace, drop_empty)
            with status("Planning"):
                plan = planned(api, project, type_name, collection, filters, rules, ttl, rough)
            if plan_file is not None:
                _write_plan(plan, plan_file, root if was_given(ctx, "root") else None, as_json)
                return
            if not plan.going:
                _tell_nothing_goes(plan, as_json)
                return
            _confirm(plan, yes, as_json)
        else:
            plan, journal = _read_plan(ctx, apply, journal)
        _carry_out(api, plan, journal, pace, drop_empty, as_json)


def _check_only_plans(journal: Path | None, pace: float | None, drop_empty: bool) -> None:
    """Refuse beside --plan what only a plan that is applied heeds: the plan does not record it."""
    given = {
        "--journal": journal is not None,
        "--pace": pace is not None,
        "--drop-empty": drop_empty,
    }
    if option := next((name for name, is_given in given.items() if is_given), None):
        raise typer.BadParameter(f"--plan only writes the plan: give {option} to --apply instead.")


def _read_plan(ctx: typer.Context, path: Path, journal: Path | None) -> tuple[PrunePlan, Path]:
    """The plan in a file, and the journal that tells how far it was applied.

    Raises:
        BadParameter: options say otherwise what the plan has.
        InvalidInput: the file has no plan.
    """
    from typed_artifacts import PrunePlan

    if ctx.params["project"] is not None or ctx.params["plan_file"] is not None:
        raise typer.BadParameter("--apply takes its project from the plan: leave the rest out.")
    if rule := rule_given(ctx):
        raise typer.BadParameter(f"--apply takes its rules from the plan: leave {rule} out.")
    return PrunePlan.from_jsonl(path), journal or path.with_name(f"{path.name}.journal")


def _write_plan(plan: PrunePlan, path: Path, root: Path | None, as_json: bool) -> None:
    """Write a plan to a file, and say what is planned."""
    plan.to_jsonl(path)
    if as_json:
        counts = Counter[str](row.action for row in plan.rows)
        kinds = {kind: counts[kind] for kind in ("delete", "unlink", "expire", "keep")}
        write_object({"plan": path, **kinds, "frees": plan.frees})
        return
    say(str(plan))
    words = ["typed-artifacts", "prune", "--apply", str(path), *chosen_server().options(root)]
    command = " ".join(map(quoted, words))
    say(f"The plan is in {path}; `{command}` carries it out.")


def _tell_nothing_goes(plan: PrunePlan, as_json: bool) -> None:
    """What would be said of a plan that was carried out, without asking."""
    from typed_artifacts import PruneReport

    if as_json:
        write_object(_as_json(PruneReport(())))
    else:
        say(str(plan))


def _confirm(plan: PrunePlan, yes: bool, as_json: bool) -> None:
    """Show a plan, and ask whether to carry it out."""
    if not as_json:
        _show(plan)
    confirm(f"{_question(plan)}?", yes, deletes=not _gives_ttl(plan))


def _carry_out(
    api: Api,
    plan: PrunePlan,
    journal: Path | None,
    pace: float | None,
    drop_empty: bool,
    as_json: bool,
) -> None:
    """Apply a plan, say what came of it, and leave with exit code 1 where something failed."""
    progress = sys.stderr.isatty()
    report = plan.apply(api, journal=journal, progress=progress, pace=pace, drop_empty=drop_empty)
    if as_json:
        write_object(_as_json(report))
    else:
        say(str(report))
        for each in (*report.changed, *report.failed):
            error_line(f"{each.row.name}: {each.reason}")
    if report.failed:
        raise typer.Exit(1)


def _gives_ttl(plan: PrunePlan) -> bool:
    return any(row.action == "expire" for row in plan.going)


def _question(plan: PrunePlan) -> str:
    count = len(plan.going)
    versions = "this version" if count == 1 else f"these {count:,} versions"
    if _gives_ttl(plan):
        return f"Give {versions} a time to live"
    return f"Delete {versions}"


def _show(plan: PrunePlan) -> None:
    """What would go, before it is asked about."""
    from typed_artifacts._retention.showing import plan_caption, shown_rows

    columns: list[Column[PruneRow]] = [
        Column("version", lambda row: row.name, whole=True),
        Column("action", lambda row: row.action, whole=True, rank=1),
        Column("size", lambda row: row.size, is_bytes=True, rank=4),
        Column("frees", lambda row: row.frees, is_bytes=True, rank=3),
        Column("reason", lambda row: row.reason, rank=2),
    ]
    caption = plan_caption(plan)
    write_rich_table(plan.__rich__(), shown_rows(plan), columns, caption, whole="--plan")


def _as_json(report: PruneReport) -> dict[str, object]:
    return {
        "done": [each.row.name for each in report.done],
        "gone": [each.row.name for each in report.gone],
        "changed": {each.row.name: each.reason for each in report.changed},
        "failed": {each.row.name: each.reason for each in report.failed},
        "dropped": report.dropped,
        "freed": report.freed,
    }
