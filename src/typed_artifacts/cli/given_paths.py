"""Reads the paths of options and arguments."""

from __future__ import annotations

from pathlib import Path

import typer


def given_path(text: str) -> Path:
    """A path from the command line.

    An empty one is refused: ``Path("")`` is the current folder, which nobody means who quotes a
    variable that is not set.
    """
    if not text:
        raise typer.BadParameter("It is empty; for the current folder, write a full stop.")
    return Path(text)
