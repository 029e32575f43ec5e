"""The progress of applying a plan."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec

from .._values.stderr import lenient_stderr
from ..errors import InvalidInput


@dataclass(frozen=True, slots=True)
class PruneProgress:
    """The progress of applying a plan, reported after each request that changed something.

    Attributes:
        done: the number of processed rows, whatever their outcome.
        total: the number of rows to apply.
        freed: the bytes freed so far.
        name: the last processed version, ``collection:v3``.
    """

    done: int
    total: int
    freed: int
    name: str


def check_progress(option: object) -> None:
    """Refuse a progress argument that is neither a boolean nor callable."""
    if not isinstance(option, bool) and not callable(option):
        raise InvalidInput(
            "progress is True for a bar, False for none, or a callable that gets a PruneProgress; "
            f"not {option!r:.100}."
        )


@contextmanager
def listening(
    option: bool | Callable[[PruneProgress], None], label: str
) -> Generator[Callable[[PruneProgress], None] | None]:
    """Whom to tell, for as long as the block lasts."""
    if not isinstance(option, bool):
        yield option
    elif not option or sys.stderr is None:
        yield None
    else:
        with _shown(label) as show:
            yield show


@contextmanager
def _shown(label: str) -> Generator[Callable[[PruneProgress], None]]:
    from .._values.notebooks import in_notebook

    if in_notebook():
        with _notebook_bar(label) as show:
            yield show
    elif find_spec("rich") is not None:
        with _bar(label) as show:
            yield show
    else:
        yield _write_line


@contextmanager
def _notebook_bar(label: str) -> Generator[Callable[[PruneProgress], None]]:
    from .._html.progress import NotebookBar

    bar = NotebookBar(label)

    def show(event: PruneProgress) -> None:
        bar.show(event.done, event.total, f"{event.done:,} of {event.total:,} versions")

    try:
        yield show
    finally:
        bar.end()


@contextmanager
def _bar(label: str) -> Generator[Callable[[PruneProgress], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn())
    with Progress(
        *columns, TimeElapsedColumn(), console=Console(file=lenient_stderr())
    ) as progress:
        task = progress.add_task(label, total=None)

        def show(event: PruneProgress) -> None:
            progress.update(task, total=event.total, completed=event.done)

        yield show


def _write_line(event: PruneProgress) -> None:
    if event.done == event.total:
        lenient_stderr().write(f"{event.done:,} of {event.total:,} versions\n")
