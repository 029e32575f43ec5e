"""Which files of many are meant: by patterns, as .gitignore has them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final, Protocol, TypeAlias

from typed_artifacts.errors import InvalidInput

from .._values.guards import is_sequence, is_text
from .folders import disk_error

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

    def __call__(self, path: str) -> bool:
        """Whether a file is meant."""
        path = _as_text(path)
        if self._included is not None and not self._included.match_file(path):
            return False
        return not self._excluded.match_file(path)

    def skips(self, folder: str) -> bool:
        """Whether nothing in a folder can be meant, so that it need not be looked into."""
        return bool(self._excluded.match_file(f"{_as_text(folder)}/"))

    def check(self) -> Selection:
        """Itself, if every pattern is one.

        Raises:
            InvalidInput: one is not.
        """
        _ = self._included, self._excluded
        return self


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
    """The names that are meant."""
    return names if select is None else filter(select, names)


def _patterns(given: Patterns, what: str) -> tuple[str, ...]:
    if given is None:
        return ()
    lines = (given,) if isinstance(given, str) else given
    if not is_sequence(lines) or not all(map(is_text, lines)):
        raise InvalidInput(
            f'{what} is {given!r:.200}; it must be a pattern such as "*.parquet", or a list of '
            "them."
        )
    found = tuple(lines)
    if not any(line.strip() for line in found):
        raise InvalidInput(f"{what} is {given!r:.200}, and holds no pattern.")
    return found


def _spec(patterns: Iterable[str], what: str) -> _Spec:
    from pathspec import GitIgnoreSpec

    lines = tuple(patterns)
    try:
        return GitIgnoreSpec.from_lines(lines)
    except ValueError as error:
        raise InvalidInput(f"A pattern of {what} is none: {error}.") from error
    except Exception:  # noqa: BLE001 - RE2 has errors of its own, and takes some 2,000 patterns
        return GitIgnoreSpec.from_lines(lines, backend="simple")


def _as_text(name: str) -> str:
    """A name as patterns see it: a byte of it that is no text is one character."""
    return name if name.isascii() else name.encode(errors="replace").decode()
