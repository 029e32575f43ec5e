"""The attributes of an object that a reference points to, and whether it has changed. Pure.

Each kind of storage has its own words for "this content": see ``_FACTS``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ..._values.uris import scheme_of
from ..manifests.manifest import ManifestEntry

if TYPE_CHECKING:
    from ..._values.json_values import JsonValue

S3: Final = frozenset({"s3", "s3a"})
GCS: Final = frozenset({"gs", "gcs"})
AZURE: Final = frozenset({"az", "abfs", "abfss"})
HTTP: Final = frozenset({"http", "https"})


@dataclass(frozen=True, slots=True)
class ObjectFacts:
    """What a storage says of an object.

    Attributes:
        digest: what tells its content from others; the URI where there is nothing.
        size: its bytes, if they are known.
        extra: further facts, for the manifest.
    """

    digest: str
    size: int | None
    extra: Mapping[str, JsonValue]


Info = Mapping[str, object]
"""What fsspec says of an object."""


def stored_object(uri: str, info: Info) -> ObjectFacts:
    """What a manifest says of an object that fsspec has described."""
    size = info.get("size")
    digest, extra = _FACTS.get(scheme_of(uri), _of_others)(info)
    return ObjectFacts(digest or uri, size if isinstance(size, int) else None, extra)


def http_object(uri: str, headers: Mapping[str, str]) -> ObjectFacts:
    """What a manifest says of a file that these headers came with."""
    etag, length = headers.get("etag", ""), headers.get("content-length", "")
    extra: dict[str, JsonValue] = {"etag": etag} if etag else {}
    size = int(length) if length.isascii() and length.isdigit() else None
    return ObjectFacts(etag.strip('"') or uri, size, extra)


def stands_for_folder(info: Info) -> bool:
    """Whether an object is none of its own, but a folder: S3 has marks for some."""
    return info.get("type") == "directory" or "x-directory" in _text(info, "ContentType")


def version_of(entry: ManifestEntry) -> str | None:
    """The version that an entry names, where its storage keeps versions."""
    return version_in(entry.extra)


def version_in(extra: Mapping[str, JsonValue]) -> str | None:
    """The version that the further facts of an object name."""
    version = extra.get("versionID")
    return str(version) if isinstance(version, str | int) and version != "" else None


def names_content(entry: ManifestEntry) -> bool:
    """Whether an entry identifies its content, and not only its location."""
    return entry.digest not in ("", entry.ref)


def why_another(entry: ManifestEntry, found: ObjectFacts) -> str | None:
    """How an object differs from what an entry refers to; ``None`` if it does not, or unknown."""
    if names_content(entry) and found.digest.strip('"') != entry.digest.strip('"'):
        return "its ETag is another one"
    if entry.size and found.size is not None and found.size != entry.size:
        return f"it has {found.size:,} bytes, not {entry.size:,}"
    return None


def _of_s3(info: Info) -> tuple[str, dict[str, JsonValue]]:
    etag, version = _text(info, "ETag").strip('"'), _text(info, "VersionId")
    extra: dict[str, JsonValue] = {"etag": etag} if etag else {}
    # A bucket without versions has one that is called so.
    return etag, extra | ({"versionID": version} if version not in ("", "null") else {})


def _of_gcs(info: Info) -> tuple[str, dict[str, JsonValue]]:
    generation = _text(info, "generation")
    extra: dict[str, JsonValue] = {"versionID": int(generation)} if generation.isdigit() else {}
    return _text(info, "etag"), extra


def _of_azure(info: Info) -> tuple[str, dict[str, JsonValue]]:
    etag, version = _text(info, "etag").strip('"'), _text(info, "version_id")
    extra: dict[str, JsonValue] = {"etag": etag} if etag else {}
    return etag, extra | ({"versionID": version} if version else {})


def _of_others(info: Info) -> tuple[str, dict[str, JsonValue]]:
    etag = (_text(info, "ETag") or _text(info, "etag")).strip('"')
    return etag, {"etag": etag} if etag else {}


def _text(info: Info, key: str) -> str:
    value = info.get(key)
    return "" if value is None else str(value)


_FACTS: Final[Mapping[str, Callable[[Info], tuple[str, dict[str, JsonValue]]]]] = {
    **dict.fromkeys(S3, _of_s3),
    **dict.fromkeys(GCS, _of_gcs),
    **dict.fromkeys(AZURE, _of_azure),
}
