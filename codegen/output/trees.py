"""Compares generated trees with those below the project, and moves them into place."""

from __future__ import annotations

import shutil
from pathlib import Path

from ..project.problem import Problem
from .tree_differences import compared


def differences(made: Path, there: Path) -> list[str]:
    """How a tree differs from what would be made, missing and surplus files included."""
    return [f"{item.kind}: {there.name}/{item.name}" for item in compared(made, there)]


def repair_tree(target: Path) -> None:
    """Restore a tree if an earlier run was stopped between two renames."""
    new, old = _beside(target)
    if old.exists() and not target.exists():
        old.rename(target)
    shutil.rmtree(new, ignore_errors=True)


def _beside(target: Path) -> tuple[Path, Path]:
    """Where a new tree is put together, and where the old one goes."""
    return target.with_name(f".new{target.name}"), target.with_name(f".old{target.name}")


def replace_tree(made: Path, target: Path) -> None:
    """Put a copy of ``made`` in the place of ``target`` by renaming."""
    new, old = _beside(target)
    try:
        for left in (new, old):
            shutil.rmtree(left, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(made, new)
        if target.exists():
            target.rename(old)
        new.rename(target)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise Problem(str(target), None, f"cannot be written: {error}") from error
