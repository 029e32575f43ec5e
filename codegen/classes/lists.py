"""List classes: their connection, its variants, and the arguments of their items."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..configuration.mapping import Choice, EntityMapping, ListMapping, Parameter
from ..python.docstrings import described, escaped_text
from .class_specs import ListSpec
from .connections import Connection, connection_at
from .entities import check_spread
from .parameters import Parameters
from .route_specs import OwnerLookup, PageSpec
from .variables import check_variables, parameter_names, supplied_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .routes import Keys, ResponsePath, Router


def list_class(
    router: Router, name: str, entry: ListMapping, templates: Collection[str]
) -> ListSpec:
    """A list class from its entry.

    Raises:
        Problem: the entry names something that is not there.
    """
    item = _item(router, name, entry)
    choices = _choices(router, name, entry)
    response_paths = {
        keys: router.response_path(keys, it.operation, it.connection)
        for keys, it in choices.values()
    }
    connections = {
        keys: connection_at(router.mapping, keys, response_path, router.scalars)
        for keys, response_path in response_paths.items()
    }
    check_variables(router.mapping, name, entry, response_paths)
    _check_paging(router, name, entry)
    parameters = Parameters(router.mapping, name, entry, response_paths, router.scalars)
    pages = {
        key: _page(
            router, key, entry, item, parameters, (keys, response_paths[keys], connections[keys])
        )
        for key, (keys, _) in choices.items()
    }
    spec = ListSpec(
        name=name,
        doc=_doc(router, name, entry, next(iter(response_paths.values()))),
        item=entry.item,
        parameters=parameters.specs(),
        subject=parameters.subject(),
        pages=pages,
        choose=entry.choose,
        total_feature=_total_feature(connections.values()),
        origin=router.mapping.locations.origin(name),
    )
    fragment = _shown_fragment(router, name, entry, item)
    for keys, path in response_paths.items():
        node, operation = connections[keys].node.selection, path.operation.name
        check_spread(router, (name, "item"), entry.item, fragment, node, operation)
    _check_item(router, spec, item, templates)
    return spec


def _total_feature(connections: Iterable[Connection]) -> str | None:
    """The server features that a total needs."""
    totals = [item.total.feature for item in connections if item.total]
    return " or ".join(dict.fromkeys(filter(None, totals))) or None


def _check_paging(router: Router, name: str, entry: ListMapping) -> None:
    for parameter in ("per_page", "start"):
        if parameter not in parameter_names(entry):
            text = f'a list takes "{parameter}"; add it here, or to keywords'
            raise router.mapping.locations.problem((name, "parameters"), text)


def _item(router: Router, name: str, entry: ListMapping) -> EntityMapping:
    classes = router.mapping.classes
    entities = [key for key, it in classes.items() if it.kind == "entity"]
    router.mapping.known(entry.item, entities, (name, "item"), "entity class")
    item = classes[entry.item]
    assert isinstance(item, EntityMapping)
    return item


def _shown_fragment(router: Router, name: str, entry: ListMapping, item: EntityMapping) -> str:
    """The fragment of the nodes: that of the item, unless the list names another."""
    if entry.fragment is None:
        return item.fragment
    fragments = router.sources.fragments
    router.mapping.known(entry.fragment, fragments, (name, "fragment"), "fragment")
    return entry.fragment


def _choices(router: Router, name: str, entry: ListMapping) -> dict[str, tuple[Keys, Choice]]:
    locations = router.mapping.locations
    if entry.choose is not None:
        known = parameter_names(entry)
        router.mapping.known(entry.choose, known, (name, "choose"), "parameter")
        if not entry.choices:
            raise locations.problem((name, "choose"), "there are no choices to choose from")
        if entry.operation is not None or entry.connection is not None:
            raise locations.problem((name,), "operation and connection stand in the choices")
        _check_methods(router, name, entry)
        return {key: ((name, "choices", key), item) for key, item in entry.choices.items()}
    if entry.choices:
        text = 'nothing chooses between them; name a parameter in "choose"'
        raise locations.problem((name, "choices"), text)
    if entry.operation is None or entry.connection is None:
        raise locations.problem((name,), "needs operation and connection")
    return {"": ((name,), Choice(operation=entry.operation, connection=entry.connection))}


def _check_methods(router: Router, name: str, entry: ListMapping) -> None:
    methods: dict[str, str] = {}
    for choice in entry.choices:
        other = methods.setdefault(_method(choice), choice)
        if other != choice or not choice:
            text = f'"{other}" and "{choice}" are one name in Python' if choice else "needs a name"
            raise router.mapping.locations.problem((name, "choices", choice), text)


def _page(
    router: Router,
    choice: str,
    entry: ListMapping,
    item: EntityMapping,
    parameters: Parameters,
    found: tuple[Keys, ResponsePath, Connection],
) -> PageSpec:
    keys, response_path, connection = found
    route = router.route(response_path, parameters.arguments(response_path))
    edges, read = f"{route.found}.edges", route.found
    prepared: list[tuple[str, str]] = []
    if not connection.is_plain:
        prepared.append(("edges", f"present_edges({edges})"))
        end = f'page_end({route.found}.page_info, self._subject, "{route.operation.name}")'
        edges, read = "edges", f"ConnectionParts(edges, {end})"
    return PageSpec(
        method=_method(choice),
        route=route,
        owner_lookup=_owner_lookup(entry, response_path),
        edges=edges,
        connection=read,
        prepared=tuple(prepared),
        node_nullable=connection.node.nullable,
        item_arguments=_item_arguments(router, keys[0], entry, item, (response_path, connection)),
        total=f"{route.found}.total_count" if connection.total else None,
        node_id=connection.node_id,
    )


def _method(choice: str) -> str:
    """The method that fetches a page of a choice."""
    word = re.sub(r"\W", "_", choice)
    return f"_fetch_{word}" if choice else "_fetch"


def _owner_lookup(entry: ListMapping, response_path: ResponsePath) -> OwnerLookup | None:
    """The look-up of the owner, if parameters supply all variables that identify it."""
    if (owner := response_path.owner) is None:
        return None
    feeds = {
        variable.graphql_name: supplied_by(entry, variable)
        for variable in response_path.operation.variables
    }
    parameters = tuple(feeds[graphql_name] for graphql_name in owner.variable_names)
    known = {*parameters} <= {*parameter_names(entry)}
    return OwnerLookup(owner.local, owner.method, parameters) if known else None


def _item_arguments(
    router: Router,
    name: str,
    entry: ListMapping,
    item: EntityMapping,
    found: tuple[ResponsePath, Connection],
) -> tuple[tuple[str, str], ...]:
    """The argument for each parameter of the item's constructor, from the node or the list."""
    response_path, connection = found
    node, read = connection.node.selection, "edge.node"
    for parameter, path in entry.item_arguments.items():
        keys = (name, "item_arguments", parameter)
        router.mapping.known(parameter, item.parameters, keys, f"parameter of {entry.item}")
        router.path(node, path, read, keys)
    owner_lookup = _owner_lookup(entry, response_path)
    arguments: list[tuple[str, str]] = []
    for parameter in item.parameters:
        if parameter in entry.item_arguments:
            path = entry.item_arguments[parameter]
            arguments.append((parameter, router.path(node, path, read, ())[0]))
        elif owner_lookup is not None and parameter == owner_lookup.parameters[0]:
            arguments.append((parameter, owner_lookup.local))
        elif parameter in parameter_names(entry):
            arguments.append((parameter, f"self.{parameter}"))
    return tuple(arguments)


def _check_item(
    router: Router, spec: ListSpec, item: EntityMapping, templates: Collection[str]
) -> None:
    """Raise a ``Problem`` if a parameter of the item's constructor gets no argument."""
    if spec.module in templates:
        return  # its own template gives the parameters
    given = {name for page in spec.pages.values() for name, _ in page.item_arguments}
    for parameter in item.parameters:
        default = item.parameter.get(parameter, Parameter()).default
        if parameter not in given and default is None:
            raise router.mapping.locations.problem(
                (spec.name, "item_arguments"),
                f'nothing gives {spec.item} its "{parameter}"; name a field of the node',
            )


def _doc(router: Router, name: str, entry: ListMapping, response_path: ResponsePath) -> str:
    step = response_path.steps[-1]
    description = step.definition.description if step.definition else None
    if not entry.doc and not description:
        text = f'"doc" is missing, and the schema does not describe "{step.name}"'
        raise router.mapping.locations.problem((name,), text)
    fallback = f"``{step.name}``, as the server has it."
    return escaped_text(entry.doc) or described(description, fallback)
