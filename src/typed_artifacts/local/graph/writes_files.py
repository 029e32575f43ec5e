"""Mutations that announce the files of a version."""

from collections.abc import Sequence

import sqlalchemy as sa

from ..errors import RegistryNotFound, RegistryRefused
from ..storage.blobs import Blob, base64_digest
from ..storage.file_rows import expect_blobs, keep_pending
from ..versions import commits as committing
from ..versions import pending_versions as creating
from ..versions.multipart_completion import (
    STORED,
    UPLOADS_FOLDER,
    Completion,
    complete_upload,
    part_digests,
)
from . import nodes as n
from .binding import field
from .context import Context
from .inputs import Input, a_key, a_text, inputs, optional_int, optional_text, written
from .paging import Connection, whole
from .permissions import change_version
from .possession import own_blobs


@field("Mutation.createArtifactFiles")
def create_files(_root: None, context: Context, input: Input) -> dict[str, object]:
    """As many files as were announced, in the same order; no upload URL for what is stored."""
    specs = inputs(input, "artifact_files")
    keys = [a_key("Artifact", spec["artifact_id"], "artifact version") for spec in specs]
    _check(context, context.connection, keys)
    declared = [_declared(spec) for spec in specs]
    found = _expected(context, keys, declared)
    files: list[n.File] = []
    for spec, key, digests, blob in zip(specs, keys, declared, found, strict=True):
        version = context.version.get(key, keys)
        if version is None or version.state == "DELETED":
            raise RegistryNotFound("There is no such artifact version, or it was deleted.")
        parts = None if blob else _parts(context, spec, key, digests)
        files.append(
            n.File(
                a_text(spec, "name"),
                digest=base64_digest(digests[-1]),
                md5=base64_digest(digests[0]),
                size_bytes=blob.size if blob else 0,
                version=version,
                blob=blob.md5 if blob else None,
                # Beside the parts as well: without it, clients take the file for stored.
                upload_url=None if blob else _upload_url(context, version, digests),
                upload_headers=[] if blob else list(context.store.blobs.upload_headers),
                upload_parts=parts,
            )
        )
    return {"files": whole(files)}


def _check(context: Context, connection: sa.Connection, keys: Sequence[int]) -> None:
    for key in dict.fromkeys(keys):
        change_version(context, connection, key)


def _expected(
    context: Context, keys: Sequence[int], declared: Sequence[Sequence[str]]
) -> list[Blob | None]:
    """The blob of each file that is stored as it should be, and is kept for its version now."""
    by_md5, by_xxh128 = creating.blobs_by(
        context.connection, (each for part in declared for each in part)
    )
    readable = own_blobs(context, (*by_md5.values(), *by_xxh128.values()))
    blobs = context.store.blobs
    blobs.look_up(readable.values())
    found: list[Blob | None] = []
    for key, digests in zip(keys, declared, strict=True):
        version = context.version.get(key, keys)
        known = [by_md5.get(each) for each in digests]
        if version is not None and version.digest_algorithm == committing.XXH128:
            known += [by_xxh128.get(each) for each in digests]
            known = [each for each in known if each is None or each.xxh128]
        blob = next((each for each in known if each and each.md5 in readable), None)
        found.append(blob if blob and blobs.intact(blob) else None)
    if not any(found):
        return found

    def expect(connection: sa.Connection) -> list[Blob | None]:
        _check(context, connection, keys)
        # One that a garbage collection has removed meanwhile is to be uploaded.
        still, _ = creating.blobs_by(connection, {each.md5 for each in found if each})
        there = [
            each if each and each.md5 in still and blobs.has(each.md5, each.size) else None
            for each in found
        ]
        pairs = [(key, blob.md5) for key, blob in zip(keys, there, strict=True) if blob]
        expect_blobs(connection, pairs)
        keep_pending(connection, keys)
        return there

    return written(context, expect, alone=False)


def _parts(
    context: Context, spec: Input, version: int, digests: Sequence[str]
) -> n.UploadParts | None:
    """Where the parts of a file go, if it is announced in parts."""
    announced = [
        (optional_int(part, "part_number") or 0, a_text(part, "hex_md5"))
        for part in inputs(spec, "upload_parts_input")
    ]
    if not announced:
        return None
    parts = part_digests(a_text(spec, "name"), announced)
    user = context.viewer_key
    upload = context.store.uploads.begin(user, digests, parts)
    stored = context.store.uploads.stored(upload)
    inside, urls = context.links.in_process, list[n.UploadPart]()
    for number, md5 in enumerate(parts, 1):
        direct = None if inside else context.store.uploads.part_url(upload, number)
        url = direct or context.links.upload(f"part/{md5}/{upload.id}/{number}/{user}/{version}")
        url += STORED if number in stored else ""
        urls.append(n.UploadPart(number, url))
    return n.UploadParts(upload.id, urls)


def _upload_url(context: Context, version: n.Version, digests: Sequence[str]) -> str:
    """Where a file goes: to the object store itself, where that signs URLs, or to the server.

    A version whose digests are XXH128 is read by the server: no store knows these. So is what comes
    from this process, whose transport leads nowhere else.
    """
    if version.digest_algorithm != committing.XXH128 and not context.links.in_process:
        url = context.store.blobs.upload_url(version.key, digests[0])
        if url is not None:
            return url
    return context.links.upload(f"file/{','.join(digests)}/{version.key}")


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
def complete_multipart(_root: None, context: Context, input: Input) -> n.CompletedUpload:
    """Makes one file of the parts that were sent; asked again, it answers the same."""
    version = a_key("Artifact", input["artifact_id"], "artifact version")
    written(context, lambda connection: _check(context, connection, [version]), alone=False)
    upload = a_text(input, "upload_id")
    if a_text(input, "storage_path") != f"{UPLOADS_FOLDER}/{upload}":
        raise RegistryRefused("The storage path is not that of the upload.")
    tags = {
        optional_int(part, "part_number") or 0: a_text(part, "hex_md5")
        for part in inputs(input, "completed_parts")
    }
    completion = Completion(context.viewer_key, version, upload, tags)
    with context.without_time_limit():
        blob = complete_upload(context.store, completion, context.most_file_bytes)
    context.changed()
    return n.CompletedUpload(base64_digest(blob.md5))
