"""Checks arguments of ``Api``, and opens the embedded server."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, NamedTuple, Protocol

from ..._values.guards import is_mapping
from ...errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import httpx

_OVERRIDES = ("base_url", "entity", "project", "run")


class Closing(Protocol):
    """Something to close with the ``Api``."""

    def close(self) -> None: ...


class Overrides(NamedTuple):
    """Settings that arguments override."""

    base_url: str | None
    entity: str | None
    project: str | None
    run: str | None


def overridden(
    overrides: Mapping[str, str] | None,
    *,
    base_url: str | None,
    entity: str | None,
    project: str | None,
) -> Overrides:
    """Merge the official client's ``overrides`` with the keywords; a keyword wins.

    Raises:
        InvalidInput: an override is unknown.
    """
    if overrides is not None and not is_mapping(overrides):
        raise InvalidInput(f"overrides is {overrides!r:.100}; it must be a mapping, or None.")
    given = {str(name): value for name, value in (overrides or {}).items()}
    unknown = sorted(given.keys() - set(_OVERRIDES))
    if unknown:
        raise InvalidInput(f"Unknown override {unknown[0]!r}; there are {', '.join(_OVERRIDES)}.")
    return Overrides(
        given.get("base_url") if base_url is None else base_url,
        entity or given.get("entity"),
        project or given.get("project"),
        given.get("run"),
    )


def check_artifact_type(found: str, wanted: str | None, path: str) -> None:
    """Raise ``InvalidInput`` where an artifact is not of the type that was asked for."""
    if wanted is not None and found != wanted:
        raise InvalidInput(
            f"{path} is of type {found!r}, not {wanted!r}; "
            "leave the type out, or ask for another artifact.",
            subject=path,
        )


class EmbeddedServer(Closing, Protocol):
    """What a client needs of ``typed_artifacts.local``, which the client does not import.

    The embedded server brings SQLAlchemy, graphql-core, ariadne, starlette and uvicorn: neither a
    program nor its type checker should read them because of ``Api``.
    """

    @property
    def base_url(self) -> str: ...
    @property
    def entity(self) -> str: ...
    @property
    def api_key(self) -> str: ...
    @property
    def transport(self) -> httpx.BaseTransport: ...
    @property
    def async_transport(self) -> httpx.AsyncBaseTransport: ...


def open_registry(root: Path | str | None) -> EmbeddedServer:
    """Open the embedded server on a folder.

    Raises:
        ExtraNotInstalled: the extra ``local`` is not installed.
    """
    server: EmbeddedServer = import_module("typed_artifacts.local").open_local(root)
    return server
