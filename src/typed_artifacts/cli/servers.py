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

from typed_artifacts.cli.given_paths import given_name, given_path, was_given


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

    def options(self, root: Path | None) -> list[str]:
        """The words that select the same server in another command.

        Args:
            root: the folder that the command was given, not by the environment.
        """
        if self.base_url is not None:
            return ["--base-url", self.base_url]
        folder = self.registry or root
        return [] if folder is None else ["--registry", str(folder)]


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
    context = Parameter("ctx", Parameter.KEYWORD_ONLY, annotation=typer.Context)

    @wraps(command)
    def run(*, ctx: typer.Context, **given: object) -> None:
        own_given = {name: value for name, value in given.items() if name not in _NAMES.values()}
        server = server_of(given)
        _refuse_two(ctx, server)
        with _choosing(server):
            command(**own_given, **({"ctx": ctx} if context.name in own.parameters else {}))

    added = [
        *([] if context.name in own.parameters else [context]),
        *(
            Parameter(_NAMES[name], Parameter.KEYWORD_ONLY, default=None, annotation=annotation)
            for name, annotation in _OPTIONS.items()
        ),
    ]
    whole = own.replace(parameters=[*own.parameters.values(), *added])
    run.__signature__ = whole  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue]  # inspect reads it
    run.__annotations__ = {name: each.annotation for name, each in whole.parameters.items()}
    return run


def _refuse_two(ctx: typer.Context, server: Server) -> None:
    """Refuse options that name two servers: a command would work on another than was meant."""
    named = {
        # Of `download` it is the folder, which has no variable.
        "--root": was_given(ctx, "root")
        and any(each.name == "root" and each.envvar for each in ctx.command.params),
        "--registry": server.registry is not None,
        "--base-url": server.base_url is not None,
    }
    given = [option for option, is_given in named.items() if is_given]
    if len(given) > 1:
        raise typer.BadParameter(f"{given[0]} and {given[1]} exclude each other.")


@contextmanager
def _choosing(server: Server) -> Generator[None]:
    token = _CHOSEN.set(server)
    try:
        yield
    finally:
        _CHOSEN.reset(token)
