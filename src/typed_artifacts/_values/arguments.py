"""Checks of arguments of one value: a number of seconds, flags."""

from __future__ import annotations

from ..errors import InvalidInput
from .guards import is_truth


def check_seconds(given: float | str, setting: str) -> float:
    """A positive number of seconds.

    Args:
        given: what was given.
        setting: the argument or variable that it came from.

    Raises:
        InvalidInput: it is none.
    """
    if isinstance(given, bool):
        raise InvalidInput(f"{setting} is {given}, not a number of seconds.")
    try:
        seconds = float(given)
    except (TypeError, ValueError, OverflowError) as error:
        raise InvalidInput(f"{setting} is {given!r:.100}, not a number of seconds.") from error
    if not 0 < seconds < float("inf"):
        raise InvalidInput(f"{setting} is {given!r}; it must be a positive number of seconds.")
    return seconds


def check_flags(**given: object) -> None:
    """Refuse a flag that is neither ``True`` nor ``False``: "no" and "0" would count as true.

    Raises:
        InvalidInput: one is neither.
    """
    for name, value in given.items():
        if not is_truth(value):
            raise InvalidInput(f"{name} is {value!r:.100}; it must be True or False.")
