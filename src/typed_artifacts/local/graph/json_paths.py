"""The paths into JSON that the dotted name of a filter may mean. Pure."""

import re
from collections.abc import Sequence
from itertools import product

MOST_PARTS = 4
"""A name of more parts is read in two ways only: their number doubles with each part."""

_ITEM = re.compile(r"0|[1-9][0-9]{0,8}")


def is_item(key: str | int) -> bool:
    """Whether a key may also be the number of an item in an array."""
    return _ITEM.fullmatch(str(key)) is not None


def possible_paths(parts: list[str]) -> Sequence[tuple[str | int, ...]]:
    """Each path once: a number may be a key or that of an item, and a dot may be part of a key."""
    return [*dict.fromkeys((*_numbered(parts), *_readings(parts)))]


def _numbered(parts: list[str]) -> list[tuple[str | int, ...]]:
    """The paths of these keys: what looks like a number may also be that of an item."""
    items = [int(part) if _ITEM.fullmatch(part) else part for part in parts]
    if len(parts) > MOST_PARTS:
        return [tuple(parts), tuple(items)]
    return list(product(*map(dict.fromkeys, zip(parts, items, strict=True))))


def _readings(parts: list[str]) -> list[tuple[str | int, ...]]:
    """The keys that a dotted path may mean: each dot separates two of them or is part of one."""
    if len(parts) == 1 or len(parts) > MOST_PARTS:
        return [tuple(parts)]
    first, second, *rest = parts
    separate = [(first, *others) for others in _readings([second, *rest])]
    return separate + _readings([f"{first}.{second}", *rest])
