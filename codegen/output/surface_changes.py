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
    """How a surface changed, in lines for a person."""

    lines: tuple[str, ...]
    consequence: Consequence

    @property
    def report(self) -> list[str]:
        """The lines, and what they ask for."""
        if not self.lines:
            return []
        return [*self.lines, f"surface: {_WORDS[self.consequence]}"]


def compare_surfaces(old: str, new: str) -> SurfaceDiff:
    """What became of each name between two texts of the surface."""
    before, after = _entries(old), _entries(new)
    lines: list[str] = []
    major = False
    for name in sorted(before.keys() | after.keys()):
        was, now = before.get(name, []), after.get(name, [])
        if was == now:
            continue
        if not was:
            lines += [f"surface: added {line}" for line in now]
        elif not now:
            lines += [f"surface: removed {line}" for line in was]
            major = True
        else:
            compatible = len(was) == len(now) and all(map(_still_accepts, was, now))
            major = major or not compatible
            lines += [f"surface: changed {line}" for line in was]
            lines += [f"surface:      to {line}" for line in now]
    consequence: Consequence = "major" if major else "minor" if lines else "none"
    return SurfaceDiff(tuple(lines), consequence)


def _entries(text: str) -> dict[str, list[str]]:
    entries: dict[str, list[str]] = defaultdict(list)
    for line in text.splitlines():
        if line and not line.startswith("#"):
            entries[_name(line)].append(line)
    return dict(entries)


def _name(line: str) -> str:
    words = line.removeprefix("async ")
    if words.startswith("class "):
        return words.partition("(")[0]
    return min((words.partition(mark)[0] for mark in ("(", ":", " ")), key=len)


def _still_accepts(old: str, new: str) -> bool:
    """Whether code written for the old line still works: only optional parameters were added."""
    was, now = _parsed(old), _parsed(new)
    if was is None or now is None:
        return old in {
            f"{new}{_READ_ONLY}",  # it became settable
            new.replace(_READ_ONLY, f" | None{_READ_ONLY}"),  # it is there now, always
        }
    kept = ast.unparse(was.returns or ast.Constant(None)) == ast.unparse(
        now.returns or ast.Constant(None)
    )
    return kept and type(was) is type(now) and _grew(was.args, now.args)


def _grew(was: ast.arguments, now: ast.arguments) -> bool:
    positional = _shown(was, keyword=False)
    keywords = _shown(was, keyword=True)
    now_positional, now_keywords = _shown(now, keyword=False), _shown(now, keyword=True)
    new = [*now_positional[len(positional) :], *(it for it in now_keywords if it not in keywords)]
    return (
        now_positional[: len(positional)] == positional
        and set(keywords) <= {*now_keywords, *now_positional}
        and all(default is not None for _, default in new)
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
