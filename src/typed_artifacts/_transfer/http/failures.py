"""Builds the errors of failed file transfers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ..._requests.failures import PROXY_ADVICE
from ..._requests.reply_errors import TOO_LARGE_ADVICE
from ..._requests.response import TOO_LARGE, in_seconds, retry_after
from ...errors import (
    ArtifactsError,
    ConnectionFailed,
    IntegrityError,
    NotFoundError,
    PermissionDenied,
    ProxyAuthenticationRequired,
    RateLimited,
    RequestTimeout,
    ServerError,
    UntrustedCertificate,
)
from .byte_source import ExchangeError

_DAMAGED: Final = (
    "Try again; if the same comes, the stored file is damaged, or a proxy changes what is sent."
)


def broken(
    attempt: str, path: str, host: str, failed: ExchangeError, *, operation: str = "download"
) -> ArtifactsError:
    """The error for an exchange without a reply."""
    sent = not failed.unsent
    failure = f"{attempt} {'to' if operation == 'upload' else 'from'} {host} failed"
    if failed.untrusted:
        return UntrustedCertificate(
            f"{failure}: {failed.reason}", request_sent=sent, operation=operation, subject=path
        )
    if failed.proxy_refused:
        return ProxyAuthenticationRequired(
            f"{failure}: the proxy on the way wants a user and a password, or others than it was "
            f"given (407). {PROXY_ADVICE}",
            request_sent=sent,
            operation=operation,
            subject=path,
        )
    kind = RequestTimeout if failed.timed_out else ConnectionFailed
    advice = " Try again later." if failed.retryable else ""
    reason = f"{failure}: {failed.reason}.{advice}"
    return kind(reason, request_sent=sent, operation=operation, subject=path)


def refusal(
    attempt: str,
    path: str,
    host: str,
    status: int,
    headers: Mapping[str, str],
    message: str | None,
    *,
    operation: str = "download",
) -> ArtifactsError:
    """The error for a reply that is a refusal.

    Args:
        attempt: what was attempted, as the beginning of a sentence.
        path: the file.
        host: who refused.
        status: with which status.
        headers: and which headers.
        message: and which words.
        operation: "download" or "upload".
    """
    if status == 407:
        failed = ExchangeError("407", proxy_refused=True, unsent=True)
        return broken(attempt, path, host, failed, operation=operation)
    says = f" ({message})" if message else ""
    text = f"{attempt} failed: {host} answered {status}{says}."
    if status in {401, 403}:
        needs = "write to" if operation == "upload" else "read"
        advice = (
            f" The URL was refused or has expired; check that this key may {needs} the artifact."
        )
        return PermissionDenied(
            text + advice, operation=operation, subject=path, server_says=message
        )
    if status in {404, 410}:
        advice = " It may have been moved or deleted: look it up anew."
        return NotFoundError(
            text + advice, missing="file", operation=operation, subject=path, server_says=message
        )
    wait = retry_after(headers)
    later = f" Try again later{in_seconds(wait)}."
    if timed_out(status, message):
        return RequestTimeout(text + later, operation=operation, subject=path, server_says=message)
    if status == 429:
        text = f"{text} Ask less often, or later{in_seconds(wait)}."
        return RateLimited(
            text, retry_after=wait, operation=operation, subject=path, server_says=message
        )
    if status == TOO_LARGE:
        text = f"{text} {TOO_LARGE_ADVICE}"
    elif status >= 500:
        text += later
    return ServerError(text, status=status, operation=operation, subject=path, server_says=message)


def timed_out(status: int, message: str | None) -> bool:
    """Whether the body of a request came too slowly for a server.

    S3 answers 400 then, as it does for a signature that has expired.
    """
    return status == 408 or (status == 400 and "<Code>RequestTimeout</Code>" in (message or ""))


def wrong_size(
    path: str, size: int | None, host: str, how: str, encoding: str | None
) -> IntegrityError:
    """The error for a body that is not as long as the file.

    Args:
        path: the file.
        size: its bytes, if they are known; else it is shorter than what came of it before.
        host: who sent it.
        how: "more", "fewer", "another number of".
        encoding: what the body is encoded by, if by anything.
    """
    encoded = f", encoded as {encoding!r:.40}" if encoding else ""
    before = "had more bytes before" if size is None else f"should have {size:,} bytes"
    return IntegrityError(
        f"{path!r} {before}, but {host} sends {how} bytes{encoded}. {_DAMAGED}",
        operation="download",
        subject=path,
    )


def mixed_up(path: str, host: str) -> IntegrityError:
    """The error for a file that never comes whole, and in parts that may be of several files."""
    return IntegrityError(
        f"{path!r} breaks off again and again, and {host} does not say that what follows is of "
        "the same file. Try again over a better connection.",
        operation="download",
        subject=path,
    )
