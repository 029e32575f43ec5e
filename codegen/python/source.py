"""Reads Python source: its classes, and what a function calls, sets and reads."""

from __future__ import annotations

import ast
from functools import lru_cache


@lru_cache(maxsize=1024)
def parsed(text: str) -> ast.Module:
    """The syntax tree of a module; callers must not change it."""
    return ast.parse(text)


def classes_in(text: str) -> list[str]:
    """The classes that a module defines."""
    return [node.name for node in parsed(text).body if isinstance(node, ast.ClassDef)]


def called_in(function: ast.AST) -> set[str]:
    """The names that a function calls."""
    return {
        node.func.id
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    }


def set_in(function: ast.AST) -> set[str]:
    """The local names to which a function assigns."""
    return {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }


def annotated_in(function: ast.AST) -> set[str]:
    """The names in the annotations of what a function assigns."""
    return {
        name.id
        for node in ast.walk(function)
        if isinstance(node, ast.AnnAssign)
        for name in ast.walk(node.annotation)
        if isinstance(name, ast.Name)
    }


def read_from(function: ast.AST) -> set[str]:
    """The names of which a function reads an attribute."""
    return {
        node.value.id
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    }


@lru_cache(maxsize=8192)
def set_on_self(function: ast.AST) -> frozenset[str]:
    """The attributes of ``self`` that a function sets."""
    return frozenset(
        node.attr
        for node in ast.walk(function)
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store)
        and is_on_self(node, node.attr)
    )


def is_on_self(node: ast.Attribute, attribute: str) -> bool:
    """Whether an expression is ``self.attribute``."""
    owner = node.value
    return node.attr == attribute and isinstance(owner, ast.Name) and owner.id == "self"
