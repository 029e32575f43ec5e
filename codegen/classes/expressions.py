"""Expressions in generated code that follow a path of fields, through nulls and lists."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from graphql import GraphQLList, GraphQLNonNull, get_named_type, is_leaf_type

from ..queries.selection import is_list
from .annotations import Annotation, named, shown_type

if TYPE_CHECKING:
    from collections.abc import Sequence

    from graphql import GraphQLOutputType

    from ..configuration.scalars import Scalars
    from ..queries.selection import Selected


def read_chain(root: str, chain: Sequence[Selected], scalars: Scalars) -> tuple[str, Annotation]:
    """The expression that follows a chain of fields from ``root``, and its annotation."""
    return _Chain(tuple(chain), scalars).field(root, 0)


@dataclass(frozen=True)
class _Chain:
    """Fields still to follow; ``depth`` keeps the names of nested steps apart."""

    fields: tuple[Selected, ...]
    scalars: Scalars

    def field(self, root: str, depth: int) -> tuple[str, Annotation]:
        """The first field of an object."""
        head = self.fields[0]
        kind = head.type
        if head.nullable and isinstance(kind, GraphQLNonNull):
            kind = kind.of_type  # a condition may omit the field
        return self._value(f"{root}.{head.attribute}", kind, depth)

    def _value(self, here: str, kind: GraphQLOutputType, depth: int) -> tuple[str, Annotation]:
        """A value that may be null by its type."""
        if isinstance(kind, GraphQLNonNull):
            return self._present(here, kind.of_type, depth)
        # A leaf is read twice, because that is shorter than a local variable.
        found = here if is_leaf_type(kind) else f"found{depth or ''}"
        inner, annotation = self._present(found, kind, depth)
        if inner == found or (found == here and annotation.has_null):
            # It is not converted, or its parser accepts and returns None.
            return inner if found == here else here, annotation.optional
        if found == here:
            return f"None if {here} is None else {inner}", annotation.optional
        return f"(None if ({found} := {here}) is None else {inner})", annotation.optional

    def _present(self, here: str, kind: GraphQLOutputType, depth: int) -> tuple[str, Annotation]:
        """A value that is not null."""
        if isinstance(kind, GraphQLList):
            return self._list(here, kind, depth)
        if is_leaf_type(kind):
            return self._leaf(here, kind)
        return _Chain(self.fields[1:], self.scalars).field(here, depth + 1)

    def _list(
        self, here: str, kind: GraphQLList[GraphQLOutputType], depth: int
    ) -> tuple[str, Annotation]:
        item, inner_kind = f"item{depth or ''}", kind.of_type
        # An object that is null is omitted from the list.
        some_null = not isinstance(inner_kind, GraphQLNonNull)
        left_out = some_null and not is_leaf_type(get_named_type(kind))
        read = self._present if left_out else self._value
        inner, annotation = read(item, inner_kind, depth + is_list(inner_kind))
        present = f" if {item} is not None" if left_out else ""
        whole = Annotation(f"list[{annotation.text}]", annotation.imports)
        if inner == item and not present:
            return here, whole
        return f"[{inner} for {item} in {here}{present}]", whole

    def _leaf(self, here: str, kind: GraphQLOutputType) -> tuple[str, Annotation]:
        shown = shown_type(kind, self.scalars)
        scalar = self.scalars.get(get_named_type(kind).name)
        if scalar is None or scalar.parser is None:
            return here, shown
        parser, imports = named(scalar.parser)
        argument = f', "{self.fields[0].name}"' if scalar.parser_takes_name else ""
        parsed = Annotation(shown.text, shown.imports | imports, shown.has_null)
        return f"{parser}({here}{argument})", parsed
