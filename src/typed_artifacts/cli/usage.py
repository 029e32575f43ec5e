"""`du`: what takes the room of a project."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import asdict
from typing import Annotated

import typer
from rich.console import Console

from typed_artifacts._usage.tally import checked_key
from typed_artifacts.cli.options import JsonObject, Project, Root, opened
from typed_artifacts.cli.output import console, write_object


def du(
    project: Project,
    by: Annotated[
        str, typer.Option("--by", metavar="WHAT", help="type, collection, age or tag.")
    ] = "collection",
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Show what takes the room of a project. The biggest part comes first."""
    with opened(root) as api:
        with _counting() as on_page:
            usage = api.usage(project, checked_key(by), on_page=on_page)
        if as_json:
            rows = [asdict(row) for row in usage.rows]
            total = asdict(usage.total) | {"unique_bytes": usage.unique_bytes}
            write_object({"by": usage.by, "total": total, "rows": rows})
        else:
            console().print(usage)


@contextmanager
def _counting() -> Generator[Callable[[int], None] | None]:
    """A line on a terminal that says how many versions were read."""
    if not sys.stderr.isatty():
        yield None
        return
    with Console(stderr=True).status("Reading") as status:
        yield lambda count: status.update(f"Read {count:,} versions")
