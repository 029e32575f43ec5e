"""Names of a package that are imported when they are first used (PEP 562)."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING

from .gc_pause import PAUSE

if TYPE_CHECKING:
    from collections.abc import Mapping


def imported(package: str, home_of: Mapping[str, str], name: str) -> object:
    """A name of a package, which keeps it from then on.

    Args:
        package: the package's full name.
        home_of: for each name, the module that defines it, relative to the package.
        name: the name.

    Raises:
        AttributeError: the package has no such name.
    """
    home = home_of.get(name)
    if home is None:
        raise AttributeError(f"module {package!r} has no attribute {name!r}")
    with PAUSE:  # what is loaded is no garbage
        value: object = getattr(import_module(home, package), name)
    setattr(sys.modules[package], name, value)
    return value
