"""The properties of a class: fields of its fragment, and what the mapping says of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..python.docstrings import described, escaped_text
from ..schema.locations import origin_of
from .class_specs import PropertySpec

if TYPE_CHECKING:
    from ..configuration.mapping import EntityMapping, Property
    from ..queries.selection import ObjectSelection, Selected
    from .routes import Router


def property_specs(
    router: Router, name: str, entry: EntityMapping, selection: ObjectSelection
) -> list[PropertySpec]:
    """A property of each field that is not hidden, and of each path in the mapping.

    Raises:
        Problem: the mapping names a field that is not there, or a name twice.
    """
    locations = router.mapping.locations
    read = {(item.path or key).partition(".")[0]: key for key, item in entry.properties.items()}
    _check_hidden(router, name, entry, selection, read)
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
            text = f"{there.name} at {there.file}:{there.line} is a property of this name already"
            raise locations.problem((name, "properties", key), text)
    return found


def _check_hidden(
    router: Router,
    name: str,
    entry: EntityMapping,
    selection: ObjectSelection,
    read: dict[str, str],
) -> None:
    """Raise a ``Problem`` where a field that is hidden is not there, or is shown.

    Args:
        router: knows the mapping.
        name: the class's name.
        entry: what the mapping says of it.
        selection: its fragment.
        read: the fields that properties of the mapping show, and those.
    """
    known = [selected.name for selected in selection.fields()]
    for hidden in entry.hidden:
        keys = (name, "hidden")
        router.mapping.known(hidden, known, keys, f"field in fragment {entry.fragment},")
        if hidden == "__typename" or entry.hidden.count(hidden) > 1:
            raise router.mapping.locations.problem(keys, f'"{hidden}" is hidden already')
        if hidden in read:
            text = f'"{hidden}" is hidden, and the property "{read[hidden]}" shows it'
            raise router.mapping.locations.problem(keys, text)


def _derived(
    router: Router, name: str, entry: EntityMapping, selection: ObjectSelection, selected: Selected
) -> PropertySpec:
    """The property of a field of which the mapping says nothing."""
    path, keys = selected.name, (name, "properties")
    expression, annotation, needs = router.path(selection, path, "attrs", keys)
    origin = origin_of(selected.node, f'field "{path}" of fragment {entry.fragment}')
    return PropertySpec(
        name=selected.attribute,
        annotation=annotation.text,
        expression=expression,
        needs=needs,
        doc=_described(selection, path),
        editable=False,
        path=path,
        imports=annotation.imports,
        origin=origin,
        derived=True,
    )


def _given(
    router: Router, name: str, selection: ObjectSelection, key: str, given: Property
) -> PropertySpec:
    keys, path = (name, "properties", key), given.path or key
    expression, annotation, needs = router.path(selection, path, "attrs", keys)
    return PropertySpec(
        name=key,
        annotation=annotation.text,
        expression=expression,
        needs=needs,
        doc=escaped_text(given.doc) or _described(selection, path),
        editable=given.editable,
        path=path,
        imports=annotation.imports,
        origin=router.mapping.locations.origin(*keys),
        derived=False,
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
