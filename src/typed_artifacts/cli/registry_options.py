"""Opens an embedded registry itself, for commands that serve or maintain it."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final, TypeAlias

import typer

from typed_artifacts._environment.paths import user_path
from typed_artifacts._environment.registry_folder import DATABASE, FILES
from typed_artifacts.cli.failures import reported
from typed_artifacts.cli.given_paths import given_path
from typed_artifacts.errors import InvalidInput

if TYPE_CHECKING:
    from typed_artifacts.local import Registry

NewRoot: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--root",
        "--registry",
        metavar="DIR",
        help="The registry's folder; created if it does not exist.",
        parser=given_path,
    ),
]
ExistingRoot: TypeAlias = Annotated[
    Path,
    typer.Option(
        "--root",
        "--registry",
        metavar="DIR",
        help="The registry's folder.",
        parser=given_path,
    ),
]
DEFAULT_ROOT: Final = Path("typed-artifacts-registry")
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


def folder_of(root: Path, database: str | None, files: str | None) -> Path | None:
    """The folder that is meant; none where everything is elsewhere, and none was named."""
    if root == DEFAULT_ROOT and database and files:
        return None
    return user_path(root, "The folder of a registry")


def existing_folder(root: Path, database: str | None, files: str | None) -> Path | None:
    """The folder that is meant, which holds a registry: `Registry` would make one.

    Raises:
        InvalidInput: it holds none.
    """
    folder = folder_of(root, database, files)
    if folder is not None and database is None and not _is_registry(folder):
        raise InvalidInput(f"There is no registry in {folder}; name its folder with --registry.")
    return folder


def _is_registry(folder: Path) -> bool:
    """Whether a folder holds a registry, or what is left of one without its database."""
    from typed_artifacts._transfer.disk.disk_errors import is_folder, status_of

    return is_folder(folder) and any(
        status_of(folder / name) is not None for name in (DATABASE, FILES)
    )


@contextmanager
def opened_registry(
    root: Path, database: str | None, files: str | None, *, existing: bool = False
) -> Generator[Registry]:
    """The registry in a folder; what goes wrong is told as one line."""
    with reported():
        from typed_artifacts.local import Registry

        folder = (existing_folder if existing else folder_of)(root, database, files)
        with Registry(folder, database=database, files=files) as registry:
            yield registry
