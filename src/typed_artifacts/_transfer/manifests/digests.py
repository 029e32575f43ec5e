"""Digests of files and manifests in the server's format: MD5 and XXH128.

A file's digest is the base64 of its raw hash; a manifest's is the hex of a hash over a header and
one ``path:digest`` line per entry, sorted by path.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Iterable
from enum import Enum
from io import FileIO
from typing import Protocol

import xxhash

CHUNK = 256 << 10
"""Bytes read at once, from disk and from the network."""

_MANIFEST_HEADER = b"wandb-artifact-manifest-v1\n"
RAW_LENGTH = 16  # both MD5 and XXH128 are 128 bits


class Hasher(Protocol):
    """What ``hashlib`` and ``xxhash`` objects have in common, as far as it is used here."""

    def update(self, data: bytes | bytearray | memoryview, /) -> None:
        """Add bytes."""

    def digest(self) -> bytes:
        """The raw hash so far."""
        ...

    def hexdigest(self) -> str:
        """The raw hash so far, in hex."""
        ...


class DigestAlgorithm(Enum):
    """How a file or a manifest was hashed; the values are those of ``extra.alg``."""

    MD5 = "MD5"
    XXH128 = "XXH128"

    @classmethod
    def of(cls, name: str | None) -> DigestAlgorithm | None:
        """The algorithm called so in ``extra.alg`` or in the schema (``MANIFEST_XXH128``).

        No name means MD5, as for every artifact before there was a choice; a name from a newer
        server gives ``None``.
        """
        if name is None:
            return cls.MD5
        return cls._value2member_map_.get(name.removeprefix("MANIFEST_"))  # type: ignore[return-value]  # typeshed: values are Enum


def new_hasher(algorithm: DigestAlgorithm) -> Hasher:
    """An empty hash of that kind."""
    if algorithm is DigestAlgorithm.XXH128:
        return xxhash.xxh128()
    return hashlib.md5(usedforsecurity=False)


def raw_digest(data: bytes, algorithm: DigestAlgorithm) -> bytes:
    """The raw hash of bytes in memory."""
    hasher = new_hasher(algorithm)
    hasher.update(data)
    return hasher.digest()


def digest_bytes(data: bytes, algorithm: DigestAlgorithm) -> str:
    """The wire digest of bytes in memory."""
    return base64.b64encode(raw_digest(data, algorithm)).decode("ascii")


def digest_stream(stream: FileIO, algorithm: DigestAlgorithm, size_hint: int) -> tuple[bytes, int]:
    """Hash an unbuffered stream to its end.

    Args:
        stream: a binary file opened with ``buffering=0``.
        algorithm: MD5 or XXH128.
        size_hint: the bytes that are likely to come; small files get small buffers.

    Returns:
        The raw hash, and how many bytes there were.
    """
    hasher, total = new_hasher(algorithm), 0
    view = memoryview(bytearray(min(CHUNK, size_hint + 1)))
    while count := stream.readinto(view):
        hasher.update(view[:count])
        total += count
    return hasher.digest(), total


def manifest_digest(
    digests: Iterable[tuple[str, str]], algorithm: DigestAlgorithm = DigestAlgorithm.MD5
) -> str:
    """The digest of a manifest, in hex, from its ``(path, digest)`` pairs in any order."""
    return ordered_manifest_digest(sorted(digests), algorithm)


def ordered_manifest_digest(
    digests: Iterable[tuple[str, str]], algorithm: DigestAlgorithm = DigestAlgorithm.MD5
) -> str:
    """The digest of a manifest, in hex, from its ``(path, digest)`` pairs, sorted by path."""
    hasher = new_hasher(algorithm)
    hasher.update(_MANIFEST_HEADER)
    for path, digest in digests:
        hasher.update(f"{path}:{digest}\n".encode())
    return hasher.hexdigest()


def hex_of(digest: str) -> str | None:
    """The hex of a wire digest, or ``None`` if it is no 128-bit hash (an ETag, a URL)."""
    try:
        raw = base64.b64decode(digest, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw.hex() if len(raw) == RAW_LENGTH else None
