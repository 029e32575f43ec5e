"""Compares two public surfaces: what changed, and which version number that requires."""

from __future__ import annotations

import ast
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

Consequence = Literal["none", "minor", "major"]
_READ_ONLY = "  # read-only"
_WORDS = {
    "minor": "compatible: a minor version (semantic versioning)",
    "major": "incompatible: a major version (semantic versioning; before 1.0 a minor one)",
}


@dataclass(frozen=True)
class SurfaceDiff:
    """The changes of a surface, as lines of text."""

    lines: tuple[str, ...]
    consequence: Consequence

    @property
    def report(self) -> list[str]:
        """The lines, and the version number that they require."""
        if not self.lines:
            return []
        return [*self.lines, f"surface: {_WORDS[self.consequence]}"]


def compare_surfaces(old: str, new: str) -> SurfaceDiff:
    """The changes of each name between two texts of the surface."""
    before, after = _entries(old), _entries(new)
    lines: list[str] = []
    major = False
    for name in sorted(before.keys() | after.keys()):
        old_lines, new_lines = before.get(name, []), after.get(name, [])
        if old_lines == new_lines:
            continue
        if not old_lines:
            lines += [f"surface: added {line}" for line in new_lines]
        elif not new_lines:
            lines += [f"surface: removed {line}" for line in old_lines]
            major = True
        else:
            compatible = len(old_lines) == len(new_lines) and all(
                map(_still_accepts, old_lines, new_lines)
            )
            major = major or not compatible
            lines += [f"surface: changed {line}" for line in old_lines]
            lines += [f"surface:      to {line}" for line in new_lines]
    consequence: Consequence = "major" if major else "minor" if lines else "none"
    return SurfaceDiff(tuple(lines), consequence)


def _entries(text: str) -> dict[str, list[str]]:
    entries: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        if line and not line.startswith("#"):
            entries[_name(line)].append(line)
    return dict(entries)


def _name(line: str) -> str:
    declaration = line.removeprefix("async ")
    if declaration.startswith(("class ", "module ")):
        return declaration.partition("(")[0]
    return min((declaration.partition(mark)[0] for mark in ("(", ":", " ")), key=len)


def _still_accepts(old: str, new: str) -> bool:
    """Whether code written for the old line still works: only optional parameters were added."""
    old_function, new_function = _parsed(old), _parsed(new)
    if old_function is None or new_function is None:
        return old in {
            f"{new}{_READ_ONLY}",  # the attribute became writable
            new.replace(_READ_ONLY, f" | None{_READ_ONLY}"),  # the attribute is never None any more
        }
    same_result = ast.unparse(old_function.returns or ast.Constant(None)) == ast.unparse(
        new_function.returns or ast.Constant(None)
    )
    return (
        same_result
        and type(old_function) is type(new_function)
        and _grew(old_function.args, new_function.args)
    )


def _grew(old: ast.arguments, new: ast.arguments) -> bool:
    positional = _shown(old, keyword=False)
    keywords = _shown(old, keyword=True)
    new_positional, new_keywords = _shown(new, keyword=False), _shown(new, keyword=True)
    added = [*new_positional[len(positional) :], *(it for it in new_keywords if it not in keywords)]
    return (
        new_positional[: len(positional)] == positional
        and set(keywords) <= {*new_keywords, *new_positional}
        and _takes_as_many(old, new)
        # A parameter before ``*args`` would take one of those.
        and (old.vararg is None or len(new_positional) == len(positional))
        and all(default is not None for _, default in added)
    )


def _takes_as_many(old: ast.arguments, new: ast.arguments) -> bool:
    """Whether any number of arguments is still taken, if it was."""
    return all(
        before is None or (after is not None and ast.unparse(before) == ast.unparse(after))
        for before, after in ((old.vararg, new.vararg), (old.kwarg, new.kwarg))
    )


def _shown(arguments: ast.arguments, *, keyword: bool) -> list[tuple[str, str | None]]:
    names = arguments.kwonlyargs if keyword else arguments.args
    defaults: list[ast.expr | None] = [*(arguments.kw_defaults if keyword else arguments.defaults)]
    padded = [None] * (len(names) - len(defaults)) + defaults
    return [
        (ast.unparse(name), None if default is None else ast.unparse(default))
        for name, default in zip(names, padded, strict=True)
    ]


def _parsed(line: str) -> ast.FunctionDef | ast.AsyncFunctionDef | None:
    prefix = "async " if line.startswith("async ") else ""
    name, bracket, rest = line.removeprefix("async ").partition("(")
    if not bracket or name.startswith("class ") or ":" in name:
        return None
    try:
        found = ast.parse(f"{prefix}def f({rest}: ...").body[0]
    except SyntaxError:
        return None
    return found if isinstance(found, ast.FunctionDef | ast.AsyncFunctionDef) else None
