"""pytest fixtures for tests of your own code: a new registry for each test, and simulated faults.

pytest loads ``plugin`` in every run, so this module and ``plugin`` import nothing; fixtures import
what they need when a test uses them. ``fault_proxy`` and ``spoiling`` are the proxy between client
and server; ``serving`` serves the registry on a port; ``recording`` records requests. This package
uses only public names of the client and the embedded server.
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
