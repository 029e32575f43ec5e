"""Reads the paths and names of options and arguments."""

from __future__ import annotations

from pathlib import Path

import typer


def was_given(ctx: typer.Context, name: str) -> bool:
    """Whether a parameter is on the command line, and not from the environment or its default."""
    source = ctx.get_parameter_source(name)
    return source is not None and source.name == "COMMANDLINE"


def given_path(text: str) -> Path:
    """A path from the command line.

    An empty one is refused: ``Path("")`` is the current folder, which nobody means who quotes a
    variable that is not set.
    """
    if not text:
        raise typer.BadParameter("It is empty; for the current folder, write a full stop.")
    return Path(text)


def given_name(text: str | None) -> str | None:
    """A name or an address from the command line; an empty one is refused.

    Otherwise the command would work on the default, which nobody means who quotes a variable that
    is not set.
    """
    if text is not None and not text:
        raise typer.BadParameter("It is empty; for the default, leave the option out.")
    return text
