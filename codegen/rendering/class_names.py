"""Checks the names of classes and members: those of the mapping, the templates and base classes.

The rendered text of a module is read before it is written. The names that a template defines and
uses are found in this text and in that of its base classes.
"""

from __future__ import annotations

import ast
import builtins
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..classes.class_specs import EntitySpec, ListSpec, PropertySpec
from ..project.problem import suggestion
from ..python.module_names import names_used
from ..python.names import is_name
from ..python.source import annotated_in, called_in, classes_in, read_from, set_in, set_on_self
from ..python.type_expressions import names_in
from .class_members import ClassText, Library
from .template_checks import check_constructor, check_unfed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from collections.abc import Mapping as Table
    from pathlib import Path

    from ..classes.class_specs import ParameterSpec, Specifications
    from ..classes.operation_specs import OperationSpec, Variable
    from ..configuration.mapping import Mapping
    from ..project.problem import Origin, Problem
    from .free_names import RoomNames

_PREFIX = "Async"


@dataclass(frozen=True)
class RenderedModules:
    """The modules of the sync flavour by name, and the source of each."""

    texts: Table[str, str]
    origins: Table[str, str]
    models: Table[str, str]
    """Class of a model → its definition."""
    rooms: RoomNames
    package: Path
    shared: tuple[str, ...]
    """The texts of the modules of all operations, rendered for a placeholder operation."""


def check_class_names(
    specifications: Specifications, mapping: Mapping, modules: RenderedModules
) -> None:
    """Raise a ``Problem`` if a name is in use."""
    _check_modules(specifications.classes, modules)
    statements = modules.rooms.statements
    library = Library(modules.texts, statements, modules.models, modules.package)
    for spec in specifications.classes:
        _Class(spec, modules.origins[spec.module], library, mapping).check()
    _check_queries(specifications.operations, library, modules.shared)


def _check_modules(classes: Sequence[ListSpec | EntitySpec], modules: RenderedModules) -> None:
    made: dict[str, str] = {}
    specs = {spec.made_module: spec for spec in classes}
    defined = {name for text in modules.texts.values() for name in classes_in(text)}
    for spec in classes:
        if not is_name(spec.name) or not is_name(spec.module) or spec.module == spec.name:
            raise spec.origin.problem("a class needs a name in CamelCase that Python can say")
        for name in (spec.name, f"{_PREFIX}{spec.name}", spec.module):
            if name in made:
                text = f"{made[name]} and {spec.name} both have {name} in Python"
                raise spec.origin.problem(text)
            if name in modules.models:
                text = f'the name "{name}" is taken: {modules.models[name]}'
                raise spec.origin.problem(text)
            statement = modules.rooms.taken(spec, name, modules.texts, specs)
            if statement is not None:
                raise spec.origin.problem(f'the name "{name}" is taken: {statement}')
        made |= dict.fromkeys((spec.name, f"{_PREFIX}{spec.name}", spec.module), spec.name)
    for spec in classes:
        _check_imports(spec, modules, defined)


def _check_imports(
    spec: ListSpec | EntitySpec, modules: RenderedModules, defined: set[str]
) -> None:
    """Raise a ``Problem`` if an enum or scalar of a class has a name that templates use."""
    for module, name in spec.imports:
        statement = f"from {module} import {name}"
        room = modules.rooms.statements.get(name, statement)
        if room != statement or name in defined:
            shown = modules.models.get(name, statement)
            meant = room if room != statement else "a class of this name"
            raise spec.origin.problem(f"it shows {shown}, and the templates mean {meant}")


@dataclass(frozen=True)
class _Class:
    spec: ListSpec | EntitySpec
    template: str
    library: Library
    mapping: Mapping

    def check(self) -> None:
        found = self.library.find(self.spec.name)
        if found is None:
            raise self.spec.origin.problem(f"{self.template} makes no class of this name")
        if isinstance(self.spec, EntitySpec):
            made = self.library.find(self.spec.made_name) or found
            for item in self.spec.properties:
                self._property(item, found, made)
        for parameter in self.spec.parameters:
            self._parameter(parameter, found)
            self._source_names(parameter)
        self._supplied_attributes()
        check_constructor(self.mapping, self.spec, found, self.template)
        text = self.library.texts[self.spec.module]
        check_unfed(self.mapping, self.spec, text, self.template)

    def _property(self, item: PropertySpec, found: ClassText, made: ClassText) -> None:
        """Check a property of the class or of its generated base class."""
        conflict = next(self._conflicts(item, found, made), None)
        if conflict is not None:
            raise _property_problem(item, self.spec.name, conflict)
        if item.editable:
            self._editable(item, found)

    def _conflicts(self, item: PropertySpec, found: ClassText, made: ClassText) -> Iterator[str]:
        """What else has the name of a property, as messages."""
        if taken := self._taken(item.name, made, by_itself=1):
            yield taken
        if made.node is not found.node:
            if item.name in found.methods:
                yield f"{self.template} has a member of this name"
            for base in self.library.between(found, made):
                if item.name in base.methods:
                    yield f"{base.node.name} has a member of this name"
        if owner := self.library.inherited(made).declared.get(item.name):
            yield f"{owner} has a member of this name"
        if item.name in found.attributes and not item.editable:
            yield f"{self.template} sets an attribute of this name"
        if item.name in made.names_in_its_scope:
            yield f"the annotations in {self.template} mean something else by it"
        parameters = {it.name for it in self.spec.parameters}
        if item.derived and item.name in parameters and found.reads(item.name):
            yield f"{self.template} reads the parameter of this name as self.{item.name}"

    def _editable(self, item: PropertySpec, found: ClassText) -> None:
        edit = self.library.method(found, "_edit")
        if edit is None or edit.returns is None:
            raise item.origin.problem(f"{self.template} has no _edit() that an edit could go to")
        draft = self.library.find(ast.unparse(edit.returns))
        if draft is not None and self.library.method(draft, f"set_{item.name}") is None:
            text = f"{draft.node.name} has no set_{item.name}() that an edit could go to"
            raise item.origin.problem(text)

    def _taken(self, name: str, found: ClassText, *, by_itself: int) -> str | None:
        """Which other member has a name, as a message."""
        inherited = self.library.inherited(found)
        if found.methods[name] > by_itself:
            return f"{self.template} has a member of this name"
        if owner := inherited.methods.get(name) or inherited.attributes.get(name):
            return f"{owner} has a member of this name"
        return None

    def _parameter(self, parameter: ParameterSpec, found: ClassText) -> None:
        constructor = found.method("__init__")
        if parameter.name in {"per_page", "start"} or constructor is None:
            return
        own_names = called_in(constructor) | set_in(constructor) | annotated_in(constructor)
        if parameter.name in own_names:
            raise _named(parameter, f"the constructor in {self.template} uses this name itself")
        if parameter.attribute not in set_on_self(constructor):
            return  # the template has its own constructor, which stores it differently
        conflict = self._taken(parameter.attribute, found, by_itself=0)
        if conflict is not None:
            raise _named(parameter, conflict)
        if self._is_replaced(parameter, constructor):
            raise _named(parameter, f"{self.template} sets self.{parameter.attribute} itself")

    def _source_names(self, parameter: ParameterSpec) -> None:
        """Raise a ``Problem`` for undefined names in Python expressions of the mapping."""
        given = self.mapping.classes[self.spec.name].parameter.get(parameter.name)
        for key, source in (("type", given and given.type), ("default", given and given.default)):
            for name in sorted(names_in(source) if source else ()):
                if not hasattr(builtins, name) and name not in self.library.names():
                    keys = (self.spec.name, "parameter", parameter.name, key)
                    near = suggestion(name, self.library.names())
                    text = f'the name "{name}" is defined nowhere{near}'
                    raise self.mapping.locations.problem(keys, text)

    def _supplied_attributes(self) -> None:
        """Raise a ``Problem`` if an attribute of a parameter, for a variable, does not exist."""
        types = {item.name: item.annotation for item in self.spec.parameters}
        for graphql_name, expression in self.mapping.classes[self.spec.name].variables.items():
            parameter, dot, rest = expression.partition(".")
            annotation = types.get(parameter, "")
            owner = self.library.find(annotation) if dot and annotation.isidentifier() else None
            if owner is None:
                continue
            attribute, members = rest.partition(".")[0], self.library.members(owner)
            if attribute not in members:
                keys = (self.spec.name, "variables", graphql_name)
                text = f'{annotation} has no "{attribute}"{suggestion(attribute, members)}'
                raise self.mapping.locations.problem(keys, text)

    def _is_replaced(self, parameter: ParameterSpec, constructor: ast.AST) -> bool:
        """Whether the constructor assigns another value to the attribute."""
        values = [
            node.value
            for node in ast.walk(constructor)
            if isinstance(node, ast.Assign | ast.AnnAssign)
            and parameter.attribute in set_on_self(node)
        ]
        return any(value is None or parameter.name not in _names_in(value) for value in values)


def _names_in(expression: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(expression) if isinstance(node, ast.Name)}


def _check_queries(
    operations: Iterable[OperationSpec], library: Library, shared: Iterable[str]
) -> None:
    found = library.find("Queries")
    reserved = {name for text in shared for name in names_used(text)}
    operations = tuple(operations)
    taking = [variable for operation in operations for variable in operation.variables]
    reserved |= _imported_by(taking, models=False)
    for variable in taking:
        for name in sorted(reserved & _imported_by([variable], models=True)):
            text = f'the modules that hold the operations use the name "{name}" themselves'
            raise variable.origin.problem(text)
    reserved |= _imported_by(taking, models=True)
    for operation in operations:
        for name in (operation.name, operation.takes, operation.constant):
            if name in reserved and (operation.variables or name != operation.takes):
                text = f'the modules that hold the operations use the name "{name}" themselves'
                raise operation.origin.problem(text)
        method = found.method(operation.method) if found else None
        if found is None or method is None:
            continue
        if found.methods[operation.method] > 1 or operation.method in found.attributes:
            raise operation.origin.problem(f'"{operation.method}" is taken on Queries')
        own_names = {"self"} | set_in(method) | read_from(method) | called_in(method)
        for variable in operation.variables:
            if variable.name in own_names:
                text = f'the method of {operation.name} uses the name "{variable.name}" itself'
                raise variable.origin.problem(text)


def _imported_by(variables: Iterable[Variable], *, models: bool) -> set[str]:
    """The imported names in types of variables: models if ``models``, otherwise all others."""
    imports = {pair for variable in variables for pair in variable.imports}
    return {name for module, name in imports if ("_graphql." in module) == models}


def _property_problem(item: PropertySpec, owner: str, conflict: str) -> Problem:
    if not item.derived:
        return item.origin.problem(f"{conflict}; give it another name")
    text = (
        f'becomes the property "{item.name}" of {owner}, and {conflict}; hide it, or name it there'
    )
    return item.origin.problem(text)


def _named(parameter: ParameterSpec, conflict: str) -> Problem:
    origin: Origin = parameter.origin
    return origin.problem(f'"{parameter.name}": {conflict}; give it another name')
