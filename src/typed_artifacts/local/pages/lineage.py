"""The lineage of a version, as far as the user may read it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ..._html.drawing import Node, drawn
from ..._html.markup import Html
from ..graph import nodes as n
from ..graph.paging import PageArguments
from ..graph.reads_runs import run_inputs, run_outputs, used_by
from ..graph.reads_versions import created_by
from .page_request import PageRequest

_MOST_IN_COLUMN = 8

Item: TypeAlias = n.Version | n.Run


@dataclass(slots=True)
class Graph:
    """Nodes, and which leads to which; `cut` are the columns that have more than is shown."""

    nodes: list[Node] = field(default_factory=list[Node])
    edges: list[tuple[Node, Node]] = field(default_factory=list[tuple[Node, Node]])
    cut: set[int] = field(default_factory=set[int])

    @property
    def drawing(self) -> Html:
        """The graph as SVG."""
        return drawn(self.nodes, self.edges, self.cut)

    def after(self, node: Node) -> list[Node]:
        """What a node leads to."""
        return [target for source, target in self.edges if source is node]


def lineage_of_version(page_request: PageRequest, version: n.Version, depth: int) -> Graph:
    """The lineage of a version, so many steps each way."""
    return _Walk(page_request, depth).graph_of(version)


def lineage_of_run(page_request: PageRequest, run: n.Run, depth: int) -> Graph:
    """The lineage of a run, so many steps each way."""
    return _Walk(page_request, depth).graph_of(run)


class _Walk:
    """Breadth first, a column at a time; each version and run is drawn once."""

    def __init__(self, page_request: PageRequest, depth: int) -> None:
        self._page_request = page_request
        self._depth = depth
        self._graph = Graph()
        self._known: dict[tuple[str, int], Node] = {}

    def graph_of(self, start: Item) -> Graph:
        self._node(start, 0)
        for sign, next_ in ((-1, self._before), (1, self._after)):
            items = [start]
            for step in range(1, self._depth + 1):
                items = self._column(items, sign * step, next_)
        return self._graph

    def _column(
        self, items: Iterable[Item], column: int, next_: Callable[[Item], Iterator[Item]]
    ) -> list[Item]:
        added: list[Item] = []
        for item in items:
            node = self._known[_key(item)]
            for found in next_(item):
                neighbour = self._known.get(_key(found))
                if neighbour is None:
                    if len(added) == _MOST_IN_COLUMN:
                        self._graph.cut.add(column)
                        break
                    neighbour = self._node(found, column)
                    added.append(found)
                edge = (neighbour, node) if column < 0 else (node, neighbour)
                if edge not in self._graph.edges:
                    self._graph.edges.append(edge)
        return added

    def _before(self, item: Item) -> Iterator[Item]:
        context = self._page_request.context
        if isinstance(item, n.Run):
            found = run_inputs(item, context, PageArguments(_MOST_IN_COLUMN + 1))
            yield from (edge.node for edge in found.edges)
        else:
            maker = created_by(item, context)
            if isinstance(maker, n.Run):
                yield maker

    def _after(self, item: Item) -> Iterator[Item]:
        context = self._page_request.context
        if isinstance(item, n.Run):
            made = run_outputs(item, context, PageArguments(_MOST_IN_COLUMN + 1))
            yield from (edge.node for edge in made.edges)
        else:
            users = used_by(item, context, PageArguments(_MOST_IN_COLUMN + 1))
            yield from (edge.node for edge in users.edges)

    def _node(self, item: Item, column: int) -> Node:
        if isinstance(item, n.Run):
            link = self._page_request.run_link(item)
            node = Node(column, "run", link.text, item.job_type or item.state, link.href)
        else:
            link = self._page_request.version_link(item)
            node = Node(column, "version", link.text, self._type_of(item), link.href)
        self._known[_key(item)] = node
        self._graph.nodes.append(node)
        return node

    def _type_of(self, version: n.Version) -> str:
        collection = self._page_request.context.collection.get(version.sequence_key)
        return "" if collection is None else self._page_request.type_name(collection)


def _key(item: Item) -> tuple[str, int]:
    return type(item).__name__, item.key
