"""The interface between transfers and the network: a request, and a response to read.

Retries, resuming and checks are above it (``reading``, ``uploads``), redirects in ``redirects``;
urllib3 and httpx are below it (``urllib3_source``, ``httpx_source``, ``httpx_async_source``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

from ..._requests.failures import NO_PROXY_ADVICE, refused_tunnel, untrusted
from ..._requests.reply_errors import page_title
from ..._values.shown import readable
from ..._values.uris import split_uri
from ..concurrency.cancellation import Cancellation

_LONGEST_QUOTE: Final = 300
_LONGEST_LENGTH: Final = 18  # the maximum number of digits of a Content-Length


class ExchangeError(Exception):
    """An exchange that broke: refused, cut, timed out, garbage instead of HTTP.

    Attributes:
        reason: what happened, without the URL (it may be signed).
        timed_out: whether it was a timeout.
        retryable: whether the same request may go better later.
        unsent: whether nothing of the request can have arrived.
        untrusted: whether a certificate is not trusted, the server's here or the client's there.
        proxy_refused: whether a proxy on the way wants a password.
    """

    def __init__(
        self,
        reason: str,
        *,
        timed_out: bool = False,
        retryable: bool = True,
        unsent: bool = False,
        untrusted: bool = False,
        proxy_refused: bool = False,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.timed_out = timed_out
        self.retryable = retryable
        self.unsent = unsent
        self.untrusted = untrusted
        self.proxy_refused = proxy_refused


@dataclass(frozen=True, slots=True)
class ByteRequest:
    """A request for bytes, or with them.

    Attributes:
        method: ``GET`` or ``PUT``.
        url: an absolute http(s) URL; the permission is in it, no credentials are added.
        headers: sent as they are.
        body: makes the chunks of the body anew, for each try.
        length: the body's bytes.
        cancel: cuts the exchange when it is set, as far as the source can.
        subject: the file concerned, for logs of requests.
        attempt: 1 for the first, more for retries.
    """

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    body: Callable[[], Iterable[bytes]] | None = None
    length: int = 0
    cancel: Cancellation | None = None
    subject: str | None = None
    attempt: int = 1


def announced_length(headers: Mapping[str, str]) -> int | None:
    """The bytes of a body by its head; ``None`` where it does not say, or comes in chunks.

    Args:
        headers: names in lower case.

    Raises:
        ExchangeError: it announces something else than a number of bytes.
    """
    length = headers.get("content-length", "").partition(",")[0].strip()
    if not length or "chunked" in headers.get("transfer-encoding", "").lower():
        return None
    if not (length.isdecimal() and len(length) <= _LONGEST_LENGTH):
        raise ExchangeError("the length that it announces is no number of bytes")
    return int(length)


def connection_refusal(error: Exception) -> ExchangeError | None:
    """What it is called that a certificate is not trusted, or that a proxy opens no tunnel.

    ``None`` for every other error. None of these will go better a second time.
    """
    if reason := untrusted(error):
        return ExchangeError(reason, untrusted=True, retryable=False, unsent=True)
    if status := refused_tunnel(error):
        reason = f"the proxy on the way made no connection ({status}). {NO_PROXY_ADVICE}"
        return ExchangeError(reason, proxy_refused=status == 407, retryable=False, unsent=True)
    return None


class ByteReply(Protocol):
    """The head of a reply, and its body yet to be read."""

    @property
    def status(self) -> int:
        """The HTTP status."""
        ...

    @property
    def headers(self) -> Mapping[str, str]:
        """The headers, names in lower case."""
        ...

    def readinto(self, buffer: memoryview, /) -> int:
        """Read some of the body into ``buffer``; 0 at its end.

        Raises:
            ExchangeError: it broke off, or ended before its announced length.
        """
        ...

    def abort(self) -> None:
        """Cut the connection, from any thread; a read that is waiting fails at once."""

    def close(self) -> None:
        """Leave the connection to others if the body was read to its end, else close it."""


class ByteSource(Protocol):
    """Sends requests; one object serves many threads."""

    def send(self, request: ByteRequest, /) -> ByteReply:
        """Send one request and return when the head of its reply is there.

        Raises:
            ExchangeError: no reply came.
        """
        ...

    def close(self) -> None:
        """Close idle connections."""


def message_of(reply: ByteReply) -> str | None:
    """The title of a refusal's page, or the beginning of its body, for the error message.

    Closes the reply.
    """
    buffer = bytearray(4096)
    total = 0
    try:
        while total < len(buffer) and (count := reply.readinto(memoryview(buffer)[total:])):
            total += count
    except ExchangeError:
        pass  # the message is what arrived until then
    finally:
        reply.close()
    content = bytes(memoryview(buffer)[:total])
    if title := page_title(content):
        return title
    text = readable(" ".join(content.decode("utf-8", "replace").split()))
    return text[:_LONGEST_QUOTE] or None


def host_of(url: str) -> str:
    """The host of a URL: all of it that may be shown, since the rest may be a signature."""
    parts = split_uri(url)
    return (None if parts is None else parts.hostname) or "an address without a host"


def check_http(url: str) -> None:
    """Raise ``ExchangeError`` for what no request can be sent to."""
    if not is_http(url):
        raise ExchangeError("its URL is no http(s) URL", retryable=False, unsent=True)


def is_http(url: str) -> bool:
    """Whether it is a URL, well-formed and with a host, of the schemes http and https."""
    parts = split_uri(url)
    return parts is not None and parts.scheme in {"http", "https"} and bool(parts.hostname)
