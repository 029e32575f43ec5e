"""Specifications for templates: names, annotations and expressions, ready to print."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ariadne_codegen.utils import str_to_snake_case

from ..python.type_expressions import members
from .annotations import Import
from .operation_specs import OperationSpec, in_signature
from .route_specs import PageSpec, Route

if TYPE_CHECKING:
    from ..project.problem import Origin

# Parameters of the pager, which every list may have: type, default, description.
PAGING = {
    "per_page": ("int", "50", "how many items one request fetches."),
    "start": (
        "str | None",
        "None",
        "the ``cursor`` of an earlier listing, to continue after it.",
    ),
    "prefetch": ("bool", "False", "whether to fetch the next page while a loop uses this one."),
}


@dataclass(frozen=True)
class ParameterSpec:
    """A parameter of a class's constructor."""

    name: str
    annotation: str
    default: str | None
    doc: str
    keyword: bool
    attribute: str
    """The attribute of an instance that stores it."""
    kept: str
    """The expression for the stored value."""
    written: str | None
    """The expression for the value that is sent, if it differs from the stored one."""
    imports: frozenset[Import]
    origin: Origin

    @property
    def source(self) -> str:
        """The parameter as it is written in a signature."""
        return in_signature(self.name, self.annotation, self.default)

    @property
    def sentence(self) -> str:
        """Its description, as the docstring of a property."""
        return f"{self.doc[:1].upper()}{self.doc[1:]}"


@dataclass(frozen=True)
class PropertySpec:
    """A property of an entity."""

    name: str
    annotation: str
    expression: str
    needs: str
    doc: str
    editable: bool
    path: str
    """The dotted path of the field that it reads, from the fragment."""
    imports: frozenset[Import]
    origin: Origin
    derived: bool
    """Whether the mapping has no entry for it."""

    @property
    def changes_in_place(self) -> bool:
        """Whether its value may be changed in place: reading one is the beginning of an edit."""
        return self.annotation.startswith("list[")

    @property
    def accepts(self) -> str:
        """The annotation of what it can be set to: for a list, any sequence of such items.

        Of strings, a sequence that is not one string itself.
        """
        if not self.changes_in_place:
            return self.annotation
        kinds = [ast.unparse(node) for node in members(self.annotation)]
        whole = next(kind for kind in kinds if kind.startswith("list["))
        item = whole.removeprefix("list[").removesuffix("]")
        kinds[kinds.index(whole)] = "StringSequence" if item == "str" else f"Sequence[{item}]"
        return " | ".join(kinds)


@dataclass(frozen=True)
class ListSpec:
    """A list class."""

    name: str
    doc: str
    item: str
    parameters: tuple[ParameterSpec, ...]
    subject: str
    """The expression for the path in error messages, from the constructor's arguments."""
    pages: dict[str, PageSpec]
    choose: str | None
    total_feature: str | None
    origin: Origin

    @property
    def module(self) -> str:
        return str_to_snake_case(self.name)

    @property
    def made_module(self) -> str:
        """The module that is generated."""
        return self.module

    @property
    def item_module(self) -> str:
        return str_to_snake_case(self.item)

    @property
    def routes(self) -> dict[str, Route]:
        """The path to the connection, by choice."""
        return {choice: page.route for choice, page in self.pages.items()}

    @property
    def sized(self) -> bool:
        """Whether the server gives a total, so that ``len()`` exists."""
        return all(page.total is not None for page in self.pages.values())

    @property
    def own(self) -> list[ParameterSpec]:
        """The parameters that an instance stores."""
        return [item for item in self.parameters if item.name not in {"per_page", "start"}]

    @property
    def fixed(self) -> set[str]:
        """Those of them that nobody may set later."""
        return {item.name for item in self.own} - {"prefetch"}

    @property
    def imports(self) -> list[Import]:
        """The imports of its parameters."""
        return sorted({found for item in self.parameters for found in item.imports})


@dataclass(frozen=True)
class EntitySpec:
    """A class of one object."""

    name: str
    doc: str
    fragment: str
    parameters: tuple[ParameterSpec, ...]
    subject: str
    """The expression for the path in error messages, from the constructor's arguments."""
    route: Route | None
    properties: tuple[PropertySpec, ...]
    fixed: tuple[ParameterSpec, ...]
    """The parameters that can be read but not set."""
    origin: Origin
    written: bool
    """Whether the class is written by hand, and only its base class is generated."""

    @property
    def made_name(self) -> str:
        """The class that is generated."""
        return f"{self.name}Attributes" if self.written else self.name

    @property
    def made_module(self) -> str:
        """The module that is generated."""
        return f"{self.module}_attributes" if self.written else self.module

    @property
    def imports(self) -> list[Import]:
        """The imports of its properties and parameters."""
        found = [item.imports for item in self.properties]
        found += [item.imports for item in self.parameters]
        return sorted(set[Import]().union(*found))

    @property
    def identified_by(self) -> str | None:
        """The attribute that identifies an object, if there is one."""
        if self.route is not None:
            return "_subject"
        names = {item.name for item in self.properties}
        return next((name for name in ("name", "id") if name in names), None)

    @property
    def module(self) -> str:
        return str_to_snake_case(self.name)


@dataclass(frozen=True)
class Specifications:
    """All classes and operations that are rendered."""

    operations: tuple[OperationSpec, ...]
    lists: tuple[ListSpec, ...]
    entities: tuple[EntitySpec, ...]

    @property
    def classes(self) -> tuple[ListSpec | EntitySpec, ...]:
        """Every class of the mapping."""
        return (*self.lists, *self.entities)

    @property
    def items(self) -> dict[str, str]:
        """List → the class of its items."""
        return {spec.name: spec.item for spec in self.lists}

    @property
    def item_properties(self) -> dict[str, tuple[str, ...]]:
        """The class of a list's items → the properties that are generated for it."""
        items = {*self.items.values()}
        return {
            spec.name: tuple(item.name for item in spec.properties)
            for spec in self.entities
            if spec.name in items
        }
