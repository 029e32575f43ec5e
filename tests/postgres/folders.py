"""Which database belongs to which folder: made when a registry is opened there, gone with it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from pathlib import Path
from typing import Any

import psycopg

from tests.postgres.server import TEMPLATE, Server

# In the folder of a registry: which database it has. In a copy of the folder: whose copy it is.
_MARK = "database-of-this-test"


def server() -> Server:
    """The server of this run."""
    return Server(int(os.environ["TEST_POSTGRES_PORT"]))


def _known() -> Path:
    return Path(os.environ["TEST_POSTGRES_STATE"])


def with_databases(begin: Callable[..., None]) -> Callable[..., None]:
    """`Store.__init__`, where a store that names no database gets that of its folder.

    A folder whose name ends with `.sqlite` has what it has elsewhere.
    """

    @wraps(begin)
    def wrapped(self: object, root: Path, **options: Any) -> None:  # noqa: ANN401 -- as it was called
        if options.get("database") is None and root.suffix != ".sqlite":
            options["database"] = server().url(database_of(root))
        begin(self, root, **options)

    return wrapped


def database_of(root: Path) -> str:
    """The name of a folder's database, which is there when this returns."""
    name = "r" + hashlib.sha256(str(root.resolve()).encode()).hexdigest()[:20]
    mark = root / _MARK
    marked = mark.read_text() if mark.exists() else None
    if marked == name:
        return name
    record = _known() / name
    if marked is None and record.exists():  # there was another folder of this name
        server().drop(name)
    template = marked if marked and (_known() / marked).exists() else TEMPLATE
    with suppress(psycopg.errors.DuplicateDatabase, psycopg.errors.UniqueViolation):
        server().create(name, template)
    record.write_text(str(root.resolve()))
    root.mkdir(parents=True, exist_ok=True)
    mark.write_text(name)
    return name


def drop_below(folder: Path | None) -> None:
    """Drops the databases of folders in this one, and of those that are gone."""
    for record in _known().iterdir():
        with suppress(FileNotFoundError):  # another process of the run was about it as well
            root = Path(record.read_text())
            if (folder is not None and root.is_relative_to(folder.resolve())) or not root.exists():
                server().drop(record.name)
                record.unlink()
