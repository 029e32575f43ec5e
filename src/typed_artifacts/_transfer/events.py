"""The events that a transfer reports to a callable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Started:
    """The plan is made.

    Attributes:
        files: how many files will be transferred, less those that are ``Skipped`` from now on.
        bytes: how many bytes these are, as far as their sizes are known.
    """

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file that needs no transfer: it is there already, and right."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """Bytes of a file have arrived (or left), or were there from an interrupted download.

    Attributes:
        path: the file's name.
        count: bytes since the last such event of this file.
    """

    path: str
    count: int


@dataclass(frozen=True, slots=True)
class Retried:
    """A try failed and another follows.

    Attributes:
        path: the file's name.
        reason: what went wrong, as a sentence.
        wait: seconds until the next try.
        again: bytes already counted that will be transferred, and counted, once more.
    """

    path: str
    reason: str
    wait: float
    again: int = 0


@dataclass(frozen=True, slots=True)
class FileDone:
    """A file is complete, verified and under its final name.

    Attributes:
        path: the file's name.
        size: its bytes.
        cached: whether it came from the cache folder and not from the server.
    """

    path: str
    size: int
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """Everything is done.

    Attributes:
        files: how many files were transferred.
        bytes: their bytes.
        skipped: how many needed no transfer.
        seconds: how long it took.
    """

    files: int
    bytes: int
    skipped: int
    seconds: float


TransferEvent: TypeAlias = Started | Skipped | Advanced | Retried | FileDone | Finished
"""Everything that can be reported."""

OnEvent: TypeAlias = Callable[[TransferEvent], None]
"""Called with each event, from the transferring threads but never from two at once."""
