"""Asks for confirmation before something is deleted or changed."""

from __future__ import annotations

import sys

import typer

from typed_artifacts.cli.output.terminal import error_line
from typed_artifacts.cli.output.texts import clean


def confirm(question: str, yes: bool, *, deletes: bool = True) -> None:
    """Ask, unless it was answered beforehand; leave with exit code 1 where the answer is no.

    Args:
        question: what to ask.
        yes: whether it was answered.
        deletes: whether something is deleted, and not only changed.
    """
    if yes:
        return
    sys.stderr.write(clean(f"{question} [y/N] "))
    sys.stderr.flush()
    answer = sys.stdin.readline()
    nothing = "Nothing was deleted" if deletes else "Nothing was changed"
    if answer.strip().lower() in {"y", "yes"}:
        return
    if answer:
        error_line(f"{nothing}.")
    else:
        sys.stderr.write("\n")
        does = "deletes" if deletes else "goes on"
        error_line(f"{nothing}: nobody answered. --yes {does} without asking.")
    raise typer.Exit(1)
