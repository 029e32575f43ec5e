"""The Python API of the embedded registry: stores versions, links, runs and teams directly."""

import json
import os
import weakref
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Self

import sqlalchemy as sa
from typing_extensions import override

from .._values.string_sequences import StringSequence
from . import names
from .accounts import accounts
from .accounts.identity import TrustedIssuer, checked_issuer
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
from .database.ids import timestamp
from .database.tables import version_tags
from .errors import RegistryRefused, RegistryStorageError
from .folders import chosen_folder, remove_folder
from .maintenance.operations import Maintenance
from .records import Records
from .storage.ingest import Content, Files, ingest_files
from .store import Store
from .versions.bulk import Bulk
from .versions.collections import (
    add_tags,
    ensure_collection,
)
from .versions.lifecycle import NewVersion, checked_metadata
from .versions.stored_versions import StoredVersion, store_content

_TRIES = 5


class Registry(Records):
    """A registry of artifacts in a folder, opened for reading and writing in this process.

    Entities, projects and collections in a path are created if needed. A folder may be opened
    several times, and by several processes.

    Args:
        root: The folder. None: a temporary one, removed by `close()`.
        database: `postgresql+psycopg://USER:PASSWORD@HOST:PORT/NAME` of an existing database that
            is empty or contains a registry; needs the extra `postgres`. None: a file in the folder.
        files: `s3://BUCKET/PREFIX`, `gs://BUCKET/PREFIX` or `az://CONTAINER/PREFIX` of an object
            store, to which clients upload directly; needs the extra `objectstore`. Settings may
            follow, see docs/team.md. None: files in the folder.
        issuer: The issuer whose identity tokens are exchanged for access tokens.

    Raises:
        RegistryError: The folder, the database or the store cannot be used, or `issuer` is not a
            `TrustedIssuer`.
        ExtraNotInstalled: The dependencies of `database` or `files` are not installed.
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

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.root}>"

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
        """A context in which everything is logged in one transaction: faster for many versions.

        Others see the changes when it ends. Until then, an `Api` in this thread or an `AsyncApi` in
        this task can read the registry, but not write to it.
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
        aliases: StringSequence = (),
        tags: StringSequence = (),
        metadata: Mapping[str, object] | None = None,
        description: str | None = None,
        ttl: timedelta | int | None = None,
        run: str | None = None,
        created_at: datetime | None = None,
    ) -> StoredVersion:
        """Store a version of the collection `entity/project/collection`.

        If the collection already has the same content, the existing version is returned, with the
        aliases and tags added.

        Args:
            path: The collection, created if it does not exist.
            type: The type of the collection, e.g. `dataset`.
            files: A folder (all files below it), or a mapping from path to a file's `Path`, bytes
                or text.
            references: A mapping from path to URI, for files that are not stored.
            aliases: Aliases of the version; an alias of another version moves to this one.
            tags: Tags of the version.
            metadata: JSON, with at most 100 keys at the top level.
            description: A description of the version.
            ttl: The time to live in seconds; 0: forever, None: the project's setting.
            run: `entity/project/run_id` of the run that logged it, created if it does not exist.
            created_at: The creation time (UTC if it has no time zone); None: now.

        Raises:
            RegistryRefused: A name, alias, tag, type or the metadata breaks a rule.
            RegistryStorageError: The disk or the database refuses.
        """
        check_texts(path=path, type=type)
        check_optional_texts(description=description, run=run)
        check_files(files)
        check_mappings(references=references, metadata=metadata)
        check_texts(**{f"references[{name!r}]": uri for name, uri in (references or {}).items()})
        check_lists(aliases=aliases, tags=tags)
        check_times(ttl, created_at)
        _, _, name = names.split_path(path, "collection")
        names.unreserved(names.type_name(type), names.collection_name(name))
        wanted = names.aliases(alias for alias in aliases if alias != "latest")
        text = json.dumps(json_object("metadata", metadata, finite=True)) if metadata else None
        made = NewVersion(
            sequence=0,
            digest="",
            description=description,
            metadata=checked_metadata(text),
            ttl=ttl_seconds(ttl),
            aliases=wanted,
            created_at=timestamp(created_at) if created_at else None,
        )
        self.store.check_free_space()
        for _ in range(_TRIES):
            content = ingest_files(self.store.blobs, files or {}, references or {})
            with self.store.write() as connection:
                # Unless a garbage collection has removed a blob that was found a moment before.
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
        tags: StringSequence,
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
        """Adds very many synthetic versions, for measurements."""
        return Bulk(self.store)

    @property
    def maintenance(self) -> Maintenance:
        """Garbage collection, verification, backup, migration and statistics."""
        return Maintenance(self.store)
