"""Checks that a connection has what paging needs, and how to read its page with nulls."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import GraphQLList, GraphQLNonNull, get_named_type

from ..project.problem import suggestion
from ..queries.selection import is_list, present

if TYPE_CHECKING:
    from ..configuration.mapping import Mapping
    from ..configuration.scalars import Scalars
    from ..queries.selection import ObjectSelection, Selected
    from .routes import Keys, ResponsePath


@dataclass(frozen=True)
class Connection:
    """The parts of a connection that the pager reads."""

    edges: Selected
    node: Selected
    info: Selected
    has_next: Selected
    total: Selected | None
    node_id: str | None
    """The attribute with the node's id."""

    @property
    def is_plain(self) -> bool:
        """Whether nothing around the nodes can be null."""
        edge = present(self.edges.type)
        assert isinstance(edge, GraphQLList)
        whole = isinstance(edge.of_type, GraphQLNonNull)
        return whole and not any(it.nullable for it in (self.edges, self.info, self.has_next))


def connection_at(
    mapping: Mapping, keys: Keys, response_path: ResponsePath, scalars: Scalars
) -> Connection:
    """The connection at the end of a way.

    Raises:
        Problem: it lacks what paging needs, or has it in another form.
    """
    return _Reader(mapping, (*keys, "connection"), scalars, response_path).read()


@dataclass(frozen=True)
class _Reader:
    mapping: Mapping
    keys: Keys
    scalars: Scalars
    response_path: ResponsePath

    def read(self) -> Connection:
        path = ".".join(step.name for step in self.response_path.steps)
        where = f"{path} of operation {self.response_path.operation.name}"
        end = self.response_path.end
        edges = self._selected(end, "edges", where)
        self._is_list_of_objects(edges, where)
        self._is(self._selected(edges.selection, "cursor", f"edges of {where}"), "str", where)
        info = self._object(end, "pageInfo", where)
        self._is(self._selected(info.selection, "endCursor", f"pageInfo of {where}"), "str", where)
        has_next = self._selected(info.selection, "hasNextPage", f"pageInfo of {where}")
        self._is(has_next, "bool", where)
        node = self._object(edges.selection, "node", f"edges of {where}")
        total = end.field("totalCount")
        if total is not None:
            self._certain(total, where)
            self._is(total, "int", where)
        return Connection(edges, node, info, has_next, total, self._node_id(node))

    def _node_id(self, node: Selected) -> str | None:
        """The attribute with the node's id, if it holds one string or number whatever its type."""
        found = node.selection.field("id")
        if found is None or found.is_list or found.narrows:
            return None
        scalar = self.scalars.get(get_named_type(found.type).name)
        return found.attribute if scalar and scalar.shown in {"str", "int"} else None

    def _selected(self, selection: ObjectSelection, name: str, where: str) -> Selected:
        selected = selection.field(name)
        if selected is None:
            near = suggestion(name, [item.name for item in selection.fields()])
            text = f'{where} selects no "{name}"{near}'
            raise self.mapping.locations.problem(self.keys, text)
        self._certain(selected, where)
        return selected

    def _certain(self, selected: Selected, where: str) -> None:
        if selected.narrows:
            text = (
                f'{where} selects "{selected.name}" only where that is of type {selected.narrows}'
            )
            raise self.mapping.locations.problem(self.keys, text)

    def _object(self, selection: ObjectSelection, name: str, where: str) -> Selected:
        selected = self._selected(selection, name, where)
        if selected.is_leaf or selected.is_list:
            self._refuse(selected, "one object", where)
        return selected

    def _is_list_of_objects(self, edges: Selected, where: str) -> None:
        kind = present(edges.type)
        if not isinstance(kind, GraphQLList) or is_list(kind.of_type) or edges.is_leaf:
            self._refuse(edges, "a list of objects", where)

    def _is(self, selected: Selected, python: str, where: str) -> None:
        scalar = self.scalars.get(get_named_type(selected.type).name)
        if selected.is_list or scalar is None or scalar.shown != python:
            expected = {"str": "a string", "int": "a whole number", "bool": "true or false"}
            self._refuse(selected, expected[python], where)

    def _refuse(self, selected: Selected, wanted: str, where: str) -> None:
        text = f'"{selected.name}" of {where} is {selected.type}; paging needs {wanted}'
        raise self.mapping.locations.problem(self.keys, text)
