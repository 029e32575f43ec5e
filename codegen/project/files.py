"""Reads the project's text files; a file that cannot be read is a ``Problem``."""

from __future__ import annotations

from pathlib import Path

from .problem import Problem


def read_text(path: Path, shown: str) -> str:
    """A source file's text with plain line ends; raises as ``read_exactly`` does.

    A byte order mark, which some editors write, is removed.
    """
    return read_exactly(path, shown).removeprefix("\ufeff").replace("\r\n", "\n")


def read_exactly(path: Path, shown: str) -> str:
    """A source file's text with the line ends that it has.

    Raises:
        Problem: it is missing, or no UTF-8.
    """
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise Problem(shown, None, "there is no such file") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Problem(shown, line, f"not UTF-8: {error.reason}") from None
    except OSError as error:
        raise Problem(shown, None, f"cannot be read: {error.strerror}") from error
