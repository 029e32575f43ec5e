"""Finds which documented call sends which operation, from the rendered classes."""

from __future__ import annotations

import ast
from collections import defaultdict
from typing import TYPE_CHECKING

from ..project.layout import PACKAGE
from .hand_written import parsed_file

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Mapping
    from pathlib import Path

# Methods that every use of an object goes through: they are reported as the class.
_WHOLE_CLASS = {"_fetch", "_request", "_with", "load"}
# Suggestions only extend an error message, and names of organizations are looked up where a path is
# found in no other way: the call works on a server without them.
_NOT_CALLS = {"queries.py", "pager.py", "suggestions.py", "organization_lookup.py"}


def documented_calls(package: Path, public: Container[str] | None) -> dict[str, tuple[str, ...]]:
    """Operation constant → public calls that send it, such as ``ArtifactCollection.save``.

    Args:
        package: the folder of the blocking classes.
        public: what users import; everything, where nothing says so.
    """
    modules = {
        path.stem: parsed_file(path, f"{PACKAGE}/{package.name}/{path.name}")
        for path in sorted(package.glob("*.py"))
        if path.name not in _NOT_CALLS
    }
    graph = _Graph(public, _heirs(modules.values()))
    for name, tree in modules.items():
        graph.read(name, tree)
    return {name: graph.public_above(users) for name, users in sorted(graph.senders.items())}


def _heirs(modules: Iterable[ast.Module]) -> dict[str, str]:
    """Base class → the one class whose methods it holds, so that neither is too long."""
    found: dict[str, list[str]] = defaultdict(list)
    for tree in modules:
        for node in tree.body:
            if isinstance(node, ast.ClassDef):
                for base in node.bases:
                    if isinstance(base, ast.Name):
                        found[base.id].append(node.name)
    return {base: names[0] for base, names in found.items() if len(names) == 1}


class _Graph:
    """Who calls whom: methods as ``Class.method``, functions as ``module.function``.

    A private class counts as a function of its module: to name it is to call all of it. A private
    method of a public one may be called on whatever is at hand, as its name tells the class. The
    methods of a private base of one public class are that class's own.
    """

    def __init__(self, public: Container[str] | None, heirs: Mapping[str, str]) -> None:
        self._public = public
        self._heirs = heirs
        self.senders: dict[str, set[str]] = defaultdict(set)
        self._callers: dict[str, set[str]] = defaultdict(set)
        self._definers: dict[str, set[str]] = defaultdict(set)
        self._module_of: dict[str, str] = {}

    def read(self, module: str, tree: ast.Module) -> None:
        self._module_of = dict(_imported(tree))
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
        """The public class whose methods a class holds."""
        if not isinstance(node, ast.ClassDef):
            return None
        heir = self._heirs.get(node.name, node.name)
        return next((name for name in (node.name, heir) if self._is_public(name)), None)

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
                    if scope != owner and not scope[0].isupper():
                        self._callers[inner.attr].add(name)
            elif isinstance(inner, ast.Name):
                self._callers[f"{self._module_of.get(inner.id, module)}.{inner.id}"].add(name)

    def public_above(self, users: set[str]) -> tuple[str, ...]:
        """The public calls through which these are reached."""
        return tuple(sorted({call for user in users for call in self._above(user, {user})}))

    def _above(self, name: str, visited: set[str]) -> Iterator[str]:
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
                yield from self._above(caller, visited | {caller})


def _imported(tree: ast.Module) -> Iterator[tuple[str, str]]:
    """Names that come from another module of the same package, and that module."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 1 and node.module:
            yield from ((alias.asname or alias.name, node.module) for alias in node.names)
