"""Compares generated trees with those below the project, and moves them into place."""

from __future__ import annotations

import os
import shutil
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from typed_artifacts._environment.locks import close_locked, wait_for_lock

from ..project.problem import Problem
from .tree_differences import compared

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping


def differences(made: Path, there: Path) -> list[str]:
    """Lines on the differences from a generated tree, including missing and surplus files."""
    return [f"{item.kind}: {there.name}/{item.name}" for item in compared(made, there)]


@contextmanager
def exclusive_run(root: Path) -> Generator[None]:
    """Hold the lock of a folder, so that only one run of the generator writes there.

    It is the folder itself that is locked, so that no file is left; where a system has no such
    locks, nobody waits.
    """
    handle: int | None = None
    with suppress(OSError):
        handle = os.open(root, os.O_RDONLY)
    try:
        if handle is not None:
            with suppress(OSError):
                wait_for_lock(handle)
        yield
    finally:
        if handle is not None:
            close_locked(handle)


def repair(target: Path) -> None:
    """Restore a tree or a file if an earlier run was stopped while it replaced it."""
    new, old = _new_and_old_paths(target)
    if old.exists() and not target.exists():
        old.rename(target)
    _remove(new)


def replace_all(trees: Mapping[Path, Path], texts: Mapping[Path, str]) -> None:
    """Replace trees and files: all of them or none.

    All are written beside their places first, and then renamed.

    Args:
        trees: where each tree goes, and what it is a copy of.
        texts: where each file goes, and what is in it.

    Raises:
        Problem: one cannot be written; everything is as it was then.
    """
    target = Path()
    begun: list[Path] = []
    before = {path: path.read_bytes() for path in texts if path.is_file()}
    try:
        for target in (*trees, *texts):
            begun.append(target)
            _write_beside(target, trees.get(target), texts.get(target, ""))
        for target in trees:
            new, old = _new_and_old_paths(target)
            if target.exists():
                target.rename(old)
            new.rename(target)
        for target in texts:
            _new_and_old_paths(target)[0].replace(target)
    except BaseException as error:
        for path in begun:
            _restore(path, before.get(path))
        if isinstance(error, OSError):
            raise Problem(str(target), None, f"cannot be written: {error}") from error
        raise
    for target in trees:
        _remove(_new_and_old_paths(target)[1])


def _new_and_old_paths(target: Path) -> tuple[Path, Path]:
    """The temporary paths of the new and the old tree or file."""
    return target.with_name(f".new{target.name}"), target.with_name(f".old{target.name}")


def _write_beside(target: Path, tree: Path | None, text: str) -> None:
    new, old = _new_and_old_paths(target)
    for left in (new, old):
        _remove(left)
    target.parent.mkdir(parents=True, exist_ok=True)
    if tree is None:
        new.write_text(text, encoding="utf-8")
    else:
        shutil.copytree(tree, new)


def _restore(target: Path, content: bytes | None) -> None:
    """Restore a tree or a file, if the disk allows it."""
    new, old = _new_and_old_paths(target)
    with suppress(OSError):
        if old.exists():
            _remove(target)
            old.rename(target)
        elif content is not None and content != target.read_bytes():
            target.write_bytes(content)
        _remove(new)


def _remove(path: Path) -> None:
    """Remove a tree or a file if it exists."""
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()
