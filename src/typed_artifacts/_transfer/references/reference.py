"""References: files of a version that are stored elsewhere."""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass
from typing import Final, Protocol, Self

from ..._values.arguments import check_flags
from ..._values.guards import is_text, is_whole_number, override
from ..._values.shown import shown
from ..._values.uris import is_uri, scheme_of, shown_uri, split_uri
from ...errors import InvalidInput, OfflineError

MOST_OBJECTS: Final = 10_000_000
ARTIFACT_SCHEME: Final = "wandb-artifact"
CLIENT_SCHEME: Final = "wandb-client-artifact"


class HasId(Protocol):
    """A version of either flavour."""

    @property
    def id(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Reference:
    """A file that is stored elsewhere: the version contains its URI, and its bytes are not sent.

    A folder or a prefix becomes an entry for each object below it.

    Attributes:
        uri: the URI: ``s3``, ``gs``, ``az``, ``abfs`` and other schemes that fsspec can open with
            the credentials that it finds (``pip install "typed-artifacts[fsspec]"``), ``http``,
            ``https``, ``file``, ``wandb-artifact``.
        checksum: whether to look up the object now, so that later changes are detected; otherwise
            no request is sent, and the digest is computed from the URI alone.
        max_objects: the maximum number of objects of a folder or a prefix.

    Raises:
        InvalidInput: ``uri`` is not a URI, or ``max_objects`` is less than 1.
    """

    uri: str
    checksum: bool = True
    max_objects: int = MOST_OBJECTS

    @classmethod
    def to_file(cls, artifact: HasId, name: str) -> Self:
        """A reference to a file of another version, which is neither fetched nor sent again.

        Sends nothing: the version that is to have the reference is not logged if there is no such
        file.

        Args:
            artifact: the other version, on the same server; it has to be loaded.
            name: the name of one of its files.

        Returns:
            The reference, to give to ``log_artifact()`` or to assign to a name of a draft.

        Raises:
            InvalidInput: ``artifact`` is not a version, or ``name`` is empty.
        """
        identity: object = getattr(artifact, "id", None)
        if not isinstance(identity, str):
            raise InvalidInput(
                f"to_file() takes a version, as api.artifact() returns it, not {artifact!r:.100}."
            )
        if not is_text(name) or not name:
            raise InvalidInput(f"to_file() takes the name of a file, not {name!r:.100}.")
        return cls(artifact_uri(identity, name))

    def __post_init__(self) -> None:
        if not is_uri(self.uri):
            raise InvalidInput(
                "A reference is a URI such as s3://bucket/key, or file:///folder for what is on "
                "this machine."
            )
        if scheme_of(self.uri) in {"http", "https", "file"} and split_uri(self.uri) is None:
            raise InvalidInput(
                f"The reference {shown_uri(self.uri)} is malformed: look at its host and its port."
            )
        if any(ord(character) < 32 for character in self.uri):
            raise InvalidInput(
                f"The reference {shown_uri(self.uri)} holds a control character, such as the end "
                "of a line."
            )
        check_flags(checksum=self.checksum)
        if not is_whole_number(self.max_objects) or self.max_objects < 1:
            raise InvalidInput(
                f"max_objects is {shown(self.max_objects, 100)}; it must be a whole number, 1 or "
                "more."
            )

    @override
    def __repr__(self) -> str:
        # The URI may hold a password or a signature.
        return f"Reference({shown_uri(self.uri)!r})"


def artifact_uri(artifact_id: str, path: str) -> str:
    """The URI of a file of an artifact."""
    try:
        raw = base64.b64decode(artifact_id, validate=True)
    except binascii.Error as error:
        raise InvalidInput(f"The artifact's id {artifact_id!r:.100} is not base64.") from error
    return f"{ARTIFACT_SCHEME}://{raw.hex()}/{path}"


def needs_network(uri: str, subject: str | None = None) -> OfflineError:
    """The error of an offline client that would have to ask for what a reference names."""
    return OfflineError(
        f"{shown_uri(uri)} needs the network, and the client is offline (offline=True, or "
        "WANDB_MODE).",
        subject=subject or shown_uri(uri),
    )
