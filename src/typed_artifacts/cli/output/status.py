"""A line on a terminal that says what is being done, for work without a bar of its own."""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def status(doing: str) -> Generator[Callable[[str], None]]:
    """Show what is being done until it is done; nothing is shown where no terminal is.

    Args:
        doing: the text; the yielded function changes it.
    """
    if sys.stderr is None or not sys.stderr.isatty():
        yield lambda _: None
        return
    with Console(stderr=True).status(doing) as shown:
        # A spinner is drawn at once, a text with the next frame: too late for short work.
        shown.update(doing, spinner="dots")
        yield shown.update
