"""Converts types of the schema to Python annotations, with the imports that they need."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    get_named_type,
)

from ..python.type_expressions import TYPES_WITH_NONE

if TYPE_CHECKING:
    from graphql import GraphQLType

    from ..configuration.scalars import Scalars

Import = tuple[str, str]
"""A module, as a generated module writes it, and a name in it."""
_PACKAGE = "typed_artifacts."


@dataclass(frozen=True)
class Annotation:
    """An annotation and what must be imported for it."""

    text: str
    imports: frozenset[Import] = frozenset()
    has_null: bool = False
    """Whether ``None`` is among its values."""

    @property
    def optional(self) -> Annotation:
        """The same, or ``None``."""
        if self.has_null:
            return self
        return Annotation(f"{self.text} | None", self.imports, has_null=True)


def named(path: str) -> tuple[str, frozenset[Import]]:
    """The name at the end of a dotted path, and its import; a builtin needs none."""
    module, _, name = path.rpartition(".")
    if module.startswith(_PACKAGE):
        module = f"..{module.removeprefix(_PACKAGE)}"
    return name, frozenset({(module, name)} if module else ())


def sent_type(kind: GraphQLType, scalars: Scalars) -> Annotation:
    """The annotation of a variable's value, or of a constructor's parameter."""
    return _annotation(kind, scalars, sent=True)


def shown_type(kind: GraphQLType, scalars: Scalars) -> Annotation:
    """The annotation of a property for a value that is not null."""
    return _present(kind, scalars, sent=False)


def _annotation(kind: GraphQLType, scalars: Scalars, *, sent: bool) -> Annotation:
    if isinstance(kind, GraphQLNonNull):
        return _present(kind.of_type, scalars, sent=sent)
    return _present(kind, scalars, sent=sent).optional


def _present(kind: GraphQLType, scalars: Scalars, *, sent: bool) -> Annotation:
    if isinstance(kind, GraphQLList):
        inner = _annotation(kind.of_type, scalars, sent=sent)
        if not sent:
            return Annotation(f"list[{inner.text}]", inner.imports)
        sequence = frozenset({("collections.abc", "Sequence")})
        return Annotation(f"Sequence[{inner.text}]", inner.imports | sequence)
    leaf = get_named_type(kind)
    assert leaf is not None
    if isinstance(leaf, GraphQLEnumType | GraphQLInputObjectType):
        module = "enums" if isinstance(leaf, GraphQLEnumType) else "input_types"
        return Annotation(leaf.name, frozenset({(f".._graphql.{module}", leaf.name)}))
    scalar = scalars[leaf.name]
    text, imports = named(scalar.sent if sent else scalar.shown)
    return Annotation(text, imports, text in TYPES_WITH_NONE)
