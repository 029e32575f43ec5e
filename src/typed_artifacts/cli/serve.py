"""`typed-artifacts serve` and `typed-artifacts key add`: the embedded server as a command."""

from pathlib import Path
from typing import Annotated

import typer

from typed_artifacts._environment.paths import user_path
from typed_artifacts.cli.options import reported

key_app: typer.Typer = typer.Typer(help="API keys of a registry.", no_args_is_help=True)

_ROOT = typer.Option("--root", help="The registry's folder; made if it does not exist.")


@key_app.callback()
def _keys() -> None:
    """Keeps `add` a command of its own."""


def serve(
    root: Annotated[Path, _ROOT] = Path("typed-artifacts-registry"),
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on; 0 takes a free one.")] = 8080,
    open_: Annotated[
        bool,
        typer.Option("--open", help="Take any key for the user of its name (loopback only)."),
    ] = False,
    features: Annotated[
        str, typer.Option(help="all, none, or NAME,NAME: the server features to have.")
    ] = "all",
    gc_every: Annotated[
        float,
        typer.Option(
            "--gc-every", min=0, metavar="HOURS", help="Collect garbage so often; 0: never."
        ),
    ] = 0,
) -> None:
    """Serve a registry of artifacts to the clients of this machine, the official one included."""
    with reported():
        from typed_artifacts.local import serve as serve_registry

        serve_registry(
            user_path(root, "--root"),
            host=host,
            port=port,
            open_=open_,
            features=features,
            gc_hours=gc_every,
        )


@key_app.command("add")
def add(
    user: Annotated[str, typer.Argument(help="Whose key; the user is made if new.")],
    root: Annotated[Path, _ROOT] = Path("typed-artifacts-registry"),
    name: Annotated[str, typer.Option(help="What the key is for.")] = "",
) -> None:
    """Make an API key for a user and print it. It is not kept, so keep it yourself."""
    with reported():
        from typed_artifacts.local import Registry

        with Registry(user_path(root, "--root")) as registry:
            typer.echo(registry.add_key(user, name=name))
