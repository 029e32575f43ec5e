"""Errors about the files of a version."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from ...errors import ArtifactsError

if TYPE_CHECKING:
    from collections.abc import Generator


@contextmanager
def of_version(path: str) -> Generator[None]:
    """Say in an error of a transfer which version the file is of: many have files of that name."""
    try:
        yield
    except ArtifactsError as error:
        if path not in str(error):
            error.args = (f"{path}: {error}", *error.args[1:])
        raise
