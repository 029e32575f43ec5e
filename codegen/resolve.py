"""Mapping × schema × queries → specifications: all that a template prints, decided here.

A template asks its specification for names, annotations and expressions; it decides nothing.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from ariadne_codegen.utils import str_to_snake_case
from graphql import (
    GraphQLInputObjectType,
    GraphQLNonNull,
    NonNullTypeNode,
    OperationDefinitionNode,
    ValueNode,
    VariableDefinitionNode,
    get_named_type,
    print_ast,
    type_from_ast,
    value_from_ast_untyped,
)

from .mapping import Choice, EntityMapping, ListMapping, Mapping, Parameter
from .problem import suggestion
from .reading import read_chain
from .selection import SCALARS, Place, Selected, fragment_place, operation_place
from .specs import (
    PAGING,
    EntitySpec,
    Hop,
    ListSpec,
    OperationSpec,
    ParameterSpec,
    PropertySpec,
    Route,
    Specifications,
    Variable,
)

if TYPE_CHECKING:
    from .sources import Sources

PAGING_DOCS = {
    "per_page": "how many items one request fetches.",
    "start": "a cursor that an earlier listing gave, to go on after it.",
}
CURSOR, PER_PAGE = "cursor", "perPage"


def resolve(mapping: Mapping, sources: Sources) -> Specifications:
    """Check the mapping against schema and queries and derive everything that it leaves out.

    Raises:
        Problem: the mapping names something that is not there.
    """
    operations = {name: _operation(node, sources) for name, node in sources.operations.items()}
    work = _Resolver(mapping, sources, operations)
    lists = [
        work.list_class(name, item) for name, item in mapping.classes.items() if item.kind == "list"
    ]
    entities = [
        work.entity_class(name, item)
        for name, item in mapping.classes.items()
        if item.kind == "entity"
    ]
    return Specifications(
        tuple(operations[name] for name in sorted(operations)), tuple(lists), tuple(entities)
    )


def _operation(node: OperationDefinitionNode, sources: Sources) -> OperationSpec:
    assert node.name is not None
    variables = [_variable(item, sources) for item in node.variable_definitions]
    # Parameters without a default come first; all are passed by name.
    variables.sort(key=lambda item: item.default is not None)
    return OperationSpec(node.name.value, node.operation.value, tuple(variables))


def _variable(node: VariableDefinitionNode, sources: Sources) -> Variable:
    kind = type_from_ast(sources.schema, node.type)
    assert kind is not None
    named = get_named_type(kind)
    is_input = isinstance(named, GraphQLInputObjectType)
    base = named.name if named.name not in SCALARS else SCALARS[named.name]
    if named.name in {"DateTime", "JSONString"}:
        base = "str"
    annotation = f"Sequence[{base}]" if "[" in print_ast(node.type) else base
    required = isinstance(kind, GraphQLNonNull)
    default = None if required else "None"
    if node.default_value is not None:
        default = _literal(node.default_value)
    if not isinstance(node.type, NonNullTypeNode):
        annotation += " | None"
    wire = node.variable.name.value
    imports = frozenset({named.name}) if is_input else frozenset[str]()
    return Variable(wire, str_to_snake_case(wire), annotation, default, imports)


def _literal(node: ValueNode) -> str:
    value = value_from_ast_untyped(node)
    return "()" if value == [] else repr(value)


class _Resolver:
    """Resolves one mapping; every check knows the key it is about."""

    def __init__(
        self, mapping: Mapping, sources: Sources, operations: dict[str, OperationSpec]
    ) -> None:
        self._mapping = mapping
        self._sources = sources
        self._operations = operations

    def list_class(self, name: str, entry: ListMapping) -> ListSpec:
        """A list class from its entry."""
        self._known(entry.item, self._mapping.classes, (name, "item"), "class")
        choices = self._choices(name, entry)
        names = [*entry.parameters, *entry.keywords]
        expressions = self._expressions(name, entry.variables, names)
        routes = {
            key: self._route(keys, choice.operation, choice.connection, expressions)
            for key, (keys, choice) in choices.items()
        }
        route = next(iter(routes.values()))
        edges = self._connection_field(route.end, choices, "edges")
        node = self._connection_field(edges.place, choices, "node")
        parameters = self._parameters(name, entry, names, list(routes.values()))
        item = self._mapping.classes[entry.item]
        return ListSpec(
            name=name,
            doc=entry.doc,
            item=entry.item,
            parameters=parameters,
            routes=routes,
            choose=entry.choose,
            node=self._model(node.place),
            node_nullable=node.nullable,
            item_arguments=self._item_arguments(name, entry, item, node),
            total="total_count" if route.end.field("totalCount") else None,
        )

    def entity_class(self, name: str, entry: EntityMapping) -> EntitySpec:
        """A class of one object from its entry."""
        self._known(entry.fragment, self._sources.fragments, (name, "fragment"), "fragment")
        place = fragment_place(self._sources, entry.fragment)
        route = None
        if entry.operation is not None and entry.object is not None:
            expressions = self._expressions(name, entry.variables, entry.parameters)
            route = self._route((name,), entry.operation, entry.object, expressions)
        routes = [route] if route else []
        properties = self._properties(name, entry, place)
        return EntitySpec(
            name=name,
            doc=entry.doc,
            fragment=entry.fragment,
            parameters=self._parameters(name, entry, entry.parameters, routes),
            route=route,
            properties=tuple(properties),
            enums=tuple(sorted({word for item in properties for word in self._enums(item)})),
        )

    def _choices(self, name: str, entry: ListMapping) -> dict[str, tuple[tuple[str, ...], Choice]]:
        if entry.choose is not None:
            return {key: ((name, "choices", key), item) for key, item in entry.choices.items()}
        if entry.operation is None or entry.connection is None:
            raise self._mapping.places.problem((name,), "needs operation and connection")
        return {"": ((name,), Choice(operation=entry.operation, connection=entry.connection))}

    def _expressions(
        self, name: str, variables: dict[str, str], parameters: list[str]
    ) -> dict[str, str]:
        for wire, expression in variables.items():
            root = expression.partition(".")[0]
            self._known(root, parameters, (name, "variables", wire), "parameter")
        return variables

    def _route(
        self, keys: tuple[str, ...], operation: str, path: str, expressions: dict[str, str]
    ) -> Route:
        self._known(operation, self._operations, (*keys, "operation"), "operation")
        spec = self._operations[operation]
        for wire in expressions:
            known = [item.wire for item in spec.variables]
            self._known(wire, known, (keys[0], "variables", wire), f"variable of {operation}")
        end = operation_place(self._sources, operation)
        owner = self._mapping.classes[keys[0]]
        arguments = {
            item.wire: self._expression(item.wire, expressions, owner) for item in spec.variables
        }
        hops: list[Hop] = []
        parent, walked = "data", ""
        last = "connection" if isinstance(owner, ListMapping) else "object"
        for step in path.split("."):
            selected = end.field(step)
            if selected is None:
                raise self._no_field((*keys, last), operation, end, step, walked)
            variable = f"in_{selected.attribute}"
            hops.append(self._hop(selected, parent, variable, arguments))
            parent, walked, end = variable, step, selected.place
        return Route(spec, tuple(arguments.items()), tuple(hops), end)

    def _expression(
        self, wire: str, expressions: dict[str, str], owner: ListMapping | EntityMapping
    ) -> str:
        """Where an instance keeps what a variable is sent with."""
        expression = expressions.get(wire, str_to_snake_case(wire))
        if isinstance(owner, ListMapping):
            known = {CURSOR: "cursor", PER_PAGE: "per_page", "entity": "entity"}
            return known.get(wire if wire in (CURSOR, PER_PAGE) else expression) or (
                f"self.{expression}"
            )
        return f"self.{'_' if expression in owner.properties else ''}{expression}"

    def _hop(
        self, selected: Selected, parent: str, variable: str, arguments: dict[str, str]
    ) -> Hop:
        names = [item for item in selected.variables if item in arguments]
        # What is asked for by name is what a person calls it by: entity/project, type, collection.
        named = [item for item in names if item not in {"cursor", "perPage", "filters", "order"}]
        named.sort(key=lambda item: item != "entity")
        shown = "/".join(f"{{{arguments[item]}}}" for item in named)
        words = self._mapping.words.get(selected.name, selected.words)
        return Hop(parent, selected.attribute, variable, selected.nullable, words, shown)

    def _no_field(
        self, keys: tuple[str, ...], operation: str, end: Place, step: str, walked: str
    ) -> Exception:
        known = [item.name for item in end.fields()]
        under = f" under {walked}" if walked else ""
        return self._mapping.places.problem(
            keys, f'operation {operation} has no field "{step}"{under}{suggestion(step, known)}'
        )

    def _connection_field(
        self, place: Place, choices: dict[str, tuple[tuple[str, ...], Choice]], name: str
    ) -> Selected:
        selected = place.field(name)
        if selected is None:
            keys, choice = next(iter(choices.values()))
            raise self._mapping.places.problem(
                (*keys, "connection"),
                f'{choice.connection} of operation {choice.operation} selects no "{name}"'
                f"{suggestion(name, [item.name for item in place.fields()])}",
            )
        return selected

    def _model(self, place: Place) -> str:
        spread = place.fragments()
        return spread[0] if spread else place.type.name

    def _parameters(
        self,
        name: str,
        entry: ListMapping | EntityMapping,
        names: list[str],
        routes: list[Route],
    ) -> tuple[ParameterSpec, ...]:
        for given in entry.parameter:
            self._known(given, names, (name, "parameter", given), "parameter")
        variables = {
            expression.removeprefix("self.").removeprefix("_"): variable
            for route in routes
            for variable in route.operation.variables
            for wire, expression in route.arguments
            if wire == variable.wire
        }
        positional = set(entry.parameters)
        return tuple(
            self._parameter(
                name,
                item,
                entry.parameter.get(item, Parameter()),
                variables,
                item not in positional,
            )
            for item in names
        )

    def _parameter(
        self,
        name: str,
        parameter: str,
        given: Parameter,
        variables: dict[str, Variable],
        keyword: bool,
    ) -> ParameterSpec:
        if parameter in PAGING:
            doc = given.doc or PAGING_DOCS[parameter]
            return ParameterSpec(parameter, *PAGING[parameter], doc, keyword)
        variable = variables.get(parameter)
        annotation = given.type or (variable.annotation if variable else None)
        if annotation is None:
            raise self._mapping.places.problem(
                (name, "parameters"),
                f'"{parameter}" is no variable of the operation and has no type'
                f"{suggestion(parameter, variables)}",
            )
        default = given.default
        if default is None and variable is not None and given.type is None:
            default = variable.default
        return ParameterSpec(parameter, annotation, default, given.doc, keyword)

    def _item_arguments(
        self,
        name: str,
        entry: ListMapping,
        item: ListMapping | EntityMapping,
        node: Selected,
    ) -> tuple[tuple[str, str], ...]:
        """What each parameter of the item's constructor gets: from the node, or from the list."""
        required = item.parameters if isinstance(item, EntityMapping) else []
        arguments: list[tuple[str, str]] = []
        for parameter in required:
            if parameter in entry.item_arguments:
                path = entry.item_arguments[parameter]
                keys = (name, "item_arguments", parameter)
                arguments.append((parameter, self._path(node.place, path, "node", keys)[0]))
            elif parameter in {*entry.parameters, *entry.keywords}:
                own = "entity" if parameter == "entity" else f"self.{parameter}"
                arguments.append((parameter, own))
        return tuple(arguments)

    def _properties(self, name: str, entry: EntityMapping, place: Place) -> list[PropertySpec]:
        taken = {(item.path or key).partition(".")[0] for key, item in entry.properties.items()}
        found: list[PropertySpec] = []
        for selected in place.fields():
            if selected.name in taken or selected.name in {"__typename", *entry.hidden}:
                continue
            if not selected.is_leaf:
                raise self._mapping.places.problem(
                    (name, "properties"),
                    f'field "{selected.name}" of fragment {entry.fragment} is an object; '
                    "give a property a path into it, or hide it",
                )
            found.append(self._property(name, entry, place, selected.attribute, selected.name))
        for key, item in entry.properties.items():
            found.append(self._property(name, entry, place, key, item.path or key))
        return sorted(found, key=lambda item: item.name)

    def _property(
        self, name: str, entry: EntityMapping, place: Place, key: str, path: str
    ) -> PropertySpec:
        keys = (name, "properties", key)
        expression, annotation, needs = self._path(place, path, "attrs", keys)
        given = entry.properties.get(key)
        doc = given.doc if given and given.doc else f"``{path}``, as the server has it."
        return PropertySpec(key, annotation, expression, needs, doc, bool(given and given.editable))

    def _path(
        self, place: Place, path: str, root: str, keys: tuple[str, ...]
    ) -> tuple[str, str, str]:
        """A dotted path as (expression, annotation, first attribute); lists become lists."""
        selected: Selected | None = None
        chain: list[Selected] = []
        for step in path.split("."):
            here = place if selected is None else selected.place
            selected = here.field(step)
            if selected is None:
                under = f" under {chain[-1].name}" if chain else ""
                known = [item.name for item in here.fields()]
                raise self._mapping.places.problem(
                    keys, f'there is no field "{step}"{under}{suggestion(step, known)}'
                )
            chain.append(selected)
        expression, annotation = read_chain(root, chain)
        return expression, annotation, chain[0].attribute

    def _enums(self, item: PropertySpec) -> list[str]:
        words = item.annotation.replace("[", " ").replace("]", " ").replace("|", " ").split()
        known = set(SCALARS.values()) | {"None", "list", "object"}
        return [word for word in words if word not in known]

    def _known(self, name: str, known: object, keys: tuple[str, ...], what: str) -> None:
        names = list(known)  # type: ignore[call-overload]  # any iterable of names
        if name not in names:
            raise self._mapping.places.problem(
                keys, f'there is no {what} "{name}"{suggestion(name, names)}'
            )
