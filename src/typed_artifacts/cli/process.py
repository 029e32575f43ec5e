"""Streams and arguments of the process: text in any locale, and streams that may be closed."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from io import TextIOWrapper
from pathlib import Path

from typed_artifacts._values.stderr import lenient_stderr


def settle_streams() -> None:
    """See to it that nothing that is written or read fails for its characters, or for no stream."""
    if sys.stdout is None:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 -- until the end
    if sys.stdin is None:
        sys.stdin = Path(os.devnull).open(encoding="utf-8")  # noqa: SIM115 -- until the end
    if sys.stderr is None:
        sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 -- until the end
    for stream, errors in (
        (sys.stdout, "backslashreplace"),
        (sys.stderr, "backslashreplace"),
        (sys.stdin, "replace"),
    ):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors=errors)
    sys.stderr = lenient_stderr()  # the exit code is right also where no message can be written


def write_as_utf8() -> None:
    """On Windows, have a pipe or a file get all characters: its code page lacks most of them.

    For what programs read. A terminal shows all characters anyway; ``PYTHONIOENCODING`` decides
    where it is set.
    """
    if sys.platform != "win32" or "PYTHONIOENCODING" in os.environ:
        return
    if isinstance(sys.stdout, TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf-8")


def drop_unwritten() -> OSError | None:
    """Write what stdout still holds; if that fails, drop it, and return why it failed."""
    try:
        sys.stdout.flush()
    except OSError as error:
        sys.stdout = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115 -- until the end
        return error
    return None


def decoded_arguments(arguments: Sequence[str]) -> list[str]:
    """The arguments of a command as text, also where the locale knows nothing but ASCII."""
    return [_decoded(argument) for argument in arguments]


def _decoded(argument: str) -> str:
    try:
        return argument if argument.isascii() else os.fsencode(argument).decode("utf-8")
    except UnicodeError:
        return argument  # a path may be any bytes
