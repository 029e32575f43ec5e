"""The part of the demo about many versions: usage, a plan, a difference, a copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.text import Text

from typed_artifacts import Api, PruneRow
from typed_artifacts.cli.output.tables import Column

if TYPE_CHECKING:
    from typed_artifacts.cli.demo.tour import Tour


def many(api: Api, project: str, walk: Tour) -> None:
    """Look at a whole project, plan what may go, compare, and copy."""
    with walk.step("What takes up storage", f'api.usage("{project}", by="type")'):
        walk.show(api.usage(project, by="type").__rich__())
    code = f'plan = api.plan_prune("{project}", keep_last=2)'
    with walk.step("What could go: nothing is deleted before plan.apply(api)", code):
        plan = api.plan_prune(project, keep_last=2)
        walk.table(plan.going[:5], _ROWS)
        walk.out.print(Text(f"   {plan}"))
    path = f"{project}/training-set"
    code = f'api.artifact("{path}:v0").diff(api.artifact("{path}:v1"))'
    with walk.step("What is different between two versions, without a download", code):
        lines = str(api.artifact(f"{path}:v0").diff(api.artifact(f"{path}:v1"))).splitlines()
        shown = lines if len(lines) <= _MOST else [*lines[: _MOST - 2], "...", lines[-1]]
        for line in shown:
            walk.out.print(Text(f"   {line}"))
    code = (
        f'with Api.local() as other:\n    api.copy("{project}/code-embedder", "mirror/", to=other)'
    )
    with walk.step("A copy into another registry", code), Api.local() as other:
        report = api.copy(f"{project}/code-embedder", "mirror/", to=other)
        walk.out.print(Text(f"   {report}"))


_MOST = 10
_ROWS: list[Column[PruneRow]] = [
    Column("name", lambda row: row.name, whole=True),
    Column("action", lambda row: row.action),
    Column("frees", lambda row: row.frees, is_bytes=True),
    Column("reason", lambda row: row.reason),
]
