"""`show`: shows all attributes of a version."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.options import Root, Version
from typed_artifacts.cli.output.columns import ARTIFACT
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.tables import cut
from typed_artifacts.cli.output.terminal import console
from typed_artifacts.cli.output.texts import show


def show_version(
    path: Version,
    root: Root = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write a JSON object.")] = False,
) -> None:
    """Show a version; the latest if the path names none."""
    with opened(root) as api:
        artifact = api.artifact(path)
        known = {column.key: column.read(artifact) for column in ARTIFACT}
        if as_json:
            write_object(known | {"metadata": artifact.metadata})
            return
        out = console()
        layout = Table(box=SIMPLE_HEAD, show_header=False, pad_edge=False)
        layout.add_column(style="bold", no_wrap=True)
        layout.add_column(overflow="fold")
        for column in ARTIFACT:
            if text := show(known[column.key], is_bytes=column.is_bytes):
                layout.add_row(column.key.replace("_", " "), Text(text))
        for key, value in artifact.metadata.items():
            label = cut(show(f"metadata.{key}"), out.width // 2)
            layout.add_row(Text(label), Text(show(json.dumps(value, ensure_ascii=False))))
        out.print(layout)
