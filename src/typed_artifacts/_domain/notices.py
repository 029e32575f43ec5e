"""The warnings of this package."""

from __future__ import annotations

import os
import sys
import warnings
from pathlib import Path

_PACKAGE = str(Path(__file__).parents[1]) + os.sep


class ReferencesNotFollowed(UserWarning):
    """A download did not fetch the targets of references."""


class NamesRefused(UserWarning):
    """A download skipped files whose names this system does not allow, as requested."""


class MetadataChanged(UserWarning):
    """Metadata was changed when it was converted to JSON: null for NaN."""


class FilesNotFound(UserWarning):
    """Some of the given names match no file."""


class TagsIncomplete(UserWarning):
    """A collection has 1,000 tags or more: others may be missing, and are not changed."""


class ArgumentsIgnored(UserWarning):
    """Arguments had no effect: the object exists already, or what they are about does not exist.

    Attributes:
        ignored: the names of the arguments.
    """

    def __init__(self, message: str, ignored: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.ignored = ignored


def notify(message: Warning) -> None:
    """Warn, and point to the line outside of this package that led to it."""
    frame, level = sys._getframe(1), 2  # noqa: SLF001 - as the warnings module does
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_PACKAGE):
        frame, level = frame.f_back, level + 1
    warnings.warn(message, stacklevel=level)
