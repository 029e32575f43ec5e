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

if TYPE_CHECKING:
    from rich.console import Console


def demo() -> None:
    """Build a project with real files, walk the documented surface, and leave nothing behind."""
    out = console()
    with reported(), tempfile.TemporaryDirectory(prefix="typed-artifacts-demo-") as folder:
        # What the extra `local` brings is imported here: `--help` works without it.
        from typed_artifacts.cli.demo_tour import tour  # noqa: PLC0415

        _fill(Path(folder), out)
        tour(Path(folder), PROJECT, out)
    out.print("The folder is removed; nothing is left behind.")


def _fill(folder: Path, out: Console) -> None:
    from typed_artifacts.local import Registry  # noqa: PLC0415  # the extra `local`

    started = time.perf_counter()
    with Registry(folder) as registry:
        world = build(registry)
    took = time.perf_counter() - started
    out.print(
        Text.assemble(
            "Built ",
            (PROJECT, "bold"),
            f" in a temporary folder: {world.versions:,} versions and {len(world.runs):,} runs, ",
            f"{world.files:,} files, {human_bytes(world.size)}, in {took:.1f} s.",
        )
    )
