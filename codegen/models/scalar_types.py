"""Checks that every scalar that the queries use has a Python type."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import ArgumentNode, GraphQLScalarType, is_specified_scalar_type

from ..configuration.scalars import BUILT_IN, Scalars
from ..project.layout import CONFIG
from ..project.problem import suggestion
from ..queries.type_uses import type_uses
from ..schema.locations import problem_here

if TYPE_CHECKING:
    from graphql import Node

    from ..project.problem import Problem
    from ..queries.sources import Sources


def check_scalars(sources: Sources, scalars: Scalars) -> None:
    """Raise a ``Problem`` if a query uses a scalar without a Python type."""
    for node, kind in type_uses(sources):
        is_custom = isinstance(kind, GraphQLScalarType) and not is_specified_scalar_type(kind)
        # An argument takes a variable, which is checked as such, or a literal.
        if is_custom and kind.name not in scalars and not isinstance(node, ArgumentNode):
            raise _untyped(node, kind.name, set(scalars) - set(BUILT_IN))


def _untyped(node: Node, scalar: str, typed: set[str]) -> Problem:
    near = suggestion(scalar, typed).replace("did you mean", "or did you mean")
    text = f"scalar {scalar} has no Python type; add it to {CONFIG}{near}"
    return problem_here(node, text)
