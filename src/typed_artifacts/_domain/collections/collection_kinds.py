"""The kinds of collection that this release knows; others can only be read.

A newer server may have more kinds. They are listed and read like the others; what is sent to edit
or to delete one is said for each kind apart, so it is known for these alone.
"""

from __future__ import annotations

from typing import Literal

from ...errors import InvalidInput

SEQUENCE = "ArtifactSequence"
"""What versions are logged to."""
PORTFOLIO = "ArtifactPortfolio"
"""What versions are linked to."""
KNOWN = {SEQUENCE, PORTFOLIO}


def known_kind(typename: str, subject: str, doing: str) -> Literal["sequence", "portfolio"]:
    """The kind of a collection that is about to be changed.

    Args:
        typename: the name of its type in GraphQL.
        subject: the collection's path.
        doing: what was attempted, such as "deleted".

    Raises:
        InvalidInput: this release does not know the kind; nothing is sent.
    """
    if typename not in KNOWN:
        raise InvalidInput(
            f"{subject} cannot be {doing}: it is of the kind {typename!r}, which this release does "
            "not know; a newer one may.",
            subject=subject,
        )
    return "sequence" if typename == SEQUENCE else "portfolio"


__all__ = ["KNOWN", "PORTFOLIO", "SEQUENCE", "known_kind"]
