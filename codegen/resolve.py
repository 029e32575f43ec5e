"""Mapping × schema × queries → specifications: all that a template prints, decided here.

A template asks its specification for names, annotations and expressions; it decides nothing.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import InlineFragmentNode

from .mapping import Choice, EntityMapping, ListMapping, Mapping, Parameter
from .operations import operation_specs
from .problem import suggestion
from .routes import Router
from .selection import Place, Selected, fragment_place, spread_below
from .specs import (
    PAGING,
    EntitySpec,
    ListSpec,
    ParameterSpec,
    PropertySpec,
    Route,
    Specifications,
    Variable,
)

if TYPE_CHECKING:
    from collections.abc import Collection

    from .scalars import Scalars
    from .sources import Sources

PAGING_DOCS = {
    "per_page": "how many items one request fetches.",
    "start": "a cursor that an earlier listing gave, to go on after it.",
}


def resolve(
    mapping: Mapping,
    sources: Sources,
    scalars: Scalars,
    templates: Collection[str] = (),
) -> Specifications:
    """Check the mapping against schema and queries and derive everything that it leaves out.

    Args:
        mapping: what ``mapping.toml`` says.
        sources: schema and queries.
        scalars: what each scalar is in Python.
        templates: the templates there are; a class that has one of its own makes its items there.

    Raises:
        Problem: the mapping names something that is not there.
    """
    operations = operation_specs(sources, scalars)
    work = _Resolver(mapping, sources, Router(mapping, sources, operations, scalars), templates)
    # Entities first: a list's mistakes may follow from those of its items.
    entities = [
        work.entity_class(name, entry)
        for name, entry in mapping.classes.items()
        if isinstance(entry, EntityMapping)
    ]
    lists = [
        work.list_class(name, entry)
        for name, entry in mapping.classes.items()
        if isinstance(entry, ListMapping)
    ]
    return Specifications(tuple(operations.values()), tuple(lists), tuple(entities))


class _Resolver:
    """Resolves one mapping; every check knows the key it is about."""

    def __init__(
        self, mapping: Mapping, sources: Sources, router: Router, templates: Collection[str]
    ) -> None:
        self._mapping = mapping
        self._sources = sources
        self._router = router
        self._templates = templates

    def list_class(self, name: str, entry: ListMapping) -> ListSpec:
        """A list class from its entry."""
        item = self._item(name, entry)
        choices = self._choices(name, entry)
        routes = {
            key: self._router.route(keys, choice.operation, choice.connection)
            for key, (keys, choice) in choices.items()
        }
        nodes = [self._page(keys, choice, routes[key]) for key, (keys, choice) in choices.items()]
        route = next(iter(routes.values()))
        total = route.end.field("totalCount")
        spec = ListSpec(
            name=name,
            doc=entry.doc,
            item=entry.item,
            parameters=self._parameters(name, entry, list(routes.values())),
            routes=routes,
            choose=entry.choose,
            node_nullable=nodes[0].nullable,
            item_arguments=self._item_arguments(name, entry, item, nodes[0]),
            total="total_count" if total else None,
            total_feature=total.feature if total else None,
        )
        self._check_item(spec, item, nodes[0])
        return spec

    def entity_class(self, name: str, entry: EntityMapping) -> EntitySpec:
        """A class of one object from its entry."""
        place = self._fragment(name, entry)
        route = None
        if (entry.operation is None) != (entry.object is None):
            raise self._mapping.places.problem((name,), "needs operation and object, or neither")
        if entry.operation is not None and entry.object is not None:
            route = self._router.route((name,), entry.operation, entry.object)
        properties = self._properties(name, entry, place)
        return EntitySpec(
            name=name,
            doc=entry.doc,
            fragment=entry.fragment,
            parameters=self._parameters(name, entry, [route] if route else []),
            route=route,
            properties=tuple(properties),
        )

    def _item(self, name: str, entry: ListMapping) -> EntityMapping:
        entities = [key for key, it in self._mapping.classes.items() if it.kind == "entity"]
        self._mapping.known(entry.item, entities, (name, "item"), "entity class")
        item = self._mapping.classes[entry.item]
        assert isinstance(item, EntityMapping)
        return item

    def _choices(self, name: str, entry: ListMapping) -> dict[str, tuple[tuple[str, ...], Choice]]:
        places = self._mapping.places
        if entry.choose is not None:
            known = [*entry.parameters, *entry.keywords]
            self._mapping.known(entry.choose, known, (name, "choose"), "parameter")
            if not entry.choices:
                raise places.problem((name, "choose"), "there are no choices to choose from")
            if entry.operation is not None or entry.connection is not None:
                raise places.problem((name,), "operation and connection stand in the choices")
            return {key: ((name, "choices", key), item) for key, item in entry.choices.items()}
        if entry.operation is None or entry.connection is None:
            raise places.problem((name,), "needs operation and connection")
        return {"": ((name,), Choice(operation=entry.operation, connection=entry.connection))}

    def _page(self, keys: tuple[str, ...], choice: Choice, route: Route) -> Selected:
        """The node of a connection that is selected as the pager needs it."""
        where = f"{choice.connection} of operation {choice.operation}"
        edges = self._selected(keys, route.end, "edges", where)
        self._selected(keys, edges.place, "cursor", f"edges of {where}")
        info = self._selected(keys, route.end, "pageInfo", where)
        for name in ("endCursor", "hasNextPage"):
            self._selected(keys, info.place, name, f"pageInfo of {where}")
        return self._selected(keys, edges.place, "node", f"edges of {where}")

    def _selected(self, keys: tuple[str, ...], place: Place, name: str, where: str) -> Selected:
        selected = place.field(name)
        if selected is None:
            near = suggestion(name, [item.name for item in place.fields()])
            text = f'{where} selects no "{name}"{near}'
            raise self._mapping.places.problem((*keys, "connection"), text)
        return selected

    def _check_item(self, spec: ListSpec, item: EntityMapping, node: Selected) -> None:
        """What a node is made into must be made of that node, and get all its parameters."""
        shown = node.place.fragments()
        if item.fragment not in spread_below(self._sources, shown):
            found = f"...{shown[0]}" if shown else "no fragment"
            raise self._mapping.places.problem(
                (spec.name, "item"),
                f"{spec.item} shows ...{item.fragment}, but the nodes of operation "
                f"{spec.route.operation.name} have {found}",
            )
        if spec.module in self._templates:
            return  # its own template gives the parameters
        given = {name for name, _ in spec.item_arguments}
        for parameter in item.parameters:
            default = item.parameter.get(parameter, Parameter()).default
            if parameter not in given and default is None:
                raise self._mapping.places.problem(
                    (spec.name, "item_arguments"),
                    f'nothing gives {spec.item} its "{parameter}"; name a field of the node',
                )

    def _fragment(self, name: str, entry: EntityMapping) -> Place:
        fragments = self._sources.fragments
        self._mapping.known(entry.fragment, fragments, (name, "fragment"), "fragment")
        selections = fragments[entry.fragment].selection_set.selections
        if any(isinstance(item, InlineFragmentNode) for item in selections):
            raise self._mapping.places.problem(
                (name, "fragment"),
                f"fragment {entry.fragment} narrows a type (... on), so it gets no model; "
                "keep it flat",
            )
        return fragment_place(self._sources, entry.fragment)

    def _parameters(
        self, name: str, entry: ListMapping | EntityMapping, routes: list[Route]
    ) -> tuple[ParameterSpec, ...]:
        names = [*entry.parameters, *(entry.keywords if isinstance(entry, ListMapping) else [])]
        for given in entry.parameter:
            self._mapping.known(given, names, (name, "parameter", given), "parameter")
        variables = {
            entry.variables.get(variable.wire, variable.name): variable
            for route in routes
            for variable in route.operation.variables
        }
        return tuple(self._parameter(name, entry, item, variables) for item in names)

    def _parameter(
        self,
        name: str,
        entry: ListMapping | EntityMapping,
        parameter: str,
        variables: dict[str, Variable],
    ) -> ParameterSpec:
        given = entry.parameter.get(parameter, Parameter())
        keyword = parameter not in entry.parameters
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
        self, name: str, entry: ListMapping, item: EntityMapping, node: Selected
    ) -> tuple[tuple[str, str], ...]:
        """What each parameter of the item's constructor gets: from the node, or from the list."""
        arguments: list[tuple[str, str]] = []
        for parameter, path in entry.item_arguments.items():
            keys = (name, "item_arguments", parameter)
            what = f"parameter of {entry.item}"
            self._mapping.known(parameter, item.parameters, keys, what)
            self._router.path(node.place, path, "node", keys)
        for parameter in item.parameters:
            if parameter in entry.item_arguments:
                path = entry.item_arguments[parameter]
                arguments.append((parameter, self._router.path(node.place, path, "node", ())[0]))
            elif parameter in {*entry.parameters, *entry.keywords}:
                own = "entity" if parameter == "entity" else f"self.{parameter}"
                arguments.append((parameter, own))
        return tuple(arguments)

    def _properties(self, name: str, entry: EntityMapping, place: Place) -> list[PropertySpec]:
        taken = {(item.path or key).partition(".")[0] for key, item in entry.properties.items()}
        known = [selected.name for selected in place.fields()]
        for hidden in entry.hidden:
            what = f"field in fragment {entry.fragment},"
            self._mapping.known(hidden, known, (name, "hidden"), what)
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
        expression, annotation, needs = self._router.path(place, path, "attrs", keys)
        if not key.isidentifier():
            raise self._mapping.places.problem(keys, "a property needs a name that Python can say")
        given = entry.properties.get(key)
        doc = given.doc if given and given.doc else f"``{path}``, as the server has it."
        editable = bool(given and given.editable)
        return PropertySpec(
            key, annotation.text, expression, needs, doc, editable, path, annotation.imports
        )
