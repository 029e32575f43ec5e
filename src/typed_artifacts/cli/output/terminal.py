"""Lines on the standard output and the standard error, and how wide they may be."""

from __future__ import annotations

import os
import sys

from rich.console import Console

from typed_artifacts.cli.output.texts import clean

WIDE = 200
"""The width of what no terminal cuts off: a pipe, a file."""


def available_width() -> int | None:
    """How wide a line may be: as ``COLUMNS`` or the terminal says; ``None`` without an end."""
    given = os.environ.get("COLUMNS", "")
    if given.isascii() and given.isdigit() and int(given):
        return int(given)
    return Console().width if sys.stdout.isatty() else None


def console() -> Console:
    """Where tables go: the standard output, as wide as the terminal."""
    return Console(width=available_width() or WIDE, highlight=False)


def error_line(message: str) -> None:
    """Write an error's message as one line on the standard error."""
    if sys.stderr is not None:
        sys.stderr.write(f"typed-artifacts: {clean(' '.join(message.split()))}\n")


def say(line: str) -> None:
    """Write one sentence to the standard output."""
    console().print(clean(line), markup=False, soft_wrap=True)
