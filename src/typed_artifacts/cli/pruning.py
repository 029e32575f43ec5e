"""`prune`: plans what to delete, shows it, and deletes it."""

from __future__ import annotations

import re
import sys
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from typed_artifacts.cli.asking import ask
from typed_artifacts.cli.completing import complete_project, complete_type
from typed_artifacts.cli.options import JsonObject, Root, opened, parsed_object
from typed_artifacts.cli.output import (
    error_line,
    say,
    write_object,
    write_shown,
)
from typed_artifacts.cli.tables import Column
from typed_artifacts.errors import InvalidInput

if TYPE_CHECKING:
    from typed_artifacts import Api, PrunePlan, PruneReport, PruneRow

_SPAN = re.compile(r"(\d+)\s*([smhdw])")
_LONGEST = 100_000
_RULES = frozenset(
    {
        *("keep_last", "keep_aliases", "no_aliases", "keep_tags", "ignore_uses", "older_than"),
        *("filters", "type_name", "collection", "ttl", "rough"),
    }
)
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def prune(
    ctx: typer.Context,
    project: Annotated[
        str | None,
        typer.Argument(
            metavar="[PROJECT]",
            help="[entity/]project; not with --apply.",
            autocompletion=complete_project,
        ),
    ] = None,
    keep_last: Annotated[
        int,
        typer.Option(
            "--keep-last", min=0, metavar="N", help="Keep the newest N versions of each collection."
        ),
    ] = 1,
    keep_aliases: Annotated[
        list[str] | None,
        typer.Option(
            "--keep-alias",
            metavar="PATTERN",
            help="Keep versions with a matching alias; default: any.",
        ),
    ] = None,
    no_aliases: Annotated[
        bool, typer.Option("--ignore-aliases", help="Do not keep versions because of aliases.")
    ] = False,
    keep_tags: Annotated[
        list[str] | None,
        typer.Option("--keep-tag", metavar="PATTERN", help="Keep versions with a matching tag."),
    ] = None,
    ignore_uses: Annotated[
        bool, typer.Option("--ignore-uses", help="Do not keep versions because a run used them.")
    ] = False,
    older_than: Annotated[
        str | None,
        typer.Option(
            "--older-than", metavar="SPAN", help="Keep versions younger than this: 30d, 12h, 4w."
        ),
    ] = None,
    filters: Annotated[
        str | None,
        typer.Option(
            "--filter", metavar="JSON", help="Keep versions that this filter does not match."
        ),
    ] = None,
    type_name: Annotated[
        str | None,
        typer.Option(
            "--type",
            metavar="TYPE",
            help="Only collections of this type.",
            autocompletion=complete_type,
        ),
    ] = None,
    collection: Annotated[
        str | None, typer.Option("--collection", metavar="NAME", help="Only this collection.")
    ] = None,
    ttl: Annotated[
        str | None,
        typer.Option("--ttl", metavar="SPAN", help="Set this time to live instead of deleting."),
    ] = None,
    rough: Annotated[
        bool,
        typer.Option(
            "--rough", help="Ignore files that versions share: fewer requests, less exact sizes."
        ),
    ] = False,
    plan_file: Annotated[
        Path | None, typer.Option("--plan", metavar="FILE", help="Only write the plan to a file.")
    ] = None,
    apply: Annotated[
        Path | None, typer.Option("--apply", metavar="FILE", help="Apply a plan from a file.")
    ] = None,
    journal: Annotated[
        Path | None,
        typer.Option(
            "--journal",
            metavar="FILE",
            help="Record what was done; default with --apply: FILE.journal.",
        ),
    ] = None,
    pace: Annotated[
        float | None, typer.Option("--pace", metavar="N", help="At most N versions per second.")
    ] = None,
    drop_empty: Annotated[
        bool, typer.Option("--drop-empty", help="Delete collections that end up empty.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Delete versions that no rule keeps. Shows them and asks first.

    --plan only writes the plan to a file; --apply applies such a file, and continues where it was
    interrupted. The exit code is 1 if something failed.
    """
    given = _Given(
        *(type_name, collection, keep_last),
        keep_aliases=_aliases(keep_aliases, no_aliases),
        keep_tags=tuple(keep_tags or ()),
        keep_used=not ignore_uses,
        older_than=older_than,
        filters=filters,
        ttl=ttl,
    )
    with opened(root) as api:
        if no_aliases and keep_aliases:
            raise InvalidInput("--keep-alias and --ignore-aliases exclude each other.")
        if apply is not None:
            if project is not None or plan_file is not None:
                raise InvalidInput("--apply takes its project from the plan: leave the rest out.")
            if rule := _rule_given(ctx):
                raise InvalidInput(f"--apply takes its rules from the plan: leave {rule} out.")
            plan = _read(apply)
            journal = journal or apply.with_name(f"{apply.name}.journal")
        else:
            plan = _planned(api, project, given, exact=not rough)
            if plan_file is not None:
                plan.to_jsonl(plan_file)
            if plan_file is not None or not plan.going:
                _tell_plan(plan, as_json, plan_file)
                return
            if not as_json:
                _show(plan)
            ask(f"{_question(plan)}?", yes)
        report = plan.apply(
            api, journal=journal, progress=sys.stderr.isatty(), pace=pace, drop_empty=drop_empty
        )
        _tell_report(report, as_json)


def _rule_given(ctx: typer.Context) -> str | None:
    """An option that is about how a plan is made, if one was given."""
    for parameter in ctx.command.params:
        name = parameter.name or ""
        source = ctx.get_parameter_source(name)
        if name in _RULES and source is not None and source.name == "COMMANDLINE":
            return parameter.opts[0]
    return None


@dataclass(frozen=True, slots=True)
class _Given:
    """The rules as the options have them."""

    type: str | None
    collection: str | None
    keep_last: int
    keep_aliases: tuple[str, ...]
    keep_tags: tuple[str, ...]
    keep_used: bool
    older_than: str | None
    filters: str | None
    ttl: str | None


def _aliases(given: list[str] | None, no_aliases: bool) -> tuple[str, ...]:
    return () if no_aliases else tuple(given or ("*",))


def _read(path: Path) -> PrunePlan:
    from typed_artifacts import PrunePlan

    return PrunePlan.from_jsonl(path)


def _planned(api: Api, project: str | None, given: _Given, *, exact: bool) -> PrunePlan:
    if project is None:
        raise InvalidInput("Name a project, or a plan with --apply.")
    make = api.plan_prune
    if given.ttl is None:
        make = partial(make, exact=exact)
    else:
        make = partial(api.plan_ttl, ttl=span(given.ttl, "--ttl"))
    return make(
        project,
        type=given.type,
        collection=given.collection,
        keep_last=given.keep_last,
        keep_aliases=given.keep_aliases,
        keep_tags=given.keep_tags,
        keep_used=given.keep_used,
        older_than=None if given.older_than is None else span(given.older_than, "--older-than"),
        filters=parsed_object(given.filters, "--filter", '{"size": {"$gt": 1000}}'),
    )


def span(text: str, option: str) -> timedelta:
    """A length of time: ``30d``, ``12h``, ``2w``.

    Raises:
        InvalidInput: it is none.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is None or int(found[1]) > _LONGEST:
        raise InvalidInput(f"{option} is {text!r}; it must be such as 30d, 12h, 90m, or 2w.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def _question(plan: PrunePlan) -> str:
    count = len(plan.going)
    what = "this version" if count == 1 else f"these {count:,} versions"
    if any(row.action == "expire" for row in plan.going):
        return f"Give {what} a time to live"
    return f"Delete {what}"


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
    write_shown(plan.__rich__(), shown_rows(plan), columns, caption, whole="--plan")


def _tell_plan(plan: PrunePlan, as_json: bool, file: Path | None) -> None:
    if as_json:
        counts = Counter[str](row.action for row in plan.rows)
        kinds = {kind: counts[kind] for kind in ("delete", "unlink", "expire", "keep")}
        write_object({"plan": file, **kinds, "frees": plan.frees})
        return
    say(str(plan))
    if file is not None:
        say(f"The plan is in {file}; `typed-artifacts prune --apply {file}` carries it out.")


def _tell_report(report: PruneReport, as_json: bool) -> None:
    left = {each.row.name: each.reason for each in report.changed}
    failed = {each.row.name: each.reason for each in report.failed}
    if as_json:
        write_object(
            {
                "done": [each.row.name for each in report.done],
                "gone": [each.row.name for each in report.gone],
                "changed": left,
                "failed": failed,
                "dropped": report.dropped,
                "freed": report.freed,
            }
        )
    else:
        say(str(report))
        for name, reason in (left | failed).items():
            error_line(f"{name}: {reason}")
    if failed:
        raise typer.Exit(1)
