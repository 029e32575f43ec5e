"""Makes the sync module from a hand-written async one, by rules of text replacement.

A library that replaces tokens (unasync) would not change docstrings and quoted annotations, and its
rules do not fit our imports and names.
"""

from __future__ import annotations

import re

from ..project.problem import Problem

_COSTS_A_REQUEST = "the collections; one that was not loaded yet costs a request of its own."
_LOADED_LATER = (
    r"Creating one sends nothing\. Without ``attrs``, ``await [^`]*`` fetches them \(one(\s+)"
    r"request\); reading an attribute before that raises ``NotLoadedError``\."
)
_LOADED_AT_ONCE = (
    r"Without ``attrs``, creating one fetches them (one request);\1with them, nothing is sent."
)
_RULES = (
    # Sentences that are true only for async code.
    (_LOADED_LATER, _LOADED_AT_ONCE),
    (r"The async client", "The sync client"),
    (r"((?:run in|by) several\s+)tasks", r"\1threads"),
    (r"this event loop", "this process"),
    (r"; it may return an awaitable", ""),
    (r"the collections, loaded\.", _COSTS_A_REQUEST),
    (r"\ban ``async with``", "a ``with``"),
    # Names with a counterpart of another name.
    (r"\bLoopLocal\b", "ProcessLocal"),
    (r"\b_requests\.event_loop\b", "_values.process"),
    (r"\basync_bridge\b", "direct_bridge"),
    (r"\bin_thread\b", "at_once"),
    (r"\bfrom_loop\b", "unchanged"),
    (r"\bPageInTask\b", "PageInThread"),
    (r"\bpage_in_task\b", "page_in_thread"),
    (r"\bfrom anyio import Lock\b", "from threading import RLock as Lock"),
    (r"\bfrom \.\._transfer\.downloads\.async_stream import AsyncStream\b", "import io"),
    (r"\bAsyncStream\((\w+)\)", r"\1"),
    (r"\bAsyncStream\b", "io.BufferedReader"),
    (r"\bfrom \.\._values\.attributes import async_property\b", ""),
    # Calls in a thread, which sync code makes directly.
    (r"\bfrom anyio.to_thread import run_sync\b", ""),
    (r"\bawait run_sync\((\w+), ", r"\1("),
    # `manifest` is a property of the sync class and a coroutine of the async one.
    (r"\bawait (\w+\.manifest)\(\)", r"\1"),
    (r"\bAwaitable, ", ""),
    (r"\bAwaitable\[((?:[^\[\]]|\[[^\[\]]*\])*)\]", r"\1"),
    # Names whose counterpart has no prefix.
    (r"Async(?=[A-Z])", ""),
    (r"async_", ""),
    (r"\b__a(enter|exit|iter|next)__\b", r"__\1__"),
    (r"\ba(close|iter_bytes)\b", r"\1"),
    # Keywords.
    (r"\bawait ", ""),
    (r"\basync (?=def |for |with )", ""),
)
_PATTERNS = tuple((re.compile(pattern), new) for pattern, new in _RULES)
_ASYNC_WORD = re.compile(
    r"\b(?:async\w*|await\w*|anyio|trio|coroutines?)\b|Async[A-Z]\w*", re.IGNORECASE
)


def sync_text(text: str, shown: str) -> str:
    """The text of the sync module. The numbers of lines do not change.

    Args:
        text: the text of the async module.
        shown: its file, for messages.

    Raises:
        Problem: something in it is only for async code, and no rule replaces it.
    """
    for pattern, new in _PATTERNS:
        text = pattern.sub(new, text)
    for number, line in enumerate(text.splitlines(), 1):
        if leftover := _ASYNC_WORD.search(line):
            rules = "codegen/rendering/async_to_sync.py has the rules"
            message = f'"{leftover[0]}" is left in the sync flavour; {rules}'
            raise Problem(shown, number, message)
    return text
