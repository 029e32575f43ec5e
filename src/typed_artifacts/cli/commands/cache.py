"""`typed-artifacts cache`: lists, prunes and verifies the cache folder."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from typed_artifacts._values.quantities import bytes_text, count_text
from typed_artifacts.cli.failures import reported
from typed_artifacts.cli.given_paths import given_name, given_path
from typed_artifacts.cli.options import JsonObject
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.tables import Column, write_table
from typed_artifacts.cli.output.terminal import say

if TYPE_CHECKING:
    from typed_artifacts import Cache, CachedVersion, CacheRemoval

cache_app: typer.Typer = typer.Typer(
    help="Show, shrink and verify the cache folder of downloads.",
    no_args_is_help=True,
)

Folder: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--cache-dir",
        envvar="WANDB_CACHE_DIR",
        metavar="DIR",
        help="The cache folder.",
        parser=given_path,
    ),
]


def _files(version: CachedVersion) -> str:
    if version.cached_count == version.file_count:
        return f"{version.file_count:,}"
    return f"{version.cached_count:,} of {version.file_count:,}"


_VERSIONS: list[Column[CachedVersion]] = [
    Column("version", lambda each: each.qualified_name, whole=True),
    Column("aliases", lambda each: each.aliases, rank=1),
    Column("files", _files, rank=3),
    Column("size", lambda each: each.cached_size, is_bytes=True, rank=2),
    Column("last_used", lambda each: each.used_at, whole=True, rank=4),
    Column("last_seen", lambda each: each.recorded_at, whole=True, rank=5),
    Column("server", lambda each: each.server, rank=6),
]


@contextmanager
def _opened(folder: Path | None) -> Generator[Cache]:
    with reported():
        from typed_artifacts import Cache

        yield Cache(folder)


@cache_app.command("ls")
def show(folder: Folder = None, as_json: JsonObject = False) -> None:
    """List the versions in the cache, and their sizes."""
    with _opened(folder) as cache:
        found = cache.contents()
        if as_json:
            write_object(asdict(found))
            return
        if found.versions:
            write_table(found.versions, _VERSIONS)
        others = (
            f"; {count_text(found.other_files, 'file')} ({bytes_text(found.other_bytes)}) of none"
            if found.other_files
            else ""
        )
        say(
            f"{count_text(len(found.versions), 'version')}, {count_text(found.files, 'file')}, "
            f"{bytes_text(found.bytes)}{others}"
        )


@cache_app.command("rm")
def remove(
    path: Annotated[
        str | None,
        typer.Argument(metavar="PATH", help="entity/project/collection[:alias]"),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Remove everything.")] = False,
    server: Annotated[
        str | None,
        typer.Option(
            "--base-url", metavar="URL", help="Only versions of this server.", callback=given_name
        ),
    ] = None,
    folder: Folder = None,
    as_json: JsonObject = False,
) -> None:
    """Remove a version, or a whole collection, with the files that no other version has."""
    with _opened(folder) as cache:
        if (path is None) is not everything:
            raise typer.BadParameter("Give a PATH or --all, and not both.")
        _tell(cache.clear() if path is None else cache.remove(path, server=server), as_json)


@cache_app.command("prune")
def prune(
    to: Annotated[
        str,
        typer.Option(
            "--to", metavar="SIZE", help="The size to reduce the cache to, such as 10GB or 500MiB."
        ),
    ],
    folder: Folder = None,
    as_json: JsonObject = False,
) -> None:
    """Remove what has not been used for longest, until the cache is at most SIZE."""
    with _opened(folder) as cache:
        _tell(cache.prune(to), as_json)


@cache_app.command("verify")
def verify(folder: Folder = None, as_json: JsonObject = False) -> None:
    """Hash every file and remove damaged ones. The exit code is 1 if there were any."""
    with _opened(folder) as cache:
        found = cache.verify()
        if as_json:
            write_object(asdict(found))
        else:
            for name in found.damaged:
                say(f"Removed, as it was damaged: {name}")
            say(
                f"Read {count_text(found.files, 'file')}, {bytes_text(found.bytes)}: "
                f"{len(found.damaged):,} damaged"
            )
    if found.damaged:
        raise typer.Exit(1)


def _tell(done: CacheRemoval, as_json: bool) -> None:
    if as_json:
        write_object(asdict(done))
        return
    used = f"; {count_text(done.in_use, 'file')} in use stayed" if done.in_use else ""
    versions = count_text(len(done.versions), "version")
    say(
        f"Removed {count_text(done.files, 'file')} and {versions}, "
        f"{bytes_text(done.bytes)}{used}; {bytes_text(done.left)} left"
    )
