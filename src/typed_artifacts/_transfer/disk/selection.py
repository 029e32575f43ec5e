"""Selects files by patterns as in .gitignore."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from ..._values.guards import is_sequence, is_text
from ...errors import InvalidInput
from .disk_errors import disk_error

Patterns: TypeAlias = str | Sequence[str] | None
"""A pattern or several, as lines of a .gitignore; ``None`` is none."""

IGNORE_FILE: Final = ".artifactsignore"
"""A file in a folder that is logged: what its patterns match, and itself, is not logged."""


class _Spec(Protocol):
    """A `pathspec.GitIgnoreSpec`; type checkers that follow this package need not read pathspec."""

    def match_file(self, file: str) -> bool | None: ...


@dataclass(frozen=True)
class Selection:
    """The files that some pattern includes (all without one) and none excludes; the last counts.

    Attributes:
        include: patterns of what is meant.
        exclude: patterns of what is not.
    """

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @cached_property
    def _included(self) -> _Spec | None:
        return _spec(self.include, "include") if self.include else None

    @cached_property
    def _excluded(self) -> _Spec:
        return _spec(self.exclude, "exclude")

    @cached_property
    def _exceptions(self) -> _Exceptions | None:
        taken_back = any(line.startswith("!") for line in self.exclude)
        return _Exceptions(self.exclude) if taken_back else None

    def __call__(self, path: str) -> bool:
        """Whether a file is selected."""
        path = _as_text(path)
        if self._included is not None and not self._included.match_file(path):
            return False
        if self._exceptions is not None:
            return not self._exceptions.excludes(path)
        return not self._excluded.match_file(path)

    def skips(self, folder: str) -> bool:
        """Whether nothing in a folder can be meant, so that it need not be looked into."""
        path = f"{_as_text(folder)}/"
        if self._exceptions is not None:
            return self._exceptions.excludes(path)
        return bool(self._excluded.match_file(path))

    def check(self) -> Selection:
        """Itself, if every pattern is one.

        Raises:
            InvalidInput: one is not.
        """
        _ = self._included, self._excluded
        return self


class _Exceptions:
    """Patterns some of which take back what others exclude, as git reads them.

    The last pattern that matches a file or a folder itself decides about it, and what is in an
    excluded folder is excluded. A pattern of pathspec matches what is in a folder as well, which
    says the same only where nothing is taken back.
    """

    def __init__(self, lines: Iterable[str]) -> None:
        self._rules = [_Rule(line) for line in lines if line.strip() and not line.startswith("#")]
        self._rules.reverse()
        self._folders: dict[str, bool] = {"": False}

    def excludes(self, path: str) -> bool:
        """Whether a file, or a folder (``/`` at its end), is excluded."""
        end = path.find("/")
        while 0 <= end < len(path) - 1:
            if self._excludes_folder(path[: end + 1]):
                return True
            end = path.find("/", end + 1)
        return self._excludes_folder(path) if path.endswith("/") else self._decide(path)

    def _excludes_folder(self, path: str) -> bool:
        known = self._folders.get(path)
        if known is None:
            known = self._folders[path] = self._decide(path)
        return known

    def _decide(self, path: str) -> bool:
        return next((rule.excludes for rule in self._rules if rule.matches(path)), False)


class _Rule:
    """One pattern, and what it says of what it matches."""

    def __init__(self, line: str) -> None:
        self.excludes = not line.startswith("!")
        text = line if self.excludes else line[1:]
        # Without a slash, but at its end, it is of names, wherever they are.
        self._of_names = "/" not in text.removeprefix("**/").rstrip().rstrip("/")
        self._many_levels = "**" in text
        if text.rstrip().endswith("/**"):  # what is in a folder, on any level, and not the folder
            text = text.rstrip()[:-1]
        self._spec = _spec((text,), "exclude")

    def matches(self, path: str) -> bool:
        """Whether it matches a file or a folder itself, and not only one above it."""
        above, name = _split(path)
        if self._of_names:
            return bool(self._spec.match_file(name))
        if not self._spec.match_file(path):
            return False
        return self._many_levels or not (above and self._spec.match_file(above))


def selection_of(include: Patterns, exclude: Patterns) -> Selection | None:
    """What is meant; ``None`` where everything is.

    Raises:
        InvalidInput: a pattern is none.
    """
    wanted, unwanted = _patterns(include, "include"), _patterns(exclude, "exclude")
    return Selection(wanted, unwanted).check() if wanted or unwanted else None


def ignored_in(folder: Path) -> Selection | None:
    """What the folder's own ``.artifactsignore`` leaves; ``None`` without such a file.

    Raises:
        ArtifactsError: it cannot be read.
        InvalidInput: it holds something that is no pattern.
    """
    file = folder / IGNORE_FILE
    try:
        if not file.is_file():
            return None
        lines = file.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise InvalidInput(f"{str(file)!r} is no UTF-8 text.", subject=str(file)) from error
    except OSError as error:
        raise disk_error(error, f"Reading {str(file)!r}", str(file)) from error
    return Selection((), (*lines, f"/{IGNORE_FILE}")).check()


def selected_names(names: Iterable[str], select: Callable[[str], bool] | None) -> Iterable[str]:
    """The names that are selected."""
    return names if select is None else filter(select, names)


def _patterns(given: Patterns, argument: str) -> tuple[str, ...]:
    if given is None:
        return ()
    lines = (given,) if isinstance(given, str) else given
    if not is_sequence(lines) or not all(map(is_text, lines)):
        raise InvalidInput(
            f'{argument} is {given!r:.200}; it must be a pattern such as "*.parquet", or a list of '
            "them."
        )
    found = tuple(lines)
    if not any(line.strip() for line in found):
        raise InvalidInput(f"{argument} is {given!r:.200}, and holds no pattern.")
    return found


def _spec(patterns: Iterable[str], argument: str) -> _Spec:
    from pathspec import GitIgnoreSpec

    lines = tuple(patterns)
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise InvalidInput(f"A pattern of {argument} is none: {error}.") from error
    except Exception:  # noqa: BLE001 - RE2 has errors of its own, and takes some 2,000 patterns
        return GitIgnoreSpec.from_lines(lines, backend="simple")


def _split(path: str) -> tuple[str, str]:
    """The folder above, with a ``/`` at its end, and the name; a folder's keeps its ``/``."""
    end = path.rfind("/", 0, -1) + 1
    return path[:end], path[end:]


def _as_text(name: str) -> str:
    """A name as patterns see it: a byte of it that is no text is one character."""
    return name if name.isascii() else name.encode(errors="replace").decode()
