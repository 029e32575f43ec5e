"""Turns errors into a line and an exit code."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import typer

from typed_artifacts.cli.advice import in_options
from typed_artifacts.cli.output.terminal import error_line
from typed_artifacts.errors import ArtifactsError

FAILED: Final = 1
"""The exit code after an error."""


@contextmanager
def reported() -> Generator[None]:
    """Turn an error of the package or the system into one line and an exit code."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of the output has closed it: typer exits quietly
    except (ArtifactsError, OSError) as error:
        error_line(error_text(error))
        raise typer.Exit(FAILED) from error


def error_text(error: Exception) -> str:
    """What an error says, and its notes, in words of the command."""
    notes: list[str] = getattr(error, "__notes__", [])
    return " ".join(map(in_options, (str(error), *notes)))


@contextmanager
def warnings_as_lines() -> Generator[None]:
    """Show warnings that are for users as lines of the command, before an error that follows."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        warnings.simplefilter("always", UserWarning)
        try:
            yield
        finally:
            for warning in caught:
                error_line(in_options(str(warning.message)))
