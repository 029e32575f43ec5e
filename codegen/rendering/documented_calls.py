"""Finds the documented calls that send each operation, from the rendered classes."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from ..project.layout import PACKAGE
from .hand_written import parsed_file

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from pathlib import Path

# Methods that other methods call to load an object: they are reported as the class.
_WHOLE_CLASS = {"_fetch", "_request", "_with", "load"}
# Calls work on servers without the operations of these modules: suggestions only extend error
# messages, and organizations are looked up only if a path is not found otherwise.
_NOT_CALLS = {"queries.py", "pager.py", "suggestions.py", "organization_lookup.py"}


def documented_calls(package: Path, public: Container[str] | None) -> dict[str, tuple[str, ...]]:
    """Operation constant → public calls that send it, such as ``ArtifactCollection.save``.

    Args:
        package: the folder of the sync classes.
        public: the public names; ``None``: all names are public.
    """
    modules = {
        path.stem: parsed_file(path, f"{PACKAGE}/{package.name}/{path.name}")
        for path in sorted(package.glob("*.py"))
        if path.name not in _NOT_CALLS
    }
    graph = _CallGraph(public, _extended_by(modules.values()))
    for name, tree in modules.items():
        graph.read(name, tree)
    return {name: graph.public_callers(users) for name, users in sorted(graph.senders.items())}


def _extended_by(modules: Iterable[ast.Module]) -> dict[str, str]:
    """Base class → its subclass, for base classes with one subclass."""
    found: dict[str, list[str]] = defaultdict(list)
    for tree in modules:
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                for base in node.bases:
                    if isinstance(base, ast.Name):
                        found[base.id].append(node.name)
    return {base: names[0] for base, names in found.items() if len(names) == 1}


class _CallGraph:
    """The callers of each function: methods as ``Class.method``, others as ``module.function``.

    A private class counts as a function of its module: code that names it calls all of it. A call
    of a private method on any object counts if only one public class defines the method. Methods of
    a private base class with one public subclass count as those of the subclass.
    """

    def __init__(self, public: Container[str] | None, extended_by: Mapping[str, str]) -> None:
        self._public = public
        self._extended_by = extended_by
        self.senders: dict[str, set[str]] = defaultdict(set)
        self._callers: dict[str, set[str]] = defaultdict(set)
        self._definers: dict[str, set[str]] = defaultdict(set)
        self._origins: dict[str, str] = {}

    def read(self, module: str, tree: ast.Module) -> None:
        self._origins = dict(_imported(tree))
        for node in tree.body:
            owner = self._public_class(node)
            if isinstance(node, ast.ClassDef) and owner is not None:
                for member in node.body:
                    if isinstance(member, ast.FunctionDef):
                        self._definers[member.name].add(owner)
                        self._function(member, f"{owner}.{member.name}", module, owner)
            elif isinstance(node, ast.FunctionDef | ast.ClassDef):
                self._function(node, f"{module}.{node.name}", module, None)

    def _public_class(self, node: ast.stmt) -> str | None:
        """The public class to which the methods of a class belong."""
        if not isinstance(node, ast.ClassDef):
            return None
        extending = self._extended_by.get(node.name, node.name)
        return next((name for name in (node.name, extending) if self._is_public(name)), None)

    def _is_public(self, name: str) -> bool:
        return not name.startswith("_") and (self._public is None or name in self._public)

    def _function(self, node: ast.AST, name: str, module: str, owner: str | None) -> None:
        for inner in ast.walk(node):
            if isinstance(inner, ast.Attribute) and isinstance(inner.value, ast.Name):
                scope = owner if inner.value.id in {"self", "cls"} else inner.value.id
                if scope == "catalog":
                    self.senders[inner.attr].add(name)
                elif scope is not None:
                    self._callers[f"{scope}.{inner.attr}"].add(name)
                    if not scope[0].isupper():
                        self._callers[inner.attr].add(name)
            elif isinstance(inner, ast.Name):
                self._callers[self._origins.get(inner.id, f"{module}.{inner.id}")].add(name)

    def public_callers(self, users: set[str]) -> tuple[str, ...]:
        """The public calls that lead to one of these functions."""
        return tuple(
            sorted({call for user in users for call in self._public_callers_of(user, {user})})
        )

    def _public_callers_of(self, name: str, visited: set[str]) -> Iterator[str]:
        owner, _, member = name.partition(".")
        is_class = owner[:1].isupper()
        if is_class and (member in _WHOLE_CLASS or member.startswith("__")):
            yield owner
        elif is_class and not member.startswith("_"):
            yield name
        elif not is_class and self._public is not None and member in self._public:
            yield member
        else:
            is_only_one = is_class and self._definers[member] == {owner}
            on_others = self._callers[member] if is_only_one else set[str]()
            for caller in sorted((self._callers[name] | on_others) - visited):
                yield from self._public_callers_of(caller, visited | {caller})


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that are imported from modules of the same package, as ``module.name``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            for alias in node.names:
                yield alias.asname or alias.name, f"{node.module}.{alias.name}"
