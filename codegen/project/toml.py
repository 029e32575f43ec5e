"""Reads TOML files, with the line of every key, for messages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from .files import read_text
from .problem import Origin, Problem

_PART = r"""(?:[\w-]+|"(?:\\.|[^"\\])*"|'[^']*')"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_TABLE = re.compile(rf"^\s*\[{{1,2}}\s*({_DOTTED})\s*\]{{1,2}}\s*(#.*)?$")
_KEY = re.compile(rf"^\s*({_DOTTED})\s*=")
# A comment or a string. Only a string in three quotes has more than one line.
_COMMENT_OR_STRING = re.compile(
    r"""\#[^\n]* | \"{3}(?:\\.|[^\\])*?\"{3} | '{3}.*?'{3} | "(?:\\.|[^"\\\n])*" | '[^'\n]*'""",
    re.DOTALL | re.VERBOSE,
)


_TOML_LOCATION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


def read_toml(path: Path, shown: str) -> dict[str, object]:
    """A TOML file's tables.

    Raises:
        Problem: it cannot be read, or is not TOML.
    """
    text = read_text(path, shown)
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = _TOML_LOCATION.search(str(error))
        line = int(found[1]) if found and found[1] else len(text.splitlines())
        message = _TOML_LOCATION.sub("", str(error))
        raise Problem(shown, line, f"not TOML: {message[0].lower()}{message[1:]}") from error


def table(tables: dict[str, object], name: str) -> dict[str, object]:
    """The table of that name; an empty one if there is none."""
    found: object = tables.get(name)
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # TOML


class TomlLocations:
    """The line of every table and key of a TOML file, which tomllib does not tell."""

    def __init__(self, text: str, shown: str) -> None:
        self.shown = shown
        self._lines: dict[tuple[str, ...], int] = {}
        self._inner: dict[tuple[str, ...], int] = {}
        """The line of the first key in a table, for a table without a header line."""
        table: tuple[str, ...] = ()
        in_strings = _lines_in_strings(text)
        for number, line in enumerate(text.split("\n"), 1):
            if number in in_strings:
                continue
            if match := _TABLE.match(line):
                table = _split(match[1])
                self._note(table, number)
            elif match := _KEY.match(line):
                self._note((*table, *_split(match[1])), number)

    def _note(self, keys: tuple[str, ...], number: int) -> None:
        self._lines.setdefault(keys, number)
        for length in range(1, len(keys)):
            self._inner.setdefault(keys[:length], number)

    def line(self, *keys: str) -> int | None:
        """The line of a key, or of the innermost table around it."""
        while keys:
            for lines in (self._lines, self._inner):
                if keys in lines:
                    return lines[keys]
            keys = keys[:-1]
        return None

    def origin(self, *keys: str) -> Origin:
        """A key of this file, by its dotted name."""
        return Origin(self.shown, self.line(*keys), ".".join(keys))

    def problem(self, keys: tuple[str, ...], text: str) -> Problem:
        """A problem at a key of this file, with the key's dotted name in front."""
        return self.origin(*keys).problem(text)


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in re.findall(_PART, dotted))


def _lines_in_strings(text: str) -> set[int]:
    """The numbers of the lines that begin inside of a string."""
    found: set[int] = set()
    for match in _COMMENT_OR_STRING.finditer(text):
        first = text.count("\n", 0, match.start()) + 1
        found.update(range(first + 1, first + 1 + match[0].count("\n")))
    return found
