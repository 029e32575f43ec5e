"""What clients may do directly with a store of files; with a folder, nothing.

A subclass for an object store overrides these; whoever calls them need not know which it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Found:
    """An object: its key, its size in bytes, its MD5 in hex where the store says so, its time."""

    key: str
    size: int
    md5: str | None
    modified: float


class DirectAccess:
    """No client of a folder gets past the server."""

    #: Whether the blobs are in an object store, and the folder is for what comes in only.
    is_remote: bool = False
    #: What a client must send with an upload to the store, as `Name:value`.
    upload_headers: Sequence[str] = ()

    def download_url(self, _md5: str) -> str | None:
        """Where a client gets a file itself; None: from the server."""
        return None

    def upload_url(self, _version: int, _md5: str) -> str | None:
        """Where a client puts a file for a version itself; None: it sends it to the server."""
        return None

    def uploaded(self, _version: int) -> Mapping[str, Found]:
        """What clients have put there for a version, by the MD5 that was announced."""
        return {}

    def uploaded_before(self, _when: float) -> Mapping[int, Sequence[Found]]:
        """What clients have put there before a time, by the version that it is for."""
        return {}

    def accept(
        self, _uploaded: Mapping[str, Found], _known: Iterable[str]
    ) -> dict[str, int | None]:
        """Puts uploads in their places: the size of each, None where it is not what it should be.

        What is `known` is there already, and stays as it is.
        """
        return {}

    def forget_uploads(self, _found: Iterable[Found]) -> None:
        """Removes what was uploaded, and has been copied."""

    def close(self) -> None:
        """Gives back what is needed only while it is open."""
