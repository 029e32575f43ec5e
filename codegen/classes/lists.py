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
from .route_specs import Located, PageSpec
from .variables import check_variables, parameter_names, supplied_by

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from .routes import Keys, Router, Walk


def list_class(
    router: Router, name: str, entry: ListMapping, templates: Collection[str]
) -> ListSpec:
    """A list class from its entry.

    Raises:
        Problem: the entry names something that is not there.
    """
    item = _item(router, name, entry)
    choices = _choices(router, name, entry)
    walks = {keys: router.walk(keys, it.operation, it.connection) for keys, it in choices.values()}
    connections = {
        keys: connection_at(router.mapping, keys, walk, router.scalars)
        for keys, walk in walks.items()
    }
    check_variables(router.mapping, name, entry, walks)
    _check_paging(router, name, entry)
    parameters = Parameters(router.mapping, name, entry, walks, router.scalars)
    pages = {
        key: _page(router, key, entry, item, parameters, (keys, walks[keys], connections[keys]))
        for key, (keys, _) in choices.items()
    }
    spec = ListSpec(
        name=name,
        doc=_doc(router, name, entry, next(iter(walks.values()))),
        item=entry.item,
        parameters=parameters.specs(),
        subject=parameters.subject(),
        pages=pages,
        choose=entry.choose,
        total_feature=_total_feature(connections.values()),
        origin=router.mapping.locations.origin(name),
    )
    fragment = _shown_fragment(router, name, entry, item)
    for keys, walk in walks.items():
        node = connections[keys].node.selection
        check_spread(router, (name, "item"), entry.item, fragment, node, walk.operation.name)
    _check_item(router, spec, item, templates)
    return spec


def _total_feature(connections: Iterable[Connection]) -> str | None:
    """The features without which a server gives no total."""
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
    """The fragment that the nodes have: the item's own, unless the list says another one."""
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
    found: tuple[Keys, Walk, Connection],
) -> PageSpec:
    keys, walk, connection = found
    route = router.route(walk, parameters.arguments(walk))
    edges, read = f"{route.found}.edges", route.found
    prepared: list[tuple[str, str]] = []
    if not connection.is_plain:
        prepared.append(("edges", f"present_edges({edges})"))
        end = f"page_end({route.found}.page_info, self._subject)"
        edges, read = "edges", f"ConnectionParts(edges, {end})"
    return PageSpec(
        method=_method(choice),
        route=route,
        located=_located(entry, walk),
        edges=edges,
        connection=read,
        prepared=tuple(prepared),
        node_nullable=connection.node.nullable,
        item_arguments=_item_arguments(router, keys[0], entry, item, (walk, connection)),
        total=f"{route.found}.total_count" if connection.total else None,
        node_id=connection.node_id,
    )


def _method(choice: str) -> str:
    """The method that fetches a page of a choice."""
    word = re.sub(r"\W", "_", choice)
    return f"_fetch_{word}" if choice else "_fetch"


def _located(entry: ListMapping, walk: Walk) -> Located | None:
    """How the owner is found out, where all that says it is given by parameters as they are."""
    if (owner := walk.owner) is None:
        return None
    feeds = {variable.wire: supplied_by(entry, variable) for variable in walk.operation.variables}
    parameters = tuple(feeds[wire] for wire in owner.wires)
    known = {*parameters} <= {*parameter_names(entry)}
    return Located(owner.local, owner.method, parameters) if known else None


def _item_arguments(
    router: Router,
    name: str,
    entry: ListMapping,
    item: EntityMapping,
    found: tuple[Walk, Connection],
) -> tuple[tuple[str, str], ...]:
    """What each parameter of the item's constructor gets: from the node, or from the list."""
    walk, connection = found
    node, read = connection.node.selection, "edge.node"
    for parameter, path in entry.item_arguments.items():
        keys = (name, "item_arguments", parameter)
        router.mapping.known(parameter, item.parameters, keys, f"parameter of {entry.item}")
        router.path(node, path, read, keys)
    located = _located(entry, walk)
    arguments: list[tuple[str, str]] = []
    for parameter in item.parameters:
        if parameter in entry.item_arguments:
            path = entry.item_arguments[parameter]
            arguments.append((parameter, router.path(node, path, read, ())[0]))
        elif parameter in parameter_names(entry):
            owner = located is not None and parameter == located.parameters[0]
            known = located.local if located is not None and owner else f"self.{parameter}"
            arguments.append((parameter, known))
    return tuple(arguments)


def _check_item(
    router: Router, spec: ListSpec, item: EntityMapping, templates: Collection[str]
) -> None:
    """What a node is made into must get all its parameters."""
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


def _doc(router: Router, name: str, entry: ListMapping, walk: Walk) -> str:
    step = walk.steps[-1]
    description = step.definition.description if step.definition else None
    if not entry.doc and not description:
        text = f'"doc" is missing, and the schema does not describe "{step.name}"'
        raise router.mapping.locations.problem((name,), text)
    fallback = f"``{step.name}``, as the server has it."
    return escaped_text(entry.doc) or described(description, fallback)
