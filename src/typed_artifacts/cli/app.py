"""The command line application: one module per subject."""

from __future__ import annotations

import sys
from importlib.metadata import version
from typing import Annotated

import typer

from typed_artifacts.cli.commands import (
    cache,
    copy,
    diff,
    doctor,
    download,
    du,
    edits,
    keys,
    lineage,
    listings,
    log,
    login,
    prune,
    registry,
    serve,
    show,
    tree,
    verify,
)
from typed_artifacts.cli.completion.bash import complete_in_bash
from typed_artifacts.cli.demo.command import demo
from typed_artifacts.cli.output.terminal import error_line
from typed_artifacts.cli.process import decoded_arguments, drop_unwritten, settle_streams
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
    listings.registries,
    listings.types,
    listings.collections,
    listings.versions,
    listings.files,
):
    app.command()(on_server(_command))
app.command("show")(on_server(show.show_version))
for _verb in (
    download.download,
    log.log,
    verify.verify,
    edits.tag,
    edits.alias,
    edits.link,
    edits.delete,
    lineage.lineage,
    tree.tree,
    diff.diff,
    copy.copy,
    prune.prune,
    du.du,
    login.whoami,
):
    app.command()(on_server(_verb))
# The names of `wandb artifact`.
for _name, _known in (("get", download.download), ("put", log.put), ("ls", listings.ls)):
    app.command(_name, hidden=True)(on_server(_known))
app.command("login")(login.login)
app.command("demo")(demo)
app.command("doctor")(doctor.doctor)
app.command("serve")(serve.serve)
app.add_typer(keys.key_app, name="key")
app.add_typer(cache.cache_app, name="cache")
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
        drop_unwritten()
        error_line(str(error))
        sys.exit(1)
    except SystemExit as ended:
        # What is still in the buffer would fail when the interpreter ends: exit code 120.
        unwritten = drop_unwritten()
        if unwritten is not None and not ended.code:
            if not isinstance(unwritten, BrokenPipeError):
                error_line(str(unwritten))
            sys.exit(1)
        raise
