"""Versions: created, committed and deleted, inside a transaction."""

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from ..accounts.accounts import inserted
from ..database.ids import timestamp
from ..database.tables import (
    aliases,
    collections,
    manifests,
    memberships,
    pending_blobs,
    run_inputs,
    run_outputs,
    runs,
    versions,
)
from ..errors import RegistryRefused
from ..json_values import is_object
from .memberships import add_membership, leave, put_aliases
from .runs import record_output

MOST_METADATA_KEYS = 100
_SHOWN = 5  # aliases of a version that is not deleted for them
_THIS: sa.BindParameter[int] = sa.bindparam("this")
# Made once: to put a statement together takes longer than to run it.
_BY_DIGEST = (
    sa.select(versions.c.id)
    .where(
        versions.c.sequence_id == sa.bindparam("sequence"),
        versions.c.digest == sa.bindparam("digest"),
        versions.c.state == "COMMITTED",
    )
    .order_by(versions.c.version_index.desc())
    .limit(1)
)
_MEMBERSHIPS = sa.select(memberships.c.id, memberships.c.collection_id).where(
    memberships.c.version_id == _THIS
)
_HELD = (
    sa.select(aliases.c.alias)
    .join(memberships, memberships.c.id == aliases.c.membership_id)
    .where(memberships.c.version_id == _THIS)
    .order_by(aliases.c.id)
)
_FORGET_RUNS = [
    sa.delete(table).where(table.c.version_id == _THIS) for table in (run_inputs, run_outputs)
]
_MARK_DELETED = (
    sa.update(versions)
    .where(versions.c.id == _THIS)
    .values(
        state="DELETED", client_id=None, distributed_id=None, updated_at=sa.bindparam("deleted_at")
    )
)


@dataclass(frozen=True, slots=True)
class NewVersion:
    """The attributes of a version when it is created."""

    sequence: int
    digest: str
    digest_algorithm: str = "MANIFEST_MD5"
    description: str | None = None
    metadata: str | None = None
    ttl: int | None = None
    history_step: int | None = None
    client_id: str | None = None
    distributed_id: str | None = None
    run: int | None = None
    user: int | None = None
    aliases: Sequence[str] = ()
    created_at: str | None = None
    deduplicate: bool = False


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} is not a JSON value")


def checked_metadata(text: str | None) -> str | None:
    """Metadata as it is stored: the JSON of an object, or nothing."""
    if not text:
        return None
    try:
        value: object = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise RegistryRefused(f"Metadata must be JSON: {error}.") from error
    if value is None or value == {}:
        return None
    if not is_object(value):
        raise RegistryRefused("Metadata must be a JSON object.")
    if len(value) > MOST_METADATA_KEYS:
        raise RegistryRefused(
            f"Metadata has {len(value)} keys at the top; {MOST_METADATA_KEYS} are the most."
        )
    return text


def checked_ttl(seconds: int | None) -> int | None:
    """A time to live as it is stored: seconds; -2 for none; None (sent as -1) for inherited."""
    if seconds is None or seconds == -1:
        return None
    if seconds != -2 and seconds <= 0:
        raise RegistryRefused(
            f"A time to live must be a positive number of seconds, not {seconds}."
        )
    return seconds


def committed_by_digest(connection: sa.Connection, sequence: int, digest: str) -> int | None:
    """The newest committed version of a collection that holds exactly this content."""
    return connection.scalar(_BY_DIGEST, {"sequence": sequence, "digest": digest})


def begin_version(connection: sa.Connection, new: NewVersion) -> int:
    """A PENDING version: in no listing until it is committed."""
    now = new.created_at or timestamp()
    return inserted(
        connection,
        versions,
        sequence_id=new.sequence,
        digest=new.digest,
        digest_algorithm=new.digest_algorithm,
        description=new.description,
        metadata=checked_metadata(new.metadata),
        ttl=checked_ttl(new.ttl),
        history_step=new.history_step,
        client_id=new.client_id,
        distributed_id=_shared_by(new.sequence, new.distributed_id),
        run_id=new.run,
        user_id=new.user,
        wanted_aliases=json.dumps(list(new.aliases)),
        deduplicate=new.deduplicate,
        created_at=now,
        updated_at=now,
    )


def _shared_by(sequence: int, distributed_id: str | None) -> str | None:
    """As it is stored: the column is unique in the registry, the id is so in its collection."""
    return f"{sequence}/{distributed_id}" if distributed_id else None


def shared_version(
    connection: sa.Connection, sequence: int, distributed_id: str | None
) -> int | None:
    """The PENDING version of a collection that several runs write together, if it is begun."""
    shared = _shared_by(sequence, distributed_id)
    if shared is None:
        return None
    is_shared = sa.and_(versions.c.distributed_id == shared, versions.c.state == "PENDING")
    return connection.scalar(sa.select(versions.c.id).where(is_shared))


def join_version(
    connection: sa.Connection, key: int, run: int | None, wanted: Sequence[str]
) -> None:
    """Another run writes to a PENDING version: it has made it too, and adds its aliases."""
    statement = sa.select(versions.c.wanted_aliases).where(versions.c.id == key)
    known: list[str] = json.loads(connection.execute(statement).scalar_one())
    merged = json.dumps(list(dict.fromkeys([*known, *wanted])))
    values = {"wanted_aliases": merged, "updated_at": timestamp()}
    connection.execute(sa.update(versions).where(versions.c.id == key).values(**values))
    if run is not None:
        record_output(connection, run, key)


def lock_version(connection: sa.Connection, key: int) -> None:
    """Keeps others from changing a version, and from committing into its collection, meanwhile."""
    sequence = sa.select(versions.c.sequence_id).where(versions.c.id == key)
    own = sa.select(collections.c.id).where(collections.c.id.in_(sequence))
    connection.execute(own.with_for_update())
    connection.execute(sa.select(versions.c.id).where(versions.c.id == key).with_for_update())


def commit_version(connection: sa.Connection, key: int, manifest: int) -> int:
    """Gives the version its number, its aliases, and `latest`; returns the number."""
    row = connection.execute(
        sa.select(
            versions.c.sequence_id,
            versions.c.wanted_aliases,
            versions.c.run_id,
            versions.c.created_at,
        ).where(versions.c.id == key)
    ).one()
    size, count = connection.execute(
        sa.select(manifests.c.size, manifests.c.file_count).where(manifests.c.id == manifest)
    ).one()
    index, membership = add_membership(connection, row.sequence_id, key, row.created_at)
    connection.execute(
        sa.update(versions)
        .where(versions.c.id == key)
        .values(
            version_index=index,
            state="COMMITTED",
            distributed_id=None,  # later requests with this id create another version
            size=size,
            file_count=count,
            manifest_id=manifest,
            commit_hash=secrets.token_hex(10),
        )
    )
    connection.execute(sa.delete(pending_blobs).where(pending_blobs.c.version_id == key))
    wanted: list[str] = json.loads(row.wanted_aliases)
    put_aliases(connection, row.sequence_id, membership, [*wanted, "latest"])
    if row.run_id is not None:
        record_output(connection, row.run_id, key)
    return index


def delete_version(connection: sa.Connection, version: int, *, delete_aliases: bool) -> None:
    """Deletes a version everywhere; one that has aliases only if that is asked for."""
    this = {"this": version}
    locations = connection.execute(_MEMBERSHIPS, this).all()
    alias_names = connection.scalars(_HELD, this).all()
    if alias_names and not delete_aliases:
        names = list(dict.fromkeys(alias_names))
        more = f" and {len(names) - _SHOWN:,} more" if len(names) > _SHOWN else ""
        raise RegistryRefused(
            f"The artifact version has aliases ({', '.join(names[:_SHOWN])}{more}), so it is not "
            "deleted; delete the aliases as well (deleteAliases: true)."
        )
    for location in locations:
        leave(connection, location.collection_id, location.id)
    for forget in _FORGET_RUNS:
        connection.execute(forget, this)
    connection.execute(_MARK_DELETED, this | {"deleted_at": timestamp()})


def delete_run(connection: sa.Connection, run: int, *, delete_artifacts: bool) -> None:
    """Removes a run, with what it made if that is asked for; what it used stays.

    A run that is not there is no mistake: it is not there afterwards.
    """
    if delete_artifacts:
        made = sa.select(run_outputs.c.version_id).where(run_outputs.c.run_id == run)
        for version in connection.scalars(made).all():
            delete_version(connection, version, delete_aliases=True)
    connection.execute(sa.delete(runs).where(runs.c.id == run))
