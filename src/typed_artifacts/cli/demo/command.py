"""`demo`: builds a temporary project with real files, and shows the API."""

from __future__ import annotations

import stat
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from typed_artifacts._environment.paths import user_path
from typed_artifacts._values.quantities import bytes_text
from typed_artifacts.cli.demo.project import PROJECT, build
from typed_artifacts.cli.failures import reported
from typed_artifacts.cli.given_paths import given_path
from typed_artifacts.cli.output.terminal import console
from typed_artifacts.cli.output.texts import clean
from typed_artifacts.errors import ArtifactsError, InvalidInput


def demo(
    keep: Annotated[
        Path | None,
        typer.Option(
            "--keep",
            metavar="DIR",
            help="Build the project in this folder, and keep it.",
            parser=given_path,
        ),
    ] = None,
    serve: Annotated[
        bool | None,
        typer.Option(
            help="At the end, serve its pages until Ctrl-C. Without either, only at a terminal."
        ),
    ] = None,
    port: Annotated[
        int,
        typer.Option(
            min=0, max=65_535, metavar="N", help="The port for the pages; 0: any free port."
        ),
    ] = 8080,
) -> None:
    """Build a temporary project with real files, and show what you can do with it."""
    out = console()
    served = sys.stdin.isatty() and sys.stdout.isatty() if serve is None else serve
    with reported():
        with _project(out, keep) as folder:
            # The client, when there is a project.
            from typed_artifacts.cli.demo import next_steps
            from typed_artifacts.cli.demo.tour import tour

            tour(folder, PROJECT, out)
            port = next_steps.free_port(port)
            page = next_steps.page_address(next_steps.page_path(folder, PROJECT), port)
            stays = folder if served else keep
            next_steps.tell_next(PROJECT, page, stays, out, served=served)
            if served:
                next_steps.serve_until_ended(folder, port, out)
        if keep is None:
            out.print("The folder is removed; nothing is left behind.")


@contextmanager
def _project(out: Console, keep: Path | None) -> Generator[Path]:
    """The folder of a registry with the project in it, for a while or to stay."""
    from typed_artifacts.local import Registry, RegistryError

    started = time.perf_counter()
    try:
        with Registry(None if keep is None else _empty(keep)) as registry:
            world = build(registry)
            took = time.perf_counter() - started
            out.print(
                Text.assemble(
                    "Built ",
                    (PROJECT, "bold"),
                    f" in {_folder(keep)}: {world.versions:,} versions, {len(world.runs):,} "
                    f"runs, {world.files:,} files, {bytes_text(world.size)}, in {took:.1f} s.",
                )
            )
            yield registry.root
    except RegistryError as error:
        raise ArtifactsError(f"The demo's project could not be built: {error}") from error


def _empty(keep: Path) -> Path:
    from typed_artifacts._transfer.disk.disk_errors import status_of

    folder = user_path(keep, "--keep")
    if (status := status_of(folder)) is None:
        return folder
    if not stat.S_ISDIR(status.st_mode):
        raise InvalidInput(f"{folder} is a file; name a folder that is new for the demo.")
    if any(folder.iterdir()):
        raise InvalidInput(f"{folder} is not empty; name a folder that is new for the demo.")
    return folder


def _folder(keep: Path | None) -> str:
    return "a temporary folder" if keep is None else clean(str(keep))
