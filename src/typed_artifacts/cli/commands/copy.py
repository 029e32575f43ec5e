"""`copy`: a project, a collection or a version, also to another server."""

from __future__ import annotations

import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from typed_artifacts._environment.network import DEFAULT_WORKERS
from typed_artifacts.cli.completion.names import complete_version
from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.given_paths import given_name, given_path
from typed_artifacts.cli.options import JsonObject, Root, Workers
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.terminal import say

if TYPE_CHECKING:
    from typed_artifacts import Api, CopyReport

_Source: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="SOURCE",
        help="[entity/]project, or [[entity/]project/]collection[:alias]",
        autocompletion=complete_version,
    ),
]
_Destination: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="DESTINATION",
        help="A project for a project; else a collection, or a project with a / at the end.",
    ),
]
_ToUrl: TypeAlias = Annotated[
    str | None,
    typer.Option("--to-url", metavar="URL", help="The server to copy to.", callback=given_name),
]
_ToRegistry: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--to-registry", metavar="DIR", help="The embedded registry to copy to.", parser=given_path
    ),
]
_All: TypeAlias = Annotated[bool, typer.Option("--all", help="All versions.")]
_Versions: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--version", metavar="NAME", help="A version or an alias; repeatable."),
]
_NoAliases: TypeAlias = Annotated[bool, typer.Option("--no-aliases", help="Without aliases.")]
_NoTags: TypeAlias = Annotated[bool, typer.Option("--no-tags", help="Without tags.")]
_NoMetadata: TypeAlias = Annotated[bool, typer.Option("--no-metadata", help="Without metadata.")]
_NoTtl: TypeAlias = Annotated[bool, typer.Option("--no-ttl", help="Without times to live.")]
_RecordOrigin: TypeAlias = Annotated[
    bool, typer.Option("--record-origin", help="Record the origin in the metadata.")
]


def copy(
    source: _Source,
    destination: _Destination,
    to_url: _ToUrl = None,
    to_registry: _ToRegistry = None,
    everything: _All = False,
    versions: _Versions = None,
    no_aliases: _NoAliases = False,
    no_tags: _NoTags = False,
    no_metadata: _NoMetadata = False,
    no_ttl: _NoTtl = False,
    record_origin: _RecordOrigin = False,
    workers: Workers = DEFAULT_WORKERS,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Copy a project, a collection or a version, also to another server.

    The key for --to-url comes from WANDB_API_KEY, netrc or a settings file, as usual.
    """
    if everything and versions:
        raise typer.BadParameter("--all and --version exclude each other.")
    with opened(root) as api, _target(to_url, to_registry) as target:
        report = api.copy(
            source,
            destination,
            to=target,
            versions="all" if everything else versions or "latest",
            aliases=not no_aliases,
            tags=not no_tags,
            metadata=not no_metadata,
            record_origin=record_origin,
            ttl=not no_ttl,
            max_workers=workers,
            progress=sys.stderr.isatty(),
        )
        _show(report, as_json)


def _show(report: CopyReport, as_json: bool) -> None:
    if as_json:
        versions = [asdict(each) for each in report.versions]
        write_object({"sent": report.sent, "versions": versions})
    else:
        say(str(report))


@contextmanager
def _target(url: str | None, registry: Path | None) -> Generator[Api | None]:
    from typed_artifacts import Api

    if url is not None and registry is not None:
        raise typer.BadParameter("--to-url and --to-registry exclude each other.")
    if url is not None:
        with Api(base_url=url) as api:
            yield api
    elif registry is not None:
        with Api.local(registry) as api:
            yield api
    else:
        yield None
