"""Classes of a single object: the fields of a fragment as properties, and how to load it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import FragmentSpreadNode, InlineFragmentNode

from .docstrings import described, given_words
from .feeds import check_feeds
from .parameters import Parameters
from .selection import fragment_selection
from .sources import origin_of
from .specs import EntitySpec, PropertySpec
from .template_files import module_name

if TYPE_CHECKING:
    from collections.abc import Collection

    from .mapping import EntityMapping, Property
    from .routes import Keys, Router, Walk
    from .selection import ObjectSelection, Selected


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
    walks: dict[Keys, Walk] = {}
    alone = entry.operation is not None and module_name(name) in templates
    if (entry.operation is None) != (entry.object is None) and not alone:
        raise locations.problem((name,), "needs operation and object, or neither")
    if entry.operation is not None:
        walk = router.walk((name,), entry.operation, entry.object)
        if walk.steps:
            end, operation = walk.end, walk.operation.name
            check_spread(router, (name, "object"), name, entry.fragment, end, operation)
        walks[name,] = walk
    check_feeds(router.mapping, name, entry, walks)
    properties = _properties(router, name, entry, selection)
    taken = {item.name for item in properties}
    parameters = Parameters(router.mapping, name, entry, walks, router.scalars, taken)
    routes = [router.route(walk, parameters.arguments(walk)) for walk in walks.values()]
    return EntitySpec(
        name=name,
        doc="" if module_name(name) in written else _doc(router, name, entry, selection),
        fragment=entry.fragment,
        parameters=parameters.specs(),
        subject=parameters.subject(),
        route=routes[0] if routes else None,
        properties=tuple(sorted(properties, key=lambda item: item.name)),
        origin=locations.origin(name),
        written=module_name(name) in written,
    )


def check_spread(
    router: Router, keys: Keys, item: str, fragment: str, selection: ObjectSelection, operation: str
) -> None:
    """Raise a ``Problem`` where an object is not what a class shows."""
    shown = selection.fragments()
    if fragment in selection.models():
        return
    found = f"...{shown[0]}" if shown else "no fragment"
    what = "nodes" if keys[-1] == "item" else "object"
    text = f"{item} shows ...{fragment}, but the {what} of operation {operation} "
    text += f"{'have' if what == 'nodes' else 'has'} {found}"
    if fragment in shown:
        kind = router.sources.fragments[fragment].type_condition.name.value
        text = (
            f"{item} shows ...{fragment}, which is on {kind}; the {what} of operation "
            f"{operation} is {selection.type.name}, of which it makes no model"
        )
    raise router.mapping.locations.problem(keys, text)


def _doc(router: Router, name: str, entry: EntityMapping, selection: ObjectSelection) -> str:
    description = selection.type.description
    if not entry.doc and not description:
        text = f'"doc" is missing, and the schema does not describe {selection.type.name}'
        raise router.mapping.locations.problem((name,), text)
    fallback = f"``{selection.type.name}``, as the server has it."
    return given_words(entry.doc) or described(description, fallback)


def _fragment(router: Router, name: str, entry: EntityMapping) -> ObjectSelection:
    fragments, keys = router.sources.fragments, (name, "fragment")
    router.mapping.known(entry.fragment, fragments, keys, "fragment")
    selection = fragment_selection(router.sources, entry.fragment)
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


def _properties(
    router: Router, name: str, entry: EntityMapping, selection: ObjectSelection
) -> list[PropertySpec]:
    locations = router.mapping.locations
    read = {(item.path or key).partition(".")[0]: key for key, item in entry.properties.items()}
    known = [selected.name for selected in selection.fields()]
    for hidden in entry.hidden:
        what = f"field in fragment {entry.fragment},"
        router.mapping.known(hidden, known, (name, "hidden"), what)
        if hidden == "__typename" or entry.hidden.count(hidden) > 1:
            text = f'"{hidden}" is hidden already'
            raise locations.problem((name, "hidden"), text)
        if hidden in read:
            text = f'"{hidden}" is hidden, and the property "{read[hidden]}" shows it'
            raise locations.problem((name, "hidden"), text)
    found: list[PropertySpec] = []
    for selected in selection.fields():
        if selected.name in {*read, "__typename", *entry.hidden}:
            continue
        if not selected.is_leaf:
            raise locations.problem(
                (name, "properties"),
                f'field "{selected.name}" of fragment {entry.fragment} is an object; '
                "give a property a path into it, or hide it",
            )
        found.append(_derived(router, name, entry, selection, selected))
    known_as = {item.name: item.origin for item in found}
    for key, item in entry.properties.items():
        found.append(_given(router, name, selection, key, item))
        if key in known_as:
            there = known_as[key]
            text = f"{there.what} at {there.file}:{there.line} is a property of this name already"
            raise locations.problem((name, "properties", key), text)
    return found


def _derived(
    router: Router, name: str, entry: EntityMapping, selection: ObjectSelection, selected: Selected
) -> PropertySpec:
    """The property of a field of which the mapping says nothing."""
    path, keys = selected.name, (name, "properties")
    expression, annotation, needs = router.path(selection, path, "attrs", keys)
    origin = origin_of(selected.node, f'field "{path}" of fragment {entry.fragment}')
    return PropertySpec(
        selected.attribute,
        *(annotation.text, expression, needs, _described(selection, path), False, path),
        *(annotation.imports, origin, True),
    )


def _given(
    router: Router, name: str, selection: ObjectSelection, key: str, given: Property
) -> PropertySpec:
    keys, path = (name, "properties", key), given.path or key
    expression, annotation, needs = router.path(selection, path, "attrs", keys)
    doc = given_words(given.doc) or _described(selection, path)
    return PropertySpec(
        *(key, annotation.text, expression, needs, doc, given.editable, path),
        *(annotation.imports, router.mapping.locations.origin(*keys), False),
    )


def _described(selection: ObjectSelection, path: str) -> str:
    selected: Selected | None = None
    for step in path.split("."):
        selected = selection.field(step)
        assert selected is not None
        selection = selected.selection
    definition = selected.definition if selected else None
    description = definition.description if definition else None
    return described(description, f"``{path}``, as the server has it.")
