"""Displays progress: a bar in a notebook or with rich, or one line."""

from __future__ import annotations

import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Final, TextIO, TypeAlias, final

from .._values.shown import visible
from .._values.stderr import lenient_stderr
from .events import Advanced, Finished, OnEvent, Retried, Skipped, Started, TransferEvent

ProgressOption: TypeAlias = bool | OnEvent
"""``False``: silent. ``True``: a bar, in a notebook or on stderr. A callable: gets the events."""

_EVERY: Final = 0.2  # seconds between two rewritings of the line
_MEGA: Final = 1e6


@contextmanager
def listener(option: ProgressOption, label: str) -> Generator[OnEvent | None, None, None]:
    """What a transfer should report to, for as long as the block lasts.

    Args:
        option: the caller's wish.
        label: what is being transferred, in a word or two.
    """
    if option is False or (option is True and sys.stderr is None):  # pythonw.exe has none
        yield None
    elif option is not True:
        yield option
    else:
        with _shown(visible(label)) as shown:
            yield shown


@contextmanager
def _shown(label: str) -> Generator[OnEvent, None, None]:
    from .._values.notebooks import in_notebook

    if in_notebook():
        with _notebook_bar(label) as show:
            yield show
    elif find_spec("rich") is not None:
        with _rich_bar(label) as bar:
            yield bar
    else:
        line = _Line(label, lenient_stderr())
        try:
            yield line
        finally:
            line.end()


@final
class _Tally:
    """How much there is to transfer, and how much is done."""

    def __init__(self) -> None:
        self.total = self.done = 0
        self._started = False

    def note(self, event: TransferEvent) -> None:
        """Take an event into account."""
        if isinstance(event, Started):
            self.total, self._started = event.bytes, True
        elif isinstance(event, Skipped) and self._started:
            self.total -= event.size  # it was counted before its existing copy was found
        elif isinstance(event, Advanced):
            self.done += event.count
        elif isinstance(event, Retried):
            self.done -= event.again

    def text(self) -> str:
        """The same in words."""
        return f"{self.done / _MEGA:,.1f} of {self.total / _MEGA:,.1f} MB"


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
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    tally = _Tally()
    with Progress(*columns, console=Console(file=lenient_stderr())) as progress:
        task = progress.add_task(label, total=None)

        def show(event: TransferEvent) -> None:
            tally.note(event)
            progress.update(task, total=tally.total, completed=tally.done)

        yield show


@contextmanager
def _notebook_bar(label: str) -> Generator[OnEvent, None, None]:
    from .._html.progress import NotebookBar

    tally, bar = _Tally(), NotebookBar(label)

    def show(event: TransferEvent) -> None:
        tally.note(event)
        bar.show(tally.done, tally.total, tally.text())

    try:
        yield show
    finally:
        bar.end()


@final
class _Line:
    """A line on stderr, rewritten in place on a terminal and written once elsewhere."""

    def __init__(self, label: str, stream: TextIO) -> None:
        self._label = label
        self._stream = stream
        self._terminal = stream.isatty()
        self._tally = _Tally()
        self._shown = 0.0

    def __call__(self, event: TransferEvent) -> None:
        """Take an event into account."""
        self._tally.note(event)
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
        return f"{self._label}: {self._tally.text()}"

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
