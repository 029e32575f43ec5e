"""Where a version comes from and what was made of it: versions and runs as nodes, and edges.

`Artifact.lineage()` gives it.

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
        path: ``entity/project/collection:v3`` where it was logged to; without entity and project
            where that project is out of sight.
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
        path: ``entity/project/run_id``; the run's short id alone where its project is out of sight.
        name: its display name, if it has one.
        job_type: the kind of job that it is, if it says so.
        state: whether it is running, finished, and so on.
    """

    id: str
    path: str
    name: str | None
    job_type: str | None
    state: str | None


@dataclass(frozen=True, slots=True)
class LineageEdge:
    """A step of the way, in the direction in which data went.

    Attributes:
        source: the id of the version or run that it leaves.
        target: the id of the version or run that it leads to.
        kind: "used": from a version to a run; "logged": from a run to a version.
    """

    source: str
    target: str
    kind: Literal["used", "logged"]


@dataclass(frozen=True, slots=True)
class Lineage:
    """What a version was made of, and what was made of it.

    Attributes:
        root: the version that was asked about.
        depth: how many steps from version to version were taken at most.
        direction: which way they were taken.
        versions: the versions, the one that was asked about first, the nearest next.
        runs: the runs, the nearest first.
        edges: how they are connected, each edge once.
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
        """What each node is, by its id."""
        named: dict[str, Named] = {
            each.id: ("version", each.path, each.type) for each in self.versions
        }
        for run in self.runs:
            named[run.id] = ("run", run.name or run.path, run.job_type or "")
        return named

    def to_rows(self) -> list[dict[str, JsonValue]]:
        """One row for each edge, as pandas and polars take them.

        The columns are ``source``, ``source_type``, ``kind``, ``target`` and ``target_type``:
        paths, and the type of a version or the kind of job of a run.
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
        """Nodes and edges as JSON has them."""
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

        Names are escaped: they are shown as they are, whatever characters they hold.
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
    """Text in which nothing has a meaning: Mermaid's entities are numbers between # and ;."""
    return _SPECIAL.sub(lambda found: f"#{ord(found[0])};", _BLANK.sub(" ", text))
