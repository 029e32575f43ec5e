"""Executes operations: the plain fields are resolved without graphql-core's ceremony.

graphql-core stays in charge (validation, variables, error paths, introspection). What it does for
every single field is skipped where a resolver of ours needs none of it; a field that fails there is
done again in graphql-core's own way, which knows how to report it.
"""

from collections.abc import Callable
from typing import Any

from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLField,
    GraphQLObjectType,
    Undefined,
    is_abstract_type,
    is_leaf_type,
    is_list_type,
    is_non_null_type,
    is_object_type,
    located_error,
)
from graphql.execution.execute import get_field_def
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path

from . import nodes as n
from .schema import Getter, type_name

# Nodes that many others of a page lead to: their selection is the same each time.
_SHARED = (n.Collection, n.Type, n.Project, n.Entity, n.Run, n.User)
_Fields = dict[str, list[FieldNode]]


class _Plan:
    """How to resolve one field of a selection set quickly."""

    __slots__ = (
        "arguments",
        "getter",
        "items",
        "member",
        "nodes",
        "selections",
        "serialize",
        "type",
    )

    def __init__(
        self,
        getter: Getter,
        arguments: dict[str, object],
        member: GraphQLField,
        nodes: list[FieldNode],
    ) -> None:
        self.getter = getter
        self.arguments = arguments
        self.member = member
        self.nodes = nodes
        kind = member.type.of_type if is_non_null_type(member.type) else member.type
        self.items = is_list_type(kind) and is_non_null_type(kind.of_type)
        if self.items:
            kind = kind.of_type.of_type
        self.type = kind
        self.serialize: Callable[[object], object] | None = None
        if is_leaf_type(kind):
            self.serialize = kind.serialize
        self.selections: dict[str, tuple[GraphQLObjectType, _Fields]] = {}

    @property
    def usable(self) -> bool:
        kind = self.type
        return is_leaf_type(kind) or is_object_type(kind) or is_abstract_type(kind)


class FastExecution(ExecutionContext):
    """graphql-core's executor with a short cut for the resolvers of this package."""

    def __init__(self, *arguments: Any) -> None:  # graphql-core's own signature, passed on
        super().__init__(*arguments)
        # By the identity of a selection's fields, which are kept so that it stays theirs.
        self._plans: dict[int, tuple[_Fields, list[tuple[str, list[FieldNode], _Plan | None]]]] = {}
        self._memory: dict[tuple[int, int], tuple[object, dict[str, object]]] = {}

    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: object,
        path: Path | None,
        fields: _Fields,
    ) -> dict[str, object]:
        results: dict[str, object] = {}
        parent, context = parent_type.name, self.context_value
        planned = self._plans.get(id(fields))
        if planned is None:
            steps = [
                (name, nodes, self._plan(parent_type, nodes)) for name, nodes in fields.items()
            ]
            planned = self._plans[id(fields)] = (fields, steps)
        for name, nodes, plan in planned[1]:
            if plan is not None:
                try:
                    value = plan.getter(source_value, context, **plan.arguments)
                    serialize = plan.serialize
                    if value is not None and serialize is not None:
                        results[name] = (
                            [serialize(item) for item in value] if plan.items else serialize(value)
                        )
                        continue
                except Exception:  # noqa: BLE001  (done again below, where it is reported)
                    value = None
                if value is not None:
                    results[name] = self._complete(plan, value, Path(path, name, parent))
                    continue
            field_path = Path(path, name, parent)
            result = self.execute_field(parent_type, source_value, nodes, field_path)
            if result is not Undefined:
                results[name] = result
        return results

    def _plan(self, parent_type: GraphQLObjectType, nodes: list[FieldNode]) -> _Plan | None:
        member = get_field_def(self.schema, parent_type, nodes[0])
        getter: Getter | None = getattr(member.resolve, "getter", None) if member else None
        if member is None or getter is None:
            return None
        try:
            arguments = get_argument_values(member, nodes[0], self.variable_values)
        except Exception:  # noqa: BLE001  (graphql-core reports it)
            return None
        plan = _Plan(getter, arguments, member, nodes)
        return plan if plan.usable else None

    def _complete(self, plan: _Plan, value: object, path: Path) -> object:
        try:
            if not plan.items:
                return self._object(plan, value, path)
            assert isinstance(value, list)
            return [
                self._object(plan, item, path.add_key(position))
                for position, item in enumerate(value)
            ]
        except Exception as error:  # noqa: BLE001  (located, then collected or passed on)
            located = located_error(error, plan.nodes, path.as_list())
            self.handle_field_error(located, plan.member.type, path)
            return None

    def _object(self, plan: _Plan, value: object, path: Path) -> dict[str, object]:
        name = plan.type.name if is_object_type(plan.type) else type_name(value)
        selection = plan.selections.get(name)
        if selection is None:
            kind = self.schema.type_map[name]
            assert isinstance(kind, GraphQLObjectType)
            selection = plan.selections[name] = (kind, self.collect_subfields(kind, plan.nodes))
        if not isinstance(value, _SHARED):
            return self.execute_fields(selection[0], value, path, selection[1])
        key = (id(value), id(selection))
        known = self._memory.get(key)
        if known is None:
            done = self.execute_fields(selection[0], value, path, selection[1])
            known = self._memory[key] = (value, done)
        return known[1]
