"""Showing a transfer to a person: a bar if rich is installed, else one line; silent by default."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final, TextIO, TypeAlias, final

from .events import Advanced, Finished, OnEvent, Retried, Started, TransferEvent

ProgressOption: TypeAlias = bool | OnEvent
"""``False``: silent. ``True``: a bar on stderr. A callable: gets the events."""

_EVERY: Final = 0.2  # seconds between two rewritings of the line
_MEGA: Final = 1e6


@contextmanager
def listener(option: ProgressOption, label: str) -> Generator[OnEvent | None, None, None]:
    """What a transfer should report to, for as long as the block lasts.

    Args:
        option: the caller's wish.
        label: what is being transferred, in a word or two.
    """
    if option is False:
        yield None
    elif option is not True:
        yield option
    elif find_spec("rich") is not None:
        with _rich_bar(label) as bar:
            yield bar
    else:
        line = _Line(label, sys.stderr)
        try:
            yield line
        finally:
            line.end()


@contextmanager
def _rich_bar(label: str) -> Generator[OnEvent, None, None]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task(label, total=None)

        def show(event: TransferEvent) -> None:
            if isinstance(event, Started):
                progress.update(task, total=event.bytes)
            elif isinstance(event, Advanced):
                progress.advance(task, event.count)
            elif isinstance(event, Retried):
                progress.advance(task, -event.again)

        yield show


@final
class _Line:
    """A line on stderr, rewritten in place on a terminal and written once elsewhere."""

    def __init__(self, label: str, stream: TextIO) -> None:
        self._label = label
        self._stream = stream
        self._terminal = stream.isatty()
        self._total = self._done = 0
        self._shown = 0.0

    def __call__(self, event: TransferEvent) -> None:
        """Take an event into account."""
        if isinstance(event, Started):
            self._total = event.bytes
        elif isinstance(event, Advanced):
            self._done += event.count
        elif isinstance(event, Retried):
            self._done -= event.again
        now = time.monotonic()
        if self._terminal and now - self._shown >= _EVERY:
            self._shown = now
            self._write(f"\r{self._text()}")
        elif isinstance(event, Finished):
            self._write(f"\r{self._text()}" if self._terminal else self._text())

    def end(self) -> None:
        """Leave the line."""
        if self._shown or not self._terminal:
            self._write("\n")

    def _text(self) -> str:
        return f"{self._label}: {self._done / _MEGA:,.1f} of {self._total / _MEGA:,.1f} MB"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
