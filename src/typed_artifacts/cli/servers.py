"""Options that select the server of a command."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from inspect import Parameter, signature
from pathlib import Path
from typing import Annotated, TypeAlias

import typer

from typed_artifacts.cli.given_paths import given_name, given_path


@dataclass(frozen=True, slots=True)
class Server:
    """The options that select the server.

    Attributes:
        registry: the folder of an embedded registry.
        base_url: the address of a server.
        entity: the user or team that a path without one means.
        project: the project that a path without one means.
    """

    registry: Path | None = None
    base_url: str | None = None
    entity: str | None = None
    project: str | None = None


Registry: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--registry",
        metavar="DIR",
        help="Use the embedded registry in this folder.",
        parser=given_path,
    ),
]
_CHOSEN: ContextVar[Server | None] = ContextVar("chosen", default=None)
_OPTIONS = {
    "registry": Registry,
    "base_url": Annotated[
        str | None,
        typer.Option("--base-url", metavar="URL", help="Use this server.", callback=given_name),
    ],
    "entity": Annotated[
        str | None,
        typer.Option(
            "--entity",
            metavar="NAME",
            help="The entity for paths without one.",
            callback=given_name,
        ),
    ],
    "project": Annotated[
        str | None,
        typer.Option(
            "--project",
            metavar="NAME",
            help="The project for paths without one.",
            callback=given_name,
        ),
    ],
}
_NAMES = {name: name if name != "project" else "default_project" for name in _OPTIONS}


def chosen_server() -> Server:
    """What the options of the running command say."""
    return _CHOSEN.get() or Server()


def server_of(params: Mapping[str, object]) -> Server:
    """The server that the parameters of a command select."""
    values = {name: params.get(parameter) for name, parameter in _NAMES.items()}
    return Server(**values)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # typer has seen to it


def on_server(command: Callable[..., None]) -> Callable[..., None]:
    """A command that takes the options that say which server it works on."""
    own = signature(command, eval_str=True)

    @wraps(command)
    def run(**given: object) -> None:
        own_given = {name: value for name, value in given.items() if name not in _NAMES.values()}
        with _choosing(server_of(given)):
            command(**own_given)

    added = [
        Parameter(_NAMES[name], Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
        for name, annotation in _OPTIONS.items()
    ]
    whole = own.replace(parameters=[*own.parameters.values(), *added])
    run.__signature__ = whole  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  # inspect reads it
    run.__annotations__ = {name: each.annotation for name, each in whole.parameters.items()}
    return run


@contextmanager
def _choosing(server: Server) -> Generator[None]:
    token = _CHOSEN.set(server)
    try:
        yield
    finally:
        _CHOSEN.reset(token)
