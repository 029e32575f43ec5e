"""Refuses settings of the mapping that a class's own template does not use.

Each value of the mapping is replaced by a marker, and the template is rendered again. A marker that
is not in the result belongs to a value that the template ignores.
"""

from __future__ import annotations

import ast
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from typing_extensions import override

from ..classes.class_specs import EntitySpec, ListSpec
from ..classes.operation_specs import OperationSpec
from ..classes.route_specs import Route
from ..project.problem import Problem
from ..python.module_names import names_in
from ..python.source import parsed

if TYPE_CHECKING:
    from collections.abc import Iterable
    from collections.abc import Mapping as Table
    from pathlib import Path

    from ..configuration.mapping import EntityMapping, ListMapping, Mapping
    from .class_members import ClassText
    from .flavours import Flavour
    from .renderer import Renderer

_MARKER = "marker_of_"


def check_ignored(
    mapping: Mapping,
    spec: ListSpec | EntitySpec,
    renderer: Renderer,
    template: str,
    flavour: Flavour,
) -> None:
    """Raise a ``Problem`` if a class's own template ignores a value of the mapping."""
    entry = mapping.classes[spec.name]
    text = renderer.raw(template, {"flavour": flavour, "spec": _with_markers(spec)})
    for keys in _stated_keys(spec.name, entry):
        if _MARKER + "_".join(keys[1:]) not in text:
            message = f"codegen/templates/{template}.jinja does not use it; leave it out"
            raise mapping.locations.problem(keys, message)


def check_stated_by_hand(
    mapping: Mapping, spec: ListSpec | EntitySpec, text: str, written: str
) -> None:
    """Raise a ``Problem`` for values of the mapping that a hand-written class repeats or ignores.

    Args:
        mapping: where it is said.
        spec: the class.
        text: its module.
        written: the file of that.
    """
    route = spec.route if isinstance(spec, EntitySpec) else None
    for keys in _stated_keys(spec.name, mapping.classes[spec.name]):
        if keys[-1] == "doc":
            raise mapping.locations.problem(keys, f"{written} is written by hand; say it there")
        if route is None or f"catalog.{route.operation.constant}," not in text:
            raise mapping.locations.problem(keys, f"{written} does not use it; leave it out")


def _stated_keys(name: str, entry: ListMapping | EntityMapping) -> list[tuple[str, ...]]:
    """The keys of the mapping whose texts are printed unchanged."""
    found: list[tuple[str, ...]] = [(name, "doc")] if entry.doc else []
    for parameter, given in entry.parameter.items():
        if given.doc:
            found.append((name, "parameter", parameter, "doc"))
    if entry.kind == "entity":
        optional = (("operation", entry.operation), ("object", entry.object))
        found += [(name, key) for key, value in optional if value is not None]
        found += [(name, "variables", graphql_name) for graphql_name in entry.variables]
        return found
    return found + [(name, "item_arguments", parameter) for parameter in entry.item_arguments]


def _with_markers(spec: ListSpec | EntitySpec) -> ListSpec | EntitySpec:
    parameters = tuple(
        replace(item, doc=f"{_MARKER}parameter_{item.name}_doc") for item in spec.parameters
    )
    if isinstance(spec, EntitySpec):
        route = _route_with_markers(spec.route) if spec.route else None
        return replace(spec, doc=f"{_MARKER}doc", parameters=parameters, route=route)
    pages = {
        key: replace(
            page,
            item_arguments=tuple(
                (name, f"{_MARKER}item_arguments_{name}") for name, _ in page.item_arguments
            ),
        )
        for key, page in spec.pages.items()
    }
    return replace(spec, doc=f"{_MARKER}doc", parameters=parameters, pages=pages)


def _route_with_markers(route: Route) -> Route:
    return replace(
        route,
        operation=_OperationWithMarker(**vars(route.operation)),
        arguments=tuple(
            (graphql_name, f"{_MARKER}variables_{graphql_name}")
            for graphql_name, _ in route.arguments
        ),
        steps=tuple(replace(step, variable=f"{_MARKER}object") for step in route.steps),
    )


class _OperationWithMarker(OperationSpec):
    """An operation whose constant is a marker."""

    @property
    @override
    def constant(self) -> str:
        return f"{_MARKER}operation"


def check_modules(
    texts: Table[str, str], origins: Table[str, str], own: Iterable[str], written: Path
) -> None:
    """Raise a ``Problem`` for a module that nothing uses.

    Args:
        texts: the modules of one flavour, as they were rendered.
        origins: the file that makes each.
        own: those that are no class of the mapping.
        written: the folder of the hand-written modules.
    """
    front = (written / "__init__.py").read_text(encoding="utf-8")
    for module in sorted(set(own) & texts.keys()):
        names = "|".join([module, *names_in(texts[module])])
        others = [text for name, text in texts.items() if name != module]
        if not any(re.search(rf"\b(?:{names})\b", text) for text in [*others, front]):
            raise Problem(
                origins[module], None, "makes a module that nothing uses; take it away, or use it"
            )


def check_unfed(mapping: Mapping, spec: ListSpec | EntitySpec, text: str, template: str) -> None:
    """Raise a ``Problem`` for a variable to which neither mapping nor template gives a value.

    Args:
        mapping: where the class is said.
        spec: the class.
        text: its module, as it was rendered.
        template: where a variable may be fed by hand.
    """
    written = {
        node.value
        for node in ast.walk(parsed(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    for route in _routes(spec):
        for variable in route.operation.variables:
            if variable.graphql_name not in written:
                message = (
                    f"operation {route.operation.name} takes ${variable.graphql_name}, and nothing "
                    f'feeds it; add "{variable.name}" here, or say in variables what feeds it, or '
                    f"set it in {template}"
                )
                raise mapping.locations.problem((spec.name, "parameters"), message)


def _routes(spec: ListSpec | EntitySpec) -> list[Route]:
    """The paths of the operations that the class's own template sends."""
    found = spec.routes.values() if isinstance(spec, ListSpec) else (spec.route,)
    return [route for route in found if route is not None and route.steps]


def check_constructor(
    mapping: Mapping, spec: ListSpec | EntitySpec, found: ClassText, template: str
) -> None:
    """Raise a ``Problem`` if the parameters of a constructor differ from the mapping."""
    constructor = found.method("__init__")
    written = _parameters(constructor.args) if constructor else {}
    for item in spec.parameters:
        keys = (spec.name, "parameter", item.name)
        if item.name not in written:
            text = f'the constructor in {template} does not take "{item.name}"'
            raise mapping.locations.problem((spec.name, "parameters"), text)
        annotation, default, keyword = written[item.name]
        if _plain(item.annotation) != annotation:
            taken = annotation or "one without a type"
            text = f"the constructor in {template} takes {taken}, not {item.annotation}"
            raise mapping.locations.problem((*keys, "type"), text)
        if (item.default and _plain(item.default)) != default:
            text = f"in {template} the default is {default or 'none'}, not {item.default or 'none'}"
            raise mapping.locations.problem((*keys, "default"), text)
        if item.keyword != keyword:
            text = f'the constructor in {template} takes "{item.name}" in another way'
            raise mapping.locations.problem((spec.name, "parameters"), text)
    given = [item.name for item in spec.parameters]
    for name, (_, default, _) in written.items():
        known = {"self", "client", "attrs", *given}
        if default is None and name not in known:
            text = f'the constructor in {template} takes "{name}" as well'
            raise mapping.locations.problem((spec.name, "parameters"), text)
    order = [name for name in written if name in given]
    if order != given:
        text = f"the constructor in {template} takes them in another order: {', '.join(order)}"
        raise mapping.locations.problem((spec.name, "parameters"), text)


def _plain(source: str) -> str:
    return ast.unparse(ast.parse(source, mode="eval"))


def _parameters(arguments: ast.arguments) -> dict[str, tuple[str, str | None, bool]]:
    """The parameters of a function in order: annotation, default, whether by keyword alone."""
    positional = [*arguments.posonlyargs, *arguments.args]
    missing = len(positional) - len(arguments.defaults)
    defaults = [*[None] * missing, *arguments.defaults, *arguments.kw_defaults]
    listed = [*((it, False) for it in positional), *((it, True) for it in arguments.kwonlyargs)]
    return {
        item.arg: (
            ast.unparse(item.annotation) if item.annotation else "",
            None if default is None else ast.unparse(default),
            keyword,
        )
        for (item, keyword), default in zip(listed, defaults, strict=True)
    }
