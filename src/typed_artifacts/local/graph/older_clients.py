"""What releases of the official client before 0.21 need of a reply, known by their `User-Agent`."""

import re

_AGENT = re.compile(r"W&B \w+ Client 0\.(\d+)\.")
_FIRST_WITHOUT = 21


def needs_numbers(user_agent: str) -> bool:
    """Whether a client fails if a version's number (`v3`) is not among its aliases.

    W&B's server lists it there; newer clients pass it over, or count on its absence.
    """
    found = _AGENT.match(user_agent)
    return found is not None and int(found[1]) < _FIRST_WITHOUT
