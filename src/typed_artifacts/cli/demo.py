"""`demo`: a project with real files in a temporary folder, and a walk over the surface."""

from __future__ import annotations

import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console
from rich.text import Text

from typed_artifacts._values.quantities import bytes_text
from typed_artifacts.cli.demo_world import PROJECT, build
from typed_artifacts.cli.options import reported
from typed_artifacts.cli.output import console
from typed_artifacts.errors import ArtifactsError


def demo() -> None:
    """Build a project and walk through it. Its files are real, and nothing is left behind."""
    out = console()
    with reported():
        with _project(out) as folder:
            from typed_artifacts.cli.demo_tour import tour  # the client, when there is a project

            tour(folder, PROJECT, out)
        out.print("The folder is removed; nothing is left behind.")


@contextmanager
def _project(out: Console) -> Generator[Path]:
    """The folder of a registry with the project in it, for a while."""
    from typed_artifacts.local import Registry, RegistryError

    started = time.perf_counter()
    try:
        with Registry() as registry:
            world = build(registry)
            took = time.perf_counter() - started
            out.print(
                Text.assemble(
                    "Built ",
                    (PROJECT, "bold"),
                    f" in a temporary folder: {world.versions:,} versions, {len(world.runs):,} "
                    f"runs, {world.files:,} files, {bytes_text(world.size)}, in {took:.1f} s.",
                )
            )
            yield registry.root
    except RegistryError as error:
        raise ArtifactsError(f"The demo's project could not be built: {error}") from error
