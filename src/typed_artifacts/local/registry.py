"""The data API: versions with real files, links, runs and teams, stored without a server."""

import json
import os
import weakref
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import sqlalchemy as sa

from . import accounts, names
from .arguments import (
    check_files,
    check_lists,
    check_mappings,
    check_optional_texts,
    check_texts,
    check_times,
    json_object,
    ttl_seconds,
)
from .bulk import Bulk
from .collecting import (
    add_tags,
    ensure_collection,
)
from .errors import RegistryRefused, RegistryStorageError
from .folders import chosen_folder, remove_folder
from .identity import TrustedIssuer, checked_issuer
from .ids import timestamp
from .ingest import Content, Files, take_in
from .maintenance import Maintenance
from .records import Json, Records
from .store import Store
from .storing import StoredVersion, store_content
from .tables import version_tags
from .versioning import NewVersion, checked_metadata

_TRIES = 5


class Registry(Records):
    """A registry of artifacts in a folder, opened for writing and reading in this process.

    What a path names is made on the way. Several may be open on one folder, in several processes.

    Args:
        root: The folder. None: a temporary one, removed by `close()`.
        database: `postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME`, where the rows are in a
            database that is there and empty, or was a registry's before; needs the extra
            `postgres`. None: in a file in the folder.
        files: `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `az://CONTAINER/PREFIX`, where the
            files are in an object store, to which clients send them themselves; needs the extra
            `objectstore`. Settings may follow, see docs/team.md. None: in the folder.
        issuer: Whose tokens servers of it exchange for access tokens.

    Raises:
        RegistryError: The folder, the database or the store can not be used, or `issuer` is
            none.
        ExtraNotInstalled: What `database` or `files` needs is not installed.
    """

    def __init__(
        self,
        root: Path | str | None = None,
        issuer: TrustedIssuer | None = None,
        *,
        database: str | None = None,
        files: str | None = None,
    ) -> None:
        self.issuer: TrustedIssuer | None = checked_issuer(issuer)
        check_optional_texts(database=database, files=files)
        if root is None and database is not None and files is None:
            raise RegistryRefused(
                "Say where the files are to be: name a folder (root), or a store (files)."
            )
        self._temporary = root is None
        self.root: Path = chosen_folder(root)
        self.store: Store = Store(
            self.root, durable=not self._temporary, database=database, files=files
        )
        if self._temporary:  # also for those who never close it
            self._removal = weakref.finalize(
                self, remove_folder, self.store, self.root, os.getpid()
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the database; a temporary folder is removed."""
        if self._temporary:
            self._removal()
        else:
            self.store.close()

    @contextmanager
    def batch(self) -> Generator[None]:
        """Everything logged inside is one transaction: much faster for hundreds of versions.

        Others see it when it ends. Until then an `Api` of this thread, and an `AsyncApi` of this
        task, can read the registry, but not write to it.
        """
        with self.store.write():
            yield

    def log_version(
        self,
        path: str,
        *,
        type: str,
        files: Files | None = None,
        references: Mapping[str, str] | None = None,
        aliases: Sequence[str] = (),
        tags: Sequence[str] = (),
        metadata: Mapping[str, Json] | None = None,
        description: str | None = None,
        ttl: timedelta | int | None = None,
        run: str | None = None,
        created_at: datetime | None = None,
    ) -> StoredVersion:
        """Stores one version of the collection `entity/project/collection`.

        Args:
            path: The collection, made if it is new.
            type: The type of the collection, e.g. `dataset`.
            files: A folder (all files below it), or path → a file's `Path`, its bytes or its text.
            references: path → URI, for files that stay where they are.
            aliases: Other names than `v3`; each is taken from the version that had it.
            tags: What the version is marked with.
            metadata: JSON, at most 100 keys at the top.
            description: For people.
            ttl: How long the version is to live, in seconds; 0 for ever, None as the project says.
            run: `entity/project/run_id` of the run that made it; the run is made if it is new.
            created_at: None: now. Without a zone it is UTC.

        Content that the collection already has makes no new version: the old one is returned,
        with the aliases and tags added.

        Raises:
            RegistryRefused: A name, alias, tag, type or the metadata breaks a rule.
            RegistryStorageError: The disk or the database refuses.
        """
        check_texts(path=path, type=type)
        check_optional_texts(description=description, run=run)
        check_files(files)
        check_mappings(references=references, metadata=metadata)
        check_texts(**(references or {}))
        check_lists(aliases=aliases, tags=tags)
        check_times(ttl, created_at)
        _, _, name = names.split_path(path, "collection")
        names.unreserved(names.type_name(type), names.collection_name(name))
        wanted = names.aliases(alias for alias in aliases if alias != "latest")
        text = json.dumps(json_object("metadata", metadata)) if metadata else None
        made = NewVersion(
            sequence=0,
            digest="",
            description=description,
            metadata=checked_metadata(text),
            ttl=ttl_seconds(ttl),
            aliases=wanted,
            created_at=timestamp(created_at) if created_at else None,
        )
        self.store.leave_room()
        for _ in range(_TRIES):
            content = take_in(self.store.blobs, files or {}, references or {})
            with self.store.write() as connection:
                # Unless a garbage collection took away what was found stored a moment before.
                if content.is_in(self.store.blobs):
                    return self._store(connection, path, type, made, content, tags, run)
        raise RegistryStorageError(f"The files of {path} vanish from {self.root} as they come in.")

    def _store(
        self,
        connection: sa.Connection,
        path: str,
        type: str,
        new: NewVersion,
        content: Content,
        tags: Sequence[str],
        run: str | None,
    ) -> StoredVersion:
        entity, project, name = names.split_path(path, "collection")
        project_id = accounts.ensure_project(connection, entity, project)
        sequence = ensure_collection(connection, project_id, name, type, "SEQUENCE")
        new = replace(
            new,
            sequence=sequence.id,
            digest=content.digest,
            run=self._run_id(connection, run) if run else None,
            user=accounts.user_of_entity(connection, entity),
        )
        stored = store_content(connection, path, sequence, new, content, self.store.blobs)
        if tags:
            wanted = [(tag, "") for tag in names.tags(tags)]
            add_tags(connection, version_tags, stored.key, wanted)
        return stored

    @property
    def bulk(self) -> Bulk:
        """Versions by the hundred thousand, without files of their own: for measurements."""
        return Bulk(self.store)

    @property
    def maintenance(self) -> Maintenance:
        """What keeps it well over the years."""
        return Maintenance(self.store)
