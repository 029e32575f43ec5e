"""Reads the members of rendered classes from their source, including those of base classes."""

from __future__ import annotations

import ast
from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from ..project.layout import PACKAGE
from ..python.source import is_on_self, parsed, set_on_self
from .hand_written import parsed_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path


@dataclass
class Members:
    """Name → the class that defines it, for the members of instances."""

    methods: dict[str, str] = field(default_factory=dict[str, str])
    """Methods and properties."""
    attributes: dict[str, str] = field(default_factory=dict[str, str])
    """Attributes that methods set."""
    declared: dict[str, str] = field(default_factory=dict[str, str])
    """Attributes that are only annotated, for a subclass to set."""


@dataclass(frozen=True)
class ClassText:
    """One class of a module."""

    node: ast.ClassDef

    @cached_property
    def methods(self) -> Counter[str]:
        """Name → number of definitions of a method or property, without setters and overloads."""
        return Counter(item.name for item in self._functions() if not _is_part(item))

    @cached_property
    def attributes(self) -> set[str]:
        """The names that methods set on ``self``, without declared ones."""
        return {name for it in self._functions() for name in set_on_self(it)} - self.declared

    @cached_property
    def declared(self) -> set[str]:
        """The names that the class annotates without a value."""
        return {
            item.target.id
            for item in self.node.body
            if isinstance(item, ast.AnnAssign)
            and isinstance(item.target, ast.Name)
            and item.value is None
        }

    @cached_property
    def names_in_its_scope(self) -> set[str]:
        """Names in annotations and decorators, which Python looks up in the class body."""
        parts: list[ast.expr | None] = [
            item.annotation for item in self.node.body if isinstance(item, ast.AnnAssign)
        ]
        for item in self._functions():
            # A setter's decorator names the property itself.
            parts += [part for part in item.decorator_list if not isinstance(part, ast.Attribute)]
            listed = (node for node in ast.walk(item.args) if isinstance(node, ast.arg))
            parts += [item.returns, *(argument.annotation for argument in listed)]
        return {
            node.id
            for part in parts
            if part is not None
            for node in ast.walk(part)
            if isinstance(node, ast.Name)
        }

    def method(self, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """The method of that name, if this class defines it."""
        return next((item for item in self._functions() if item.name == name), None)

    def reads(self, attribute: str) -> bool:
        """Whether a method reads ``self.attribute``."""
        return any(
            is_on_self(node, attribute) and isinstance(node.ctx, ast.Load)
            for item in self._functions()
            for node in ast.walk(item)
            if isinstance(node, ast.Attribute)
        )

    def _functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        for item in self.node.body:
            if isinstance(item, ast.FunctionDef | ast.AsyncFunctionDef):
                yield item


@dataclass
class Library:
    """The classes of rendered modules and of hand-written packages, by name."""

    texts: Mapping[str, str]
    rooms: Mapping[str, str]
    """Name → the statement with which a rendered module imports it."""
    models: Mapping[str, str]
    """Enums, inputs and fragments by name."""
    package: Path

    @cached_property
    def _rendered(self) -> dict[str, ast.ClassDef]:
        return {
            node.name: node
            for text in self.texts.values()
            for node in parsed(text).body
            if isinstance(node, ast.ClassDef)
        }

    def names(self) -> set[str]:
        """All names that a rendered module can use."""
        return {*self._rendered, *self.rooms, *self.models}

    def members(self, found: ClassText) -> set[str]:
        """The members of instances of a class, including inherited ones."""
        inherited = self.inherited(found)
        own = {*found.methods, *found.attributes, *found.declared}
        above = (inherited.methods, inherited.attributes, inherited.declared)
        return own.union(*above)

    def find(self, name: str) -> ClassText | None:
        """The class of that name, rendered or hand-written."""
        node = self._rendered.get(name) or self._in_room(name)
        return ClassText(node) if node else None

    def inherited(self, found: ClassText) -> Members:
        """The inherited members of a class."""
        members = Members()
        for parent in self._bases(found):
            above = self.inherited(parent)
            owner = parent.node.name
            members.methods |= above.methods | dict.fromkeys(parent.methods, owner)
            members.attributes |= above.attributes | dict.fromkeys(parent.attributes, owner)
            members.declared |= above.declared | dict.fromkeys(parent.declared, owner)
        return members

    def between(self, found: ClassText, made: ClassText) -> Iterator[ClassText]:
        """The hand-written bases between a class and its generated base class."""
        for parent in self._bases(found):
            if parent.node is not made.node:
                yield parent
                yield from self.between(parent, made)

    def method(self, found: ClassText, name: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
        """A method of a class or of its bases."""
        own = found.method(name)
        if own is not None:
            return own
        for parent in self._bases(found):
            inherited = self.method(parent, name)
            if inherited is not None:
                return inherited
        return None

    def _bases(self, found: ClassText) -> Iterator[ClassText]:
        for base in found.node.bases:
            name = base.value if isinstance(base, ast.Subscript) else base
            parent = self.find(name.id) if isinstance(name, ast.Name) else None
            if parent is not None:
                yield parent

    def _in_room(self, name: str) -> ast.ClassDef | None:
        tokens = self.rooms.get(name, "").split()
        if tokens[:1] != ["from"] or not tokens[1].startswith(".."):
            return None
        path = self.package.joinpath(*tokens[1][2:].split(".")).with_suffix(".py")
        if not path.is_file():
            return None
        tree = parsed_file(path, f"{PACKAGE}/{path.relative_to(self.package).as_posix()}")
        found = (node for node in tree.body if isinstance(node, ast.ClassDef))
        return next((node for node in found if node.name == name), None)


def _is_part(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    decorators = [ast.unparse(item) for item in function.decorator_list]
    return any(
        decorator.endswith((".setter", ".deleter")) or decorator == "overload"
        for decorator in decorators
    )
