"""`typed-artifacts registry`: maintenance of an embedded registry."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from typed_artifacts._environment.paths import user_path
from typed_artifacts._values.quantities import bytes_text, count_text
from typed_artifacts.cli.given_paths import given_name, given_path
from typed_artifacts.cli.output.terminal import say
from typed_artifacts.cli.registry_options import (
    DEFAULT_ROOT,
    Database,
    ExistingRoot,
    Files,
    opened_registry,
)

if TYPE_CHECKING:
    from typed_artifacts.local import Maintenance

registry_app: typer.Typer = typer.Typer(
    help="Maintain a registry: collect garbage, verify, back up, measure, migrate.",
    no_args_is_help=True,
)


@contextmanager
def _opened(root: Path, database: str | None, files: str | None) -> Generator[Maintenance]:
    with opened_registry(root, database, files, existing=True) as registry:
        yield registry.maintenance


@registry_app.command("gc")
def collect_garbage(
    root: ExistingRoot = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be removed.")
    ] = False,
    older_than: Annotated[
        float,
        typer.Option(
            "--older-than",
            min=0,
            max=1_000_000,
            metavar="HOURS",
            help="Uploads without activity for this long are removed.",
        ),
    ] = 24,
) -> None:
    """Delete files that no version needs any more."""
    with _opened(root, database, files) as maintenance:
        found = maintenance.collect_garbage(dry_run=dry_run, older_than=older_than * 3600)
        say(
            f"{'Would free' if dry_run else 'Freed'} {bytes_text(found.bytes)}: "
            f"{count_text(found.files, 'file')}, {count_text(found.manifests, 'manifest')}, "
            f"{count_text(found.versions, 'deleted or given up version')}."
        )


@registry_app.command("verify")
def verify(
    root: ExistingRoot = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Repair what can be computed from other data.")
    ] = False,
) -> None:
    """Check every digest and every row. The exit code is 1 if something is wrong."""
    with _opened(root, database, files) as maintenance:
        found = maintenance.verify(repair=repair)
        _list("Repaired", found.repaired)
        _list("Wrong", found.wrong)
        say(
            f"Read {count_text(found.files, 'file')}, {bytes_text(found.bytes)}: "
            f"{len(found.wrong):,} wrong, {len(found.repaired):,} repaired."
        )
    if found.wrong:
        raise typer.Exit(1)


def _list(result: str, texts: Iterable[str]) -> None:
    for text in texts:
        say(f"{result}: {text}")


@registry_app.command("backup")
def backup(
    target: Annotated[
        Path, typer.Argument(metavar="DEST", help="A new folder for the backup.", parser=given_path)
    ],
    root: ExistingRoot = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
) -> None:
    """Back up the registry, consistently, to a new folder DEST."""
    with _opened(root, database, files) as maintenance:
        copied = maintenance.backup(user_path(target, "DEST"))
        _list("Left out, as it is damaged", copied.damaged)
        count = count_text(copied.files, "file")
        say(f"Copied {count}, {bytes_text(copied.bytes)}, to {target}.")
    if copied.damaged:
        raise typer.Exit(1)


@registry_app.command("stats")
def stats(
    root: ExistingRoot = DEFAULT_ROOT,
    database: Database = None,
    files: Files = None,
    as_json: Annotated[bool, typer.Option("--json", help="Write JSON.")] = False,
) -> None:
    """Show the contents of a registry and its size on disk."""
    with _opened(root, database, files) as maintenance:
        found = asdict(maintenance.statistics())
    if as_json:
        say(json.dumps(found))
        return
    for name, number in found.items():
        shown = bytes_text(number) if name.endswith("bytes") else f"{number:,}"
        say(f"{name.replace('_', ' '):18} {shown}")


@registry_app.command("migrate")
def migrate(
    to: Annotated[
        str,
        typer.Option(metavar="URL|DIR", help="The new database: postgresql+psycopg://..., or DIR."),
    ],
    files: Annotated[
        str | None,
        typer.Option(
            metavar="URL|DIR",
            help="The new store of files, if the database is not a folder.",
            callback=given_name,
        ),
    ] = None,
    root: ExistingRoot = DEFAULT_ROOT,
    source: Annotated[
        str | None, typer.Option("--from", metavar="URL", help="The database to move from.")
    ] = None,
    source_files: Annotated[
        str | None, typer.Option("--from-files", metavar="URL", help="The files to move from.")
    ] = None,
) -> None:
    """Copy a registry to another database and store, or back to a folder.

    Stop all servers first. If it was interrupted, run it again to continue.
    """
    with _opened(root, source, source_files) as maintenance, _new(to, files) as target:
        from typed_artifacts.local.errors import AlreadyMoved

        try:
            moved = maintenance.move_to(target)
        except AlreadyMoved as done:
            say(str(done))
            return
        _list("Left out, as it is damaged", moved.damaged)
        say(
            f"Moved {count_text(moved.files, 'file')}, {bytes_text(moved.bytes)}, and "
            f"{count_text(moved.rows, 'row')}; {count_text(moved.kept, 'file')} "
            f"{'was' if moved.kept == 1 else 'were'} there. All rows are equal."
        )
    if moved.damaged:
        raise typer.Exit(1)


@contextmanager
def _new(to: str, files: str | None) -> Generator[Maintenance]:
    """The registry that is moved to."""
    from typed_artifacts.local import Registry

    if not to:
        raise typer.BadParameter("--to is empty; name a database or a folder.")
    database = to if "://" in to else None
    store = files if files and "://" in files else None
    if database is None and files is not None and store is None:
        raise typer.BadParameter(f"--files is {files!r}, and the files go into the folder --to.")
    folder = to if database is None else files if store is None else None
    root = None if folder is None else user_path(folder, "--to")
    with Registry(root, database=database, files=store) as registry:
        yield registry.maintenance
