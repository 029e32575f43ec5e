"""Adds local files to a version: reads, hashes, stores and lists them."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ..errors import RegistryRefused
from .blobs import Blob, BlobStore, base64_digest
from .incoming import put_bytes, put_file
from .manifests import Entry, checked_path, manifest_digest, write_manifest

Files: TypeAlias = Path | Mapping[str, Path | bytes | str]


@dataclass(frozen=True, slots=True)
class Content:
    """What a version holds, with everything stored: entries, blobs by path, the manifest."""

    entries: list[Entry]
    blobs: dict[str, Blob]
    digest: str
    manifest: Blob

    def is_in(self, store: BlobStore) -> bool:
        """Whether everything is there still, and no garbage collection has taken it away."""
        return store.are_there((*self.blobs.values(), self.manifest))


def ingest_files(store: BlobStore, files: Files, references: Mapping[str, str]) -> Content:
    """Stores the files and the manifest that lists them."""
    sources = _folder(files) if isinstance(files, Path) else dict(files)
    for path in (*sources, *references):
        checked_path(path)
    if twice := sources.keys() & references.keys():
        raise RegistryRefused(f"{min(twice)!r} is both a file and a reference; it can be one.")
    stored = {path: _store(store, source) for path, source in sources.items()}
    entries = [Entry(path, base64_digest(blob.md5), blob.size) for path, blob in stored.items()] + [
        Entry(path, uri, 0, ref=uri) for path, uri in references.items()
    ]
    manifest = put_bytes(store, write_manifest(entries))
    store.settle([*(blob.md5 for blob in stored.values()), manifest.md5])
    return Content(entries, stored, manifest_digest(entries), manifest)


def _store(store: BlobStore, source: Path | bytes | str) -> Blob:
    if not isinstance(source, Path):
        return put_bytes(store, source.encode() if isinstance(source, str) else source)
    try:
        return put_file(store, source)
    except OSError as error:
        raise RegistryRefused(f"{source} cannot be read: {error.strerror}.") from error
    except ValueError as error:
        raise RegistryRefused(f"{str(source)!r} cannot be the path of a file: {error}.") from error


def _folder(root: Path) -> dict[str, Path | bytes | str]:
    if not root.is_dir():
        raise RegistryRefused(f"{root} is not a folder; give one, or a mapping of path to file.")
    return {
        path.relative_to(root).as_posix(): path
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }
