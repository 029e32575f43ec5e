"""`lineage`: shows where a version came from, and what was made from it."""

from __future__ import annotations

import sys
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Final

import typer

from typed_artifacts._values.quantities import count_text
from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.options import JsonObject, Root, Version
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.tables import Cell, Column, write_table
from typed_artifacts.cli.output.terminal import say
from typed_artifacts.cli.process import write_as_utf8

if TYPE_CHECKING:
    from typed_artifacts import JsonValue, Lineage
    from typed_artifacts.lineage import Direction


class Way(StrEnum):
    """The directions, as an option takes them."""

    UP = "up"
    DOWN = "down"
    BOTH = "both"


_DIRECTIONS: Final[dict[Way, Direction]] = {Way.UP: "up", Way.DOWN: "down", Way.BOTH: "both"}


def lineage(
    artifact: Version,
    depth: Annotated[
        int,
        typer.Option(
            "--depth", min=1, metavar="N", help="The number of steps from version to version."
        ),
    ] = 1,
    direction: Annotated[
        Way,
        typer.Option(
            "--direction", help="up: what it was made from; down: what was made from it; both."
        ),
    ] = Way.BOTH,
    mermaid: Annotated[
        bool, typer.Option("--mermaid", help="Write a Mermaid flowchart instead of a table.")
    ] = False,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Show the runs and versions that a version was made from, and those made from it."""
    if mermaid and as_json:
        raise typer.BadParameter("--mermaid and --json exclude each other.")
    with opened(root) as api:
        found = api.artifact(artifact).lineage(depth, _DIRECTIONS[direction])
        if as_json:
            write_object(found.to_dict())
        elif mermaid:
            write_as_utf8()
            sys.stdout.write(found.to_mermaid())
        else:
            _write(found)


def _write(found: Lineage) -> None:
    rows = found.to_rows()
    if rows:
        write_table(rows, [_column(name, rank) for rank, name in enumerate(rows[0])])
    runs, others = count_text(len(found.runs), "run"), len(found.versions) - 1
    say(f"{found.root.path}: {runs} and {count_text(others, 'other version')}")


def _column(name: str, rank: int) -> Column[dict[str, JsonValue]]:
    def read(row: dict[str, JsonValue]) -> Cell:
        value = row[name]
        return value if isinstance(value, str) else None

    whole = name in {"source", "target"}
    return Column(name, read, whole=whole, rank=0 if whole else rank)
