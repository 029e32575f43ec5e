"""How many items an index of a list needs. Pure."""

from __future__ import annotations


def wanted_by(index: int | slice) -> int | None:
    """How many items an index needs to be there; ``None`` for all.

    Raises:
        TypeError: not an integer or a slice of integers.
    """
    if isinstance(index, slice):
        return _wanted_by_slice(index)
    try:
        position = index.__index__()
    except AttributeError:
        raise TypeError(
            f"list indices must be integers or slices, not {type(index).__name__}"
        ) from None
    return position + 1 if position >= 0 else None


def _wanted_by_slice(index: slice) -> int | None:
    # slice.indices() normalizes and raises as a list would; its length must not matter here.
    index.indices(0)
    step = 1 if index.step is None else int(index.step)
    if step < 0:
        start = index.start
        if start is None or start < 0 or (index.stop is not None and index.stop < 0):
            return None
        return int(start) + 1 if index.stop is None or index.stop < start else 0
    start = index.start or 0
    if index.stop is None or index.stop < 0 or start < 0:
        return None
    span = range(start, index.stop, step)
    return span[-1] + 1 if span else 0
