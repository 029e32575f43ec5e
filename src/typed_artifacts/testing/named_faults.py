"""The named faults of ``@pytest.mark.artifacts_faults``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from .._values.guards import is_whole_number
from ..errors import InvalidInput
from . import spoiling
from .fault_proxy import Act, Exchange, Plan

FAULTS: Final[dict[str, Act]] = {
    "reset": spoiling.reset_before,
    "lost": spoiling.reset_after,
    "cut": spoiling.truncated,
    "flipped": spoiling.flipped,
    "hang": spoiling.hang,
    "garbage": spoiling.garbage,
    "html": spoiling.body(b"<html>Sign in</html>", spoiling.HTML),
    "empty": spoiling.body(b"", spoiling.JSON),
    "401": spoiling.words(401, "who?"),
    "403": spoiling.words(403, "no"),
    "404": spoiling.words(404, "nothing"),
    "408": spoiling.words(408, "too slow"),
    "409": spoiling.words(409, "clash"),
    "429": spoiling.words(429, "too many", lambda: "0"),
    "500": spoiling.words(500, "broken"),
    "502": spoiling.status(502, b"<title>Bad</title>", spoiling.HTML),
    "503": spoiling.words(503, "busy", lambda: "0"),
}
"""``reset``: the connection breaks before the server has the request. ``lost``: after it has done
what it was asked, without a response. ``cut``: in the middle of the response. ``flipped``: the last
byte is another one, if there is one. ``hang``: no response. ``garbage``: no HTTP. ``html``,
``empty``: a 200 with that, done by the server. Numbers: the HTTP status, with ``Retry-After: 0``
for 429 and 503."""


def plan_of(names: Sequence[str], operation: str | None = None, after: int = 0) -> Plan:
    """Have the next requests go wrong, each in its way, one after the other.

    Args:
        names: the fault of each request.
        operation: only requests of this operation, or ``GET`` and ``PUT`` for files.
        after: how many of them go well before.

    Raises:
        InvalidInput: a name is unknown, or there is none, or ``after`` is no number.
    """
    unknown = [name for name in names if name not in FAULTS]
    if unknown or not names:
        given = ", ".join(map(repr, unknown)) or "none"
        raise InvalidInput(
            f"artifacts_faults takes names of faults, not {given}: {', '.join(FAULTS)}."
        )
    if not is_whole_number(after) or after < 0:
        raise InvalidInput(f"artifacts_faults has after={after!r:.100}; it must be 0 or more.")
    acts = [FAULTS[name] for name in names]

    def act(exchange: Exchange) -> None:
        acts[exchange.number](exchange)

    return Plan(operation, act, after, len(acts))
