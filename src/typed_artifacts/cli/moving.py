"""`download`, `log` and `verify`."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from typed_artifacts._environment.registry_folder import has_database
from typed_artifacts._transfer.disk.linking import known_link
from typed_artifacts._values.quantities import bytes_text
from typed_artifacts.cli.columns import ARTIFACT
from typed_artifacts.cli.options import (
    Collection,
    Exclude,
    Include,
    JsonObject,
    Root,
    Version,
    opened,
    parsed_object,
    reported,
)
from typed_artifacts.cli.output import error_line, say, write_object
from typed_artifacts.errors import InvalidInput

if TYPE_CHECKING:
    from typed_artifacts import Artifact, DownloadPlan
    from typed_artifacts._domain.storing import DigestOption

_Folder = Annotated[
    Path | None,
    typer.Argument(metavar="FOLDER", help="The folder; default: ./artifacts/collection:version."),
]


class _Digest(Enum):
    md5 = "md5"
    xxh128 = "xxh128"


def download(
    path: Version,
    folder: _Folder = None,
    prefix: Annotated[
        str | None,
        typer.Option("--prefix", metavar="PREFIX", help="Only files whose names begin with this."),
    ] = None,
    follow_references: Annotated[
        bool,
        typer.Option("--follow-references", help="Also fetch the files that references point to."),
    ] = False,
    follow: Annotated[
        list[str] | None,
        typer.Option(
            "--follow",
            metavar="SCHEME",
            help="Fetch references of this scheme, or below this URI; repeatable.",
        ),
    ] = None,
    skip_refused_names: Annotated[
        bool,
        typer.Option(
            "--skip-refused-names",
            help="Skip names that this system does not allow, with a warning.",
        ),
    ] = False,
    workers: Annotated[
        int,
        typer.Option(
            "--workers", min=1, metavar="N", help="The maximum number of files at a time."
        ),
    ] = 8,
    link: Annotated[
        str,
        typer.Option(
            "--link",
            metavar="HOW",
            help="copy, reflink or hard: share files with the cache folder. Hard links are "
            "read-only; editing one in place damages the cache.",
        ),
    ] = "copy",
    include: Include = None,
    exclude: Exclude = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only show what would be fetched and kept.")
    ] = False,
    root: Annotated[
        Path | None,
        typer.Option("--root", metavar="DIR", help="The same as FOLDER."),
    ] = None,
    environment: Annotated[
        Path | None, typer.Option("--in", envvar="TYPED_ARTIFACTS_ROOT", hidden=True)
    ] = None,
    as_json: JsonObject = False,
) -> None:
    """Download a version and verify it. Correct existing files are not fetched."""
    registry, folder = _download_folders(folder, root, environment)
    with opened(registry) as api, _noted():
        how = known_link(link)
        artifact = api.artifact(path)
        if dry_run:
            plan = artifact.plan_download(
                folder, path_prefix=prefix, include=include, exclude=exclude
            )
            _tell_plan(plan, as_json)
            return
        location = artifact.download(
            folder,
            path_prefix=prefix,
            max_workers=workers,
            progress=sys.stderr.isatty(),
            link=how,
            follow_references=follow_references or set(follow or ()),
            skip_refused_names=skip_refused_names,
            include=include,
            exclude=exclude,
        )
        if as_json:
            write_object({"qualified_name": artifact.qualified_name, "folder": location})
        else:
            say(f"{artifact.qualified_name} is in {location}")


def _download_folders(
    folder: Path | None, root: Path | None, environment: Path | None
) -> tuple[Path | None, Path | None]:
    """The registry and the destination: --root is the latter, unless it is a registry."""
    if root is not None and has_database(root):
        return root, folder  # what --root meant in earlier releases
    if root is not None and folder is not None:
        with reported():
            raise InvalidInput("FOLDER and --root are the same; give one of them.")
    return environment, root or folder


def put(
    files: Annotated[
        str,
        typer.Argument(metavar="FILES", help="A folder, a file, or a URI to refer to."),
    ],
    name: Annotated[str, typer.Option("--name", "-n", help="[[entity/]project/]collection")],
    type_name: Annotated[str, typer.Option("--type", "-t", help="The artifact type.")] = "dataset",
    aliases: Annotated[list[str] | None, typer.Option("--alias", "-a")] = None,
    description: Annotated[str | None, typer.Option("--description", "-d")] = None,
    root: Root = None,
) -> None:
    """Log files as a new version, with the options that `wandb artifact put` has."""
    log(
        name,
        files,
        type_name,
        aliases=[alias for alias in aliases or () if alias != "latest"],
        description=description,
        root=root,
    )


def log(
    collection: Collection,
    files: Annotated[
        str,
        typer.Argument(metavar="FILES", help="A folder, a file, or a URI to refer to."),
    ],
    type_name: Annotated[
        str,
        typer.Option(
            "--type", "-t", metavar="TYPE", help="The artifact type, such as dataset or model."
        ),
    ],
    aliases: Annotated[
        list[str] | None,
        typer.Option("--alias", "-a", metavar="ALIAS", help="Repeatable."),
    ] = None,
    tags: Annotated[
        list[str] | None, typer.Option("--tag", metavar="TAG", help="Repeatable.")
    ] = None,
    metadata: Annotated[
        str | None, typer.Option("--metadata", metavar="JSON", help="A JSON object.")
    ] = None,
    description: Annotated[
        str | None,
        typer.Option("--description", "-d", metavar="TEXT", help="A description."),
    ] = None,
    ttl_days: Annotated[
        int | None,
        typer.Option(
            "--ttl-days",
            min=1,
            max=36_500,
            metavar="DAYS",
            help="The version's time to live in days.",
        ),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="[[entity/]project/]run: the run that logs it."),
    ] = None,
    include: Include = None,
    exclude: Exclude = None,
    digest: Annotated[
        _Digest | None,
        typer.Option("--digest", help="xxh128 is faster, for servers that take it; else md5."),
    ] = None,
    storage_region: Annotated[
        str | None,
        typer.Option(
            "--storage-region", metavar="NAME", help="The region where the server stores the files."
        ),
    ] = None,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Log files as a new version, unless the collection has the same content.

    Files that an .artifactsignore in the folder excludes are left out.
    """
    with opened(root) as api, _noted():
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
        if as_json:
            write_object({column.key: column.read(artifact) for column in ARTIFACT})
        else:
            say(f"{artifact.qualified_name}: {_contents(artifact)}")


def verify(
    path: Version,
    folder: _Folder = None,
    include: Include = None,
    exclude: Exclude = None,
    delete_unexpected: Annotated[
        bool,
        typer.Option("--delete-unexpected", help="Delete files that are not in the version."),
    ] = False,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Check that a folder holds exactly the files of a version."""
    from typed_artifacts._domain.locations import chosen_root
    from typed_artifacts._transfer import selection_of
    from typed_artifacts._transfer import verify as verified

    with opened(root) as api:
        artifact = api.artifact(path)
        location = chosen_root(api.client.settings, artifact.name, folder)
        select = selection_of(include, exclude)
        report = verified(artifact.manifest.entries.values(), location, select=select)
        if delete_unexpected and report.unexpected:
            names = ", ".join(report.delete_unexpected()[:5])
            error_line(f"Deleted {len(report.unexpected):,} unexpected files: {names}")
            report = replace(report, unexpected=())
        if as_json:
            write_object(
                {
                    "qualified_name": artifact.qualified_name,
                    "folder": location,
                    "ok": report.ok,
                    "checked": report.checked,
                    "missing": [*report.missing, *report.refused],
                    "wrong": report.wrong,
                    "unexpected": report.unexpected,
                    "references": report.references,
                }
            )
            if not report.ok:
                raise typer.Exit(1)
            return
        report.raise_if_wrong()
        files = "1 file" if report.checked == 1 else f"{report.checked:,} files"
        say(f"{location} holds {artifact.qualified_name}: {files}, all right")


def _tell_plan(plan: DownloadPlan, as_json: bool) -> None:
    if not as_json:
        say(str(plan))
        return
    write_object(
        {
            "folder": plan.root,
            "fetch": [entry.path for entry in plan.fetch],
            "cached": [entry.path for entry in plan.cached],
            "keep": [entry.path for entry in plan.keep],
            "delete": plan.delete,
            "refused": plan.refused,
            "bytes": plan.bytes,
        }
    )


@contextmanager
def _noted() -> Generator[None]:
    """Show warnings of the package as lines of the command."""
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        yield
    for warning in told:
        error_line(str(warning.message))


def _contents(artifact: Artifact) -> str:
    count = artifact.file_count
    return f"{count:,} file{'' if count == 1 else 's'}, {bytes_text(artifact.size)}"
