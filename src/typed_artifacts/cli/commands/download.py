"""`download`: downloads a version, or shows what that would fetch."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias, TypedDict

import typer

from typed_artifacts._environment.network import DEFAULT_WORKERS
from typed_artifacts._environment.registry_folder import has_database
from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.failures import warnings_as_lines
from typed_artifacts.cli.given_paths import given_name, given_path
from typed_artifacts.cli.options import (
    Exclude,
    Folder,
    Include,
    JsonObject,
    Version,
    Workers,
    choice,
)
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.terminal import say
from typed_artifacts.cli.servers import chosen_server

if TYPE_CHECKING:
    from typed_artifacts import Artifact, DownloadPlan

_Prefix: TypeAlias = Annotated[
    str | None,
    typer.Option("--prefix", metavar="PREFIX", help="Only files whose names begin with this."),
]
_FollowReferences: TypeAlias = Annotated[
    bool,
    typer.Option("--follow-references", help="Also fetch the files that references point to."),
]
_Follow: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--follow",
        metavar="SCHEME",
        help="Fetch references of this scheme, or below this URI; repeatable.",
    ),
]
_SkipRefusedNames: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--skip-refused-names",
        help="Skip names that this system does not allow, with a warning.",
    ),
]
_Link: TypeAlias = Annotated[
    str,
    typer.Option(
        "--link",
        metavar="HOW",
        help="copy, reflink or hard: share files with the cache folder. Hard links are "
        "read-only; editing one in place damages the cache.",
    ),
]
_DryRun: TypeAlias = Annotated[
    bool, typer.Option("--dry-run", help="Only show what would be fetched and kept.")
]
_Type: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--type",
        metavar="TYPE",
        help="Fail if the version has another type.",
        callback=given_name,
    ),
]
_Root: TypeAlias = Annotated[
    Path | None,
    typer.Option("--root", metavar="DIR", help="The same as FOLDER.", parser=given_path),
]
_RootOfEnvironment: TypeAlias = Annotated[
    Path | None, typer.Option("--in", envvar="TYPED_ARTIFACTS_ROOT", hidden=True, parser=given_path)
]


class _Chosen(TypedDict):
    """Which files of a version are selected."""

    path_prefix: str | None
    include: list[str] | None
    exclude: list[str] | None


def download(
    path: Version,
    folder: Folder = None,
    prefix: _Prefix = None,
    follow_references: _FollowReferences = False,
    follow: _Follow = None,
    skip_refused_names: _SkipRefusedNames = False,
    workers: Workers = DEFAULT_WORKERS,
    link: _Link = "copy",
    include: Include = None,
    exclude: Exclude = None,
    dry_run: _DryRun = False,
    root: _Root = None,
    environment: _RootOfEnvironment = None,
    type_name: _Type = None,
    as_json: JsonObject = False,
) -> None:
    """Download a version and verify it. Correct existing files are not fetched."""
    from typed_artifacts._transfer.disk.linking import known_link

    mode = choice(known_link, link)
    registry, folder = _registry_and_folder(folder, root, environment)
    chosen: _Chosen = {"path_prefix": prefix, "include": include, "exclude": exclude}
    with opened(registry) as api, warnings_as_lines():
        artifact = api.artifact(path, type_name)
        if dry_run:
            _show_plan(artifact.plan_download(folder, **chosen), as_json)
            return
        location = artifact.download(
            folder,
            **chosen,
            max_workers=workers,
            progress=sys.stderr.isatty(),
            link=mode,
            follow_references=follow_references or set(follow or ()),
            skip_refused_names=skip_refused_names,
        )
        _show_folder(artifact, location, as_json)


def _registry_and_folder(
    folder: Path | None, root: Path | None, environment: Path | None
) -> tuple[Path | None, Path | None]:
    """The registry and the destination: --root is the latter, unless it is the only registry."""
    server = chosen_server()
    is_named = server.registry is not None or server.base_url is not None
    if root is not None and not is_named and has_database(root):
        return root, folder  # what --root meant in earlier releases
    if root is not None and folder is not None:
        raise typer.BadParameter("FOLDER and --root are the same; give one of them.")
    return environment, root or folder


def _show_folder(artifact: Artifact, folder: Path, as_json: bool) -> None:
    if as_json:
        write_object({"qualified_name": artifact.qualified_name, "folder": folder})
    else:
        say(f"{artifact.qualified_name} is in {folder}")


def _show_plan(plan: DownloadPlan, as_json: bool) -> None:
    if not as_json:
        say(str(plan))
        return
    write_object(
        {
            "folder": plan.root,
            "fetch": [entry.path for entry in plan.fetch],
            "cached": [entry.path for entry in plan.cached],
            "keep": [entry.path for entry in plan.keep],
            "references": [entry.path for entry in plan.references],
            "delete": plan.delete,
            "refused": plan.refused,
            "bytes": plan.bytes,
        }
    )
