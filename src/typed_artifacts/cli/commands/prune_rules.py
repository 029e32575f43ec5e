"""The options of `prune` that say which versions a plan keeps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from typed_artifacts.cli.completion.names import complete_type
from typed_artifacts.cli.given_paths import given_name, was_given
from typed_artifacts.cli.options import parsed_object

if TYPE_CHECKING:
    from typed_artifacts import Api, PrunePlan

KeepLast: TypeAlias = Annotated[
    int,
    typer.Option(
        "--keep-last", min=0, metavar="N", help="Keep the newest N versions of each collection."
    ),
]
KeepAliases: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--keep-alias",
        metavar="PATTERN",
        help="Keep versions with a matching alias; default: any.",
    ),
]
IgnoreAliases: TypeAlias = Annotated[
    bool, typer.Option("--ignore-aliases", help="Do not keep versions because of aliases.")
]
KeepTags: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--keep-tag", metavar="PATTERN", help="Keep versions with a matching tag."),
]
IgnoreUses: TypeAlias = Annotated[
    bool, typer.Option("--ignore-uses", help="Do not keep versions because a run used them.")
]
OlderThan: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--older-than", metavar="SPAN", help="Keep versions younger than this: 30d, 12h, 4w."
    ),
]
Filter: TypeAlias = Annotated[
    str | None,
    typer.Option("--filter", metavar="JSON", help="Keep versions that this filter does not match."),
]
OnlyType: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Only collections of this type.",
        autocompletion=complete_type,
        callback=given_name,
    ),
]
OnlyCollection: TypeAlias = Annotated[
    str | None,
    typer.Option("--collection", metavar="NAME", help="Only this collection.", callback=given_name),
]
TimeToLive: TypeAlias = Annotated[
    str | None,
    typer.Option("--ttl", metavar="SPAN", help="Set this time to live instead of deleting."),
]
Rough: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--rough", help="Ignore files that versions share: fewer requests, less exact sizes."
    ),
]

_NAMES = frozenset(
    {
        *("keep_last", "keep_aliases", "ignore_aliases", "keep_tags", "ignore_uses", "older_than"),
        *("filters", "type_name", "collection", "ttl", "rough"),
    }
)
_SPAN = re.compile(r"([0-9]{1,20})\s*([smhdw])")
_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}  # in seconds
_OLDEST = timedelta(weeks=100_000)
_LONGEST_TTL = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Rules:
    """What keeps a version, as the options say it."""

    keep_last: int
    keep_aliases: Sequence[str] | None
    ignore_aliases: bool
    keep_tags: Sequence[str] | None
    ignore_uses: bool
    older_than: str | None

    def __post_init__(self) -> None:
        """Refuse aliases that keep a version and do not."""
        if self.ignore_aliases and self.keep_aliases:
            raise typer.BadParameter("--keep-alias and --ignore-aliases exclude each other.")

    @property
    def alias_patterns(self) -> tuple[str, ...]:
        """The aliases that keep a version."""
        return () if self.ignore_aliases else tuple(self.keep_aliases or ("*",))


def planned(
    api: Api,
    project: str | None,
    type_name: str | None,
    collection: str | None,
    filters: str | None,
    rules: Rules,
    ttl: str | None,
    rough: bool,
) -> PrunePlan:
    """The plan for a project: what to delete, or what to give a time to live.

    Raises:
        BadParameter: no project is named, or an option has no such value.
    """
    if project is None:
        raise typer.BadParameter("Name a project, or a plan with --apply.")
    make = (
        partial(api.plan_prune, exact=not rough)
        if ttl is None
        else partial(api.plan_ttl, ttl=span(ttl, "--ttl", _LONGEST_TTL))
    )
    age = rules.older_than
    return make(
        project,
        type=type_name,
        collection=collection,
        keep_last=rules.keep_last,
        keep_aliases=rules.alias_patterns,
        keep_tags=rules.keep_tags or (),
        keep_used=not rules.ignore_uses,
        older_than=None if age is None else span(age, "--older-than", _OLDEST),
        filters=parsed_object(filters, "--filter", '{"size": {"$gt": 1000}}'),
    )


def span(text: str, option: str, longest: timedelta) -> timedelta:
    """A length of time: ``30d``, ``12h``, ``2w``.

    Raises:
        BadParameter: it is none, or longer than the longest.
    """
    found = _SPAN.fullmatch(text.strip())
    if found is not None:
        length = int(found[1]) * _UNITS[found[2]]
        if 0 < length <= longest.total_seconds():
            return timedelta(seconds=length)
    raise typer.BadParameter(
        f"{option} is {text!r}; it must be such as 30d, 12h, 90m, or 2w, and at most "
        f"{longest.days:,} days."
    )


def rule_given(ctx: typer.Context) -> str | None:
    """An option that is about how a plan is made, if one was given."""
    for parameter in ctx.command.params:
        name = parameter.name or ""
        if name in _NAMES and was_given(ctx, name):
            return parameter.opts[0]
    return None
