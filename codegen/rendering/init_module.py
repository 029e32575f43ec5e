"""Adds public classes of the mapping to the package's ``__init__.py``.

``src/typed_artifacts/__init__.py`` is written by hand. For a new class, the import for type
checkers, its module in ``_HOMES`` and its name in ``__all__`` are inserted in sorted order. No name
is removed, because removing a public name is a decision of a developer.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ..project.files import read_text
from ..project.layout import FRONT, has_package
from ..project.problem import Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from ..classes.class_specs import Specifications
    from ..configuration.mapping import Mapping

_FLAVOURS = (("_async", "Async"), ("_sync", ""))
# The first line of a block, and the pattern of the lines among which a new one is sorted.
_IMPORTS = ("if TYPE_CHECKING:", r"    from \.(\w+\.\w+) import ")
_HOMES = ("_HOMES = {", r'    "\.(\w+\.\w+)": ')
_ALL = ("__all__ = [", r'    "([A-Z]\w*[a-z]\w*)",')


def init_module(root: Path, specifications: Specifications, mapping: Mapping) -> str | None:
    """The package's ``__init__.py`` with all public classes; ``None`` without a package.

    Raises:
        Problem: a block is missing, or a class that is not public is exported.
    """
    if not has_package(root):
        return None
    lines = read_text(root / FRONT, FRONT).splitlines(keepends=True)
    _check_hidden(lines, specifications, mapping)
    for module, name in _public(specifications, mapping):
        if f'    "{name}",\n' not in lines:
            _insert(lines, _IMPORTS, module, f"    from .{module} import {name}\n")
            _insert(lines, _HOMES, module, f'    ".{module}": "{name}",\n')
            _insert(lines, _ALL, name, f'    "{name}",\n')
    return "".join(lines)


def _check_hidden(lines: Sequence[str], specifications: Specifications, mapping: Mapping) -> None:
    for spec in specifications.classes:
        for _, prefix in _FLAVOURS:
            name = f"{prefix}{spec.name}"
            if not mapping.classes[spec.name].public and f'    "{name}",\n' in lines:
                text = f"{FRONT} hands out {name}; take it out there first"
                raise mapping.locations.problem((spec.name, "public"), text)


def exported(front: str | None) -> set[str] | None:
    """The names in ``__all__`` of the package's ``__init__.py``; ``None`` without one."""
    if front is None:
        return None
    listed = front.partition(f"{_ALL[0]}\n")[2].partition("]")[0]
    return set(re.findall(r'"(\w+)"', listed))


def exported_by_hand(root: Path, specifications: Specifications) -> set[str]:
    """The names in ``__all__`` of the package that are not those of generated classes."""
    if not has_package(root):
        return set()
    front = read_text(root / FRONT, FRONT)
    made = {
        f"{prefix}{spec.name}"
        for spec in specifications.classes
        for folder, prefix in _FLAVOURS
        if f'    ".{folder}.{spec.module}": "{prefix}{spec.name}",\n' in front
    }
    return (exported(front) or set()) - made


def _public(specifications: Specifications, mapping: Mapping) -> Iterator[tuple[str, str]]:
    for spec in specifications.classes:
        if not mapping.classes[spec.name].public:
            continue
        for folder, prefix in _FLAVOURS:
            yield f"{folder}.{spec.module}", f"{prefix}{spec.name}"


def _insert(lines: list[str], block: tuple[str, str], key: str, line: str) -> None:
    """Insert a line into a block, in sorted order."""
    opening, pattern = block
    if f"{opening}\n" not in lines:
        raise Problem(FRONT, None, f'has no line "{opening}", below which "{key}" would stand')
    start = lines.index(f"{opening}\n") + 1
    index = _index(lines, start, pattern, key)
    lines.insert(index, line)


def _index(lines: Sequence[str], start: int, pattern: str, key: str) -> int:
    room = key.partition(".")[0] if "." in key else None
    index = start
    for number in range(start, len(lines)):
        if lines[number].strip() and not lines[number].startswith(" "):
            break
        found = re.match(pattern, lines[number])
        if found and room in {None, found[1].partition(".")[0]}:
            if found[1] > key:
                return number
            index = number + 1
    return index
