"""Mutations that make a version: announced, uploaded, committed."""

import sqlalchemy as sa

from .. import collecting, creating, names
from .. import tables as t
from ..blobs import base64_digest
from ..faults import RegistryNotFound, RegistryRefused
from ..ids import local_id
from ..membering import relog
from ..running import find_run, record_output
from ..versioning import (
    NewVersion,
    begin_version,
    committed_by_digest,
)
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
    tag_pairs,
    texts,
    written,
)
from .paging import Connection, whole
from .permissions import change_version, project_or_new, read_version
from .possession import known_blobs, only_own_files, upload_kind

UNCOMMITTED_MANIFEST = "wandb_manifest.json"


@field("Mutation.createArtifact")
def create_artifact(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = written(context, lambda connection: _create(connection, context, input))
    return {"artifact": context.version.get(key)}


def _create(connection: sa.Connection, context: Context, input: Input) -> int:
    again = _announced_before(connection, input)
    if again is not None:
        change_version(context, connection, again)
        return again
    entity, project_name = a_text(input, "entity_name"), a_text(input, "project_name")
    project = project_or_new(context, connection, entity, project_name)
    run = _run(connection, project, input)
    name = optional_text(input, "artifact_collection_name") or next(
        iter(texts(input, "artifact_collection_names")), ""
    )
    type_ = a_text(input, "artifact_type_name")
    if run is None:  # a run's own bookkeeping (its code, its tables) uses the reserved types
        names.unreserved(type_, name)
    client = optional_text(input, "sequence_client_id")
    sequence = collecting.ensure_collection(connection, project, name, type_, "SEQUENCE", client)
    wanted = _wanted_aliases(input)
    digest = a_text(input, "digest")
    known = None
    if input.get("enable_digest_deduplication") is not False:
        known = committed_by_digest(connection, sequence.id, digest)
    if known is not None:
        relog(connection, sequence.id, known, wanted)
        if run is not None:
            record_output(connection, run, known)
    else:
        known = begin_version(connection, _new(context, input, sequence.id, digest, run, wanted))
    collecting.add_tags(connection, t.version_tags, known, tag_pairs(input, "tags"))
    return known


def _announced_before(connection: sa.Connection, input: Input) -> int | None:
    """The version of a request that is repeated, or that several writers share."""
    for column, name in (("client_id", "client_id"), ("distributed_id", "distributed_id")):
        value = optional_text(input, name)
        if value:
            found: int | None = connection.scalar(
                sa.select(t.versions.c.id).where(t.versions.c[column] == value)
            )
            if found is not None:
                return found
    return None


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
        distributed_id=optional_text(input, "distributed_id") or None,
        run=run,
        user=context.viewer_key,
        aliases=wanted,
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
            statement = sa.update(t.drafts).where(t.drafts.c.id == key).values(**values)
            if connection.execute(statement).rowcount == 0:
                raise RegistryNotFound("There is no such manifest, or its version is committed.")

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


@field("Mutation.createArtifactFiles")
def create_files(_root: None, context: Context, input: Input) -> dict[str, object]:
    """As many files as were announced, in the same order; no upload URL for what is stored."""
    specs = inputs(input, "artifact_files")
    keys = [a_key("Artifact", spec["artifact_id"], "artifact version") for spec in specs]
    for key in dict.fromkeys(keys):
        change_version(context, context.connection, key)
    declared = [_declared(spec) for spec in specs]
    found = creating.stored_blobs(context.connection, (each for part in declared for each in part))
    found = known_blobs(context, found)
    files: list[n.File] = []
    for spec, key, digests in zip(specs, keys, declared, strict=True):
        version = context.version.get(key, keys)
        if version is None or version.state == "DELETED":
            raise RegistryNotFound("There is no such artifact version, or it was deleted.")
        blob = next((found[each] for each in digests if each in found), None)
        stored = blob is not None and context.store.blobs.has(blob.md5, blob.size)
        name, target = a_text(spec, "name"), f"{upload_kind(context)}/" + ",".join(digests)
        files.append(
            n.File(
                name,
                digest=base64_digest(digests[-1]),
                md5=base64_digest(digests[0]),
                size_bytes=blob.size if blob else 0,
                version=version,
                blob=blob.md5 if blob and stored else None,
                upload_url=None if stored else context.links.upload(f"{target}/{key}"),
            )
        )
    return {"files": whole(files)}


def _declared(spec: Input) -> list[str]:
    """The digests that a file is announced with, in hex, without repetition."""
    given = [a_text(spec, "md5"), optional_text(spec, "digest") or ""]
    digests = [creating.hex_digest(each) for each in given if each]
    if not digests or None in digests:
        raise RegistryRefused(
            f"The digest of {spec['name']!r} is not the base64 of an MD5 or XXH128."
        )
    return list(dict.fromkeys(each for each in digests if each))


@field("CreateArtifactFilesPayload.files")
def created_files(
    payload: dict[str, Connection[n.File]], _context: Context, **_page: str | int | None
) -> Connection[n.File]:
    return payload["files"]


@field("Mutation.completeMultipartUploadArtifact")
def complete_multipart(_root: None, _context: Context, input: Input) -> None:
    raise RegistryRefused("This registry takes every file in one PUT; there are no parts to join.")


@field("Mutation.commitArtifact")
def commit_artifact(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("Artifact", input["artifact_id"], "artifact version")
    blobs = context.store.blobs
    # Read, and waited for, before the transaction: only one can write at a time.
    change_version(context, context.connection, key)
    with context.unhurried():
        announced = creating.read_announced(context.connection, blobs, key)
        if announced is not None:
            blobs.settle(announced.blobs)

    def change(connection: sa.Connection) -> None:
        change_version(context, connection, key)
        with only_own_files(context, connection, key):
            creating.commit_announced(connection, blobs, key, announced)

    if announced is not None:
        written(context, change)
    return {"artifact": context.version.get(key)}
