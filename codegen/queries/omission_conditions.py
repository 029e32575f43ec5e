"""When a part of a document is left out: which missing fields cause it."""

from __future__ import annotations

# When something goes, in conjunctive form: once every group has a member that is lacking.
When = frozenset[frozenset[int]]
NEVER: When = frozenset({frozenset()})
ALWAYS: When = frozenset()


def either(first: When, second: When) -> When:
    """When one or the other holds."""
    return _shortest(frozenset(a | b for a in first for b in second))


def both(first: When, second: When) -> When:
    """When one and the other hold."""
    return _shortest(first | second)


def _shortest(groups: When) -> When:
    return frozenset(a for a in groups if not any(b < a for b in groups))
