"""Mutations that create, upload and commit a version."""

import sqlalchemy as sa

from .. import names
from ..accounts import accounts
from ..database import tables as t
from ..database.ids import local_id
from ..errors import RegistryNotFound
from ..versions import collections as collecting
from ..versions import commits as committing
from ..versions import pending_versions as creating
from ..versions.direct_uploads import ingest_uploads
from ..versions.lifecycle import (
    NewVersion,
    begin_version,
    committed_by_digest,
    join_version,
    lock_version,
    shared_version,
)
from ..versions.memberships import add_aliases_to_existing
from ..versions.runs import find_run, record_output
from . import nodes as n
from .binding import field
from .context import Context
from .inputs import (
    Input,
    a_key,
    a_text,
    inputs,
    optional_int,
    optional_text,
    owner,
    tag_pairs,
    texts,
    written,
)
from .permissions import change_version, project_or_new, read_version
from .possession import only_own_files

UNCOMMITTED_MANIFEST = "wandb_manifest.json"
JOB = "job"  # made by a run, or by `wandb job create`


@field("Mutation.createArtifact")
def create_artifact(_root: None, context: Context, input: Input) -> dict[str, object]:
    with context.without_time_limit():
        same = _same_content(context, input)
    key = written(context, lambda connection: _create(connection, context, input, same))
    return {"artifact": context.version.get(key)}


def _same_content(context: Context, input: Input) -> int | None:
    """The version that has this content already, if that is as it should be on the disk.

    Its files may have to be read: that is done before the transaction, which holds up others.
    """
    if input.get("enable_digest_deduplication") is False or _distributed_id(input):
        return None  # the digest of what one of several writers adds is not that of the version
    connection = context.connection
    project = accounts.find_project(
        connection, owner(context, input), a_text(input, "project_name")
    )
    sequence = collecting.find_collection(connection, project or 0, _collection_name(input))
    if sequence is None:
        return None
    known = committed_by_digest(connection, sequence.id, a_text(input, "digest"))
    if known is None or not committing.is_whole(connection, context.store.blobs, known):
        return None
    return known


def _collection_name(input: Input) -> str:
    return optional_text(input, "artifact_collection_name") or next(
        iter(texts(input, "artifact_collection_names")), ""
    )


def _create(connection: sa.Connection, context: Context, input: Input, same: int | None) -> int:
    again = _announced_before(connection, input)
    if again is not None:
        change_version(context, connection, again)
        return again
    names.storage_region(optional_text(input, "storage_region"), context.regions)
    project = project_or_new(
        context, connection, owner(context, input), a_text(input, "project_name")
    )
    run = _run(connection, project, input)
    name = _collection_name(input)
    type_ = a_text(input, "artifact_type_name")
    if run is None and type_ != JOB:  # a run's own bookkeeping uses the reserved types
        names.unreserved(type_, name)
    client = optional_text(input, "sequence_client_id")
    sequence = collecting.ensure_collection(connection, project, name, type_, "SEQUENCE", client)
    wanted = _wanted_aliases(input)
    digest = a_text(input, "digest")
    known = None if same is None else committed_by_digest(connection, sequence.id, digest)
    shared = shared_version(connection, sequence.id, _distributed_id(input))
    if known is not None:
        add_aliases_to_existing(connection, sequence.id, known, wanted)
        if run is not None:
            record_output(connection, run, known)
    elif shared is not None:
        known = shared
        join_version(connection, shared, run, wanted)
    else:
        known = begin_version(connection, _new(context, input, sequence.id, digest, run, wanted))
    collecting.add_tags(connection, t.version_tags, known, tag_pairs(input, "tags"))
    return known


def _announced_before(connection: sa.Connection, input: Input) -> int | None:
    """The version of a request that is repeated."""
    client = optional_text(input, "client_id")
    if not client:
        return None
    found: int | None = connection.scalar(
        sa.select(t.versions.c.id).where(t.versions.c.client_id == client)
    )
    return found


def _distributed_id(input: Input) -> str | None:
    return optional_text(input, "distributed_id") or None


def _run(connection: sa.Connection, project: int, input: Input) -> int | None:
    name = optional_text(input, "run_name")
    if not name:
        return None
    run = find_run(connection, project, name)
    if run is None:
        raise RegistryNotFound(f"There is no run {name!r} in project {input['project_name']!r}.")
    return run


def _wanted_aliases(input: Input) -> list[str]:
    wanted = [a_text(alias, "alias") for alias in inputs(input, "aliases")]
    return names.aliases(alias for alias in wanted if alias != "latest")


def _new(
    context: Context, input: Input, sequence: int, digest: str, run: int | None, wanted: list[str]
) -> NewVersion:
    return NewVersion(
        sequence=sequence,
        digest=digest,
        digest_algorithm=str(input.get("digest_algorithm") or "MANIFEST_MD5"),
        description=optional_text(input, "description"),
        metadata=optional_text(input, "metadata"),
        ttl=optional_int(input, "ttl_duration_seconds"),
        history_step=optional_int(input, "history_step"),
        client_id=optional_text(input, "client_id") or None,
        distributed_id=_distributed_id(input),
        run=run,
        user=context.viewer_key,
        aliases=wanted,
        deduplicate=input.get("enable_digest_deduplication") is not False,
    )


@field("Mutation.createArtifactManifest")
def create_manifest(_root: None, context: Context, input: Input) -> dict[str, object]:
    version = a_key("Artifact", input["artifact_id"], "artifact version")
    base = optional_text(input, "base_artifact_id")
    kind, name = str(input.get("type") or "FULL"), a_text(input, "name")
    digest = a_text(input, "digest")

    def change(connection: sa.Connection) -> int:
        creating.pending_version(connection, version)
        change_version(context, connection, version)
        base_key = _base(context, connection, base)
        return creating.announce_manifest(connection, version, kind, name, digest, base_key)

    return {"artifact_manifest": _draft(context, written(context, change))}


@field("Mutation.updateArtifactManifest")
def update_manifest(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("ArtifactManifest", input["artifact_manifest_id"], "manifest")
    digest, base = optional_text(input, "digest"), optional_text(input, "base_artifact_id")

    def change(connection: sa.Connection) -> None:
        values: dict[str, str | int | None] = {} if digest is None else {"digest": digest}
        owner = connection.scalar(sa.select(t.drafts.c.version_id).where(t.drafts.c.id == key))
        if owner is None:
            raise RegistryNotFound("There is no such manifest, or its version is committed.")
        change_version(context, connection, owner)
        if base:
            values["base_id"] = _base(context, connection, base)
        if values:
            connection.execute(sa.update(t.drafts).where(t.drafts.c.id == key).values(**values))

    written(context, change)
    return {"artifact_manifest": _draft(context, key)}


def _base(context: Context, connection: sa.Connection, given: str | None) -> int | None:
    """The version whose manifest another one goes on from, if there is one."""
    key = local_id("Artifact", given) if given else None
    if key is not None:
        read_version(context, connection, key)
    return key


def _draft(context: Context, key: int) -> n.Manifest:
    d = t.drafts.c
    rows = context.rows(sa.select(d.version_id, d.name, d.digest).where(d.id == key))
    if not rows:
        raise RegistryNotFound("There is no such manifest, or its version is committed.")
    version_key, name, digest = rows[0]
    version = context.version.get(version_key)
    if version is None:
        raise RegistryNotFound("There is no such artifact version.")
    file = n.File(
        name or UNCOMMITTED_MANIFEST,
        digest,
        digest,
        0,
        version,
        upload_url=context.links.upload(f"manifest/{key}"),
        upload_headers=["Content-Type:application/json"],
    )
    return n.Manifest(key, "", 0, 0, 0, version, upload=file)


def _commit(context: Context, key: int) -> None:
    blobs = context.store.blobs
    # Read, and waited for, before the transaction: only one can write at a time.
    ingest_uploads(context.store, key)
    announced = committing.read_announced(context.connection, blobs, key)
    if announced is None:
        return
    blobs.settle(blob.md5 for blob in announced.blobs)

    def change(connection: sa.Connection) -> None:
        lock_version(connection, key)
        change_version(context, connection, key)
        if not committing.is_pending(connection, key):
            return  # another server's process has committed it meanwhile
        with only_own_files(context, connection, key):
            committing.commit_announced(connection, blobs, key, announced)

    written(context, change, alone=False)


@field("Mutation.commitArtifact")
def commit_artifact(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("Artifact", input["artifact_id"], "artifact version")
    change_version(context, context.connection, key)
    context.changed()  # by another request, perhaps, once it is our turn
    # Of many files this takes minutes: a client that has lost its patience, and asks again, waits
    # for the first answer.
    with context.without_time_limit(), context.store.commits.of(key):
        _commit(context, key)
    return {"artifact": context.version.get(key)}
