"""Finds the members of enums that the client's own code names, and so may send."""

from __future__ import annotations

import ast
from functools import lru_cache
from typing import TYPE_CHECKING

from ..project.layout import PACKAGE, TREES
from .hand_written import parsed_file

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# The generated classes are read separately, and only in the sync flavour.
_NOT_THE_CLIENT = {*TREES, "cli", "local"}


def values_named_in(package: Path, rendered: Path) -> set[tuple[str, str]]:
    """The members of enums, or of other classes, that the client's own code names.

    The command line and the embedded server are not read: they send no values of their own.

    Args:
        package: the folder of the package.
        rendered: the folder of the sync classes.
    """
    return {(owner, name) for owner, name, _ in _values(package, rendered)}


def values_always_sent(package: Path, rendered: Path) -> set[tuple[str, str]]:
    """Those of them that are named outside of conditions and comparisons."""
    return {(owner, name) for owner, name, is_certain in _values(package, rendered) if is_certain}


def _values(package: Path, rendered: Path) -> Iterator[tuple[str, str, bool]]:
    paths = [
        path
        for path in package.rglob("*.py")
        if path.relative_to(package).parts[0] not in _NOT_THE_CLIENT
    ]
    shown = {path: path.relative_to(package) for path in paths}
    shown |= {path: path.relative_to(rendered.parent) for path in rendered.glob("*.py")}
    for path, name in shown.items():
        yield from _values_in(parsed_file(path, f"{PACKAGE}/{name.as_posix()}"))


# Most of the package is the same each time, for processes that generate more than once.
@lru_cache(maxsize=1024)
def _values_in(tree: ast.Module) -> frozenset[tuple[str, str, bool]]:
    conditional = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If | ast.IfExp | ast.Compare)
        for inner in ast.walk(node)
    }
    return frozenset(
        (node.value.id, node.attr, node not in conditional)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
    )
