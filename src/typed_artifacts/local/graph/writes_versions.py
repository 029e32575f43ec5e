"""Mutations that make a version: announced, uploaded, committed."""

from collections.abc import Sequence

import sqlalchemy as sa

from .. import accounts, collecting, committing, creating, names
from .. import tables as t
from ..blobs import Blob, base64_digest
from ..faults import RegistryNotFound, RegistryRefused
from ..ids import local_id
from ..membering import relog
from ..recording import expect_blobs, keep_pending
from ..running import find_run, record_output
from ..versioning import NewVersion, begin_version, committed_by_digest
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
    the_project,
    written,
)
from .paging import Connection, whole

UNCOMMITTED_MANIFEST = "wandb_manifest.json"
JOB = "job"  # made by a run, or by `wandb job create`


@field("Mutation.createArtifact")
def create_artifact(_root: None, context: Context, input: Input) -> dict[str, object]:
    same = _same_content(context, input)
    key = written(context, lambda connection: _create(connection, context, input, same))
    return {"artifact": context.version.get(key)}


def _same_content(context: Context, input: Input) -> int | None:
    """The version that has this content already, if that is as it should be on the disk.

    Its files may have to be read: that is done before the transaction, which holds up others.
    """
    if input.get("enable_digest_deduplication") is False:
        return None
    connection = context.connection
    project = accounts.find_project(
        connection, a_text(input, "entity_name"), a_text(input, "project_name")
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
        return again
    names.storage_region(optional_text(input, "storage_region"))
    entity, project_name = a_text(input, "entity_name"), a_text(input, "project_name")
    project = the_project(context, connection, entity, project_name)
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
        base_key = local_id("Artifact", base) if base else None
        return creating.announce_manifest(connection, version, kind, name, digest, base_key)

    return {"artifact_manifest": _draft(context, written(context, change))}


@field("Mutation.updateArtifactManifest")
def update_manifest(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("ArtifactManifest", input["artifact_manifest_id"], "manifest")
    digest, base = optional_text(input, "digest"), optional_text(input, "base_artifact_id")

    def change(connection: sa.Connection) -> None:
        values: dict[str, str | int | None] = {} if digest is None else {"digest": digest}
        if base:
            values["base_id"] = local_id("Artifact", base)
        if values:
            statement = sa.update(t.drafts).where(t.drafts.c.id == key).values(**values)
            if connection.execute(statement).rowcount == 0:
                raise RegistryNotFound("There is no such manifest, or its version is committed.")

    written(context, change)
    return {"artifact_manifest": _draft(context, key)}


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
    declared = [_declared(spec) for spec in specs]
    found = _expected(context, keys, declared)
    files: list[n.File] = []
    for spec, key, digests, blob in zip(specs, keys, declared, found, strict=True):
        version = context.version.get(key, keys)
        if version is None or version.state == "DELETED":
            raise RegistryNotFound("There is no such artifact version, or it was deleted.")
        target = "file/" + ",".join(digests)
        files.append(
            n.File(
                a_text(spec, "name"),
                digest=base64_digest(digests[-1]),
                md5=base64_digest(digests[0]),
                size_bytes=blob.size if blob else 0,
                version=version,
                blob=blob.md5 if blob else None,
                upload_url=None if blob else context.links.upload(f"{target}/{key}"),
            )
        )
    return {"files": whole(files)}


def _expected(
    context: Context, keys: Sequence[int], declared: Sequence[Sequence[str]]
) -> list[Blob | None]:
    """The blob of each file that is stored as it should be, and is kept for its version now."""
    by_md5, by_xxh128 = creating.blobs_by(
        context.connection, (each for part in declared for each in part)
    )
    blobs = context.store.blobs
    found: list[Blob | None] = []
    for key, digests in zip(keys, declared, strict=True):
        version = context.version.get(key, keys)
        known = [by_md5.get(each) for each in digests]
        if version is not None and version.digest_algorithm == committing.XXH128:
            known += [by_xxh128.get(each) for each in digests]
        blob = next((each for each in known if each), None)
        found.append(blob if blob and blobs.intact(blob) else None)
    if not any(found):
        return found

    def expect(connection: sa.Connection) -> list[Blob | None]:
        # One that a garbage collection has removed meanwhile is to be uploaded.
        there = [each if each and blobs.has(each.md5, each.size) else None for each in found]
        pairs = [(key, blob.md5) for key, blob in zip(keys, there, strict=True) if blob]
        expect_blobs(connection, pairs)
        keep_pending(connection, keys)
        return there

    return written(context, expect)


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
    announced = committing.read_announced(context.connection, blobs, key)
    if announced is not None:
        blobs.settle(blob.md5 for blob in announced.blobs)
        written(context, lambda c: committing.commit_announced(c, blobs, key, announced))
    return {"artifact": context.version.get(key)}
