"""Converts failures of requests to errors of this package. Pure."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TypeGuard

from ..errors import (
    ArtifactsError,
    ConnectionFailed,
    InvalidInput,
    ProxyAuthenticationRequired,
    RequestTimeout,
    ServerError,
    UntrustedCertificate,
)

if TYPE_CHECKING:
    from .response import RequestContext


_TRUST_ADVICE: Final = (
    "Name the certificates to trust in SSL_CERT_FILE or SSL_CERT_DIR, or pass ssl_context=."
)
_PRESENT_ADVICE: Final = (
    "Load one that it knows into a context of your own (load_cert_chain), and pass ssl_context=."
)
# How OpenSSL names the alerts of a server that wants a certificate, or another one. With TLS 1.2
# that there is none is a handshake that failed, which no further attempt will mend either.
_PRESENT_ALERTS: Final = {
    "SSLV3_ALERT_BAD_CERTIFICATE",
    "SSLV3_ALERT_CERTIFICATE_EXPIRED",
    "SSLV3_ALERT_CERTIFICATE_REVOKED",
    "SSLV3_ALERT_CERTIFICATE_UNKNOWN",
    "SSLV3_ALERT_HANDSHAKE_FAILURE",
    "SSLV3_ALERT_UNSUPPORTED_CERTIFICATE",
    "TLSV13_ALERT_CERTIFICATE_REQUIRED",
    "TLSV1_ALERT_ACCESS_DENIED",
    "TLSV1_ALERT_UNKNOWN_CA",
}
_PROXY_SETTINGS: Final = "HTTPS_PROXY, HTTP_PROXY, ALL_PROXY or WANDB__PROXIES"
PROXY_ADVICE: Final = (
    "Write user and password into the proxy's address (http://user:password@host:port) in "
    f"{_PROXY_SETTINGS}."
)
NO_PROXY_ADVICE: Final = "Hosts that NO_PROXY names are reached without it"
# httpcore: "403 Forbidden"; http.client: "Tunnel connection failed: 403 Forbidden".
_TUNNEL_STATUS: Final = re.compile(r"(?:^|Tunnel connection failed: )(4\d\d)\b")
# Of those that refuse a request: the next attempt may be answered better.
PASSING_STATUSES: Final = frozenset({408, 425, 429})


def untrusted(error: BaseException) -> str | None:
    """Which certificate was refused, why, and what to do, where that lies behind an error."""
    for each in causes_of(error):
        reason = getattr(each, "verify_message", None)  # ssl.SSLCertVerificationError's
        if isinstance(reason, str):
            return f"its certificate is not trusted ({reason}). {_TRUST_ADVICE}"
        alert = getattr(each, "reason", None)  # ssl.SSLError's
        if isinstance(alert, str) and alert in _PRESENT_ALERTS:
            alert_text = alert.partition("_ALERT_")[2].replace("_", " ").lower()
            return (
                "it refuses the connection, most likely for want of a client certificate that it "
                f"trusts ({alert_text}). {_PRESENT_ADVICE}"
            )
    return None


def wants_proxy_password(error: BaseException) -> bool:
    """Whether a proxy answered 407 to the attempt to reach the server through it."""
    return refused_tunnel(error) == 407


def refused_tunnel(error: BaseException) -> int | None:
    """The status of a proxy that will not open a tunnel to the server next time either."""
    for each in causes_of(error):
        if found := _TUNNEL_STATUS.search(str(each)):
            status = int(found[1])
            return None if status in PASSING_STATUSES else status
    return None


def causes_of(error: BaseException) -> Iterator[BaseException]:
    """An error and all that it was made from, however the libraries keep that."""
    found: list[BaseException] = [error]
    for each in found:
        yield each
        group = each.exceptions if _is_group(each) else ()
        links = (each.__cause__, each.__context__, *each.args, *group)
        found += [x for x in links if isinstance(x, BaseException) and x not in found]


def _is_group(error: BaseException) -> TypeGuard[BaseExceptionGroup[BaseException]]:
    """Whether it holds others, as trio's does: one for each address that it tried."""
    return isinstance(error, BaseExceptionGroup)


def forget_locals(error: BaseException) -> None:
    """Empty the frames that an error came through: the libraries' local variables have the key."""
    from traceback import clear_frames

    for each in causes_of(error):
        clear_frames(each.__traceback__)


def reason_of(error: Exception) -> str:
    """What an error says, as a part of a sentence; its kind where it says nothing."""
    if reason := _system_reason(error):
        return reason
    if text := str(error).rstrip("."):
        return text
    # anyio's errors have no message; they are raised from the system's.
    text = next((str(each) for each in causes_of(error) if isinstance(each, OSError)), "")
    return text or type(error).__name__


def _system_reason(error: Exception) -> str | None:
    """Why the system made no connection; asyncio and trio say only that all attempts failed."""
    import ssl
    from socket import gaierror

    import httpx

    if not isinstance(error, httpx.ConnectError):
        return None
    for each in causes_of(error):
        if not isinstance(each, OSError) or not each.errno:
            continue
        if isinstance(each, ssl.SSLError | gaierror):
            return None  # numbers of their own, and a text that says it
        # asyncio's text is that the call failed, and to which address; Windows has other numbers.
        meaning = "" if sys.platform == "win32" else os.strerror(each.errno)
        return str(each) if meaning in str(each) else f"{each}: {meaning}"
    return None


def timed_out(context: RequestContext, reason: str, *, unsent: bool) -> RequestTimeout:
    """It was not answered in time."""
    return RequestTimeout(
        f"{context.server} did not answer {context} in time ({reason}); "
        "raise timeout= or WANDB_HTTP_TIMEOUT if it needs longer.",
        request_sent=not unsent,
        operation=context.operation,
        subject=context.subject,
    )


def connection_broken(context: RequestContext, reason: str, *, unsent: bool) -> ConnectionFailed:
    """There was no connection, or it broke."""
    outcome = "could not be sent to" if unsent else "got no whole answer from"
    advice = "Is the address right, and the network up?"
    if context.proxy is not None and unsent:
        advice = f"Is the address of the proxy right ({_PROXY_SETTINGS})? {NO_PROXY_ADVICE}."
    if "WRONG_VERSION_NUMBER" in reason:  # OpenSSL's name for an unencrypted reply
        advice = "No TLS is spoken there; if the server has no https, its address begins with http."
    return ConnectionFailed(
        f"{context} {outcome} {context.server}: {reason}. {advice}",
        request_sent=not unsent,
        operation=context.operation,
        subject=context.subject,
    )


def certificate_refused(context: RequestContext, why: str) -> UntrustedCertificate:
    """A certificate is not trusted; ``why`` is what ``untrusted`` says."""
    return UntrustedCertificate(
        f"{context} was not sent to {context.base_url}: {why}",
        request_sent=False,
        operation=context.operation,
        subject=context.subject,
    )


def proxy_refused(context: RequestContext) -> ProxyAuthenticationRequired:
    """A proxy wants a password."""
    return ProxyAuthenticationRequired(
        f"{context} was not sent to {context.base_url}: {_proxy_of(context)} wants a user and a "
        f"password, or others than it was given (407). {PROXY_ADVICE}",
        request_sent=False,
        operation=context.operation,
        subject=context.subject,
    )


def proxy_failed(context: RequestContext, error: Exception) -> ConnectionFailed:
    """A proxy made no connection to the server, so that nothing was sent to it."""
    return ConnectionFailed(
        f"{context} was not sent to {context.base_url}: {_proxy_of(context)} made no connection "
        f"({reason_of(error)}). {NO_PROXY_ADVICE}.",
        request_sent=False,
        operation=context.operation,
        subject=context.subject,
    )


def _proxy_of(context: RequestContext) -> str:
    """A proxy by its address; unknown behind a transport of the caller's."""
    return f"the proxy {context.proxy or 'on the way'}"


def not_sendable(context: RequestContext, error: Exception) -> InvalidInput:
    """It could not even be tried, and will not be by trying again: a URL, a kind of proxy."""
    return InvalidInput(
        f"{context} could not be sent to {context.base_url}: {reason_of(error)}. "
        "Look at the base URL, the proxies and the certificates of the environment.",
        subject=context.subject,
    )


def undecodable(context: RequestContext, reason: str) -> ServerError:
    """Its answer is not encoded as it says."""
    return ServerError(
        f"{context.base_url} answered {context} with a body that cannot be decoded ({reason}). "
        "Is a proxy in between?",
        operation=context.operation,
        subject=context.subject,
    )


def translate(error: Exception, context: RequestContext) -> ArtifactsError:
    """Whatever went wrong while sending or reading with httpx, as one of ours.

    A bug is re-raised as it is.
    """
    import httpx

    if isinstance(error, ArtifactsError):
        return error
    forget_locals(error)
    if why := untrusted(error):
        return certificate_refused(context, why)
    if isinstance(error, httpx.ProxyError):
        return (
            proxy_refused(context) if wants_proxy_password(error) else proxy_failed(context, error)
        )
    reason = reason_of(error)
    # Without a connection, the server has read nothing.
    unsent = isinstance(
        error,
        httpx.ConnectError
        | httpx.ConnectTimeout
        | httpx.PoolTimeout
        | httpx.InvalidURL
        | UnicodeError,  # a host that cannot be encoded
    )
    if isinstance(error, httpx.TimeoutException | TimeoutError):
        return timed_out(context, reason, unsent=unsent)
    if isinstance(error, httpx.DecodingError):
        return undecodable(context, reason)
    # httpx lets some errors of the standard library pass: for a length of thousands of digits, a
    # host that cannot be encoded, an event loop that ended before its transport.
    foreign = httpx.HTTPError | httpx.InvalidURL | httpx.StreamError | OSError | ValueError
    if isinstance(error, foreign) or (isinstance(error, RuntimeError) and "loop" in reason):
        return connection_broken(context, reason, unsent=unsent)
    raise error
