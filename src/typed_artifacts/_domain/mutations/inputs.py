"""Builds the inputs of mutations; imported when a mutation is sent."""

from __future__ import annotations

import mimetypes
import secrets
from typing import TYPE_CHECKING

from ..._graphql.enums import (
    ArtifactDigestAlgorithm,
    ArtifactManifestType,
    ArtifactStorageLayout,
)
from ..._graphql.input_types import (
    ArtifactAliasInput,
    ArtifactCollectionAliasInput,
    CreateArtifactFilesInput,
    CreateArtifactFileSpecInput,
    CreateArtifactInput,
    CreateArtifactManifestInput,
    TagInput,
    UploadPartsInput,
)
from ..._values.names import LATEST
from ..versions.metadata import metadata_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._transfer import (
        CompletedParts,
        DigestAlgorithm,
        Draft,
        ManifestEntry,
        PartDigests,
    )
    from ..._transfer.uploads.multipart import FileParts
    from ..drafts.version_options import VersionToLog


def tag_inputs(tags: Sequence[str]) -> list[TagInput]:
    """Tags as the server takes them."""
    return [TagInput(tag_name=tag) for tag in tags]


def alias_inputs(
    aliases: Sequence[str], entity: str, project: str, collection: str
) -> list[ArtifactCollectionAliasInput]:
    """Aliases in a collection, as an edit takes them."""
    return [
        ArtifactCollectionAliasInput(
            alias=alias,
            artifact_collection_name=collection,
            entity_name=entity,
            project_name=project,
        )
        for alias in aliases
    ]


def new_alias_inputs(aliases: Sequence[str], collection: str) -> list[ArtifactAliasInput]:
    """Aliases in a collection, as logging and linking take them."""
    return [
        ArtifactAliasInput(alias=alias, artifact_collection_name=collection) for alias in aliases
    ]


def create_input(to_log: VersionToLog, draft: Draft) -> CreateArtifactInput:
    """What makes a version; the server finds out by the digest whether it has the content."""
    options = to_log.options
    return CreateArtifactInput(
        entity_name=to_log.entity,
        project_name=to_log.project,
        run_name=to_log.run,
        artifact_type_name=options.type,
        artifact_collection_name=to_log.collection,
        digest=draft.manifest.digest,
        digest_algorithm=_named(draft.manifest.algorithm),
        enable_digest_deduplication=True,
        client_id=secrets.token_hex(16),
        sequence_client_id=secrets.token_hex(16),
        description=options.description,
        metadata=metadata_text(options.metadata) if options.metadata else None,
        # A server may leave "latest" to its clients; the official one sends it with each version.
        aliases=new_alias_inputs([*options.aliases, LATEST], to_log.collection),
        tags=tag_inputs(options.tags) or None,
        ttl_duration_seconds=options.ttl,
        storage_region=options.storage_region,
    )


def manifest_input(
    to_log: VersionToLog, artifact_id: str, digest: str
) -> CreateArtifactManifestInput:
    """What announces a manifest: first without a digest, at last with the real one."""
    from ..downloads.entries import MANIFEST_NAME  # an edit of tags needs nothing of transfers

    return CreateArtifactManifestInput(
        artifact_id=artifact_id,
        entity_name=to_log.entity,
        project_name=to_log.project,
        run_name=to_log.run or "",
        name=MANIFEST_NAME,
        digest=digest,
        type_=ArtifactManifestType.FULL,
    )


def files_input(
    entries: Sequence[ManifestEntry],
    algorithm: DigestAlgorithm,
    artifact_id: str,
    manifest_id: str,
    parts: PartDigests,
) -> CreateArtifactFilesInput:
    """What announces entries, and the parts of those that go in parts."""
    from ..._transfer import DigestAlgorithm

    return CreateArtifactFilesInput(
        artifact_files=[_file_spec(entry, artifact_id, manifest_id, parts) for entry in entries],
        # Servers that know MD5 alone know no other members.
        digest_algorithm=None if algorithm is DigestAlgorithm.MD5 else _named(algorithm),
        storage_layout=ArtifactStorageLayout.V2,
    )


def _file_spec(
    entry: ManifestEntry, artifact_id: str, manifest_id: str, parts: PartDigests
) -> CreateArtifactFileSpecInput:
    md5 = parts.md5_of(entry)
    return CreateArtifactFileSpecInput(
        artifact_id=artifact_id,
        artifact_manifest_id=manifest_id,
        name=entry.path,
        md_5=md5,
        digest=None if md5 == entry.digest else entry.digest,
        mimetype=mimetypes.guess_type(entry.path)[0] or "application/octet-stream",
        upload_parts_input=_part_inputs(parts.of(entry.path)),
    )


def _part_inputs(parts: FileParts | None) -> list[UploadPartsInput] | None:
    if parts is None:
        return None
    return [
        UploadPartsInput(part_number=number, hex_md_5=digest)
        for number, digest in enumerate(parts.digests, 1)
    ]


def completed_inputs(parts: CompletedParts) -> list[UploadPartsInput]:
    """The parts of a file with their ETags, which have the server join them."""
    return [UploadPartsInput(part_number=number, hex_md_5=tag) for number, tag in parts]


def _named(algorithm: DigestAlgorithm) -> ArtifactDigestAlgorithm:
    """What the schema calls it; by its members, so that one which goes is a type error here."""
    from ..._transfer import DigestAlgorithm

    if algorithm is DigestAlgorithm.XXH128:
        return ArtifactDigestAlgorithm.MANIFEST_XXH128
    return ArtifactDigestAlgorithm.MANIFEST_MD5
