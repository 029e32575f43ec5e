"""Expressions: how generated code follows a chain of fields, through nulls and lists."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from typing import TYPE_CHECKING

from graphql import GraphQLList, GraphQLNonNull, get_named_type

if TYPE_CHECKING:
    from graphql import GraphQLOutputType

    from .selection import Selected


def read_chain(root: str, chain: list[Selected], depth: int = 0) -> tuple[str, str]:
    """The expression that follows a chain of fields from ``root``, and its annotation."""
    head, rest = chain[0], chain[1:]
    here = f"{root}.{head.attribute}"
    if not rest:
        return _leaf(here, head)
    found = f"found{depth or ''}"
    owner = found if head.nullable else here
    if head.is_list:
        item = f"item{depth or ''}"
        inner, annotation = read_chain(item, rest, depth + 1)
        present = f" if {item} is not None" if _has_null_items(head) else ""
        inner, annotation = f"[{inner} for {item} in {owner}{present}]", f"list[{annotation}]"
    else:
        inner, annotation = read_chain(owner, rest, depth + 1)
    if not head.nullable:
        return inner, annotation
    return f"(None if ({found} := {here}) is None else {inner})", optional(annotation)


def optional(annotation: str) -> str:
    """The annotation of what may also be ``None``."""
    nullable = annotation.endswith(" | None") or annotation == "JsonValue"
    return annotation if nullable else f"{annotation} | None"


def _has_null_items(head: Selected) -> bool:
    kind = head.type.of_type if isinstance(head.type, GraphQLNonNull) else head.type
    return isinstance(kind, GraphQLList) and not isinstance(kind.of_type, GraphQLNonNull)


def _leaf(here: str, head: Selected) -> tuple[str, str]:
    if get_named_type(head.type).name == "JSONString" and not head.is_list:
        return f'parse_json({here}, "{head.name}")', "JsonValue"
    annotation = _annotation(head.type, head.scalar)
    expression = here
    if head.scalar == "datetime" and not head.is_list:
        missing = f"None if {here} is None else " if head.nullable else ""
        expression = f"{missing}as_utc({here})"
    return expression, optional(annotation) if head.nullable else annotation.removesuffix(" | None")


def _annotation(kind: GraphQLOutputType, scalar: str) -> str:
    if isinstance(kind, GraphQLNonNull):
        return _annotation(kind.of_type, scalar).removesuffix(" | None")
    if isinstance(kind, GraphQLList):
        return optional(f"list[{_annotation(kind.of_type, scalar)}]")
    return optional(scalar)
