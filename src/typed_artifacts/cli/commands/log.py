"""`log`, and `put` as `wandb artifact` has it: log files as a new version."""

from __future__ import annotations

import sys
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING, Annotated, TypeAlias, cast

import typer

from typed_artifacts._values.quantities import bytes_text, count_text
from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.failures import warnings_as_lines
from typed_artifacts.cli.options import (
    Collection,
    Exclude,
    Include,
    JsonObject,
    Root,
    parsed_object,
)
from typed_artifacts.cli.output.columns import ARTIFACT
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.terminal import say

if TYPE_CHECKING:
    from typed_artifacts import Artifact
    from typed_artifacts._domain.drafts.storage_options import DigestOption


class _Digest(Enum):
    md5 = "md5"
    xxh128 = "xxh128"


_Files: TypeAlias = Annotated[
    str,
    typer.Argument(metavar="FILES", help="A folder, a file, or a URI to refer to."),
]
_Type: TypeAlias = Annotated[
    str,
    typer.Option(
        "--type", "-t", metavar="TYPE", help="The artifact type, such as dataset or model."
    ),
]
_Aliases: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--alias", "-a", metavar="ALIAS", help="Repeatable."),
]
_Tags: TypeAlias = Annotated[
    list[str] | None, typer.Option("--tag", metavar="TAG", help="Repeatable.")
]
_Metadata: TypeAlias = Annotated[
    str | None, typer.Option("--metadata", metavar="JSON", help="A JSON object.")
]
_Description: TypeAlias = Annotated[
    str | None,
    typer.Option("--description", "-d", metavar="TEXT", help="A description."),
]
_TtlDays: TypeAlias = Annotated[
    int | None,
    typer.Option(
        "--ttl-days",
        min=1,
        max=36_500,
        metavar="DAYS",
        help="The version's time to live in days.",
    ),
]
_Run: TypeAlias = Annotated[
    str | None,
    typer.Option("--run", metavar="RUN", help="[[entity/]project/]run: the run that logs it."),
]
_DigestName: TypeAlias = Annotated[
    _Digest | None,
    typer.Option("--digest", help="xxh128 is faster, for servers that take it; else md5."),
]
_StorageRegion: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--storage-region", metavar="NAME", help="The region where the server stores the files."
    ),
]
# The options of `wandb artifact put`.
_PutName: TypeAlias = Annotated[
    str, typer.Option("--name", "-n", help="[[entity/]project/]collection")
]
_PutType: TypeAlias = Annotated[str, typer.Option("--type", "-t", help="The artifact type.")]
_PutAliases: TypeAlias = Annotated[list[str] | None, typer.Option("--alias", "-a")]
_PutDescription: TypeAlias = Annotated[str | None, typer.Option("--description", "-d")]
_PutRun: TypeAlias = Annotated[
    str | None, typer.Option("--id", metavar="RUN", help="The existing run that logs it.")
]


def put(
    files: _Files,
    name: _PutName,
    type_name: _PutType = "dataset",
    aliases: _PutAliases = None,
    description: _PutDescription = None,
    run: _PutRun = None,
    root: Root = None,
) -> None:
    """Log files as a new version, with the options that `wandb artifact put` has for that."""
    log(
        name,
        files,
        type_name,
        aliases=aliases,
        description=description,
        run=run,
        root=root,
    )


def log(
    collection: Collection,
    files: _Files,
    type_name: _Type,
    aliases: _Aliases = None,
    tags: _Tags = None,
    metadata: _Metadata = None,
    description: _Description = None,
    ttl_days: _TtlDays = None,
    run: _Run = None,
    include: Include = None,
    exclude: Exclude = None,
    digest: _DigestName = None,
    storage_region: _StorageRegion = None,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Log files as a new version, unless the collection has the same content.

    Files that an .artifactsignore in the folder excludes are left out.
    """
    with opened(root) as api, warnings_as_lines():
        artifact = api.log_artifact(
            collection,
            type=type_name,
            files=files,
            aliases=aliases or (),
            tags=tags or (),
            metadata=parsed_object(metadata, "--metadata", '{"rows": 3}'),
            description=description,
            ttl=None if ttl_days is None else timedelta(days=ttl_days),
            run=run,
            progress=sys.stderr.isatty(),
            include=include,
            exclude=exclude,
            digest=None if digest is None else cast("DigestOption", digest.value),  # is a str
            storage_region=storage_region,
        )
        _show(artifact, as_json)


def _show(artifact: Artifact, as_json: bool) -> None:
    if as_json:
        write_object({column.key: column.read(artifact) for column in ARTIFACT})
    else:
        contents = f"{count_text(artifact.file_count, 'file')}, {bytes_text(artifact.size)}"
        say(f"{artifact.qualified_name}: {contents}")
