"""The manifest of an artifact: which files it has, with which digests. Written and hashed."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final, TypeAlias

from ..._values.guards import override
from ..._values.json_values import JsonValue
from ..._values.uris import is_uri, shown_uri
from ...errors import InvalidInput
from .digests import DigestAlgorithm, ordered_manifest_digest

VERSION: Final = 1
STORAGE_POLICY: Final = "wandb-storage-policy-v1"
_ENTRIES_AT_ONCE: Final = 500
_SHOWN: Final = 60
"""So many characters before the one that is wrong."""


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """A file of an artifact, or a reference.

    Attributes:
        path: its relative path, with ``/`` as separator.
        digest: the file's hash in base64; for a reference, an ETag or the URL itself; ``""`` if
            there is none to check.
        size: its size in bytes, if known.
        ref: the URL that a reference points to; ``None`` for a stored file.
        birth_artifact_id: the id of the artifact with which it was first stored.
        extra: further attributes; ``alg`` is the digest's algorithm.
    """

    path: str
    digest: str
    size: int | None = None
    ref: str | None = None
    birth_artifact_id: str | None = None
    extra: Mapping[str, JsonValue] = field(default_factory=dict[str, "JsonValue"], hash=False)

    @property
    def algorithm(self) -> DigestAlgorithm | None:
        """The hash algorithm; ``None`` if this release does not know it."""
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


BornWith: TypeAlias = Callable[[ManifestEntry], str | None]
"""The id of the artifact that an entry was first stored with, if that is known."""


class SortedEntries(Mapping[str, ManifestEntry]):
    """Entries that come in the order of their names."""


@dataclass(frozen=True)
class Manifest:
    """The files of an artifact.

    Attributes:
        entries: every entry by its path, in the manifest's order.
        algorithm: the algorithm of the manifest's own digest.
        storage_policy: the name of the storage policy.
        storage_policy_config: its settings, including ``storageLayout``.
    """

    entries: Mapping[str, ManifestEntry]
    algorithm: DigestAlgorithm = DigestAlgorithm.MD5
    storage_policy: str = STORAGE_POLICY
    storage_policy_config: Mapping[str, JsonValue] = field(
        default_factory=lambda: dict[str, JsonValue](storageLayout="V2")
    )

    @cached_property
    def digest(self) -> str:
        """The manifest's digest, in hex.

        Raises:
            InvalidInput: a name or a digest in it is no text.
        """
        pairs = ((entry.path, entry.digest) for entry in _in_order(self.entries))
        try:
            return ordered_manifest_digest(pairs, self.algorithm)
        except UnicodeEncodeError as error:
            raise _no_text(error) from error

    @property
    def size(self) -> int:
        """The total size of the files, in bytes."""
        return sum(entry.size or 0 for entry in self.entries.values())

    def dump(self) -> bytes:
        """The manifest as JSON, in the format that all clients read; deterministic.

        Raises:
            InvalidInput: something in it is no text.
        """
        return b"".join(manifest_pieces(self))


def manifest_pieces(manifest: Manifest, born_with: BornWith | None = None) -> Iterator[bytes]:
    """The bytes of ``Manifest.dump()``, a few entries at a time.

    Args:
        manifest: the manifest.
        born_with: the artifact that an entry was first stored with, if its own word is not meant.
    """
    head: dict[str, JsonValue] = {
        "version": VERSION,
        "storagePolicy": manifest.storage_policy,
        "storagePolicyConfig": dict(manifest.storage_policy_config),
    }
    pieces = [_json(head)[:-1], ',"contents":{']
    comma = ""
    for entry in _in_order(manifest.entries):
        birth = entry.birth_artifact_id if born_with is None else born_with(entry)
        pieces.append(f"{comma}{_json(entry.path)}:{_json(_dump_entry(entry, birth))}")
        comma = ","
        if len(pieces) >= _ENTRIES_AT_ONCE:
            yield _encoded(pieces)
            pieces.clear()
    yield _encoded([*pieces, "}}"])


def _encoded(texts: Iterable[str]) -> bytes:
    try:
        return "".join(texts).encode()
    except UnicodeEncodeError as error:
        raise _no_text(error) from error


def _no_text(error: UnicodeEncodeError) -> InvalidInput:
    """Only a manifest that was read can have it: its server takes what no other reader does."""
    excerpt = error.object[max(0, error.start - _SHOWN) : error.start + 1]
    return InvalidInput(
        f"A manifest cannot say {excerpt!r}: it ends in half a surrogate pair, which is no text. "
        "Leave that file out, or add it anew under another name."
    )


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


def _json(value: JsonValue) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _dump_entry(entry: ManifestEntry, birth: str | None) -> dict[str, JsonValue]:
    facts: dict[str, JsonValue] = {"digest": entry.digest}
    if entry.ref is not None:
        facts["ref"] = entry.ref
    if birth is not None:
        facts["birthArtifactID"] = birth
    if entry.size is not None:
        facts["size"] = entry.size
    if entry.extra:
        facts["extra"] = dict(entry.extra)
    return facts
