"""Specifications of operations and their variables, ready to print."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from keyword import iskeyword
from typing import TYPE_CHECKING

from ..python.names import operation_constant, operation_module
from .annotations import Import

if TYPE_CHECKING:
    from graphql import GraphQLType

    from ..project.problem import Origin


@dataclass(frozen=True)
class Variable:
    """A variable of an operation, as a parameter of its method on ``Queries``."""

    graphql_name: str
    name: str
    annotation: str
    default: str | None
    imports: frozenset[Import]
    kind: GraphQLType
    origin: Origin

    @property
    def source(self) -> str:
        return in_signature(self.name, self.annotation, self.default)

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
        """Whether it can be written as a class: no variable has the name of a Python keyword."""
        return not any(iskeyword(item.graphql_name) for item in self.variables)


def in_signature(name: str, annotation: str, default: str | None) -> str:
    """A parameter as it is written in a signature."""
    return f"{name}: {annotation}" + ("" if default is None else f" = {default}")
