"""Checks the options ``digest=`` and ``storage_region=`` of a new version. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..._transfer import DigestAlgorithm, Manifest
from ..._values.guards import is_text
from ...errors import InvalidInput, UnsupportedByServer

if TYPE_CHECKING:
    from ...errors import GraphQLError
    from .version_options import VersionToLog

DigestOption: TypeAlias = Literal["md5", "xxh128"] | None
"""How the files of a new version are hashed; ``None`` is MD5, which every server takes."""

_FEATURE = "ARTIFACT_DIGEST_ALGORITHM"
_ALGORITHMS: Mapping[object, DigestAlgorithm] = {
    None: DigestAlgorithm.MD5,
    "md5": DigestAlgorithm.MD5,
    "xxh128": DigestAlgorithm.XXH128,
}
_REGION = re.compile(r"storage.?region", re.IGNORECASE)


def check_digest(digest: DigestOption) -> DigestAlgorithm:
    """How files are to be hashed, or ``InvalidInput``."""
    known = _ALGORITHMS.get(digest) if digest is None or is_text(digest) else None
    if known is None:
        raise InvalidInput(f'digest is {digest!r:.200}; it must be "md5", "xxh128" or None.')
    return known


def check_takes_xxh128(features: Mapping[str, bool] | None) -> None:
    """Raise ``UnsupportedByServer`` unless the server says that it takes XXH128."""
    if not (features or {}).get(_FEATURE):
        raise UnsupportedByServer(
            'digest="xxh128" was asked for, but this server does not say that it takes XXH128 '
            f"({_FEATURE}); nothing was hashed. Leave digest out for MD5, or have the server "
            "upgraded.",
            feature=_FEATURE,
        )


def check_storage_region(region: str | None) -> str | None:
    """The name of a region, or ``InvalidInput``."""
    if region is not None and (not is_text(region) or not region.strip()):
        raise InvalidInput(
            f"storage_region is {region!r:.200}; it must be the name of a region, or None."
        )
    return region


def region_refused(error: GraphQLError, to_log: VersionToLog) -> UnsupportedByServer | None:
    """The error for a server that has no such region, or no regions; ``None`` for another one."""
    # Some servers name the input's field in the path of the error alone.
    said = [(error.server_says or ""), *(str(name) for item in error.errors for name in item.path)]
    region = to_log.options.storage_region
    if region is None or not any(map(_REGION.search, said)):
        return None
    return UnsupportedByServer(
        f"{to_log.path} was to be stored in the region {region!r}, and the server "
        f"does not do that: {error.server_says} Nothing was logged; leave storage_region out, or "
        "name a region that it has.",
        feature="storageRegion",
        operation=error.operation,
        subject=to_log.path,
        server_says=error.server_says,
    )


def in_region(manifest: Manifest, region: str | None) -> Manifest:
    """The manifest with the region that its files are stored in."""
    if region is None:
        return manifest
    return replace(
        manifest,
        storage_policy_config={**manifest.storage_policy_config, "storageRegion": region},
    )
