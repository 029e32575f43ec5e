"""``generate`` and ``check``: trees are built in a temporary folder, compared, moved into place."""

from __future__ import annotations

import tempfile
from pathlib import Path

from ..project.files import read_text
from ..project.layout import (
    FRONT,
    PACKAGE,
    SURFACE,
    TREES,
    has_package,
)
from .build import BuiltTrees, build_trees
from .surface import surface_text
from .surface_changes import compare_surfaces
from .trees import differences, repair_tree, replace_tree


def generate(root: Path) -> list[str]:
    """Write all generated trees and the surface below ``root``; the lines say what is different.

    Everything is built first, imported, and its surface read. Then each tree takes the place of the
    old one by renaming, so that an interruption leaves whole trees, old or new.

    Raises:
        Problem: a source is wrong; nothing has been touched then.
    """
    for name in TREES:
        repair_tree(root / PACKAGE / name)
    with tempfile.TemporaryDirectory() as folder:
        built = build_trees(root, Path(folder))
        changes = compare(built, root)
        project = built.import_check.run(built.folder) if changes else root
        surface = surface_text(project) if has_package(root) else ""
        for name in TREES:
            target = root / PACKAGE / name
            if differences(built.folder / name, target):
                replace_tree(built.folder / name, target)
        if built.front is not None and changes:
            (root / FRONT).write_text(built.front, encoding="utf-8")
    return [*changes, *_write_surface(root, surface)]


def check(root: Path) -> list[str]:
    """How what is below ``root`` differs from what would be generated."""
    with tempfile.TemporaryDirectory() as folder:
        stale = compare(build_trees(root, Path(folder)), root)
    if not stale and has_package(root):
        there, now = _written_surface(root), surface_text(root)
        stale = list(compare_surfaces(there, now).lines)
        if there != now:
            stale.append(f"differs: {SURFACE}")
    return stale


def _written_surface(root: Path) -> str:
    path = root / SURFACE
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def _write_surface(root: Path, now: str) -> list[str]:
    there, path = _written_surface(root), root / SURFACE
    if now != there:
        path.parent.mkdir(exist_ok=True)
        path.write_text(now, encoding="utf-8")
    return compare_surfaces(there, now).report if there else []


def compare(built: BuiltTrees, root: Path) -> list[str]:
    """How the trees below ``root``, and the front page, differ from built ones."""
    lines = [
        line for name in TREES for line in differences(built.folder / name, root / PACKAGE / name)
    ]
    if built.front is not None and built.front != read_text(root / FRONT, FRONT):
        lines.append(f"differs: {FRONT}")
    return lines
