"""Every error that leaves this package, in one tree.

ArtifactsError
├── ConnectionFailed        the server could not be reached, or hung up
│   ├── RequestTimeout      it did not answer in time (or said so: 408)
│   ├── UntrustedCertificate        its certificate is not one to trust
│   └── ProxyAuthenticationRequired a proxy on the way wants a password (407)
├── AuthenticationError     no key, or one the server does not know (401)
├── PermissionDenied        a known key that may not do this (403)
├── RateLimited             too many requests (429), after the retries
├── ServerError             any other answer that is not the one asked for
├── GraphQLError            the server executed the document and reports errors
│   └── PartialSaveError    some parts of a save were applied, others not
├── NotFoundError           a part of the path is missing; also a LookupError
├── ConflictError           it clashes with what the server has (409), or was changed meanwhile
├── IntegrityError          bytes that are not what their digest or size says
├── UnsupportedByServer     an older server that lacks the feature
│   └── LengthUnknown       a list whose server gives no total; also a TypeError
├── PaginationError         a server whose pages cannot be followed to their end
├── OfflineError            the client is offline, and the cache folder does not have it
├── ExtraNotInstalled       an optional part of this package; also a ModuleNotFoundError
├── NotLoadedError          an attribute read before ``await thing.load()``; also a RuntimeError
└── InvalidInput            an argument is refused, nothing changed; also a ValueError

The embedded server's own are in ``typed_artifacts.local``: RegistryError, with RegistryRefused (an
InvalidInput), RegistryNotFound (a NotFoundError) and RegistryStorageError.

httpx and pydantic exceptions never leave the package: they are mapped where they arise.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ._values.guards import override

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ._values.json_values import JsonValue

__all__ = [
    "ArtifactsError",
    "AuthenticationError",
    "ConflictError",
    "ConnectionFailed",
    "ExtraNotInstalled",
    "GraphQLError",
    "GraphQLErrorItem",
    "IntegrityError",
    "InvalidInput",
    "LengthUnknown",
    "NotFoundError",
    "NotLoadedError",
    "OfflineError",
    "PaginationError",
    "PartialSaveError",
    "PermissionDenied",
    "ProxyAuthenticationRequired",
    "RateLimited",
    "RequestTimeout",
    "ServerError",
    "UnsupportedByServer",
    "UntrustedCertificate",
]


class ArtifactsError(Exception):
    """The root of the tree.

    Attributes:
        operation: the name of the GraphQL operation or verb that failed, if there was one.
        subject: what it was about, as a path where there is one.
        server_says: the server's own words, if it said any.
    """

    def __init__(
        self,
        message: str,
        *,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(message)
        self.operation = operation
        self.subject = subject
        self.server_says = server_says

    # An exception is pickled as its class called with its arguments, which leaves out what was
    # given by keyword; one that needs a keyword could not be made again at all.
    @override
    def __reduce__(self) -> tuple[Callable[..., ArtifactsError], tuple[object, ...]]:
        return _restored, (type(self), self.args, dict(vars(self)))

    @override
    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other) or not isinstance(other, ArtifactsError):
            return NotImplemented
        return self.args == other.args and vars(self) == vars(other)

    @override
    def __hash__(self) -> int:
        return hash((type(self), self.args))


def _restored(
    kind: type[ArtifactsError], args: tuple[object, ...], attributes: dict[str, object]
) -> ArtifactsError:
    """An error as it was before it was pickled."""
    error = kind.__new__(kind, *args)
    error.__dict__.update(attributes)
    return error


class ConnectionFailed(ArtifactsError):
    """The server could not be reached, or the connection broke before an answer was complete.

    Attributes:
        request_sent: whether the server may have received the request; ``False`` is certain.
    """

    def __init__(
        self,
        message: str,
        *,
        request_sent: bool = True,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation, subject=subject, server_says=server_says)
        self.request_sent = request_sent


class RequestTimeout(ConnectionFailed):
    """The server did not answer within the client's timeout, or answered 408.

    Attributes:
        retry_after: seconds the server asked to wait, if it answered and said.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        request_sent: bool = True,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation, subject=subject, server_says=server_says)
        self.request_sent = request_sent
        self.retry_after = retry_after


class UntrustedCertificate(ConnectionFailed):
    """A certificate is not trusted: the server's here, or the client's by the server.

    The server's is not signed by anybody trusted, expired, or of another host. Or the server wants
    one of the client's, or another than it was shown: see ``ssl_context=``.
    """


class ProxyAuthenticationRequired(ConnectionFailed):
    """A proxy on the way to the server wants a user and a password, or others (407)."""


class AuthenticationError(ArtifactsError):
    """No API key was found, or the server does not know the one that was sent (401)."""


class PermissionDenied(ArtifactsError):
    """The server knows who asks and refuses (403)."""


class RateLimited(ArtifactsError):
    """The server answered 429 and the retries are used up.

    Attributes:
        retry_after: seconds the server asked to wait, if it said.
    """

    def __init__(
        self,
        message: str,
        *,
        retry_after: float | None = None,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation, subject=subject, server_says=server_says)
        self.retry_after = retry_after


class ServerError(ArtifactsError):
    """An answer that is not what was asked for: a 5xx, HTML, truncated JSON, a wrong shape.

    Attributes:
        status: the HTTP status, if there was an answer.
        retry_after: seconds the server asked to wait, if it said.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation, subject=subject, server_says=server_says)
        self.status = status
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class GraphQLErrorItem:
    """One entry of a reply's ``errors``: its message, its path in the data, its extensions."""

    message: str
    path: tuple[str | int, ...] = ()
    extensions: Mapping[str, JsonValue] = field(default_factory=dict[str, "JsonValue"])


class GraphQLError(ArtifactsError):
    """The server executed the document and reports errors.

    Attributes:
        errors: every error of the reply.
        data: the partial data that came with them, as JSON.
    """

    def __init__(
        self,
        message: str,
        *,
        errors: Sequence[GraphQLErrorItem] = (),
        data: JsonValue = None,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation, subject=subject, server_says=server_says)
        self.errors: tuple[GraphQLErrorItem, ...] = tuple(errors)
        self.data = data


class PartialSaveError(GraphQLError):
    """A save of which the server applied some parts and refused others.

    Attributes:
        applied: the names of the parts that are on the server now.
        failed: for each part that is not, the server's words; "no result" or "success: false" where
            it has none.
    """

    def __init__(
        self,
        message: str,
        *,
        applied: Sequence[str],
        failed: Mapping[str, str],
        errors: Sequence[GraphQLErrorItem] = (),
        data: JsonValue = None,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(
            message,
            errors=errors,
            data=data,
            operation=operation,
            subject=subject,
            server_says=server_says,
        )
        self.applied: tuple[str, ...] = tuple(applied)
        self.failed: dict[str, str] = dict(failed)


class NotFoundError(ArtifactsError, LookupError):
    """Something on the path does not exist, or is not visible with this key.

    Attributes:
        missing: which part: "project", "artifact type", "artifact collection", "run", …
    """

    def __init__(
        self,
        message: str,
        *,
        missing: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation, subject=subject, server_says=server_says)
        self.missing = missing


class ConflictError(ArtifactsError):
    """It clashes with what is there: a 409, or an object that was deleted or changed meanwhile."""


class IntegrityError(ArtifactsError):
    """Bytes that do not have the digest or the size that the manifest promises."""


class UnsupportedByServer(ArtifactsError):
    """The server is older than the feature that this needs.

    Attributes:
        feature: the feature's name, as ``serverInfo`` lists it, or the missing member.
    """

    def __init__(
        self,
        message: str,
        *,
        feature: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation, subject=subject, server_says=server_says)
        self.feature = feature


class LengthUnknown(UnsupportedByServer, TypeError):
    """The server gives no total for this list; it can still be iterated, so ``list()`` works."""


class PaginationError(ArtifactsError):
    """The server's pages cannot be followed: a repeated cursor, or a next page without one."""


class OfflineError(ArtifactsError):
    """The client is offline, and what was asked for is not in the cache folder.

    Attributes:
        command: the command that fetches it where the server can be reached, if there is one.
    """

    def __init__(
        self,
        message: str,
        *,
        command: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation, subject=subject, server_says=server_says)
        self.command = command


class ExtraNotInstalled(ArtifactsError, ModuleNotFoundError):
    """An optional part of this package is used, and what it needs is not installed.

    Attributes:
        extra: what to install: ``pip install "typed-artifacts[EXTRA]"``.
        package: the package that is missing.
    """

    def __init__(
        self,
        message: str,
        *,
        extra: str | None = None,
        package: str | None = None,
        operation: str | None = None,
        subject: str | None = None,
        server_says: str | None = None,
    ) -> None:
        super().__init__(message, operation=operation, subject=subject, server_says=server_says)
        self.extra = extra
        self.package = package


class NotLoadedError(ArtifactsError, RuntimeError):
    """An attribute of an async object was read before its data was loaded."""


class InvalidInput(ArtifactsError, ValueError):
    """An argument was refused, before any request where that can be told; nothing has changed."""
