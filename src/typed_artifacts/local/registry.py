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
from typing import Self, TypeAlias

import sqlalchemy as sa

from . import accounts, names
from .api_keys import ApiKeys
from .arguments import (
    check_files,
    check_lists,
    check_mappings,
    check_optional_texts,
    check_texts,
    check_times,
    check_version,
    ttl_seconds,
)
from .bulk import Bulk
from .collecting import (
    add_tags,
    collection_by_id,
    ensure_collection,
    find_collection,
    update_collection,
)
from .errors import RegistryNotFound, RegistryStorageError
from .folders import chosen_folder, remove_folder
from .identity import TrustedIssuer, checked_issuer
from .ids import timestamp
from .ingest import Content, Files, take_in
from .maintenance import Maintenance
from .membering import link_version
from .running import ensure_run, find_run, record_input
from .store import Store
from .storing import StoredVersion, find_version, store_content
from .tables import collection_tags, runs, version_tags, versions
from .versioning import NewVersion, checked_metadata

_TRIES = 5
Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"


class Registry(ApiKeys):
    """A registry of artifacts in a folder, opened for writing and reading in this process.

    What a path names is made on the way. Several may be open on one folder, in several processes.

    Args:
        root: The folder. None: a temporary one, removed by `close()`.
        issuer: Whose tokens servers of it exchange for access tokens.

    Raises:
        RegistryError: The folder can not be used, or `issuer` is no issuer.
    """

    def __init__(self, root: Path | str | None = None, issuer: TrustedIssuer | None = None) -> None:
        self.issuer: TrustedIssuer | None = checked_issuer(issuer)
        self._temporary = root is None
        self.root: Path = chosen_folder(root)
        self.store: Store = Store(self.root, durable=not self._temporary)
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
        """Everything logged inside is one transaction: much faster for hundreds of versions."""
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
        made = NewVersion(
            sequence=0,
            digest="",
            description=description,
            metadata=checked_metadata(json.dumps(metadata)) if metadata else None,
            ttl=ttl_seconds(ttl),
            aliases=wanted,
            created_at=timestamp(created_at) if created_at else None,
        )
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

    def describe_collection(
        self, path: str, *, description: str | None = None, tags: Sequence[str] = ()
    ) -> None:
        """Sets the description of a collection and adds tags to it."""
        check_texts(path=path)
        check_optional_texts(description=description)
        check_lists(tags=tags)
        entity, project, name = names.split_path(path, "collection")
        with self.store.write() as connection:
            project_id = accounts.existing_project(connection, entity, project)
            row = find_collection(connection, project_id, name)
            if row is None:
                raise RegistryNotFound(f"There is no collection {path}.")
            update_collection(connection, row.id, None, description)
            add_tags(connection, collection_tags, row.id, [(tag, "") for tag in names.tags(tags)])

    def link(
        self, source: StoredVersion | str, path: str, *, aliases: Sequence[str] = ()
    ) -> StoredVersion:
        """Links a version into the portfolio `entity/project/portfolio`, made if it is new.

        The link has its own number, aliases and time there.
        """
        check_version(source)
        check_texts(path=path)
        check_lists(aliases=aliases)
        entity, project, name = names.split_path(path, "portfolio")
        with self.store.write() as connection:
            key = self._version_key(connection, source)
            row = connection.execute(
                sa.select(versions.c.digest, versions.c.sequence_id).where(versions.c.id == key)
            ).one()
            type_ = collection_by_id(connection, row.sequence_id).type
            project_id = accounts.ensure_project(connection, entity, project)
            portfolio = ensure_collection(connection, project_id, name, type_, "PORTFOLIO")
            index, _ = link_version(
                connection, portfolio.id, key, [alias for alias in aliases if alias != "latest"]
            )
        return StoredVersion(key, f"{path}:v{index}", index, row.digest, created=False)

    def run(
        self,
        path: str,
        *,
        display_name: str | None = None,
        job_type: str | None = None,
        state: str = "finished",
        config: Mapping[str, Json] | None = None,
        summary: Mapping[str, Json] | None = None,
    ) -> str:
        """Makes or changes the run `entity/project/run_id`; returns the path."""
        check_texts(path=path, state=state)
        check_optional_texts(display_name=display_name, job_type=job_type)
        check_mappings(config=config, summary=summary)
        entity, project, name = names.split_path(path, "run")
        with self.store.write() as connection:
            project_id = accounts.ensure_project(connection, entity, project)
            user = accounts.user_of_entity(connection, entity)
            key, _ = ensure_run(connection, project_id, name, user)
            values: dict[str, str | None] = {"state": state, "updated_at": timestamp()}
            values |= {"display_name": display_name} if display_name else {}
            values |= {"job_type": job_type} if job_type else {}
            if config is not None:
                values["config"] = json.dumps({k: {"value": v} for k, v in config.items()})
            values |= {} if summary is None else {"summary": json.dumps(summary)}
            connection.execute(sa.update(runs).where(runs.c.id == key).values(**values))
        return path

    def use(self, run: str, version: StoredVersion | str, use_as: str | None = None) -> None:
        """Records that a run used a version, perhaps in a role."""
        check_texts(run=run)
        check_optional_texts(use_as=use_as)
        check_version(version)
        with self.store.write() as connection:
            run_id = self._run_id(connection, run)
            record_input(connection, run_id, self._version_key(connection, version), use_as)

    def team(self, name: str, members: Sequence[str] = ()) -> None:
        """Makes a team; users that do not exist yet are made."""
        check_texts(name=name)
        check_lists(members=members)
        with self.store.write() as connection:
            accounts.ensure_team(connection, name, list(members))

    @property
    def bulk(self) -> Bulk:
        """Versions by the hundred thousand, without files of their own: for measurements."""
        return Bulk(self.store)

    @property
    def maintenance(self) -> Maintenance:
        """What keeps it well over the years."""
        return Maintenance(self.store)

    def _run_id(self, connection: sa.Connection, path: str) -> int:
        entity, project, name = names.split_path(path, "run")
        project_id = accounts.ensure_project(connection, entity, project)
        found = find_run(connection, project_id, name)
        user = accounts.user_of_entity(connection, entity)
        return found if found is not None else ensure_run(connection, project_id, name, user)[0]

    def _version_key(self, connection: sa.Connection, version: StoredVersion | str) -> int:
        if isinstance(version, StoredVersion):
            return version.key
        path, _, alias = version.partition(":")
        entity, project, name = names.split_path(path, "collection")
        project_id = accounts.existing_project(connection, entity, project)
        row = find_collection(connection, project_id, name)
        key = find_version(connection, row.id, alias or "latest") if row else None
        if key is None:
            raise RegistryNotFound(f"There is no version {version}.")
        return key
