"""A local folder as a manifest, to compare it with another."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from ..._environment.paths import user_path
from ..._values.file_names import why_unsafe
from ...errors import InvalidInput
from ..disk.disk_errors import is_folder
from ..disk.selection import IGNORE_FILE
from ..manifests.digests import DigestAlgorithm
from ..uploads.hashing import build_manifest

if TYPE_CHECKING:
    from ..concurrency.cancellation import Cancellation
    from ..manifests.manifest import Manifest, ManifestEntry


def given_folder(other: object) -> Path:
    """The folder that was given.

    Raises:
        InvalidInput: it is none.
        ArtifactsError: it may not be looked at.
    """
    if not isinstance(other, str | PathLike):
        raise InvalidInput(
            f"A version is compared with another, or with a folder, not with {other!r:.200}."
        )
    path = user_path(other, "The folder")  # pyright: ignore[reportUnknownArgumentType]  # of any
    if not is_folder(path):
        raise InvalidInput(f"There is no folder {str(path)!r}.", subject=str(path))
    return path


def folder_entries(
    folder: Path, manifest: Manifest, cancel: Cancellation | None = None
) -> Mapping[str, ManifestEntry]:
    """The files of a folder, each hashed as the manifest's file of that name is.

    What the folder's ``.artifactsignore`` excludes is left out, but for what the manifest has. What
    a manifest refers to is not downloaded with its files: not being in the folder, it counts as
    there.

    Raises:
        InvalidInput: something in it cannot be a file of a version.
        ArtifactsError: a file cannot be read.
    """
    algorithms = {entry.algorithm for entry in manifest.entries.values() if entry.ref is None}
    only_xxh128 = algorithms == {DigestAlgorithm.XXH128}
    usual = DigestAlgorithm.XXH128 if only_xxh128 else DigestAlgorithm.MD5
    draft = build_manifest(folder, algorithm=usual, cancel=cancel)
    found = dict(draft.manifest.entries)
    for algorithm, files in _left(folder, manifest, found).items():
        more = build_manifest(files, algorithm=algorithm, cancel=cancel)
        found.update(more.manifest.entries)
    away = {path: entry for path, entry in manifest.entries.items() if entry.ref is not None}
    return {**found, **{path: entry for path, entry in away.items() if path not in found}}


def _left(
    folder: Path, manifest: Manifest, found: Mapping[str, ManifestEntry]
) -> Mapping[DigestAlgorithm, Mapping[str, Path]]:
    """Files of the manifest that are ignored, or were hashed in another way, by how they are."""
    ignores = (folder / IGNORE_FILE).is_file()
    left: dict[DigestAlgorithm, dict[str, Path]] = {}
    for name, entry in manifest.entries.items():
        if entry.ref is not None or entry.algorithm is None:
            continue
        if name in found:
            is_left = entry.algorithm is not found[name].algorithm
        else:
            is_left = ignores and why_unsafe(name) is None and (folder / name).is_file()
        if is_left:
            left.setdefault(entry.algorithm, {})[name] = folder / name
    return left
