"""Classes of a single object: the fields of a fragment as properties, and how to load it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import FragmentSpreadNode, GraphQLUnionType, InlineFragmentNode

from ..python.docstrings import described, escaped_text
from ..python.names import module_name
from ..queries.selection import fragment_selection
from .class_specs import EntitySpec
from .parameters import Parameters
from .properties import property_specs
from .variables import check_variables, parameter_names

if TYPE_CHECKING:
    from collections.abc import Collection

    from ..configuration.mapping import EntityMapping
    from ..queries.selection import ObjectSelection
    from .routes import Keys, ResponsePath, Router


def entity_class(
    router: Router,
    name: str,
    entry: EntityMapping,
    templates: Collection[str],
    written: Collection[str],
) -> EntitySpec:
    """A class of one object from its entry.

    Args:
        router: finds ways through operations.
        name: the class's name.
        entry: what the mapping says of it.
        templates: the templates there are; one of its own may read the operation's reply itself.
        written: the modules that are written by hand; such a class says itself what it is.

    Raises:
        Problem: the entry names something that is not there.
    """
    locations = router.mapping.locations
    selection = _fragment(router, name, entry)
    response_paths = _response_path(router, name, entry, templates)
    check_variables(router.mapping, name, entry, response_paths)
    properties = property_specs(router, name, entry, selection)
    taken = {item.name for item in properties}
    by_hand = module_name(name) in written
    # A save uses what the object was made with, so a new value of a parameter would be lost.
    fixed = not by_hand and any(item.editable for item in properties)
    kept = {*taken, *parameter_names(entry)} if fixed else taken
    parameters = Parameters(router.mapping, name, entry, response_paths, router.scalars, kept)
    routes = [
        router.route(response_path, parameters.arguments(response_path))
        for response_path in response_paths.values()
    ]
    return EntitySpec(
        name=name,
        doc="" if by_hand else _doc(router, name, entry, selection),
        fragment=entry.fragment,
        parameters=parameters.specs(),
        subject=parameters.subject(),
        route=routes[0] if routes else None,
        properties=tuple(sorted(properties, key=lambda item: item.name)),
        fixed=tuple(item for item in parameters.specs() if fixed and item.name not in taken),
        origin=locations.origin(name),
        written=by_hand,
    )


def _response_path(
    router: Router, name: str, entry: EntityMapping, templates: Collection[str]
) -> dict[Keys, ResponsePath]:
    """The path to the object in the response of its operation, if it has one."""
    alone = entry.operation is not None and module_name(name) in templates
    if (entry.operation is None) != (entry.object is None) and not alone:
        text = "needs operation and object, or neither"
        raise router.mapping.locations.problem((name,), text)
    if entry.operation is None:
        return {}
    response_path = router.response_path((name,), entry.operation, entry.object)
    if response_path.steps:
        end, operation = response_path.end, response_path.operation.name
        check_spread(router, (name, "object"), name, entry.fragment, end, operation)
    return {(name,): response_path}


def check_spread(
    router: Router, keys: Keys, item: str, fragment: str, selection: ObjectSelection, operation: str
) -> None:
    """Raise a ``Problem`` if an object's model is not that of the class's fragment."""
    shown = selection.fragments()
    if fragment in selection.models():
        return
    found = f"...{shown[0]}" if shown else "no fragment"
    selected = "nodes" if keys[-1] == "item" else "object"
    text = f"{item} shows ...{fragment}, but the {selected} of operation {operation} "
    text += f"{'have' if selected == 'nodes' else 'has'} {found}"
    if fragment in shown:
        kind = router.sources.fragments[fragment].type_condition.name.value
        verb = "are" if selected == "nodes" else "is"
        text = (
            f"{item} shows ...{fragment}, which is on {kind}; the {selected} of operation "
            f"{operation} {verb} of type {selection.type.name}, of which it makes no model"
        )
    raise router.mapping.locations.problem(keys, text)


def _doc(router: Router, name: str, entry: EntityMapping, selection: ObjectSelection) -> str:
    description = selection.type.description
    if not entry.doc and not description:
        text = f'"doc" is missing, and the schema does not describe {selection.type.name}'
        raise router.mapping.locations.problem((name,), text)
    fallback = f"``{selection.type.name}``, as the server has it."
    return escaped_text(entry.doc) or described(description, fallback)


def _fragment(router: Router, name: str, entry: EntityMapping) -> ObjectSelection:
    fragments, keys = router.sources.fragments, (name, "fragment")
    router.mapping.known(entry.fragment, fragments, keys, "fragment")
    selection = fragment_selection(router.sources, entry.fragment)
    if isinstance(selection.type, GraphQLUnionType):
        text = (
            f"fragment {entry.fragment} is on the union {selection.type.name}, of which there is "
            "no model; a class is made of a fragment on an object or an interface"
        )
        raise router.mapping.locations.problem(keys, text)
    narrowed = next((field.narrows for field in selection.fields() if field.narrows), None)
    selections = fragments[entry.fragment].selection_set.selections
    if narrowed or any(isinstance(item, InlineFragmentNode) for item in selections):
        raise router.mapping.locations.problem(
            keys,
            f"fragment {entry.fragment} narrows a type (... on), so it gets no model; keep it flat",
        )
    for item in selections:
        if isinstance(item, FragmentSpreadNode):
            inner = fragment_selection(router.sources, item.name.value)
            if inner.type is not selection.type:
                text = (
                    f"fragment {entry.fragment} is on {selection.type.name}, and "
                    f"...{item.name.value} in it on {inner.type.name}; it would get no model"
                )
                raise router.mapping.locations.problem(keys, text)
    return selection
