"""Conditions under which a part of a document is left out: which missing fields cause it."""

from __future__ import annotations

# In conjunctive normal form: it holds once the server lacks a member of every group.
Condition = frozenset[frozenset[int]]
NEVER: Condition = frozenset({frozenset()})
ALWAYS: Condition = frozenset()


def either(first: Condition, second: Condition) -> Condition:
    """The condition that one or the other holds."""
    return _shortest(frozenset(a | b for a in first for b in second))


def both(first: Condition, second: Condition) -> Condition:
    """The condition that both hold."""
    return _shortest(first | second)


def _shortest(groups: Condition) -> Condition:
    return frozenset(a for a in groups if not any(b < a for b in groups))
