"""Builds the errors of failed file transfers."""

from __future__ import annotations

from collections.abc import Mapping

from typed_artifacts._requests.failures import PROXY_ADVICE
from typed_artifacts._requests.response import retry_after
from typed_artifacts.errors import (
    ArtifactsError,
    ConnectionFailed,
    NotFoundError,
    PermissionDenied,
    ProxyAuthenticationRequired,
    RateLimited,
    RequestTimeout,
    ServerError,
    UntrustedCertificate,
)

from .byte_source import ExchangeError


def broken(attempt: str, path: str, host: str, failed: ExchangeError) -> ArtifactsError:
    """The error for an exchange without a reply."""
    sent = not failed.unsent
    if failed.untrusted:
        said = f"{attempt} from or to {host} failed: {failed.reason}"
        return UntrustedCertificate(said, request_sent=sent, subject=path)
    if failed.proxy_refused:
        return ProxyAuthenticationRequired(
            f"{attempt} from or to {host} failed: the proxy on the way wants a user and a "
            f"password, or others than it was given (407). {PROXY_ADVICE}",
            request_sent=sent,
            subject=path,
        )
    kind = RequestTimeout if failed.timed_out else ConnectionFailed
    reason = f"{attempt} from or to {host} failed: {failed.reason}."
    return kind(reason, request_sent=sent, subject=path)


def refusal(
    attempt: str,
    path: str,
    host: str,
    status: int,
    headers: Mapping[str, str],
    words: str | None,
    *,
    needs: str = "read",
) -> ArtifactsError:
    """The error for a reply that is a refusal.

    Args:
        attempt: what was attempted, as the beginning of a sentence.
        path: the file.
        host: who refused.
        status: with which status.
        headers: and which headers.
        words: and which words.
        needs: what the key must be allowed to do with the artifact.
    """
    if status == 407:
        return broken(attempt, path, host, ExchangeError("407", proxy_refused=True, unsent=True))
    says = f" ({words})" if words else ""
    text = f"{attempt} failed: {host} answered {status}{says}."
    if status in {401, 403}:
        advice = (
            f" The URL was refused or has expired; check that this key may {needs} the artifact."
        )
        return PermissionDenied(text + advice, subject=path, server_says=words)
    if status in {404, 410}:
        return NotFoundError(text, missing="file", subject=path, server_says=words)
    if status == 408:
        return RequestTimeout(text, subject=path, server_says=words)
    if status == 429:
        wait = retry_after(headers)
        return RateLimited(text, retry_after=wait, subject=path, server_says=words)
    return ServerError(text, status=status, subject=path, server_says=words)
