"""An error in the generator's sources: its file and line, its message, and a suggestion."""

from __future__ import annotations

import traceback
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Problem(Exception):
    """An error in the sources that stops generation; its text is ``file:line: message``."""

    def __init__(self, file: str, line: int | None, text: str) -> None:
        super().__init__(f"{file}:{line}: {text}" if line else f"{file}: {text}")


def internal_error(error: Exception) -> Problem:
    """An unexpected error of the generator, with the innermost line of its code."""
    generator = Path(__file__).parents[1]
    frames = traceback.extract_tb(error.__traceback__)
    generator_frames = [frame for frame in frames if Path(frame.filename).is_relative_to(generator)]
    innermost = Path(generator_frames[-1].filename) if generator_frames else generator
    location = innermost.relative_to(generator.parent).as_posix()
    text = f"the generator stopped with {type(error).__name__}: {error}".rstrip(": ")
    return Problem(location, generator_frames[-1].lineno if generator_frames else None, text)


def no_python(file: str, error: SyntaxError) -> Problem:
    """A module with a syntax error, such as one with conflict markers of a merge."""
    return Problem(file, error.lineno, f"is no Python: {error.msg}")


@dataclass(frozen=True)
class Origin:
    """The file and line of a name in the sources."""

    file: str
    line: int | None
    name: str

    def problem(self, text: str) -> Problem:
        """A problem with it, with its name in front."""
        return Problem(self.file, self.line, f"{self.name}: {text}")


def suggestion(name: str, known: Iterable[str]) -> str:
    """``; did you mean "x"?`` if a known name is similar, otherwise the empty string."""
    close = get_close_matches(name, sorted(known), n=1, cutoff=0.5)
    return f'; did you mean "{close[0]}"?' if close else ""
