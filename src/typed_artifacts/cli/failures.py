"""Turns errors into a line and an exit code."""

from __future__ import annotations

import warnings
from collections.abc import Generator
from contextlib import contextmanager

import typer

from typed_artifacts.cli.output.terminal import error_line
from typed_artifacts.errors import ArtifactsError


@contextmanager
def reported() -> Generator[None]:
    """Turn an error of the package or the system into one line and the exit code 1."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of the output has closed it: typer exits quietly
    except (ArtifactsError, OSError) as error:
        error_line(str(error))
        raise typer.Exit(1) from error


@contextmanager
def warnings_as_lines() -> Generator[None]:
    """Show warnings of the package as lines of the command."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    for warning in caught:
        error_line(str(warning.message))
