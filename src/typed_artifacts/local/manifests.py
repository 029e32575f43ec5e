"""Manifests: what a version holds, as JSON and as a digest."""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

import xxhash

from .faults import RegistryRefused
from .jsonvalues import is_object

_HEADER = b"wandb-artifact-manifest-v1\n"


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of a version. `digest` is base64 for a file, free text for a reference."""

    path: str
    digest: str
    size: int = 0
    ref: str | None = None
    birth: str | None = None
    algorithm: str | None = None


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
    contents: dict[str, dict[str, str | int]] = {}
    for entry in sorted(entries, key=lambda entry: entry.path):
        item: dict[str, str | int] = {"digest": entry.digest, "size": entry.size}
        if entry.ref is not None:
            item["ref"] = entry.ref
        if entry.birth is not None:
            item["birthArtifactID"] = entry.birth
        contents[entry.path] = item
    document = {
        "version": 1,
        "storagePolicy": "wandb-storage-policy-v1",
        "storagePolicyConfig": {"storageLayout": "V2"},
        "contents": contents,
    }
    return json.dumps(document, separators=(",", ":")).encode()


def read_manifest(data: bytes) -> list[Entry]:
    """The entries of a manifest's JSON; refuses what is not one."""
    try:
        document: object = json.loads(data)
    except ValueError as error:
        raise RegistryRefused(f"The uploaded manifest is not JSON: {error}.") from error
    contents = document.get("contents") if is_object(document) else None
    if not is_object(contents):
        raise RegistryRefused("The uploaded manifest has no 'contents'.")
    return [_entry(str(path), item) for path, item in contents.items()]


def _entry(path: str, item: object) -> Entry:
    if not is_object(item) or not isinstance(item.get("digest"), str):
        raise RegistryRefused(f"The uploaded manifest gives no digest for {path!r}.")
    extra = item.get("extra")
    algorithm = extra.get("alg") if is_object(extra) else None
    size, ref, birth = item.get("size"), item.get("ref"), item.get("birthArtifactID")
    return Entry(
        path=path,
        digest=str(item["digest"]),
        size=size if isinstance(size, int) else 0,
        ref=ref if isinstance(ref, str) else None,
        birth=birth if isinstance(birth, str) else None,
        algorithm=algorithm if isinstance(algorithm, str) else None,
    )
