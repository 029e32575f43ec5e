"""Converts responses to records in the cache folder, and back. Pure."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from ..._transfer import DigestAlgorithm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..._caching.records import VersionRecord
    from ..._graphql.fragments import ArtifactFields
    from ..._transfer import Manifest, ManifestEntry
    from ..._values.json_values import JsonValue
    from ...settings import Settings
    from ..versions.memberships import Membership, SourceCollection

_INDEX: Final = re.compile("[0-9]{1,18}")


def record_of(
    settings: Settings,
    membership: Membership,
    content: ArtifactFields,
    source: SourceCollection,
    *,
    manifest: str,
    default_entity: str | None,
    organizations: Mapping[str, str],
) -> VersionRecord:
    """The record of a version that was downloaded just now.

    Args:
        settings: which server, and whose key.
        membership: how it is seen through its collection.
        content: its own attributes.
        source: where it was logged to.
        manifest: the name of its manifest in the cache folder.
        default_entity: the entity that paths without one mean, where the server was asked.
        organizations: organization → the entity that owns its registries, as far as is known.
    """
    from ..._caching.records import RecordedSource, VersionRecord, account_of
    from ..._graphql.fragments import ArtifactFields

    account = account_of(settings.base_url, settings.api_key)
    is_default = account is not None and default_entity == membership.entity
    owners = [name for name, owner in organizations.items() if owner == membership.entity]
    return VersionRecord(
        server=settings.base_url,
        entity=membership.entity,
        project=membership.project,
        collection=membership.collection,
        version=membership.version,
        aliases=tuple(membership.aliases),
        recorded_at=datetime.now(UTC),
        collection_id=membership.collection_id,
        collection_kind=membership.collection_kind,
        linked_at=membership.linked_at,
        source=RecordedSource(*source),
        content=content.model_dump(
            mode="json", by_alias=True, include=set(ArtifactFields.model_fields)
        ),
        manifest=manifest,
        organization=owners[0] if owners else None,
        owners=tuple(owners[1:]),
        default_for=(account,) if account is not None and is_default else (),
    )


def membership_data(record: VersionRecord) -> JsonValue:
    """The data of ``ArtifactMembership``."""
    source = record.source
    index = record.version.removeprefix("v")
    linked_at = None if record.linked_at is None else record.linked_at.isoformat()
    content: dict[str, JsonValue] = dict(record.content)  # type: ignore[arg-type]  # pyright: ignore[reportAssignmentType]  # it was read from JSON
    collection: JsonValue = {
        "__typename": record.collection_kind or "ArtifactCollection",
        "id": record.collection_id or "",
        "name": record.collection,
        "project": {"entityName": record.entity, "name": record.project},
    }
    origin: JsonValue = (
        {"entityName": source.entity, "name": source.project} if source.project else None
    )
    membership: JsonValue = {
        "id": "",
        "versionIndex": int(index) if _INDEX.fullmatch(index) else None,
        # A listing has no time of linking: the time of creation is the earliest possible one.
        "createdAt": linked_at or content.get("createdAt"),
        "aliases": [{"alias": alias} for alias in record.aliases],
        "artifactCollection": collection,
        "artifact": {
            **content,
            "artifactType": {"name": source.type},
            "artifactSequence": {
                "id": source.collection_id,
                "name": source.collection,
                "project": origin,
            },
        },
    }
    found: JsonValue = {"id": record.collection_id or ""}
    return {"project": {"artifactCollection": found, "artifactCollectionMembership": membership}}


def files_data(
    manifest: Manifest, names: Sequence[str] | None, start: int, per_page: int
) -> JsonValue:
    """The data of ``ArtifactMembershipFiles``: a page of the manifest's entries, by name.

    Args:
        manifest: of the version.
        names: only these, as the server takes them.
        start: how many come before the page.
        per_page: how many the page has.
    """
    wanted = None if names is None else set(names)
    found = [name for name in sorted(manifest.entries) if wanted is None or name in wanted]
    end = start + per_page
    edges: list[JsonValue] = [
        {"cursor": str(number), "node": _file_node(manifest.entries[name])}
        for number, name in enumerate(found[start:end], start + 1)
    ]
    page: JsonValue = {
        "totalCount": len(found),
        "edges": edges,
        "pageInfo": {
            "endCursor": str(min(end, len(found))) if edges else None,
            "hasNextPage": end < len(found),
        },
    }
    return {"project": {"artifactCollectionMembership": {"files": page}}}


def organization_data(name: str, entity: str) -> JsonValue:
    """The data of ``OrganizationEntity``."""
    return {"entity": {"organization": {"name": name, "orgEntity": {"name": entity}}, "user": None}}


def _file_node(entry: ManifestEntry) -> JsonValue:
    return {
        "id": "",
        "name": entry.path,
        "url": entry.ref or "",
        "directUrl": entry.ref or "",
        "sizeBytes": entry.size or 0,
        "storagePath": None,
        "mimetype": None,
        "updatedAt": None,
        "digest": entry.digest,
        "md5": entry.digest if entry.algorithm is DigestAlgorithm.MD5 and not entry.ref else None,
    }
