"""The manifest of an artifact: which files it has, with which digests. Parsed, written, hashed.

Unknown keys are kept out of the way (a newer server may send more); what a download relies on is
checked: paths, digests, sizes.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeVar

from typed_artifacts._values.json_values import JsonValue
from typed_artifacts.errors import ServerError, UnsupportedByServer

from .._values.guards import override
from .._values.uris import is_uri, shown_uri
from .digests import DigestAlgorithm, ordered_manifest_digest

T = TypeVar("T")

VERSION: Final = 1
STORAGE_POLICY: Final = "wandb-storage-policy-v1"
_ENTRIES_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One file of an artifact, or a reference to something elsewhere.

    Attributes:
        path: its name, relative, with ``/`` between the parts.
        digest: base64 of the file's hash; of a reference an ETag or the URL itself; ``""`` if
            there is none to check.
        size: its bytes, if known.
        ref: the URL it refers to; ``None`` for a file that the server stores.
        birth_artifact_id: the artifact it was first stored with.
        extra: further facts; ``alg`` names the digest's algorithm.
    """

    path: str
    digest: str
    size: int | None = None
    ref: str | None = None
    birth_artifact_id: str | None = None
    extra: Mapping[str, JsonValue] = field(default_factory=dict[str, "JsonValue"])

    @property
    def algorithm(self) -> DigestAlgorithm | None:
        """How it was hashed; ``None`` for a name from a newer server."""
        name = self.extra.get("alg")
        return DigestAlgorithm.of(name if isinstance(name, str) else None)

    @override
    def __repr__(self) -> str:
        # A URI may hold a password or a signature; it is the digest of what has no ETag.
        digest = shown_uri(self.digest) if is_uri(self.digest) else self.digest
        ref = None if self.ref is None else shown_uri(self.ref)
        return (
            f"ManifestEntry(path={self.path!r}, digest={digest!r}, size={self.size!r}, "
            f"ref={ref!r}, birth_artifact_id={self.birth_artifact_id!r}, extra={self.extra!r})"
        )


class SortedEntries(Mapping[str, ManifestEntry]):
    """Entries that come in the order of their names."""


@dataclass(frozen=True)
class Manifest:
    """What an artifact consists of.

    Attributes:
        entries: every entry by its path, in the manifest's order.
        algorithm: how the manifest's own digest is made.
        storage_policy: the name of the way files are stored.
        storage_policy_config: its settings, with ``storageLayout``.
    """

    entries: Mapping[str, ManifestEntry]
    algorithm: DigestAlgorithm = DigestAlgorithm.MD5
    storage_policy: str = STORAGE_POLICY
    storage_policy_config: Mapping[str, JsonValue] = field(
        default_factory=lambda: dict[str, JsonValue](storageLayout="V2")
    )

    @cached_property
    def digest(self) -> str:
        """The manifest's digest, in hex."""
        pairs = ((entry.path, entry.digest) for entry in _in_order(self.entries))
        return ordered_manifest_digest(pairs, self.algorithm)

    @property
    def size(self) -> int:
        """All bytes together."""
        return sum(entry.size or 0 for entry in self.entries.values())

    def dump(self) -> bytes:
        """The manifest as JSON, the same bytes for the same content, as any client reads it."""
        return b"".join(manifest_pieces(self))


def manifest_pieces(manifest: Manifest) -> Iterator[bytes]:
    """The bytes of ``Manifest.dump()``, a few entries at a time."""
    head: dict[str, JsonValue] = {
        "version": VERSION,
        "storagePolicy": manifest.storage_policy,
        "storagePolicyConfig": dict(manifest.storage_policy_config),
    }
    held = [_json(head)[:-1], ',"contents":{']
    comma = ""
    for entry in _in_order(manifest.entries):
        held.append(f"{comma}{_json(entry.path)}:{_json(_dump_entry(entry))}")
        comma = ","
        if len(held) >= _ENTRIES_AT_ONCE:
            yield "".join(held).encode()
            held.clear()
    yield "".join([*held, "}}"]).encode()


def _in_order(entries: Mapping[str, ManifestEntry]) -> Iterable[ManifestEntry]:
    """Every entry, by the order of the names."""
    if isinstance(entries, SortedEntries):
        return entries.values()
    return (entries[path] for path in sorted(entries))


def manifest_of(
    entries: Iterable[ManifestEntry], algorithm: DigestAlgorithm = DigestAlgorithm.MD5
) -> Manifest:
    """A new manifest with these entries."""
    return Manifest({entry.path: entry for entry in entries}, algorithm)


def parse_manifest(data: bytes, algorithm: DigestAlgorithm = DigestAlgorithm.MD5) -> Manifest:
    """Read a manifest.

    Args:
        data: the JSON document.
        algorithm: how its digest is made, as the artifact says (``digestAlgorithm``).

    Raises:
        ServerError: it is not a manifest.
        UnsupportedByServer: it is one of another version.
    """
    try:
        document: JsonValue = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _invalid(f"it is not JSON ({type(error).__name__})") from error
    if not isinstance(document, dict):
        raise _invalid("it is not a JSON object")
    if (version := document.get("version")) != VERSION:
        raise UnsupportedByServer(
            f"The manifest has version {version!r}; this release reads version {VERSION}.",
            feature="manifest version",
        )
    if "contents" not in document:  # an artifact without a file says so, too
        raise _invalid("it does not say what the artifact contains")
    contents = _of(dict, document, "contents", {}, "the manifest")
    return Manifest(
        entries={path: _parse_entry(path, facts) for path, facts in contents.items()},
        algorithm=algorithm,
        storage_policy=_of(str, document, "storagePolicy", STORAGE_POLICY, "the manifest"),
        storage_policy_config=_of(dict, document, "storagePolicyConfig", {}, "the manifest"),
    )


def _parse_entry(path: str, facts: JsonValue) -> ManifestEntry:
    if not isinstance(facts, dict):
        raise _invalid(f"its entry {path!r} is not an object")
    entry = f"its entry {path!r}"
    digest = facts.get("digest")
    if not isinstance(digest, str):
        raise _invalid(f"{entry} has no digest")
    size = facts.get("size")
    if size is not None and (not isinstance(size, int) or isinstance(size, bool) or size < 0):
        raise _invalid(f"{entry} has the size {size!r}")
    extra = _of(dict, facts, "extra", {}, entry)
    return ManifestEntry(
        path=path,
        digest=digest,
        size=size,
        ref=_of(str, facts, "ref", "", entry) or None,
        birth_artifact_id=_of(str, facts, "birthArtifactID", "", entry) or None,
        extra=extra,
    )


def _of(kind: type[T], facts: Mapping[str, JsonValue], key: str, default: T, where: str) -> T:
    value = facts.get(key)
    if value is None:
        return default
    if not isinstance(value, kind):
        raise _invalid(f"in {where}, {key!r} is {type(value).__name__}, not {kind.__name__}")
    return value


def _invalid(why: str) -> ServerError:
    return ServerError(f"The server's manifest cannot be read: {why}.", subject="manifest")


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _dump_entry(entry: ManifestEntry) -> dict[str, JsonValue]:
    facts: dict[str, JsonValue] = {"digest": entry.digest}
    if entry.ref is not None:
        facts["ref"] = entry.ref
    if entry.birth_artifact_id is not None:
        facts["birthArtifactID"] = entry.birth_artifact_id
    if entry.size is not None:
        facts["size"] = entry.size
    if entry.extra:
        facts["extra"] = dict(entry.extra)
    return facts
