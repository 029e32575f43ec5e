"""A local folder as a manifest, to compare it with another."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING

from ..._environment.paths import user_path
from ...errors import InvalidInput
from ..disk.disk_errors import is_folder
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
    """The files of a folder, hashed as those of the manifest are.

    What a manifest refers to is not downloaded with its files: not being in the folder, it counts
    as there.

    Raises:
        InvalidInput: something in it cannot be a file of a version.
        ArtifactsError: a file cannot be read.
    """
    algorithms = {entry.algorithm for entry in manifest.entries.values() if entry.ref is None}
    algorithm = DigestAlgorithm.XXH128 if algorithms == {DigestAlgorithm.XXH128} else None
    draft = build_manifest(folder, algorithm=algorithm or DigestAlgorithm.MD5, cancel=cancel)
    found = draft.manifest.entries
    away = {path: entry for path, entry in manifest.entries.items() if entry.ref is not None}
    return {**found, **{path: entry for path, entry in away.items() if path not in found}}
