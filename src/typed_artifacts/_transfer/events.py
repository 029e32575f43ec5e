"""The events that a transfer reports to a callable."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Started:
    """The transfer was planned.

    Attributes:
        files: the number of files to transfer; files may still be ``Skipped``.
        bytes: their size, as far as it is known.
    """

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """A file needs no transfer: it exists already and is correct."""

    path: str
    size: int


@dataclass(frozen=True, slots=True)
class Advanced:
    """Bytes of a file were received or sent, or were kept from an interrupted download.

    Attributes:
        path: the file's name.
        count: bytes since the last such event of this file.
    """

    path: str
    count: int


@dataclass(frozen=True, slots=True)
class Retried:
    """An attempt failed, and another one follows.

    Attributes:
        path: the file's name.
        reason: the error, as a sentence.
        wait: seconds until the next attempt.
        again: bytes already counted that will be transferred, and counted, again.
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
        size: its size in bytes.
        cached: whether it came from the cache folder instead of the server.
    """

    path: str
    size: int
    cached: bool = False


@dataclass(frozen=True, slots=True)
class Finished:
    """The transfer is complete.

    Attributes:
        files: the number of transferred files.
        bytes: their size.
        skipped: the number of files that needed no transfer.
        seconds: the duration.
    """

    files: int
    bytes: int
    skipped: int
    seconds: float


TransferEvent: TypeAlias = Started | Skipped | Advanced | Retried | FileDone | Finished
"""Everything that can be reported."""

OnEvent: TypeAlias = Callable[[TransferEvent], None]
"""Called with each event, from the transferring threads but never from two at once."""
