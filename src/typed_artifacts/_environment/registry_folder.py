"""Whether a folder contains an embedded registry, without opening it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from pathlib import Path

DATABASE: Final = "registry.db"
FILES: Final = "files"


def has_database(folder: Path) -> bool:
    """Whether a folder contains a registry; opening another folder would create one."""
    return os.path.isfile(folder / DATABASE)  # noqa: PTH113 -- Path's may raise
