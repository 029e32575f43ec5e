"""The command line application: one module per subject."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from typed_artifacts.cli import (
    caching,
    comparing,
    copying,
    demo,
    doctor,
    editing,
    lineage,
    listing,
    moving,
    pruning,
    registry,
    serve,
    showing,
    signing_in,
    trees,
    usage,
)
from typed_artifacts.cli.colons import complete_in_bash
from typed_artifacts.cli.output import decoded_arguments, error_line, settle_streams
from typed_artifacts.cli.servers import on_server

app: typer.Typer = typer.Typer(
    name="typed-artifacts",
    help="List, download, log, edit and serve artifacts of a W&B server or a local registry.",
    no_args_is_help=True,
    epilog="Exit codes: 0 done; 1 an error, or a difference found by diff or verify; 2 wrong "
    "usage, or an error of diff.",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)

for _command in (
    listing.registries,
    listing.types,
    listing.collections,
    listing.versions,
    listing.files,
):
    app.command()(on_server(_command))
app.command("show")(on_server(showing.show_version))
for _verb in (
    moving.download,
    moving.log,
    moving.verify,
    editing.tag,
    editing.alias,
    editing.link,
    editing.delete,
    lineage.lineage,
    trees.tree,
    comparing.diff,
    copying.copy,
    pruning.prune,
    usage.du,
    signing_in.whoami,
):
    app.command()(on_server(_verb))
# The names of `wandb artifact`.
for _name, _known in (("get", moving.download), ("put", moving.put), ("ls", listing.ls)):
    app.command(_name, hidden=True)(on_server(_known))
app.command("login")(signing_in.login)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)
app.command("serve")(serve.serve)
app.add_typer(serve.key_app, name="key")
app.add_typer(caching.cache_app, name="cache")
app.add_typer(registry.registry_app, name="registry")


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"typed-artifacts {version('typed-artifacts')}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """List, download, log, edit and serve artifacts of a W&B server or a local registry."""


def run() -> None:
    """Run the command with this process's arguments."""
    if complete_in_bash(app):
        return
    settle_streams()
    try:
        app(decoded_arguments(sys.argv[1:]))
    except OSError as error:  # what typer itself writes: the help, the version
        error_line(str(error))
        sys.exit(1)
