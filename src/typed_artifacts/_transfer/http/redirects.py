"""Sends a request for a file and follows redirects, the same over every byte source."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, final

from ..._environment.variables import Secret
from ..._values.uris import joined_uri, scheme_of, split_uri
from ..concurrency.cancellation import Cancellation, Cancelled
from .byte_source import ByteReply, ByteRequest, ByteSource, ExchangeError, is_http

_REDIRECTS: Final = {301, 302, 303, 307, 308}
_MOST_REDIRECTS: Final = 5


def send_following(
    source: ByteSource,
    request: ByteRequest,
    prepare: Callable[[ByteRequest], ByteRequest] | None = None,
) -> ByteReply:
    """Send a request and follow a few redirects; a body is sent again only for 307 and 308.

    Args:
        source: sends it.
        request: the first.
        prepare: what each is made into before it is sent.

    Raises:
        ExchangeError: no reply, too many redirects, or one that leads to somewhere unsafe.
        Cancelled: the transfer was cancelled before the reply came.
    """
    for _ in range(_MOST_REDIRECTS + 1):
        reply = source.send(request if prepare is None else prepare(request))
        if request.cancel is not None:
            reply = CutReply(reply, request.cancel)
        follow = reply.status in _REDIRECTS and (request.body is None or reply.status > 303)
        if not follow or "location" not in reply.headers:
            return reply
        reply.close()
        location = Secret(reply.headers["location"])  # it may quote the key, or be signed
        request = replace(request, url=_redirected(request.url, location))
    raise ExchangeError(f"it redirects more than {_MOST_REDIRECTS} times", retryable=False)


def _redirected(url: str, location: Secret) -> Secret:
    target = Secret(joined_uri(url, location) or "")
    if not is_http(target):
        raise ExchangeError("it redirects to what is no http(s) URL", retryable=False)
    if scheme_of(target) == "http" and scheme_of(url) == "https":
        raise ExchangeError("it redirects from https to plain http", retryable=False)
    return _as_the_same_user(target, url)


def _as_the_same_user(target: Secret, url: str) -> Secret:
    """Where a redirect leads, with the user and the password of before if that is the same host."""
    before, after = split_uri(url), split_uri(target)
    if before is None or after is None or before.username is None or after.username is not None:
        return target
    if (before.scheme, before.hostname, before.port) != (after.scheme, after.hostname, after.port):
        return target
    return Secret(after._replace(netloc=before.netloc).geturl())


@final
class CutReply:
    """A reply that is cut when the transfer is cancelled, until it is closed.

    That is also for what is refused: the rest of its body is read when it is closed, and may never
    end.

    Args:
        reply: the reply.
        cancel: cuts it when it is set.

    Raises:
        Cancelled: it was set before; the reply is closed.
    """

    def __init__(self, reply: ByteReply, cancel: Cancellation) -> None:
        self._reply = reply
        self.status: int = reply.status
        self.headers: Mapping[str, str] = reply.headers
        try:
            self._unwatch = cancel.watch(reply.abort)
        except Cancelled:
            reply.abort()
            reply.close()
            raise

    def readinto(self, buffer: memoryview, /) -> int:
        """Read some of the body; 0 at its end.

        Raises:
            ExchangeError: it broke off before its end.
        """
        return self._reply.readinto(buffer)

    def abort(self) -> None:
        """Cut the connection."""
        self._reply.abort()

    def close(self) -> None:
        """Let go of the connection."""
        self._reply.close()
        self._unwatch()
