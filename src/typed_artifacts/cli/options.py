"""Options that several commands share, and opening the `Api`."""

from __future__ import annotations

import json
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from typed_artifacts.cli.completing import (
    complete_collection,
    complete_project,
    complete_version,
)
from typed_artifacts.cli.output import error_line
from typed_artifacts.cli.servers import Server, chosen_server
from typed_artifacts.errors import ArtifactsError, InvalidInput

if TYPE_CHECKING:
    from typed_artifacts import Api, JsonValue, RetryPolicy

Root: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--root",
        envvar="TYPED_ARTIFACTS_ROOT",
        metavar="DIR",
        help="The same as --registry (older name).",
    ),
]
Database: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--database",
        envvar="TYPED_ARTIFACTS_DATABASE",
        metavar="URL",
        help="The registry's database: postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME.",
    ),
]
Files: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--files",
        envvar="TYPED_ARTIFACTS_FILES",
        metavar="URL",
        help="The registry's store of files: s3://BUCKET/PREFIX, gs://... or az://...",
    ),
]
AsJson: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Write a JSON array instead of a table.")
]
JsonObject: TypeAlias = Annotated[
    bool, typer.Option("--json", help="Write a JSON object instead of a sentence.")
]
Version: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="ARTIFACT",
        help="[[entity/]project/]collection[:alias]",
        autocompletion=complete_version,
    ),
]
Project: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="PROJECT", help="[entity/]project", autocompletion=complete_project),
]
Collection: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="COLLECTION",
        help="[[entity/]project/]collection",
        autocompletion=complete_collection,
    ),
]
Columns: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--columns",
        metavar="NAMES",
        help="Only these columns, separated by commas; versions have metadata.KEY, too.",
    ),
]
AsCsv: TypeAlias = Annotated[bool, typer.Option("--csv", help="Write CSV, with a header.")]
Quiet: TypeAlias = Annotated[
    bool, typer.Option("--quiet", "-q", help="Write only names, one per line.")
]
Limit: TypeAlias = Annotated[
    int | None,
    typer.Option("--limit", min=1, metavar="N", help="Stop after N items; default: all."),
]
PerPage: TypeAlias = Annotated[
    int, typer.Option("--per-page", min=1, metavar="N", help="The number of items per request.")
]
Order: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--order", metavar="FIELD", help="Sort by this field; -FIELD sorts in descending order."
    ),
]

Include: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--include",
        metavar="PATTERN",
        help="Only files that match, as in a .gitignore; repeatable.",
    ),
]
Exclude: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--exclude", metavar="PATTERN", help="Leave out files that match; repeatable."),
]


@contextmanager
def opened(root: Path | None) -> Generator[Api]:
    """Open the server that the environment names, or the embedded registry in a folder.

    What goes wrong inside is reported as one line, and the command leaves with exit code 1.
    """
    from typed_artifacts import RetryPolicy  # `--help` needs no client

    with reported():
        # Someone waits at the terminal: give up sooner than a pipeline would.
        patience = RetryPolicy(tries=4)
        said = chosen_server()
        if said.base_url is not None and said.registry is not None:
            raise InvalidInput("--registry and --base-url exclude each other.")
        with connected(said, root, retry=patience) as api:
            yield api


def connected(
    server: Server, root: Path | None, *, retry: RetryPolicy, timeout: float | None = None
) -> Api:
    """The ``Api`` of a server that is said, or else of the registry in a folder.

    Args:
        server: what the options say.
        root: the folder that ``--root`` or the environment names.
        retry: how patiently a server is asked.
        timeout: seconds that a request to a server may take.

    Raises:
        InvalidInput: there is no registry in the folder.
    """
    from typed_artifacts import Api  # `--help` needs no client

    # An address that is given counts for more than the registry of the environment.
    folder = server.registry or (root if server.base_url is None else None)
    if folder is not None:
        return Api.local(existing(folder), entity=server.entity, project=server.project)
    return Api(
        base_url=server.base_url,
        entity=server.entity,
        project=server.project,
        timeout=timeout,
        retry=retry,
    )


def existing(root: Path) -> Path:
    """The folder of a registry that is there: ``Api.local`` would make one.

    Raises:
        InvalidInput: there is none.
    """
    from typed_artifacts._environment.paths import user_path
    from typed_artifacts._environment.registry_folder import has_database

    folder = user_path(root, "--root")
    if not has_database(folder):
        raise InvalidInput(
            f"There is no registry in {folder}; name the folder that "
            "`typed-artifacts serve --root` or `Api.local` was given."
        )
    return folder


def parsed_object(text: str | None, option: str, example: str) -> dict[str, JsonValue] | None:
    """An option's JSON object; ``None`` without the option.

    Args:
        text: what was given.
        option: the option's name.
        example: an object such as is meant.

    Raises:
        InvalidInput: it is no JSON, or no object.
    """
    if text is None:
        return None
    try:
        found: JsonValue = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{option} is no JSON: {error}.") from error
    if not isinstance(found, dict):
        raise InvalidInput(f"{option} must be a JSON object, such as {example}.")
    return found


@contextmanager
def reported() -> Generator[None]:
    """Turn an error of the package or the system into one line and the exit code 1."""
    try:
        yield
    except BrokenPipeError:
        raise  # the reader of the output has closed it: typer exits quietly
    except (ArtifactsError, OSError) as error:
        error_line(str(error))
        raise typer.Exit(1) from error
