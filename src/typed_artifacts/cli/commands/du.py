"""`du`: shows the storage use of a project."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated

import typer

from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.options import JsonObject, Project, Root, choice
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.status import status
from typed_artifacts.cli.output.tables import Column, write_rich_table

if TYPE_CHECKING:
    from typed_artifacts import Usage, UsageRow


def du(
    project: Project,
    by: Annotated[
        str, typer.Option("--by", metavar="WHAT", help="type, collection, age or tag.")
    ] = "collection",
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Show the storage use of a project, largest part first."""
    from typed_artifacts._usage.tally import checked_key

    key = choice(checked_key, by)
    with opened(root) as api:
        with status("Reading") as show:
            usage = api.usage(
                project,
                key,
                on_page=lambda count: show(f"Read {count:,} versions"),
            )
        if as_json:
            rows = [asdict(row) for row in usage.rows]
            total = asdict(usage.total) | {"unique_bytes": usage.unique_bytes}
            write_object({"by": usage.by, "total": total, "rows": rows})
        else:
            _show(usage)


def _show(usage: Usage) -> None:
    columns: list[Column[UsageRow]] = [
        Column(usage.by, lambda row: row.name, whole=True),
        Column("bytes", lambda row: row.bytes, is_bytes=True, rank=1),
        Column("versions", lambda row: row.versions, rank=2),
        Column("files", lambda row: row.files, rank=4),
        Column("links", lambda row: row.links, rank=5),
        Column("only_aliases_keep", lambda row: row.alias_bytes, is_bytes=True, rank=3),
    ]
    rows = [*usage.rows, replace(usage.total, name="total")]
    write_rich_table(usage.__rich__(), rows, columns, str(usage))
