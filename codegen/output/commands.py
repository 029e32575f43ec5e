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
from .trees import differences, exclusive_run, repair, replace_all

_FRONT_DIFFERS = f"differs: {FRONT}"


def generate(root: Path) -> list[str]:
    """Write all generated trees and the surface below ``root``. Returns lines on the changes.

    Everything is built first, imported, and its surface read. Then each tree takes the place of the
    old one by renaming, so that an interruption leaves whole trees, old or new. A second run waits.

    Raises:
        Problem: a source is wrong, or something cannot be written; nothing has been touched then.
    """
    with exclusive_run(root), tempfile.TemporaryDirectory() as folder:
        targets = {name: root / PACKAGE / name for name in TREES}
        for target in (*targets.values(), root / FRONT, root / SURFACE):
            repair(target)
        built = build_trees(root, Path(folder))
        changes = compare(built, root)
        project = built.import_check.run(built.folder) if changes else root
        written = _written_surface(root)
        current = surface_text(project) if has_package(root) else ""
        trees = {
            target: built.folder / name
            for name, target in targets.items()
            if differences(built.folder / name, target)
        }
        front = built.front if _FRONT_DIFFERS in changes else None
        texts = {root / FRONT: front, root / SURFACE: current if current != written else None}
        replace_all(trees, {path: text for path, text in texts.items() if text is not None})
    return [*changes, *(compare_surfaces(written, current).report if written else [])]


def check(root: Path) -> list[str]:
    """Lines on the differences between the files below ``root`` and generated ones."""
    with exclusive_run(root), tempfile.TemporaryDirectory() as folder:
        stale = compare(build_trees(root, Path(folder)), root)
        if not stale and has_package(root):
            written, current = _written_surface(root), surface_text(root)
            stale = list(compare_surfaces(written, current).lines)
            if written != current:
                stale.append(f"differs: {SURFACE}")
    return stale


def _written_surface(root: Path) -> str:
    path = root / SURFACE
    return path.read_text(encoding="utf-8") if path.is_file() else ""


def compare(built: BuiltTrees, root: Path) -> list[str]:
    """Lines on the differences between the trees below ``root`` and built ones."""
    lines = [
        line for name in TREES for line in differences(built.folder / name, root / PACKAGE / name)
    ]
    if built.front is not None and built.front != read_text(root / FRONT, FRONT):
        lines.append(_FRONT_DIFFERS)
    return lines
