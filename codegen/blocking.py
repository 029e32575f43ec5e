"""The blocking flavour of a module that is written by hand: the same text, without waiting.

A library that works on tokens (unasync) leaves docstrings and quoted annotations as they are, and
neither imports nor names of ours follow its rules; so the rules are here, in one table.
"""

from __future__ import annotations

import re

from .problem import Problem

_RULES = (
    # Sentences that are true of coroutines alone.
    (r"The coroutine client", "The blocking client"),
    # Names whose twin does the same in another way.
    (r"\bLoopLocal\b", "ProcessLocal"),
    (r"\bevent_loop\b", "process"),
    (r"\basync_bridge\b", "direct_bridge"),
    (r"\bin_thread\b", "at_once"),
    (r"\bfrom_loop\b", "unchanged"),
    # An attribute of the blocking flavour that is read with a request.
    (r"\bawait (\w+\.manifest)\(\)", r"\1"),
    # Names whose twin has the same name without a mark.
    (r"Async(?=[A-Z])", ""),
    (r"async_", ""),
    (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
    (r"\ba(close|iter_bytes)\b", r"\1"),
    # Words of the language.
    (r"\bawait ", ""),
    (r"\basync (?=def |for |with )", ""),
)
_PATTERNS = tuple((re.compile(pattern), new) for pattern, new in _RULES)
_LEFT = re.compile(r"\b(?:async\w*|await\w*|anyio|trio|coroutines?)\b|Async[A-Z]\w*", re.IGNORECASE)


def blocking(text: str, shown: str) -> str:
    """The text of the blocking module; each line stays on its line.

    Args:
        text: the module of the coroutine flavour.
        shown: its file, for messages.

    Raises:
        Problem: something in it is for coroutines alone, and no rule says what it is otherwise.
    """
    for pattern, new in _PATTERNS:
        text = pattern.sub(new, text)
    for number, line in enumerate(text.splitlines(), 1):
        if left := _LEFT.search(line):
            said = f'"{left[0]}" is left in the blocking flavour; codegen/blocking.py has the rules'
            raise Problem(shown, number, said)
    return text
