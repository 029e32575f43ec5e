"""Asks for confirmation before something is deleted."""

from __future__ import annotations

import sys

import typer

from typed_artifacts.cli.output.terminal import error_line
from typed_artifacts.cli.output.texts import clean


def confirm(question: str, yes: bool) -> None:
    """Ask, unless it was answered beforehand; leave with exit code 1 where the answer is no."""
    if yes:
        return
    sys.stderr.write(clean(f"{question} [y/N] "))
    sys.stderr.flush()
    answer = sys.stdin.readline()
    if answer.strip().lower() in {"y", "yes"}:
        return
    if answer:
        error_line("Nothing was deleted.")
    else:
        sys.stderr.write("\n")
        error_line("Nothing was deleted: nobody answered. --yes deletes without asking.")
    raise typer.Exit(1)
