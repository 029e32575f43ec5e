"""All errors of this package, in one tree.

    ArtifactsError
    ├── ConnectionFailed        the server could not be reached, or the connection broke
    │   ├── RequestTimeout      the server did not answer in time, or answered 408
    │   ├── UntrustedCertificate        a certificate is not trusted
    │   └── ProxyAuthenticationRequired a proxy requires a password (407)
    ├── AuthenticationError     the key is missing, or the server does not know it (401)
    ├── PermissionDenied        the key does not permit this (403)
    ├── RateLimited             too many requests (429), after the retries
    ├── ServerError             any other unusable response
    ├── GraphQLError            the response contains GraphQL errors
    │   └── PartialSaveError    some changes of a save were applied, others not
    ├── NotFoundError           a part of the path does not exist; also a LookupError
    ├── ConflictError           a conflict on the server (409), or a change in the meantime
    ├── IntegrityError          bytes do not have the expected digest or size
    ├── UnsupportedByServer     the server is older and lacks a feature
    │   └── LengthUnknown       the server reports no total for a list; also a TypeError
    ├── PaginationError         the server's pages cannot be followed to the end
    ├── OfflineError            the client is offline, and the cache folder lacks the data
    ├── ExtraNotInstalled       an extra of this package is missing; also a ModuleNotFoundError
    ├── NotLoadedError          an attribute was read before ``await thing.load()``; a RuntimeError
    └── InvalidInput            an argument is not valid, nothing changed; also a ValueError

The errors of the embedded server are in ``typed_artifacts.local``: RegistryError, with
RegistryRefused (an InvalidInput), RegistryNotFound (a NotFoundError) and RegistryStorageError.

httpx and pydantic exceptions never leave the package: they are converted where they occur.
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
    """The base class of all errors of this package.

    Attributes:
        operation: the name of the GraphQL operation, or of the step, that failed, if any.
        subject: the object concerned, as a path if it has one.
        server_says: the server's message, if any.
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
    """The server could not be reached, or the connection broke before the response was complete.

    Attributes:
        request_sent: whether the server may have received the request; if ``False``, it has not.
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
        retry_after: the seconds to wait that the server gave in ``Retry-After``, if any.
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
        super().__init__(
            message,
            request_sent=request_sent,
            operation=operation,
            subject=subject,
            server_says=server_says,
        )
        self.retry_after = retry_after


class UntrustedCertificate(ConnectionFailed):
    """A certificate is not trusted: the server's by the client, or the client's by the server.

    The server's certificate has an unknown issuer, has expired, or is for another host. Or the
    server requires a client certificate, or another one: see ``ssl_context=``.
    """


class ProxyAuthenticationRequired(ConnectionFailed):
    """A proxy requires a user and a password, or refused those that were given (407)."""


class AuthenticationError(ArtifactsError):
    """No API key was found, or the server does not know the key that was sent (401)."""


class PermissionDenied(ArtifactsError):
    """The server knows the user, but does not permit the request (403)."""


class RateLimited(ArtifactsError):
    """The server answered 429, and all retries are used up.

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
    """The response is not usable: status 5xx, HTML, truncated JSON, unexpected data.

    Attributes:
        status: the HTTP status, if there was a response.
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
    """One entry of a response's ``errors``: its message, its path in the data, its extensions."""

    message: str
    path: tuple[str | int, ...] = ()
    extensions: Mapping[str, JsonValue] = field(default_factory=dict[str, "JsonValue"])


class GraphQLError(ArtifactsError):
    """The response contains GraphQL errors.

    Attributes:
        errors: all errors of the response.
        data: the partial data of the response, as JSON.
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
    """The server applied some changes of a save, and refused others.

    Attributes:
        applied: the names of the changes that were applied.
        failed: for each other change, the server's message, or "no result" or "success: false" if
            there is none.
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
    """A part of the path does not exist, or is not visible with this key.

    Where a type, a collection, an alias or a project is missing, one more request looks for similar
    names before the error is raised.

    Attributes:
        missing: the part: "project", "artifact type", "artifact collection", "run", …
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
    """A conflict: the server answered 409, or the object was changed or deleted in the meantime."""


class IntegrityError(ArtifactsError):
    """Bytes do not have the digest or the size that the manifest gives."""


class UnsupportedByServer(ArtifactsError):
    """The server is older and lacks a feature that the call needs.

    Attributes:
        feature: the name of the feature, as in ``serverInfo``, or of the missing field.
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
    """The server reports no total for this list. It can still be iterated; ``list()`` works."""


class PaginationError(ArtifactsError):
    """The server's pages cannot be followed: a cursor is repeated, or missing for the next page."""


class OfflineError(ArtifactsError):
    """The client is offline, and the cache folder does not have the requested data.

    Attributes:
        command: the shell command that fetches it when the server can be reached, if any.
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
    """A feature is used whose optional dependencies are not installed.

    Attributes:
        extra: the extra to install: ``pip install "typed-artifacts[EXTRA]"``.
        package: the missing package.
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
    """An argument is not valid. Nothing was changed; if possible, no request was sent."""
