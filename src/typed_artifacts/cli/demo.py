"""`demo`: a project with real files in a temporary folder, and a walk over the surface."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

from rich.text import Text

from typed_artifacts.cli.demo_world import PROJECT, build
from typed_artifacts.cli.options import reported
from typed_artifacts.cli.output import console, human_bytes
from typed_artifacts.errors import ArtifactsError, UnsupportedByServer

if TYPE_CHECKING:
    from rich.console import Console


def demo() -> None:
    """Build a project and walk through it. Its files are real, and nothing is left behind."""
    out = console()
    with reported(), tempfile.TemporaryDirectory(prefix="typed-artifacts-demo-") as folder:
        # What the extra `local` brings is imported here: `--help` works without it.
        from typed_artifacts.cli.demo_tour import tour

        _fill(Path(folder), out)
        tour(Path(folder), PROJECT, out)
    out.print("The folder is removed; nothing is left behind.")


def _fill(folder: Path, out: Console) -> None:
    try:
        from typed_artifacts.local import Registry, RegistryError  # the extra
    except ModuleNotFoundError as error:
        raise UnsupportedByServer(
            f"The demo brings its own server, which needs the package {error.name}: "
            'pip install "typed-artifacts[cli,local]", then try again.'
        ) from error
    started = time.perf_counter()
    try:
        with Registry(folder) as registry:
            world = build(registry)
    except RegistryError as error:
        raise ArtifactsError(f"The demo's project could not be built: {error}") from error
    took = time.perf_counter() - started
    out.print(
        Text.assemble(
            "Built ",
            (PROJECT, "bold"),
            f" in a temporary folder: {world.versions:,} versions and {len(world.runs):,} runs, ",
            f"{world.files:,} files, {human_bytes(world.size)}, in {took:.1f} s.",
        )
    )
