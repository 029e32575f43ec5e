"""An error in the generator's sources: its place, its message, and a suggestion."""

from __future__ import annotations

import re
import tomllib
import traceback
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_TABLE = re.compile(r"^\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(#.*)?$")
_KEY = re.compile(r"^\s*([A-Za-z0-9_\-\"'.]+)\s*=")
_QUOTES = re.compile(r'"""|\'\'\'')
_TOML_LOCATION = re.compile(r" \(at (?:line (\d+), column \d+|end of document)\)$")


class Problem(Exception):
    """A mistake that stops generation; its text is ``file:line: what``."""

    def __init__(self, file: str, line: int | None, text: str) -> None:
        super().__init__(f"{file}:{line}: {text}" if line else f"{file}: {text}")


def internal_error(error: Exception) -> Problem:
    """An unexpected error of the generator, with the innermost line of its code."""
    folder = Path(__file__).parent
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if Path(frame.filename).parent == folder]
    where = f"{folder.name}/{Path(ours[-1].filename).name}" if ours else folder.name
    said = f"the generator stopped with {type(error).__name__}: {error}".rstrip(": ")
    return Problem(where, ours[-1].lineno if ours else None, said)


@dataclass(frozen=True)
class Origin:
    """Where a person wrote something, and what it is called there."""

    file: str
    line: int | None
    what: str

    def problem(self, text: str) -> Problem:
        """A problem with it."""
        return Problem(self.file, self.line, f"{self.what}: {text}")


def suggestion(name: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` where a known name is close, else nothing."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else ""


def read_text(path: Path, shown: str) -> str:
    """A source file's text with plain line ends; raises as ``read_exactly`` does.

    Some editors put a byte order mark in front, which is no part of it.
    """
    return read_exactly(path, shown).removeprefix("\ufeff").replace("\r\n", "\n")


def read_exactly(path: Path, shown: str) -> str:
    """A source file's text with the line ends that it has.

    Raises:
        Problem: it is missing, or no UTF-8.
    """
    try:
        return path.read_bytes().decode()
    except FileNotFoundError:
        raise Problem(shown, None, "there is no such file") from None
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        raise Problem(shown, line, f"not UTF-8: {error.reason}") from None
    except OSError as error:
        raise Problem(shown, None, f"cannot be read: {error.strerror}") from error


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
        said = _TOML_LOCATION.sub("", str(error))
        raise Problem(shown, line, f"not TOML: {said[0].lower()}{said[1:]}") from error


def table(tables: dict[str, object], name: str) -> dict[str, object]:
    """The table of that name; an empty one where there is none."""
    found: object = tables.get(name)
    return found if isinstance(found, dict) else {}  # pyright: ignore[reportUnknownVariableType]  # TOML


class TomlLocations:
    """The line of every table and key of a TOML file, which tomllib does not tell."""

    def __init__(self, text: str, shown: str) -> None:
        self.shown = shown
        self._lines: dict[tuple[str, ...], int] = {}
        table: tuple[str, ...] = ()
        in_text = False
        for number, line in enumerate(text.splitlines(), 1):
            began_in_text = in_text
            in_text ^= len(_QUOTES.findall(line)) % 2 == 1
            if began_in_text:
                continue
            if match := _TABLE.match(line):
                table = _split(match[1])
                self._lines.setdefault(table, number)
            elif match := _KEY.match(line):
                self._lines.setdefault((*table, *_split(match[1])), number)

    def line(self, *keys: str) -> int | None:
        """The line of a key, or of the nearest thing around it."""
        while keys:
            if keys in self._lines:
                return self._lines[keys]
            keys = keys[:-1]
        return None

    def origin(self, *keys: str) -> Origin:
        """A key of this file, by its dotted name."""
        return Origin(self.shown, self.line(*keys), ".".join(keys))

    def problem(self, keys: tuple[str, ...], text: str) -> Problem:
        """A problem at a key of this file, with the key's dotted name in front."""
        return self.origin(*keys).problem(text)


def _split(dotted: str) -> tuple[str, ...]:
    return tuple(part.strip().strip("\"'") for part in dotted.split("."))
