"""Records of a registry besides versions: collections, links, runs and teams."""

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias

import sqlalchemy as sa

from .._values.string_sequences import StringSequence
from .._values.type_aliases import recursive_alias
from . import names
from .accounts import accounts
from .accounts.api_keys import ApiKeys
from .arguments import (
    check_lists,
    check_mappings,
    check_optional_texts,
    check_texts,
    json_object,
)
from .database.ids import timestamp
from .database.tables import collection_tags, runs, versions
from .errors import RegistryNotFound
from .versions.collections import (
    add_tags,
    collection_by_id,
    ensure_collection,
    find_collection,
    update_collection,
)
from .versions.memberships import link_version
from .versions.runs import ensure_run, find_run, record_input
from .versions.stored_versions import StoredVersion, find_version

Json: TypeAlias = "None | bool | int | float | str | Sequence[Json] | Mapping[str, Json]"
"""What JSON can say."""

if not TYPE_CHECKING:
    Json = recursive_alias(__name__, "Json", Json)


class Records(ApiKeys):
    """The part of a registry that has to do with everything that is no version itself."""

    def describe_collection(
        self, path: str, *, description: str | None = None, tags: StringSequence = ()
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
        self, source: StoredVersion | str, path: str, *, aliases: StringSequence = ()
    ) -> StoredVersion:
        """Links a version into the portfolio `entity/project/portfolio`, made if it is new.

        The link has its own number, aliases and time there.
        """
        _check_version(source)
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
        config: Mapping[str, object] | None = None,
        summary: Mapping[str, object] | None = None,
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
                given = json_object("config", config)
                values["config"] = json.dumps({key: {"value": given[key]} for key in given})
            if summary is not None:
                values["summary"] = json.dumps(json_object("summary", summary))
            connection.execute(sa.update(runs).where(runs.c.id == key).values(**values))
        return path

    def use(self, run: str, version: StoredVersion | str, use_as: str | None = None) -> None:
        """Records that a run used a version, perhaps in a role."""
        check_texts(run=run)
        check_optional_texts(use_as=use_as)
        _check_version(version)
        with self.store.write() as connection:
            run_id = self._run_id(connection, run)
            record_input(connection, run_id, self._version_key(connection, version), use_as)

    def team(self, name: str, members: StringSequence = ()) -> None:
        """Makes a team; users that do not exist yet are made."""
        check_texts(name=name)
        check_lists(members=members)
        with self.store.write() as connection:
            accounts.ensure_team(connection, name, list(members))

    def _run_id(self, connection: sa.Connection, path: str) -> int:
        """The number of a run, which is made if it is new; part of a transaction."""
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


def _check_version(version: object) -> None:
    """What the registry stored, or the path of a version."""
    if not isinstance(version, StoredVersion):
        check_texts(version=version)
