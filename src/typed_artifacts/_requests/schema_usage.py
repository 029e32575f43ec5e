"""What one operation touches of the server's schema."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class SchemaUsage:
    """What an operation asks for, and the documented calls that send it. Names stand in a row."""

    operation: str
    calls: tuple[str, ...]
    fields: Mapping[str, str]
    """Type → the fields that are asked for."""
    arguments: Mapping[str, str]
    """``Type.field`` → the arguments that are given."""
    inputs: str
    """The input types that are sent."""
