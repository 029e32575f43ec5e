"""Manifests: the files of a version, by path, with their digests.

`Artifact.manifest` is one:

    manifest = artifact.manifest
    print(manifest.entries["data.csv"].digest)
"""

from __future__ import annotations

from ._transfer.manifests.digests import DigestAlgorithm
from ._transfer.manifests.manifest import Manifest, ManifestEntry

__all__ = ["DigestAlgorithm", "Manifest", "ManifestEntry"]
