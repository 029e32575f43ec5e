"""Expressions: how generated code follows a chain of fields, through nulls and lists."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import get_named_type

if TYPE_CHECKING:
    from .selection import Selected


def read_chain(root: str, chain: list[Selected]) -> tuple[str, str]:
    """The expression that follows a chain of fields from ``root``, and its annotation."""
    head, rest = chain[0], chain[1:]
    here = f"{root}.{head.attribute}"
    if not rest:
        return _leaf(here, head)
    if head.is_list:
        inner, annotation = read_chain("item", rest)
        return f"[{inner} for item in {here}]", f"list[{annotation}]"
    if not head.nullable:
        return read_chain(here, rest)
    inner, annotation = read_chain("found", rest)
    annotation = annotation.removesuffix(" | None")
    return f"(None if (found := {here}) is None else {inner})", f"{annotation} | None"


def _leaf(here: str, head: Selected) -> tuple[str, str]:
    annotation = f"list[{head.scalar}]" if head.is_list else head.scalar
    expression = here
    if head.scalar == "datetime" and not head.is_list:
        expression = f"as_utc({here})"
        if head.nullable:
            expression = f"None if {here} is None else as_utc({here})"
    if get_named_type(head.type).name == "JSONString":
        return f'parse_json({here}, "{head.name}")', "JsonValue"
    if head.nullable:
        annotation += " | None"
    return expression, annotation
