"""The lineage of a version: a graph with versions and runs as nodes.

`Artifact.lineage()` returns it:

    found = artifact.lineage(depth=3, direction="up")
    print(found.to_mermaid())
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from ._html.lineage import Named
    from ._values.json_values import JsonValue

__all__ = ["Direction", "Lineage", "LineageEdge", "LineageRun", "LineageVersion"]

Direction: TypeAlias = Literal["up", "down", "both"]
"""Towards what a version was made of, towards what was made of it, or both."""

# A character that may mean something to Mermaid, or to the page that shows it.
_SPECIAL = re.compile(r"[^\w ./:@+-]")
_BLANK = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class LineageVersion:
    """A version of an artifact.

    Attributes:
        id: its id.
        path: ``entity/project/collection:v3``, where it was logged; without entity and project if
            that project may not be read.
        type: the name of its artifact type.
    """

    id: str
    path: str
    type: str


@dataclass(frozen=True, slots=True)
class LineageRun:
    """A run.

    Attributes:
        id: its unique id on the server.
        path: ``entity/project/run_id``; only the run's short id if its project may not be read.
        name: its display name, if it has one.
        job_type: its job type, if it has one.
        state: its state, such as running or finished.
    """

    id: str
    path: str
    name: str | None
    job_type: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """An edge, in the direction of the data flow.

    Attributes:
        source: the id of the version or run where it starts.
        target: the id of the version or run where it ends.
        kind: "used": from a version to a run; "logged": from a run to a version.
    """

    source: str
    target: str
    kind: Literal["used", "logged"]


@dataclass(frozen=True, slots=True)
class Lineage:
    """The runs and versions that a version was made from, and that were made from it.

    Attributes:
        root: the version whose lineage this is.
        depth: the maximum number of steps from version to version.
        direction: the direction of the steps.
        versions: the versions: the root first, then the nearest.
        runs: the runs, the nearest first.
        edges: the edges between them, each once.
    """

    root: LineageVersion
    depth: int
    direction: Direction
    versions: tuple[LineageVersion, ...]
    runs: tuple[LineageRun, ...]
    edges: tuple[LineageEdge, ...]

    def _repr_html_(self) -> str:
        from ._html.lineage import lineage_html

        edges = [(edge.source, edge.target) for edge in self.edges]
        return lineage_html(self.root.id, self._named(), edges)

    def _named(self) -> dict[str, Named]:
        """What each node is called, and its type, by its id."""
        named: dict[str, Named] = {
            each.id: ("version", each.path, each.type) for each in self.versions
        }
        for run in self.runs:
            name = run.name or run.path.rpartition("/")[2]
            named[run.id] = ("run", name, run.job_type or "")
        return named

    def to_rows(self) -> list[dict[str, JsonValue]]:
        """One row per edge, for pandas and Polars.

        The columns are ``source``, ``source_type``, ``kind``, ``target`` and ``target_type``:
        paths, and the type of a version or the job type of a run.
        """
        nodes: dict[str, tuple[str, str | None]] = {
            **{each.id: (each.path, each.type) for each in self.versions},
            **{each.id: (each.path, each.job_type) for each in self.runs},
        }
        rows: list[dict[str, JsonValue]] = []
        for edge in self.edges:
            (source, source_type), (target, target_type) = nodes[edge.source], nodes[edge.target]
            rows.append(
                {
                    "source": source,
                    "source_type": source_type,
                    "kind": edge.kind,
                    "target": target,
                    "target_type": target_type,
                }
            )
        return rows

    def to_dict(self) -> dict[str, JsonValue]:
        """Nodes and edges as JSON values."""
        versions: list[JsonValue] = [
            {"id": each.id, "path": each.path, "type": each.type} for each in self.versions
        ]
        runs: list[JsonValue] = [
            {
                "id": each.id,
                "path": each.path,
                "name": each.name,
                "job_type": each.job_type,
                "state": each.state,
            }
            for each in self.runs
        ]
        edges: list[JsonValue] = [
            {"source": each.source, "target": each.target, "kind": each.kind} for each in self.edges
        ]
        return {
            "root": self.root.id,
            "depth": self.depth,
            "direction": self.direction,
            "versions": versions,
            "runs": runs,
            "edges": edges,
        }

    def to_mermaid(self) -> str:
        """A Mermaid flowchart: versions are boxes, runs are rounded, the root has a thick border.

        Names are escaped, so any characters in them are displayed as they are.
        """
        names = {each.id: f"v{number}" for number, each in enumerate(self.versions)}
        names |= {each.id: f"r{number}" for number, each in enumerate(self.runs)}
        return "\n".join(
            [
                "flowchart LR",
                *(f"  {names[it.id]}{self._box(it)}" for it in self.versions),
                *(f'  {names[it.id]}(["{_label(it.path, it.name)}"])' for it in self.runs),
                *(f"  {names[it.source]} --> {names[it.target]}" for it in self.edges),
                "  classDef root stroke-width:3px",
                "",
            ]
        )

    def _box(self, version: LineageVersion) -> str:
        mark = ":::root" if version.id == self.root.id else ""
        return f'["{_label(version.path, version.type)}"]{mark}'


def _label(path: str, more: str | None) -> str:
    return f"{_escaped(path)}<br/>{_escaped(more)}" if more else _escaped(path)


def _escaped(text: str) -> str:
    """Text without special characters: Mermaid writes them as numbers between # and ;."""
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", _BLANK.sub(" ", text))
