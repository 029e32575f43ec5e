"""Executes operations; plain fields bypass graphql-core's resolver calls, for speed.

graphql-core stays in charge (validation, variables, error paths, introspection). What it does for
every single field is skipped where a resolver of ours needs none of it; a field that fails there is
done again in graphql-core's own way, which knows how to report it. What asks for too much, or takes
too long, is ended as a whole.
"""

# graphql-core leaves out the parameter of its wrapping types (`[T]`, `T!`): unknown to pyright.
# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false

import time
from collections.abc import Callable
from typing import Any, TypeAlias

from graphql import (
    ExecutionContext,
    FieldNode,
    GraphQLEnumType,
    GraphQLError,
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLOutputType,
    GraphQLScalarType,
    GraphQLUnionType,
    Undefined,
    located_error,
)
from graphql.execution.execute import get_field_def
from graphql.execution.values import get_argument_values
from graphql.pyutils import Path
from typing_extensions import override

from ..errors import OperationStopped
from . import nodes as n
from .reading import LONGEST_SECONDS
from .reads_roots import artifact
from .schema import Getter, type_name

# Types of nodes that recur in a page, each time with the same selection.
_SHARED = (n.Collection, n.Type, n.Project, n.Entity, n.Run, n.User)
# How many values, and how many characters of text, one reply may have.
MOST_VALUES = 1_000_000
MOST_TEXT = 32 << 20
_MOST_ERRORS = 1000
_Fields: TypeAlias = dict[str, list[FieldNode]]
_LEAVES = (GraphQLScalarType, GraphQLEnumType)
_Composite: TypeAlias = GraphQLObjectType | GraphQLInterfaceType | GraphQLUnionType


class _Plan:
    """How to resolve one field of a selection set quickly."""

    __slots__ = (
        *("arguments", "composite", "getter", "items", "member", "nodes", "nullable"),
        *("selections", "serialize"),
    )

    def __init__(
        self,
        getter: Getter,
        arguments: dict[str, Any],  # coerced by graphql-core, taken by the resolver's annotations
        member: GraphQLField,
        nodes: list[FieldNode],
    ) -> None:
        self.getter = getter
        self.arguments = arguments
        self.member = member
        self.nodes = nodes
        kind, self.nullable = _bare(member.type)
        self.items = False
        if isinstance(kind, GraphQLList):
            kind, items_nullable = _bare(kind.of_type)
            self.items = not items_nullable
            kind = kind if self.items else None
        self.serialize: Callable[[object], object] | None = _serializer(kind)
        self.composite: _Composite | None = kind if isinstance(kind, _Composite) else None
        self.selections: dict[str, tuple[GraphQLObjectType, _Fields]] = {}

    @property
    def usable(self) -> bool:
        """Lists whose items may be null are left to graphql-core."""
        return self.serialize is not None or self.composite is not None


def _bare(kind: GraphQLOutputType) -> tuple[GraphQLOutputType | None, bool]:
    """A type without its "!", and whether it may be null."""
    return (kind.of_type, False) if isinstance(kind, GraphQLNonNull) else (kind, True)


def _serializer(kind: GraphQLOutputType | None) -> Callable[[object], object] | None:
    if isinstance(kind, _LEAVES):
        serialize: Callable[[object], object] = kind.serialize
        return serialize
    return None


class FastExecution(ExecutionContext):
    """graphql-core's executor with a short cut for the resolvers of this package."""

    def __init__(self, *arguments: Any) -> None:  # noqa: ANN401  (graphql-core's own, passed on)
        super().__init__(*arguments)
        # Keyed by the id of a selection's fields; they are kept, so that the id is not reused.
        self._plans: dict[int, tuple[_Fields, list[tuple[str, list[FieldNode], _Plan | None]]]] = {}
        # Recurring nodes: the node, its result, and the numbers of values and characters in it.
        self._memory: dict[tuple[int, int], tuple[object, dict[str, object], int, int]] = {}
        self._values = 0
        self._text = 0
        self._failures = 0

    def _spend(self, values: int, text: int = 0) -> None:
        """Counts what the reply holds; it ends the operation that asks for too much."""
        self._values += values
        self._text += text
        if self._values > MOST_VALUES:
            raise OperationStopped(
                f"its reply has more than {MOST_VALUES} values; ask for smaller pages, or for less "
                "in each"
            )
        if self._text > MOST_TEXT:
            raise OperationStopped(
                f"its reply has more than {MOST_TEXT} characters; ask for smaller pages"
            )

    @override
    def handle_field_error(self, error: GraphQLError, return_type: Any, path: Path) -> None:
        super().handle_field_error(error, return_type, path)
        self._failures += 1
        if self._failures > _MOST_ERRORS:
            raise OperationStopped(f"more than {_MOST_ERRORS} of its fields fail")

    @override
    def complete_leaf_value(  # type: ignore[override]  # it is called on the instance
        self, return_type: GraphQLScalarType | GraphQLEnumType, result: object
    ) -> object:
        value: object = super().complete_leaf_value(return_type, result)
        self._spend(1, len(value) if isinstance(value, str) else 0)
        return value

    @override
    def execute_fields(
        self,
        parent_type: GraphQLObjectType,
        source_value: object,
        path: Path | None,
        fields: _Fields,
    ) -> dict[str, object]:
        results: dict[str, object] = {}
        context = self.context_value
        self._spend(len(fields))
        if time.monotonic() > context.deadline:
            raise OperationStopped(
                f"it takes longer than {LONGEST_SECONDS:.0f} seconds; ask for less at once"
            )
        for name, nodes, plan in self._steps(parent_type, fields):
            if plan is not None:
                try:
                    value = plan.getter(source_value, context, **plan.arguments)
                    if value is None:
                        if plan.nullable:
                            results[name] = None
                            continue
                    elif plan.serialize is not None:
                        results[name] = self._serialized(plan.serialize, value, items=plan.items)
                        continue
                except Exception:  # noqa: BLE001  (done again below, where it is reported)
                    value = None
                if value is not None:
                    results[name] = self._complete(plan, value, Path(path, name, parent_type.name))
                    continue
            field_path = Path(path, name, parent_type.name)
            result = self.execute_field(parent_type, source_value, nodes, field_path)
            if result is not Undefined:
                results[name] = result
        return results

    def _steps(
        self, parent_type: GraphQLObjectType, fields: _Fields
    ) -> list[tuple[str, list[FieldNode], _Plan | None]]:
        planned = self._plans.get(id(fields))
        if planned is None:
            steps = [
                (name, nodes, self._plan(parent_type, nodes)) for name, nodes in fields.items()
            ]
            planned = self._plans[id(fields)] = (fields, steps)
            if parent_type is self.schema.query_type:
                roots = [plan for *_, plan in steps if plan is not None and plan.getter is artifact]
                self.context_value.read_together([plan.arguments["id"] for plan in roots])
        return planned[1]

    def _plan(self, parent_type: GraphQLObjectType, nodes: list[FieldNode]) -> _Plan | None:
        member = get_field_def(self.schema, parent_type, nodes[0])
        if nodes[0].name.value == "__typename":
            return _Plan(_constant(parent_type.name), {}, member, nodes)
        getter: Getter | None = getattr(member.resolve, "getter", None)
        if getter is None:
            return None
        try:
            # Most have none, and graphql-core takes as long to find that out as for all else here.
            given = self.variable_values
            arguments = get_argument_values(member, nodes[0], given) if member.args else {}
        except Exception:  # noqa: BLE001  (graphql-core reports it)
            return None
        plan = _Plan(getter, arguments, member, nodes)
        return plan if plan.usable else None

    def _complete(self, plan: _Plan, value: object, path: Path) -> object:
        try:
            if plan.items and isinstance(value, list):
                return [
                    self._object(plan, item, path.add_key(position))
                    for position, item in enumerate(value)
                ]
            return self._object(plan, value, path)
        except Exception as error:  # noqa: BLE001  (located, then collected or passed on)
            located = located_error(error, plan.nodes, path.as_list())
            self.handle_field_error(located, plan.member.type, path)
            return None

    def _object(self, plan: _Plan, value: object, path: Path) -> dict[str, object]:
        kind = plan.composite
        name = kind.name if isinstance(kind, GraphQLObjectType) else type_name(value)
        selection = plan.selections.get(name)
        if selection is None:
            found = self.schema.type_map[name]
            if isinstance(found, GraphQLInterfaceType):
                possible = self.schema.get_possible_types(found)
                found = possible[0] if len(possible) == 1 else found
            if not isinstance(found, GraphQLObjectType):
                raise TypeError(f"{name} is no object type of the schema.")
            selection = plan.selections[name] = (found, self.collect_subfields(found, plan.nodes))
        if not isinstance(value, _SHARED):
            return self.execute_fields(selection[0], value, path, selection[1])
        key = (id(value), id(selection))
        known = self._memory.get(key)
        if known is not None:
            self._spend(known[2], known[3])
            return known[1]
        values, text = self._values, self._text
        done = self.execute_fields(selection[0], value, path, selection[1])
        self._memory[key] = (value, done, self._values - values, self._text - text)
        return done

    def _serialized(
        self, serialize: Callable[[object], object], value: object, *, items: bool
    ) -> object:
        if items and isinstance(value, list):
            listed = [serialize(item) for item in value]
            self._spend(len(listed), sum(len(each) for each in listed if isinstance(each, str)))
            return listed
        result = serialize(value)
        if isinstance(result, str):
            self._spend(0, len(result))
        return result


def _constant(value: str) -> Getter:
    def getter(_source: object, _context: object) -> str:
        return value

    return getter
