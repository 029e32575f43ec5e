"""The end of the demo: the address of a web page, and commands to try."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from rich.console import Console
from rich.text import Text

from typed_artifacts import Api
from typed_artifacts._values.command_lines import quoted
from typed_artifacts.cli.output.texts import clean

_HOST: Final = "127.0.0.1"

_COMMANDS: Final = (
    ("tree {project}", "types, collections and versions at a glance"),
    ("lineage {project}/code-embedder --depth 3", "what a model was made of (--mermaid draws it)"),
    ("download {project}/tokenizer", "a version's files, each verified"),
    ("du {project}", "what takes up storage"),
)


def page_path(root: Path, project: str) -> str:
    """The path of the page of the newest model, below the server's address. One request."""
    with Api.local(root) as api:
        return urlsplit(api.artifact(f"{project}/code-embedder:latest").url).path


def free_port(port: int) -> int:
    """The port to serve on: one that is free at the moment, where 0 is given."""
    if port:
        return port
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        found: int = probe.getsockname()[1]
        return found


def page_address(path: str, port: int) -> str:
    """The address of a page."""
    return f"http://{_HOST}:{port}{path}"


def tell_next(project: str, page: str, folder: Path | None, out: Console, *, served: bool) -> None:
    """Say where the page is, and which commands to try.

    Args:
        project: the demo's project.
        page: the address of a page of it.
        folder: where the registry is; ``None`` where it is about to be removed.
        out: where to.
        served: whether it is about to be served.
    """
    out.print()
    out.print(Text.assemble(("In a browser: ", "bold"), (page, "cyan")), soft_wrap=True)
    if not served:
        serve_command = (
            "demo --serve" if folder is None else f"serve --open --registry {_quoted(folder)}"
        )
        out.print(Text(f"   typed-artifacts {serve_command}", style="cyan"), soft_wrap=True)
    out.print(Text("To try next:", style="bold"))
    if folder is None:
        folder = Path("shelf")
        out.print(Text(f"   typed-artifacts demo --keep {folder}", style="cyan"))
    for command, purpose in _COMMANDS:
        line = f"   typed-artifacts {command.format(project=project)} --registry {_quoted(folder)}"
        out.print(Text(line, style="cyan"), soft_wrap=True)
        out.print(Text(f"      {purpose}", style="dim"))


def _quoted(folder: Path) -> str:
    return quoted(clean(str(folder)))


def serve_until_ended(root: Path, port: int, out: Console) -> None:
    """Serve the demo's registry to this machine until Ctrl-C."""
    from typed_artifacts.local import serve

    out.print("Sign in with any name; Ctrl-C ends the demo.")
    serve(root, host=_HOST, port=port, open_=True, grace=1)
