"""Detects whether the code runs in a notebook."""

from __future__ import annotations

import sys


def in_notebook() -> bool:
    """Whether outputs are shown as HTML: a kernel runs this. IPython is not imported for it."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return getattr(shell, "kernel", None) is not None
