"""pytest fixtures for tests of your own code: a new registry for each test, and simulated faults.

pytest loads ``plugin`` in every run, so this module and ``plugin`` import neither the client nor
the embedded server; fixtures import them when a test uses them. ``fault_proxy`` and ``spoiling``
are the proxy between client and server; ``serving`` serves the registry on a port; ``recording``
records requests. Of both this package uses public names, ``_values`` and ``_environment``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .recording import Requests, SentRequest
    from .serving import ArtifactsServer

__all__ = ["ArtifactsServer", "Requests", "SentRequest"]

_HOME_OF = {"ArtifactsServer": "serving", "Requests": "recording", "SentRequest": "recording"}

if not TYPE_CHECKING:  # otherwise a misspelt name would pass type checks

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
