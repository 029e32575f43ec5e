"""Draws growth as SVG: ``python drawing.py FIGURES.json DRAWING.svg``, where pygal is installed."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main(figures: str, drawing: str) -> None:
    """Draw milliseconds a file over the number of files, a line for each task."""
    import pygal  # pyright: ignore[reportMissingModuleSource]  # where it is installed
    from pygal.style import CleanStyle  # pyright: ignore[reportMissingModuleSource]  # the same

    found: dict[str, dict[str, float]] = json.loads(Path(figures).read_text(encoding="utf-8"))
    chart = pygal.XY(
        pygal.Config(js=[]),
        style=CleanStyle(font_family="sans-serif"),
        title="Milliseconds a file, by the number of files",
        logarithmic=True,
        xrange=(1_000, max(int(size) for sizes in found.values() for size in sizes)),
        x_title="files in the version",
        legend_at_bottom=True,
        height=420,
    )
    for task, sizes in found.items():
        chart.add(task, [(int(size), seconds * 1000) for size, seconds in sizes.items()])
    Path(drawing).parent.mkdir(parents=True, exist_ok=True)
    chart.render_to_file(drawing)


if __name__ == "__main__":
    main(*sys.argv[1:])
