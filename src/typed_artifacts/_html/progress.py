"""A progress bar in a notebook, without widgets or scripts."""

from __future__ import annotations

import time
from importlib import import_module
from typing import Final, Protocol, cast, final

from .._values.guards import override
from .markup import html
from .style import STYLE

_EVERY: Final = 0.2  # seconds between two outputs


class Handle(Protocol):
    """An output in a notebook that can be replaced."""

    def update(self, obj: object) -> object: ...


class Display(Protocol):
    """How IPython shows something."""

    def __call__(self, shown: object, *, display_id: bool) -> Handle | None: ...


@final
class _Page:
    """What IPython shows of it is HTML, and plain text where there is none."""

    def __init__(self, markup: str, text: str) -> None:
        self._markup = markup
        self._text = text

    @override
    def __repr__(self) -> str:
        return self._text

    def _repr_html_(self) -> str:
        return self._markup


@final
class NotebookBar:
    """How far a piece of work is.

    Args:
        label: what is being done.
    """

    def __init__(self, label: str) -> None:
        display = cast("Display", import_module("IPython.display").display)  # it has no types
        self._label = label
        self._shown = time.monotonic()
        self._last = (0, 0, "")
        self._handle: Handle | None = display(self._page(), display_id=True)

    def show(self, done: int, total: int, text: str) -> None:
        """Tell how far it is; at once only where enough time has passed."""
        self._last = (done, total, text)
        now = time.monotonic()
        if now - self._shown >= _EVERY:
            self._shown = now
            self._update()

    def end(self) -> None:
        """Leave the bar as it is now."""
        self._update()

    def _update(self) -> None:
        if self._handle is not None:
            self._handle.update(self._page())

    def _page(self) -> _Page:
        done, total, text = self._last
        bar = f' max="{total}" value="{min(done, total)}"' if total else ""
        name = html(self._label)
        markup = (
            f'<div class="typed-artifacts"><style>{STYLE}</style>{name} '
            f'<progress aria-label="{name}"{bar}></progress> {html(text)}</div>'
        )
        return _Page(markup, f"{self._label}: {text}")
