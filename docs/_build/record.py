"""Record the command line as pictures: what it prints, in its colours, as SVG.

`make pictures` runs it with the folder of the pictures. A registry is built as the demo builds it,
smaller, and each picture is the output of the commands that it names. How long something took is
the same in each recording, so that a picture changes where the command does.
"""

import os
import re
import subprocess
import sys
import tempfile
from io import StringIO
from pathlib import Path

from rich.console import Console
from rich.text import Text

from typed_artifacts.cli.demo.project import SMALL, build
from typed_artifacts.local import Registry

COMMAND = Path(sys.executable).parent / "typed-artifacts"
WIDTH = 100
# Name of the picture → its title, the commands, and the line before which it ends.
PICTURES: dict[str, tuple[str, list[list[str]], str | None]] = {
    "demo": ("A tour of a project", [["demo"]], "4. Files of a version"),
    "versions": (
        "Versions and files",
        [
            ["versions", "demo/code-search/code-embedder", "--limit", "5"],
            ["show", "demo/code-search/code-embedder:latest"],
        ],
        None,
    ),
    "tree": ("A project as a tree", [["tree", "demo/code-search", "--depth", "2"]], None),
    "lineage": (
        "Where a version comes from",
        [["lineage", "demo/code-search/code-embedder:latest", "--depth", "2", "--direction", "up"]],
        None,
    ),
}


def record(title: str, commands: list[list[str]], end: str | None, root: Path) -> str:
    """A picture of what commands print, as SVG."""
    console = Console(record=True, width=WIDTH, file=StringIO(), force_terminal=True)
    for arguments in commands:
        console.print(Text.assemble(("$ ", "bold green"), f"typed-artifacts {' '.join(arguments)}"))
        output = Text.from_ansi(printed(arguments, root))
        console.print(output[: output.plain.index(end)] if end else output)
    svg = console.export_svg(title=title, unique_id=re.sub(r"\W", "-", title.lower()))
    # The fonts that rich would fetch: a picture of ours fetches nothing.
    return re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)


def printed(arguments: list[str], root: Path) -> str:
    """What a command prints on a terminal with colours, about a registry."""
    done = subprocess.run(
        [COMMAND, *arguments],
        capture_output=True,
        text=True,
        check=True,
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(root),
            "FORCE_COLOR": "1",
            "COLUMNS": str(WIDTH),
            "TYPED_ARTIFACTS_ROOT": str(root),
        },
    )
    return re.sub(r",\s+in\s+[\d.]+\s+s\.", ", in 9.9 s.", done.stdout)


def main(folder: Path, *names: str) -> None:
    """Write the pictures, or those that are named."""
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        with Registry(scratch) as registry:
            build(registry, SMALL)
        for name in names or PICTURES:
            title, commands, end = PICTURES[name]
            svg = record(title, commands, end, Path(scratch))
            (folder / f"{name}.svg").write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
