"""Whether this release still works if a field has another type, by the doctor's rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLEnumType, GraphQLSchema, is_composite_type

from typed_artifacts._domain.doctor.compatible import (
    LeafTypes,
    partly_reads,
    reads_leaf,
    sends_leaf,
    still_reads,
    still_sends,
)

from ..queries.schema_usage import scalar_kinds

if TYPE_CHECKING:
    from ..configuration.scalars import Scalars


class Compatible:
    """Compares the types of two schemas; the code was generated from the first."""

    def __init__(self, old: GraphQLSchema, new: GraphQLSchema, scalars: Scalars) -> None:
        kinds = scalar_kinds(scalars)
        self._old, self._new = old, new
        self._ours, self._theirs = (
            LeafTypes(kinds, _enums(schema).__contains__) for schema in (old, new)
        )

    def reads(self, old: object, new: object) -> bool:
        """Whether the models of one type can parse values of another."""
        return still_reads(str(old), str(new), self._read)

    def partly_reads(self, old: object, new: object) -> str | None:
        """A sentence on which values of another type the models of one type can parse."""
        if not still_reads(str(old), str(new), lambda _old, _new: True):
            return None  # it may be null
        return partly_reads(str(old), str(new), self._ours)

    def sends(self, old: object, new: object) -> bool:
        """Whether a value of one type is valid where a server expects another."""
        return still_sends(str(old), str(new), self._sent)

    def _read(self, old: str, new: str) -> bool:
        if is_composite_type(self._old.type_map[old]):
            return is_composite_type(self._new.type_map[new])
        return reads_leaf(old, new, self._ours, self._theirs)

    def _sent(self, old: str, new: str) -> bool:
        return sends_leaf(old, new, self._ours, self._theirs)


def _enums(schema: GraphQLSchema) -> set[str]:
    return {name for name, kind in schema.type_map.items() if isinstance(kind, GraphQLEnumType)}
