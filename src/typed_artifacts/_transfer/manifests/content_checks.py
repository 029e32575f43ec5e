"""Checks bytes against a manifest while they are read: size and digest."""

from __future__ import annotations

from typing import final

from ...errors import IntegrityError, UnsupportedByServer
from .digests import DigestAlgorithm, hex_of, new_hasher
from .manifest import ManifestEntry


def algorithm_of(entry: ManifestEntry) -> DigestAlgorithm:
    """How an entry was hashed.

    Raises:
        UnsupportedByServer: in a way that this release does not know.
    """
    if entry.algorithm is None:
        raise UnsupportedByServer(
            f"{entry.path!r} was hashed with {entry.extra.get('alg')!r}, which this release cannot "
            "check. Upgrade typed-artifacts.",
            feature="digest algorithm",
            subject=entry.path,
        )
    return entry.algorithm


@final
class Check:
    """Counts and hashes the bytes of one entry; for one thread."""

    def __init__(self, entry: ManifestEntry) -> None:
        self.entry = entry
        self.restart()

    def restart(self) -> None:
        """Forget the bytes so far."""
        self._hasher = new_hasher(algorithm_of(self.entry)) if self.entry.digest else None
        self.count = 0

    def update(self, data: bytes | memoryview) -> None:
        """Take the next bytes into account."""
        self.count += len(data)
        if self._hasher is not None:
            self._hasher.update(data)

    def why_wrong(self) -> str | None:
        """Why the bytes so far are not the entry's, or ``None`` if they are."""
        size = self.entry.size
        if size is not None and self.count != size:
            return f"it has {self.count:,} bytes, not {size:,}"
        if self._hasher is not None and self._hasher.hexdigest() != hex_of(self.entry.digest):
            return "its digest is another one"
        return None

    def finish(self, whence: str) -> None:
        """End of the bytes.

        Raises:
            IntegrityError: they are not the entry's.
        """
        if why := self.why_wrong():
            raise IntegrityError(
                f"What {whence} gives for {self.entry.path!r} is not what the manifest promises: "
                f"{why}. Try again; if the same comes, the stored file is damaged: log it again.",
                operation="download",
                subject=self.entry.path,
            )
