"""Downloads of many versions: a folder for each, and one error for all. Pure."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from ..._values.file_names import why_unsafe
from ..._values.guards import is_text
from ...errors import (
    IntegrityError,
    InvalidInput,
)

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def folders_for(names: Sequence[str], root: Path) -> list[Path]:
    """One folder for each of many artifacts.

    Raises:
        InvalidInput: two artifacts have the same name, or one that is no text or leaves the root.
    """
    for name in names:
        if not is_text(name):
            raise InvalidInput(
                f"The folder of a version is given by its name, not by {name!r:.200}."
            )
    for name, count in Counter(names).items():
        if count > 1:
            raise InvalidInput(
                f"Two of the artifacts are called {name!r}; download them one by one, "
                "each to a folder of its own."
            )
        if why := why_unsafe(name.replace(":", "-")):
            raise InvalidInput(f"{name!r} cannot be a folder below {str(root)!r}: it {why}.")
    return [root / name for name in names]


def one_error(failed: Sequence[IntegrityError], count: int) -> IntegrityError:
    """One error for what was wrong with some of many downloads.

    Args:
        failed: an error for each download that was not whole; at least one.
        count: how many downloads there were.
    """
    if len(failed) == 1:
        return failed[0]
    lines = "".join(f"\n- {error}" for error in failed)
    return IntegrityError(f"{len(failed)} of {count} downloads are not whole:{lines}")
