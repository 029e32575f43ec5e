"""Command lines that a user can paste: into PowerShell on Windows, elsewhere into a POSIX shell."""

from __future__ import annotations

import re
import shlex
import sys
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLAIN_IN_POWERSHELL: Final = re.compile(r"[\w./:\\-]+", re.ASCII)


def quoted(word: str) -> str:
    """A word of a command line, in quotation marks where the shell needs them."""
    if sys.platform != "win32":
        return shlex.quote(word)
    return word if _PLAIN_IN_POWERSHELL.fullmatch(word) else _in_powershell(word)


def with_variables(variables: Mapping[str, str], command: str) -> str:
    """A command line that runs with environment variables.

    Args:
        variables: the values by name.
        command: the command, its words quoted.
    """
    if sys.platform != "win32":
        assigned = (f"{name}={quoted(value)}" for name, value in variables.items())
        return " ".join([*assigned, command])
    assigned = (f"$env:{name} = {_in_powershell(value)}" for name, value in variables.items())
    return "; ".join([*assigned, command])


def _in_powershell(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
