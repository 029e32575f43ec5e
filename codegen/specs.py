"""Specifications for templates: names, annotations and expressions, ready to print."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from keyword import iskeyword
from typing import TYPE_CHECKING

from ariadne_codegen.utils import str_to_snake_case

from .python_names import operation_constant, operation_module

if TYPE_CHECKING:
    from graphql import GraphQLType

    from .problem import Origin

# Parameters that every list may have; the pager knows what they mean.
PAGING = {
    "per_page": ("int", "50"),
    "start": ("str | None", "None"),
    "prefetch": ("bool", "False"),
}
Import = tuple[str, str]
"""A module, as a generated module writes it, and a name in it."""


@dataclass(frozen=True)
class Variable:
    """A variable of an operation, as a parameter of its method on ``Queries``."""

    wire: str
    name: str
    annotation: str
    default: str | None
    imports: frozenset[Import]
    kind: GraphQLType
    origin: Origin

    @property
    def source(self) -> str:
        """The parameter as it is written in a signature."""
        return _in_signature(self.name, self.annotation, self.default)

    @property
    def item(self) -> str:
        """Its annotation in the ``TypedDict`` of the operation; ``None`` is left out."""
        if self.default is None:
            return self.annotation
        return f"NotRequired[{self.annotation.removesuffix(' | None')} | None]"


@dataclass(frozen=True)
class OperationSpec:
    """An operation and its method."""

    name: str
    kind: str
    variables: tuple[Variable, ...]
    origin: Origin

    @property
    def method(self) -> str:
        return operation_module(self.name)

    @property
    def module(self) -> str:
        return operation_module(self.name)

    @property
    def constant(self) -> str:
        return operation_constant(self.name)

    @property
    def takes(self) -> str:
        """The ``TypedDict`` of its variables."""
        return f"{self.name}Variables" if self.variables else "NoVariables"

    @property
    def is_class(self) -> bool:
        """Whether that can be written as a class: no name in it is a word of Python's own."""
        return not any(iskeyword(item.wire) for item in self.variables)


@dataclass(frozen=True)
class ParameterSpec:
    """A parameter of a class's constructor."""

    name: str
    annotation: str
    default: str | None
    doc: str
    keyword: bool
    attribute: str
    """Under which name an instance keeps it."""
    kept: str
    """What it keeps."""
    written: str | None
    """What it sends instead, where that is made of it."""
    imports: frozenset[Import]
    origin: Origin

    @property
    def source(self) -> str:
        """The parameter as it is written in a signature."""
        return _in_signature(self.name, self.annotation, self.default)


@dataclass(frozen=True)
class Hop:
    """One step of the way to what an operation is asked for, and how to say that it is missing."""

    parent: str
    attribute: str
    variable: str
    nullable: bool
    words: str
    shown: str
    feature: str | None
    """The feature without which a server does not have it."""


@dataclass(frozen=True)
class Located:
    """An owner that may have to be found out before a page is asked for."""

    local: str
    """The name of the local variable that has it then."""
    method: str
    """The client's method that finds it out."""
    parameters: tuple[str, ...]
    """What the method takes, the owner first: parameters of the list."""


@dataclass(frozen=True)
class Route:
    """From an operation's reply to one object in it."""

    operation: OperationSpec
    arguments: tuple[tuple[str, str], ...]
    hops: tuple[Hop, ...]

    @property
    def found(self) -> str:
        """The expression for the object at the end."""
        if not self.hops:
            raise LookupError("the mapping does not say which object of the reply it is")
        return self.hops[-1].variable


@dataclass(frozen=True)
class PageSpec:
    """How a page of a list is asked for and read."""

    method: str
    route: Route
    located: Located | None
    edges: str
    """The edges that are there."""
    connection: str
    """What the pager reads besides."""
    prepared: tuple[tuple[str, str], ...]
    """Local names and what they are, where a part of the connection may be null."""
    node_nullable: bool
    item_arguments: tuple[tuple[str, str], ...]
    total: str | None
    node_id: str | None
    """The attribute of a node that tells it from all others, if there is one."""


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
    """The fields that it reads, from the fragment down, with dots."""
    imports: frozenset[Import]
    origin: Origin
    derived: bool
    """Whether the mapping says nothing of it."""

    @property
    def changes_in_place(self) -> bool:
        """Whether its value may be changed in place: reading one is the beginning of an edit."""
        return self.annotation.startswith("list[")

    @property
    def accepts(self) -> str:
        """The annotation of what it can be set to: a tuple does as well as a list.

        Not any sequence: a string is one, too, and is never meant.
        """
        item = self.annotation.removeprefix("list[").removesuffix("]")
        return f"list[{item}] | tuple[{item}, ...]" if self.changes_in_place else self.annotation


@dataclass(frozen=True)
class ListSpec:
    """A list class."""

    name: str
    doc: str
    item: str
    parameters: tuple[ParameterSpec, ...]
    subject: str
    """What it is called in error messages, of the constructor's arguments."""
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
        """The way to the connection, by choice."""
        return {choice: page.route for choice, page in self.pages.items()}

    @property
    def sized(self) -> bool:
        """Whether the server gives a total, so that ``len()`` exists."""
        return all(page.total is not None for page in self.pages.values())

    @property
    def own(self) -> list[ParameterSpec]:
        """The parameters that an instance keeps."""
        return [item for item in self.parameters if item.name not in {"per_page", "start"}]

    @property
    def imports(self) -> list[Import]:
        """What its parameters need."""
        return sorted({found for item in self.parameters for found in item.imports})


@dataclass(frozen=True)
class EntitySpec:
    """A class of one object."""

    name: str
    doc: str
    fragment: str
    parameters: tuple[ParameterSpec, ...]
    subject: str
    """What it is called in error messages, of the constructor's arguments."""
    route: Route | None
    properties: tuple[PropertySpec, ...]
    origin: Origin
    written: bool
    """Whether the class is written by hand, and only what it extends is generated."""

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
        """What its properties and parameters need."""
        found = [item.imports for item in self.properties]
        found += [item.imports for item in self.parameters]
        return sorted(set[Import]().union(*found))

    @property
    def told_by(self) -> str | None:
        """The attribute by which one is told from another, if there is one."""
        if self.route is not None:
            return "_subject"
        names = {item.name for item in self.properties}
        return next((name for name in ("name", "id") if name in names), None)

    @property
    def module(self) -> str:
        return str_to_snake_case(self.name)


@dataclass(frozen=True)
class Specifications:
    """All that is rendered."""

    operations: tuple[OperationSpec, ...]
    lists: tuple[ListSpec, ...]
    entities: tuple[EntitySpec, ...]

    @property
    def classes(self) -> tuple[ListSpec | EntitySpec, ...]:
        """Every class of the mapping."""
        return (*self.lists, *self.entities)


def _in_signature(name: str, annotation: str, default: str | None) -> str:
    return f"{name}: {annotation}" + ("" if default is None else f" = {default}")
