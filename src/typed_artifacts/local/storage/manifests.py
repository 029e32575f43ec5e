"""Manifests: the files of a version as JSON, and their digest."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import xxhash

from ..._values.file_names import why_unsafe
from ..errors import RegistryRefused
from ..json_values import is_object, parsed_json

_HEADER = b"wandb-artifact-manifest-v1\n"
_MOST_VALUES = 10_000_000  # a million files with all that can be said of each
MOST_BYTES = (1 << 63) - 1  # what a column holds


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a version. `digest` is base64 for a file, free text for a reference.

    `size` is None where a manifest does not tell that of a file.
    """

    path: str
    digest: str
    size: int | None = 0
    ref: str | None = None
    algorithm: str | None = None  # of the digest, where the manifest tells it


def manifest_digest(entries: Iterable[Entry], algorithm: str = "MANIFEST_MD5") -> str:
    """The digest of a version: of the paths and digests of its files, in order of path."""
    hasher = (
        xxhash.xxh128(_HEADER)
        if algorithm == "MANIFEST_XXH128"
        else hashlib.md5(_HEADER, usedforsecurity=False)
    )
    for entry in sorted(entries, key=lambda entry: entry.path):
        hasher.update(f"{entry.path}:{entry.digest}\n".encode())
    return hasher.hexdigest()


def write_manifest(entries: Iterable[Entry]) -> bytes:
    """The manifest's JSON, as the official client writes it."""
    contents: dict[str, object] = {}
    for entry in entries:
        item: dict[str, object] = {"digest": entry.digest, "size": entry.size}
        if entry.ref is not None:
            item["ref"] = entry.ref
        contents[entry.path] = item
    return _document(contents)


def merge_manifests(manifests: Iterable[bytes]) -> bytes:
    """One manifest of several: a later entry replaces an earlier one, and each stays whole.

    What this server does not read of an entry, such as the ETag of a reference, is for clients.
    """
    contents: dict[str, object] = {}
    for data in manifests:
        contents |= _contents(data)
    return _document(contents)


def read_manifest(data: bytes) -> list[Entry]:
    """The entries of a manifest's JSON; refuses what is not one, and what no client could use."""
    entries = [_entry(checked_path(path), item) for path, item in _contents(data).items()]
    if sum(entry.size or 0 for entry in entries) > MOST_BYTES:
        raise RegistryRefused("The sizes in the uploaded manifest add up to more than can be.")
    return entries


def _document(contents: Mapping[str, object]) -> bytes:
    document = {
        "version": 1,
        "storagePolicy": "wandb-storage-policy-v1",
        "storagePolicyConfig": {"storageLayout": "V2"},
        "contents": {path: contents[path] for path in sorted(contents)},
    }
    return json.dumps(document, separators=(",", ":")).encode()


def _contents(data: bytes) -> Mapping[str, object]:
    """Path → entry, as a manifest's JSON has them."""
    try:
        document = parsed_json(data, _MOST_VALUES)
    except ValueError as error:
        raise RegistryRefused(f"The uploaded manifest is not JSON: {error}.") from error
    contents = document.get("contents") if is_object(document) else None
    if not is_object(contents):
        raise RegistryRefused("The uploaded manifest has no 'contents'.")
    return contents


def checked_path(path: str) -> str:
    """The path of a file of a version, if it is one that every client may write to."""
    why = why_unsafe(path)
    if why is not None:
        raise RegistryRefused(
            f"{path!r} cannot name a file of a version: it {why}. Use a relative path, parts "
            "joined by '/'."
        )
    return path


def _entry(path: str, item: object) -> Entry:
    if not is_object(item) or not isinstance(item.get("digest"), str):
        raise RegistryRefused(f"The uploaded manifest gives no digest for {path!r}.")
    ref, size = item.get("ref"), item.get("size")
    if ref is not None and not isinstance(ref, str):
        raise RegistryRefused(f"The uploaded manifest says that {path!r} is at {ref!r}, no URI.")
    extra = item.get("extra")
    algorithm = extra.get("alg") if is_object(extra) else None
    return Entry(
        path=path,
        digest=str(item["digest"]),
        size=_size(path, size),
        ref=ref,
        algorithm=algorithm if isinstance(algorithm, str) else None,
    )


def _size(path: str, size: object) -> int | None:
    """A number of bytes, or None where the manifest tells none."""
    if size is None:
        return None
    if isinstance(size, bool) or not isinstance(size, int) or not 0 <= size <= MOST_BYTES:
        raise RegistryRefused(
            f"The uploaded manifest gives {path!r} the size {str(size)[:60]}, which no file has."
        )
    return size
