"""The listings: registries, types, collections, versions and files."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from typed_artifacts.cli.completion.names import complete_type
from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.given_paths import given_name
from typed_artifacts.cli.lookup import collection_of
from typed_artifacts.cli.options import (
    AsCsv,
    AsJson,
    Collection,
    Columns,
    Exclude,
    Include,
    Limit,
    Order,
    PerPage,
    Project,
    Quiet,
    Root,
    Version,
)
from typed_artifacts.cli.output import columns as shown
from typed_artifacts.cli.output.listings import Form, write_listing

_Organization: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="ORG",
        help="The organization; default: WANDB_ORGANIZATION, else your only one.",
    ),
]
_OnlyType: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="TYPE",
        help="Only collections of this type.",
        autocompletion=complete_type,
    ),
]
_KnownType: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--type",
        "-t",
        metavar="TYPE",
        help="The collection's type; giving it saves a request.",
        callback=given_name,
    ),
]
_Tags: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--tag", metavar="TAG", help="Only versions with this tag; repeated: with all of them."
    ),
]
_TypeToList: TypeAlias = Annotated[
    str | None,
    typer.Option("--type", "-t", metavar="TYPE", autocompletion=complete_type, callback=given_name),
]


def registries(
    organization: _Organization = None,
    root: Root = None,
    order: Order = None,
    limit: Limit = None,
    per_page: PerPage = 50,
    columns: Columns = None,
    as_csv: AsCsv = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """List the registries of an organization. Other commands take their paths."""
    with opened(root) as api:
        form = Form(limit, columns, as_csv, quiet, as_json)
        found = api.registries(organization, order=order, per_page=per_page)
        write_listing(found, shown.REGISTRIES, "registry", form)


def types(
    project: Project,
    root: Root = None,
    limit: Limit = None,
    columns: Columns = None,
    as_csv: AsCsv = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """List the artifact types of a project."""
    with opened(root) as api:
        form = Form(limit, columns, as_csv, quiet, as_json)
        write_listing(api.artifact_types(project), shown.TYPES, "type", form)


def collections(
    project: Project,
    type_name: _OnlyType = None,
    root: Root = None,
    order: Order = None,
    limit: Limit = None,
    per_page: PerPage = 50,
    columns: Columns = None,
    as_csv: AsCsv = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """List the collections of a project, of all types or of one."""
    with opened(root) as api:
        form = Form(limit, columns, as_csv, quiet, as_json)
        found = (
            api.project(project).collections(order=order, per_page=per_page)
            if type_name is None
            else api.artifact_collections(project, type_name, order=order, per_page=per_page)
        )
        write_listing(found, shown.COLLECTIONS, "collection", form)


def versions(
    collection: Collection,
    type_name: _KnownType = None,
    tags: _Tags = None,
    root: Root = None,
    order: Order = None,
    limit: Limit = None,
    per_page: PerPage = 50,
    columns: Columns = None,
    as_csv: AsCsv = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """List the versions of a collection, newest first."""
    with opened(root) as api:
        form = Form(limit, columns, as_csv, quiet, as_json)
        kind = collection_of(api, collection).type if type_name is None else type_name
        found = api.artifacts(kind, collection, order=order, per_page=per_page, tags=tags)
        # The total of a listing filtered by tags is known only after its last page.
        write_listing(found, shown.VERSIONS, "version", form, total=not tags)


def files(
    artifact: Version,
    root: Root = None,
    limit: Limit = None,
    per_page: PerPage = 50,
    include: Include = None,
    exclude: Exclude = None,
    columns: Columns = None,
    as_csv: AsCsv = False,
    quiet: Quiet = False,
    as_json: AsJson = False,
) -> None:
    """List the files of a version; the latest if the path names none."""
    with opened(root) as api:
        form = Form(limit, columns, as_csv, quiet, as_json)
        found = api.artifact(artifact).files(per_page=per_page, include=include, exclude=exclude)
        # As with tags: the total of a listing with patterns is known only after its last page.
        write_listing(found, shown.FILES, "file", form, total=not (include or exclude))


def ls(project: Project, type_name: _TypeToList = None, root: Root = None) -> None:
    """List the collections of a project, as `wandb artifact ls` does."""
    collections(project, type_name, root=root)
