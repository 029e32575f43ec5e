"""The names of types in replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic_core import core_schema

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler


class OtherThan:
    """In the annotation of a model's type name: refuses the types that other models are for.

    Of several models that hold as much of a reply, pydantic would take the first. A name that no
    model is for is not refused: a newer server may have more types.
    """

    def __init__(self, *names: str) -> None:
        self._names = frozenset(names)

    def __get_pydantic_core_schema__(
        self, source: object, handler: GetCoreSchemaHandler
    ) -> core_schema.CoreSchema:
        """Check after the string."""
        return core_schema.no_info_after_validator_function(self._check, handler(source))

    def _check(self, name: str) -> str:
        if name in self._names:
            raise ValueError(f"another model is for {name}")
        return name
