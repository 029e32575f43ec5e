"""An offline client: answers from the cache folder, or raises ``OfflineError``.

Reads and writes the records of ``_caching``; sends nothing. The operations that are answered, with
the very data that a server would send, are those of a version and of its files.
"""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..._transfer.disk.cached_file import CachedFile
from ..._values.quantities import whole_number
from ...errors import InvalidInput, OfflineError
from ..downloads.cache_folders import cache_of
from ..downloads.entries import version_algorithm
from .offline_errors import cache_holds, fetch_command, named_folder, not_cached, rough_age
from .records import files_data, membership_data, organization_data, record_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..._caching.records import VersionRecord
    from ..._caching.store import RecordStore
    from ..._graphql.fragments import ArtifactFields
    from ..._transfer import Manifest, ManifestEntry
    from ..._values.json_values import JsonValue
    from ...settings import Settings
    from ..arguments.lookups import ArtifactLike
    from ..client.client_protocol import ClientLike
    from ..versions.memberships import Membership, SourceCollection

_HELP = (
    "Without a server there is what was downloaded with a cache folder: api.artifact(path), and of "
    "that its attributes, files(), manifest, download() and verify()."
)


def recorded_data(
    operation: str, variables: Mapping[str, object], subject: str | None, settings: Settings
) -> JsonValue:
    """What a server would answer an operation with, as the cache folder knows it.

    Raises:
        OfflineError: it does not know, or the operation is one that needs the server.
    """
    given = {name: str(value) for name, value in variables.items() if isinstance(value, str)}
    if operation == "ArtifactMembership":
        return membership_data(_record(settings, _location(given), given["name"]))
    if operation == "ArtifactMembershipFiles":
        record = _record(settings, _location(given), given["name"])
        names, size = variables.get("names"), variables.get("perPage")
        return files_data(
            _manifest(settings, record),
            [str(name) for name in names] if isinstance(names, list | tuple) else None,  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # of anything
            _position(given.get("cursor", "0")),
            size if isinstance(size, int) else 50,
        )
    if operation == "OrganizationEntity":
        return _organization(settings, given["name"])
    about = f"{operation} for {subject}" if subject else operation
    raise OfflineError(
        f"{about} needs the server, and the client is offline (offline=True, or WANDB_MODE). "
        f"{_HELP} `typed-artifacts download PATH` fetches more, without WANDB_MODE=offline and "
        "with WANDB_CACHE_DIR.",
        command="typed-artifacts download",
        operation=operation,
        subject=subject,
    )


def _position(cursor: str) -> int:
    """How many files come before a page."""
    position = whole_number(cursor)
    if position is None:
        raise InvalidInput(
            f"start is {cursor!r:.200}, which is no cursor of a listing of an offline client: a "
            "cursor that a server gave leads on only there. List the files from the start."
        )
    return position


def recorded_reply(
    operation: str, variables: Mapping[str, object], subject: str | None, settings: Settings
) -> bytes:
    """The same as the bytes of a reply."""
    return json.dumps({"data": recorded_data(operation, variables, subject, settings)}).encode()


def remember(
    client: ClientLike,
    membership: Membership,
    content: ArtifactFields,
    source: SourceCollection,
    manifest: Manifest,
) -> None:
    """Note a version that was downloaded just now; what goes wrong leaves the folder as it is."""
    from ..._caching.records import manifest_name
    from ..._caching.store import RecordStore

    cache, text = cache_of(client.settings), manifest.dump()
    record = record_of(
        client.settings,
        membership,
        content,
        source,
        manifest=manifest_name(text),
        default_entity=client._viewer_entity,  # noqa: SLF001 -- only needed here
        organizations=client._registry_entities,  # noqa: SLF001 -- only needed here
    )
    if cache is not None:
        RecordStore(cache.folder).keep(record, text)


def recorded_default_entity(settings: Settings) -> str:
    """The entity that paths without one mean for the key's account.

    Raises:
        OfflineError: it is not known.
    """
    from ..._caching.choosing import default_entity
    from ..._caching.records import account_of

    records = _store(settings, None).of_server(settings.base_url)
    found = default_entity(records, account_of(settings.base_url, settings.api_key))
    if found is None:
        known = sorted({record.entity for record in records})
        raise OfflineError(
            "Which entity a path without one means is known only to the server, and the client is "
            "offline: write entity/project/collection, or set WANDB_ENTITY. "
            f"{cache_holds(settings, known)}"
        )
    return found


def check_age(
    settings: Settings, location: tuple[str, str, str], name: str, max_age: object
) -> None:
    """See to it that what is known of a version offline is young enough.

    Raises:
        InvalidInput: ``max_age`` is no ``timedelta``, or negative.
        OfflineError: it is older, or not known at all.
    """
    from ..._caching.choosing import excess_age

    if max_age is None:
        return
    if not isinstance(max_age, timedelta) or max_age < timedelta():
        raise InvalidInput(
            f"max_age is {max_age!r:.100}; it must be a timedelta of zero or more, or None."
        )
    if not settings.offline:
        return  # the server is asked, now
    record = _record(settings, location, name)
    if (age := excess_age(record, max_age, datetime.now(UTC))) is not None:
        path = f"{'/'.join(location)}{name.removeprefix(location[2])}"
        command = fetch_command(settings, path)
        raise OfflineError(
            f"{path} was {record.version} when it was downloaded {rough_age(age)} ago, and max_age "
            f"is {rough_age(max_age)}: fetch it again where the server can be reached, with "
            f"`{command}`, or allow a greater max_age.",
            command=command,
            subject=path,
        )


def recorded_manifest(settings: Settings, artifact: ArtifactLike) -> Manifest:
    """The manifest of a version that was downloaded.

    Raises:
        OfflineError: it was not.
    """
    location = (artifact.entity, artifact.project, artifact.name.partition(":")[0])
    return _manifest(settings, _record(settings, location, artifact.name))


def open_recorded(
    settings: Settings, artifact: ArtifactLike | None, entry: ManifestEntry
) -> io.BufferedReader:
    """One file of the cache folder; hashed before its first byte is read.

    Raises:
        OfflineError: it is not there, or damaged; when it is read.
    """
    path = entry.path
    if artifact is not None:
        path = f"{artifact.entity}/{artifact.project}/{artifact.name}"
    return io.BufferedReader(
        CachedFile(cache_of(settings), entry, lambda: not_cached(settings, path, [entry.path]))
    )


def _organization(settings: Settings, name: str) -> JsonValue:
    from ..._caching.choosing import owner_record

    records = _store(settings, None).of_server(settings.base_url)
    found = owner_record(records, name)
    if found is None:
        known = sorted({record.organization for record in records if record.organization})
        raise OfflineError(
            f"The client is offline, and which entity holds the registries of {name!r} is not in "
            f"the cache folder. {cache_holds(settings, known)}",
            subject=name,
        )
    return organization_data(found.organization or name, found.entity)


def _record(settings: Settings, location: tuple[str, str, str], name: str) -> VersionRecord:
    from ..._caching.choosing import chosen, known_names

    path = f"{'/'.join(location)}{name.removeprefix(location[2])}"
    records = _store(settings, path).of_collection(settings.base_url, location)
    found = chosen(records, name.partition(":")[2] or None)
    if found is None:
        command = fetch_command(settings, path)
        raise OfflineError(
            f"The client is offline, and {path} of {settings.base_url} is not in the cache folder"
            f"{named_folder(settings)}. {cache_holds(settings, known_names(records))} Where the "
            f"server can be reached, `{command}` fetches it.",
            command=command,
            operation="ArtifactMembership",
            subject=path,
        )
    return found


def _manifest(settings: Settings, record: VersionRecord) -> Manifest:
    told = record.content.get("digestAlgorithm")
    algorithm = version_algorithm(told if isinstance(told, str) else None)
    found = _store(settings, record.path).manifest(record.manifest, algorithm)
    if found is None:
        command = fetch_command(settings, record.path)
        raise OfflineError(
            f"The manifest of {record.path} in the cache folder{named_folder(settings)} is lost or "
            f"damaged. Where the server can be reached, `{command}` fetches it.",
            command=command,
            subject=record.path,
        )
    return found


def _store(settings: Settings, path: str | None) -> RecordStore:
    from ..._caching.store import RecordStore

    cache = cache_of(settings)
    if cache is None:
        command = None if path is None else fetch_command(settings, path)
        raise OfflineError(
            "The client is offline, and has no cache folder to look in: WANDB_CACHE_DIR names it. "
            + (f"`{command}` fills one." if command else "It is filled by downloads."),
            command=command,
            subject=path,
        )
    return RecordStore(cache.folder)


def _location(given: Mapping[str, str]) -> tuple[str, str, str]:
    collection = given.get("collection") or given["name"].partition(":")[0]
    return given["entity"], given["project"], collection
