"""`diff`: compares two versions, or a version and a folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from typed_artifacts._environment.paths import user_path
from typed_artifacts.cli.completion.names import complete_version
from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.options import JsonObject, Root, Version
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.status import status
from typed_artifacts.cli.output.terminal import say
from typed_artifacts.errors import InvalidInput

if TYPE_CHECKING:
    from typed_artifacts import Api, Artifact


def diff(
    before: Version,
    after: Annotated[
        str,
        typer.Argument(
            metavar="OTHER",
            help="Another version, or a folder (an existing one, or a path with ./).",
            autocompletion=complete_version,
        ),
    ],
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Compare a version with another one or a folder, without downloading.

    The exit code is 0 without a difference, 1 with one, and 2 after an error.
    """
    try:
        with opened(root) as api:
            with status("Comparing"):
                found = api.artifact(before).diff(_other(api, after))
            if as_json:
                write_object(found.to_dict())
            else:
                for line in str(found).splitlines():
                    say(line)
    except typer.Exit as error:
        # An error was reported; exit code 1 means that there is a difference.
        raise typer.Exit(2) from error
    if found:
        raise typer.Exit(1)


def _other(api: Api, after: str) -> Artifact | Path:
    if os.path.isdir(after):  # noqa: PTH112 -- Path's may raise
        return Path(after)
    if after.startswith("~") and (folder := user_path(after, "The folder")).is_dir():
        return folder
    if after.startswith(("./", "../", "/", "~")):
        raise InvalidInput(f"There is no folder {after!r}.", subject=after)
    return api.artifact(after)
