"""Aliases of types that contain themselves, as objects at run time."""

from __future__ import annotations

import sys
from typing import ForwardRef

from typing_extensions import TypeAliasType


def recursive_alias(module: str, name: str, text: str) -> TypeAliasType:
    """The alias of a name, from the text that type checkers read.

    As text, ``JsonInput | None`` in a user's annotation would be a ``TypeError``. What reads
    annotations (pydantic, beartype, typeguard) finds the alias in its own value by its module.
    """
    itself = ForwardRef(name, module=module)
    value = eval(text, vars(sys.modules[module]), {name: itself})  # noqa: S307 -- a constant
    return TypeAliasType(name, value)  # pyright: ignore[reportGeneralTypeIssues]  # of its module
