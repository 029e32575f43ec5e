"""Compares annotations and defaults of the mapping with the derived ones."""

from __future__ import annotations

import ast

# Types whose values include None.
TYPES_WITH_NONE = {"JsonInput", "JsonValue", "None", "object"}


def members(annotation: str) -> list[ast.expr]:
    """The members of a union; one for any other annotation."""
    found: list[ast.expr] = []
    ahead = [ast.parse(annotation, mode="eval").body]
    while ahead:
        node = ahead.pop()
        if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitOr):
            ahead += [node.right, node.left]
        else:
            found.append(node)
    return found


def takes_none(annotation: str) -> bool:
    """Whether an annotation accepts ``None``."""
    return any(ast.unparse(node) in TYPES_WITH_NONE for node in members(annotation))


def names_in(annotation: str) -> set[str]:
    """The names in an annotation, except those in quotes."""
    return {node.id for node in ast.walk(ast.parse(annotation)) if isinstance(node, ast.Name)}


def narrows(annotation: str, wider: str) -> bool:
    """Whether an annotation is narrower than another, apart from ``None``."""
    known = {ast.unparse(node) for node in members(wider)}
    return all(
        ast.unparse(node) in {*known, "None"}
        or (_is_literal(node) and {_type_of(value) for value in _literals(node)} <= known)
        for node in members(annotation)
    )


def default_fits(default: str, annotation: str) -> bool:
    """Whether a default fits its annotation, if both are literal."""
    try:
        value: object = ast.literal_eval(default)
    except ValueError:
        return True  # a name or a call: left to type checkers
    if value is None and takes_none(annotation):
        return True
    for node in members(annotation):
        shown = ast.unparse(node)
        if _is_literal(node):
            if value in _literals(node):
                return True
        elif shown == _type_of(value) or (shown == "float" and _type_of(value) == "int"):
            return True
    # The items of a list or a tuple are left to type checkers.
    return not isinstance(value, str | int | float | bool | None)


def _is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Subscript) and ast.unparse(node.value) == "Literal"


def _literals(node: ast.expr) -> list[object]:
    assert isinstance(node, ast.Subscript)
    inner = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
    return [ast.literal_eval(item) for item in inner]


def _type_of(value: object) -> str:
    return "None" if value is None else type(value).__name__
