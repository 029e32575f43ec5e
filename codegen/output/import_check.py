"""Tests generated code before it replaces the old: imports it and reads its surface.

The made trees are put beside the hand-written modules in a folder of their own. Every model is
built there and every module imported, in a process of its own; what fails is told at the line of
the source that a person edits.
"""

from __future__ import annotations

import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..project.layout import (
    PACKAGE,
    QUERIES,
    SCHEMA,
    TEMPLATES,
    TREES,
    has_package,
    written_package,
)
from ..project.problem import Problem
from ..python.names import operation_module
from ..schema.locations import origin_of
from .import_all import Failure, imported
from .tree_differences import Difference, compared

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ..queries.sources import Sources

_NAME = "typed_artifacts"
_GRAPHQL, _OPERATIONS = TREES[:2]


@dataclass(frozen=True)
class ImportCheck:
    """Imports generated modules, and knows which source each was made from."""

    root: Path
    sources: Sources
    origins: Mapping[str, str]
    """Module → its source: a template or a hand-written module."""
    front: str | None
    """The text of the package's ``__init__.py``; ``None`` without a package."""

    def run(self, made: Path) -> Path:
        """Import every generated module and the package. Returns the folder of the copy.

        Args:
            made: the folder of the made trees.

        Raises:
            Problem: one cannot be imported.
        """
        root = self._assemble(made)
        folder = root / "src"
        failure = imported(folder, [*self._modules(folder)])
        if failure is not None:
            raise self._problem(folder, failure)
        return root

    def _assemble(self, made: Path) -> Path:
        """Copy the trees and the hand-written modules into one folder.

        What is the same as before comes from there, with what Python has compiled of it.
        """
        root = made / "project"
        package = root / PACKAGE
        beside = () if has_package(self.root) else TREES
        skip = shutil.ignore_patterns(*beside, *(f".*{name}" for name in TREES))
        shutil.copytree(written_package(self.root), package, ignore=skip)
        for name in TREES:
            for difference in compared(made / name, package / name):
                _replace(difference, made / name, package / name)
        if self.front is not None:
            (root / PACKAGE / "__init__.py").write_text(self.front, encoding="utf-8")
        return root

    def _modules(self, folder: Path) -> Iterator[str]:
        # The rooms that are written by hand know this project's own schema, and no other.
        whole = has_package(self.root)
        for tree in TREES if whole else (_GRAPHQL, _OPERATIONS):
            for path in sorted((folder / _NAME / tree).rglob("*.py")):
                parts = path.relative_to(folder).with_suffix("").parts
                if whole or parts[-1] != "__init__":
                    yield ".".join(parts).removesuffix(".__init__")
        if whole:
            yield _NAME

    def _problem(self, folder: Path, failure: Failure) -> Problem:
        """The problem at the innermost frame in the package."""
        if failure.exported:
            return self._not_exported(failure.module, failure.exported)
        module, said = failure.module, failure.message.replace(f"{folder}/", "src/")
        parts: tuple[str, ...] = tuple(module.split(".")[1:])
        line: int | None = None
        for file, number in failure.frames:
            if Path(file).is_relative_to(folder / _NAME):
                parts, line = Path(file).relative_to(folder / _NAME).parts, number
        name = "/".join(parts).removesuffix(".py")
        text = f"the module {name} that is made of it cannot be imported: {said}"
        if parts and parts[0] in TREES:
            return self._generated(name, text)
        file = f"{PACKAGE}/{'/'.join(parts) or '__init__.py'}"
        return Problem(file, line, f"cannot be imported with what would be generated: {said}")

    def _generated(self, name: str, text: str) -> Problem:
        tree, _, module = name.partition("/")
        if tree in {"_sync", "_async"}:
            return Problem(self.origins.get(module, f"{PACKAGE}/{name}.py"), None, text)
        if tree == _OPERATIONS:
            return Problem(f"{TEMPLATES}/{module}.jinja", None, text)
        documents = (
            self.sources.fragments if module.startswith("fragments/") else self.sources.operations
        )
        for document, node in documents.items():
            if operation_module(document) == module.removeprefix("fragments/"):
                found = origin_of(node, document)
                return Problem(found.file, found.line, text)
        return Problem(SCHEMA if module in {"enums", "input_types"} else QUERIES, None, text)

    def _not_exported(self, module: str, name: str) -> Problem:
        """The problem for a missing public name, at the line that exports it."""
        tree, *parts = module.split(".")[1:] or ["__init__"]
        file = f"{PACKAGE}/{'/'.join([tree, *parts])}.py"
        text = f'exports "{name}", which is no longer generated'
        if tree in {"_sync", "_async"}:
            file = self.origins.get("/".join(parts), file)
            text = f'exports "{name}", which is defined nowhere'
        path = self.root / file
        lines = path.read_text(encoding="utf-8").splitlines() if path.is_file() else []
        used = (it for it, line in enumerate(lines, 1) if re.search(rf"\b{name}\b", line))
        return Problem(file, next(used, None), text)


def _replace(difference: Difference, made: Path, there: Path) -> None:
    target = there / difference.name
    for compiled in target.parent.glob(f"__pycache__/{target.stem}.*.pyc"):
        compiled.unlink()
    if difference.is_surplus:
        target.unlink()
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(made / difference.name, target)
