"""Walks from version to version through runs: what to request next. No I/O."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from ..._values.guards import is_text, is_whole_number
from ..._values.shown import shown
from ...errors import InvalidInput
from ...lineage import Direction, Lineage, LineageEdge, LineageRun, LineageVersion
from ..arguments.lookups import not_found, require_list
from ..lists.connections import present_nodes
from ..lists.cursors import CursorGuard
from ..versions.memberships import source_of

if TYPE_CHECKING:
    from ..._graphql.artifact_lineage import ArtifactLineage, ArtifactLineageArtifact
    from ..._graphql.fragments import LineageRunFields, LineageVersionFields
    from ..._graphql.run_lineage import RunLineage, RunLineageProjectRun
    from ..._operations.variables import ArtifactLineageVariables, RunLineageVariables
    from ..lists.connections import EdgePage

# The number of roots in a document and of edges in a response: few requests, none too large.
_ROOTS, _EDGES, _LARGEST_PAGE = 250, 5000, 1000

_Way: TypeAlias = Literal["up", "down"]


@dataclass
class _Side:
    """What a node has on one side, up or down, read page by page."""

    guard: CursorGuard
    cursor: str | None = None


@dataclass
class OpenNode:
    """A node that is asked about: what it has on the sides that are still wanted."""

    id: str
    location: tuple[str, str, str]
    up: _Side | None = None
    down: _Side | None = None

    def ask(self, way: _Way, subject: str) -> None:
        """Want one side more."""
        side = _Side(CursorGuard(None, subject))
        if way == "up":
            self.up = side
        else:
            self.down = side

    def version_variables(self, per_page: int) -> ArtifactLineageVariables:
        """What asks it about a version."""
        return {
            "id": self.id,
            "cursor": None if self.down is None else self.down.cursor,
            "perPage": per_page,
            "maker": self.up is not None,
            "users": self.down is not None,
        }

    def run_variables(self, per_page: int) -> RunLineageVariables:
        """What asks it about a run."""
        entity, project, run = self.location
        return {
            "entity": entity,
            "project": project,
            "run": run,
            "inputCursor": None if self.up is None else self.up.cursor,
            "outputCursor": None if self.down is None else self.down.cursor,
            "perPage": per_page,
            "inputs": self.up is not None,
            "outputs": self.down is not None,
        }


def check_lineage(depth: int, direction: str) -> None:
    """Raise ``InvalidInput`` where a lineage cannot be asked for so."""
    if not is_whole_number(depth) or depth < 1:
        raise InvalidInput(f"depth is {shown(depth, 200)}; it must be a whole number from 1 on.")
    if not is_text(direction) or direction not in get_args(Direction):
        raise InvalidInput(f'direction is {direction!r:.200}; it is "up", "down" or "both".')


def page_size(nodes: Sequence[OpenNode]) -> int:
    """How many edges each of these may have in one answer."""
    return min(_LARGEST_PAGE, _EDGES // len(nodes))


@dataclass
class LineageWalk:
    """A lineage in the making: one level of versions, then one of runs, and so on.

    Each node is asked about once for each direction, so that a loop ends.
    """

    root: LineageVersion
    depth: int
    direction: Direction
    _versions: dict[str, LineageVersion] = field(default_factory=dict[str, LineageVersion])
    _runs: dict[str, LineageRun] = field(default_factory=dict[str, LineageRun])
    _edges: dict[LineageEdge, None] = field(default_factory=dict[LineageEdge, None])
    _reached: set[tuple[str, _Way]] = field(default_factory=set[tuple[str, _Way]])
    _open_versions: dict[str, OpenNode] = field(default_factory=dict[str, OpenNode])
    _open_runs: dict[str, OpenNode] = field(default_factory=dict[str, OpenNode])

    def __post_init__(self) -> None:
        if self.direction != "down":
            self._reach_version(self.root, "up")
        if self.direction != "up":
            self._reach_version(self.root, "down")

    @property
    def subject(self) -> str:
        """What it is about, for error messages."""
        return self.root.path

    @property
    def is_complete(self) -> bool:
        """Whether there is nothing left to ask about, however many steps may follow."""
        return not self._open_versions and not self._open_runs

    def next_versions(self) -> list[OpenNode]:
        """The versions to ask about now; none: their level is done."""
        return _taken(self._open_versions)

    def next_runs(self) -> list[OpenNode]:
        """The runs to ask about now; none: their level is done."""
        return _taken(self._open_runs)

    def add_versions(self, nodes: Sequence[OpenNode], replies: Iterable[ArtifactLineage]) -> None:
        """Take in who made versions, and a page of who used each.

        Raises:
            NotFoundError: the version that was asked about is gone.
            PaginationError: a cursor leads nowhere, or back.
        """
        for node, reply in zip(nodes, replies, strict=True):
            if reply.artifact is not None:
                self._add_version(node, reply.artifact)
            elif node.id == self.root.id:
                raise not_found("artifact", self.subject, self.subject, "ArtifactLineage")

    def add_runs(self, nodes: Sequence[OpenNode], replies: Iterable[RunLineage]) -> None:
        """Take in a page of what each run used and made; one that is gone stays without.

        Raises:
            PaginationError: a cursor leads nowhere, or back.
        """
        for node, reply in zip(nodes, replies, strict=True):
            if reply.project is not None and reply.project.run is not None:
                self._add_run(node, reply.project.run)

    def result(self) -> Lineage:
        """The lineage."""
        versions, runs = tuple(self._versions.values()), tuple(self._runs.values())
        return Lineage(self.root, self.depth, self.direction, versions, runs, tuple(self._edges))

    def _add_version(self, node: OpenNode, found: ArtifactLineageArtifact) -> None:
        from ..._graphql.fragments import LineageRunFields

        if isinstance(found.created_by, LineageRunFields):  # not a user
            maker = self._reach_run(found.created_by, "up")
            self._connect(maker, node.id, "logged")
        users = found.used_by
        for edge in () if users is None else users.edges:
            user = self._reach_run(edge.node, "down")
            self._connect(node.id, user, "used")
        node.up, node.down = None, _rest(node.down, users, "runs", "ArtifactLineage")
        if node.down is not None:
            self._open_versions[node.id] = node

    def _add_run(self, node: OpenNode, found: RunLineageProjectRun) -> None:
        inputs, outputs = found.input_artifacts, found.output_artifacts
        for version in () if inputs is None else present_nodes(inputs.edges):
            self._connect(self._reach_version(_version(version), "up"), node.id, "used")
        for version in () if outputs is None else present_nodes(outputs.edges):
            self._connect(node.id, self._reach_version(_version(version), "down"), "logged")
        node.up = _rest(node.up, inputs, "used artifacts", "RunLineage")
        node.down = _rest(node.down, outputs, "logged artifacts", "RunLineage")
        if node.up is not None or node.down is not None:
            self._open_runs[node.id] = node

    def _connect(self, source: str, target: str, kind: Literal["used", "logged"]) -> None:
        self._edges[LineageEdge(source, target, kind)] = None

    def _reach_version(self, version: LineageVersion, way: _Way) -> str:
        """Note a version, to be asked about; returns its id."""
        self._versions.setdefault(version.id, version)
        if (version.id, way) not in self._reached:
            self._reached.add((version.id, way))
            new = OpenNode(version.id, ("", "", ""))
            self._open_versions.setdefault(version.id, new).ask(way, version.path)
        return version.id

    def _reach_run(self, found: LineageRunFields, way: _Way) -> str:
        """Note a run, to be asked about if its project is in sight; returns its id."""
        project = found.project
        path = (
            found.name if project is None else _path(project.entity_name, project.name, found.name)
        )
        run = LineageRun(found.id, path, found.display_name, found.job_type, found.state)
        self._runs.setdefault(run.id, run)
        if project is not None and (run.id, way) not in self._reached:
            self._reached.add((run.id, way))
            new = OpenNode(run.id, (project.entity_name, project.name, found.name))
            self._open_runs.setdefault(run.id, new).ask(way, path)
        return run.id


def _taken(waiting: dict[str, OpenNode]) -> list[OpenNode]:
    """Some of those that wait, which wait no more."""
    return [waiting.pop(key) for key in list(waiting)[:_ROOTS]]


def _rest(
    side: _Side | None, page: EdgePage[object] | None, kind: str, operation: str
) -> _Side | None:
    """A side after a page of it; ``None`` where there is no more, or it was not asked for."""
    if side is None:
        return None
    page = require_list(page, kind, side.guard.subject, operation)
    if not page.page_info.has_next_page:
        return None
    side.cursor = side.guard.follow_page(page, operation)
    return side


def _version(node: LineageVersionFields) -> LineageVersion:
    source = source_of(node)
    index = "" if node.version_index is None else f":v{node.version_index}"
    name = f"{source.collection}{index}"
    return LineageVersion(node.id, _path(source.entity, source.project, name), source.type)


def _path(*parts: str) -> str:
    return "/".join(part for part in parts if part)
