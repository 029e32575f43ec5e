"""Fixtures for tests of one's own code: a fresh registry for each test, and what can go wrong.

pytest loads ``plugin`` of every installed distribution, so that this module and that one import
nothing: what a fixture needs is imported when a test asks for it. ``fault_proxy`` and ``spoiling``
are the proxy between a client and the server; ``serving`` has the server on a port; ``recording``
keeps what was asked. A leaf: it stands on public names of the client and the embedded server.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .recording import Requests, SentRequest
    from .serving import ArtifactsServer

__all__ = ["ArtifactsServer", "Requests", "SentRequest"]

_HOME_OF = {"ArtifactsServer": "serving", "Requests": "recording", "SentRequest": "recording"}

if not TYPE_CHECKING:  # or a misspelt name would type-check

    def __getattr__(name: str) -> object:
        if name not in _HOME_OF:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
