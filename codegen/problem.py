"""A mistake in the generator's sources: where it is, what it is, what was probably meant."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

_TABLE = re.compile(r"^\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-\"'.]+)\s*=")


class Problem(Exception):
    """A mistake that stops generation; its text is ``file:line: what``."""

    def __init__(self, file: str, line: int | None, text: str) -> None:
        super().__init__(f"{file}:{line}: {text}" if line else f"{file}: {text}")


def suggestion(name: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` where a known name is close, else nothing."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else ""


class TomlPlaces:
    """The line of every table and key of a TOML file, which tomllib does not tell."""

    def __init__(self, path: Path, shown: str) -> None:
        self.shown = shown
        self._lines: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        for number, text in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if match := _TABLE.match(text):
                table = _split(match[1])
                self._lines.setdefault(table, number)
            elif match := _KEY.match(text):
                self._lines.setdefault((*table, *_split(match[1])), number)

    def line(self, *keys: str) -> int | None:
        """The line of a key, or of the nearest thing around it."""
        while keys:
            if keys in self._lines:
                return self._lines[keys]
            keys = keys[:-1]
        return None

    def problem(self, keys: tuple[str, ...], text: str) -> Problem:
        """A problem at a key of this file, with the key's dotted name in front."""
        return Problem(self.shown, self.line(*keys), f"{'.'.join(keys)}: {text}")


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
