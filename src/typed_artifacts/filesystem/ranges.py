"""Ranges of files as fsspec gives them, and which are read together. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..errors import InvalidInput


def positions(start: int | None, end: int | None, size: int, *, path: str) -> tuple[int, int]:
    """Where a range begins and ends; negative positions count from the file's end, as in a slice.

    Raises:
        InvalidInput: a position is no integer.
    """
    try:
        first, last, _ = slice(start, end).indices(size)
    except TypeError:
        raise InvalidInput(
            f"A range of {path!r} goes from {start!r} to {end!r}; both must be integers or None.",
            subject=path,
        ) from None
    return first, max(first, last)


def value_per_path(
    value: int | Iterable[int | None] | None, paths: Sequence[str], name: str
) -> list[int | None]:
    """One position for each path, where one was given for all of them, or a list.

    Raises:
        InvalidInput: the list has another length.
    """
    if value is None or isinstance(value, int):
        return [value] * len(paths)
    found = list(value)
    if len(found) != len(paths):
        raise InvalidInput(f"{name} has {len(found)} positions for {len(paths)} paths.")
    return found


def by_path(paths: Sequence[str]) -> dict[str, list[int]]:
    """The indexes at which each path is given: one file is opened once for all its ranges."""
    found: dict[str, list[int]] = {}
    for index, path in enumerate(paths):
        found.setdefault(path, []).append(index)
    return found
