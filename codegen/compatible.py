"""Whether this release goes on working with a member of another type: what Python reads or sends.

``String`` and ``ID`` are both strings in Python and in JSON: to change one for the other breaks
nothing that is read. An enum is open, so any string will do for it.
"""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLEnumType, GraphQLList, GraphQLNonNull, GraphQLScalarType

if TYPE_CHECKING:
    from graphql import GraphQLType

    from .scalars import Scalars

_STRING = "str"


def still_reads(old: GraphQLType, new: GraphQLType, scalars: Scalars) -> bool:
    """Whether models of one type hold what a server sends of another."""
    if isinstance(new, GraphQLNonNull):
        inner = old.of_type if isinstance(old, GraphQLNonNull) else old
        return still_reads(inner, new.of_type, scalars)
    if isinstance(old, GraphQLNonNull):
        return False
    if isinstance(old, GraphQLList) or isinstance(new, GraphQLList):
        if not (isinstance(old, GraphQLList) and isinstance(new, GraphQLList)):
            return False
        return still_reads(old.of_type, new.of_type, scalars)
    return str(old) == str(new) or _in_json(new, scalars) in _readable(old, scalars)


def still_sends(old: GraphQLType, new: GraphQLType, scalars: Scalars) -> bool:
    """Whether a server that takes one type takes what was right for another."""
    if isinstance(old, GraphQLNonNull):
        inner = new.of_type if isinstance(new, GraphQLNonNull) else new
        return still_sends(old.of_type, inner, scalars)
    if isinstance(new, GraphQLNonNull):
        return False
    if isinstance(old, GraphQLList) or isinstance(new, GraphQLList):
        if not (isinstance(old, GraphQLList) and isinstance(new, GraphQLList)):
            return False
        return still_sends(old.of_type, new.of_type, scalars)
    if str(old) == str(new):
        return True
    sent = _in_json(old, scalars)
    plain = isinstance(new, GraphQLScalarType) and new.name in {"ID", "String", "Float", "Int"}
    return plain and sent is not None and sent in _readable(new, scalars)


def _in_json(kind: GraphQLType, scalars: Scalars) -> str | None:
    """What a value is in JSON, as a type of Python; ``None`` for an object."""
    if isinstance(kind, GraphQLEnumType):
        return _STRING
    scalar = scalars.get(kind.name) if isinstance(kind, GraphQLScalarType) else None
    return scalar.sent if scalar else None


def _readable(kind: GraphQLType, scalars: Scalars) -> set[str]:
    """What a model takes for a value of a type."""
    if isinstance(kind, GraphQLEnumType):
        return {_STRING}
    scalar = scalars.get(kind.name) if isinstance(kind, GraphQLScalarType) else None
    if scalar is None:
        return set()
    return {"float", "int"} if scalar.type_name == "float" else {scalar.type_name}
