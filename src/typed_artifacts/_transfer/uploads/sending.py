"""Sends one PUT request: hashes the bytes again, checks the response."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final, final

from ..._requests.response import retry_after
from ...errors import ArtifactsError, IntegrityError, ServerError
from ..concurrency.cancellation import Cancellation
from ..events import Advanced, Retried, TransferEvent
from ..http.byte_source import (
    ByteReply,
    ByteRequest,
    ByteSource,
    ExchangeError,
    host_of,
    message_of,
)
from ..http.failures import broken, refusal, timed_out
from ..http.redirects import send_following
from ..http.response_head import ResponseKind, classify
from ..http.retry import TryAgain
from ..manifests.content_checks import Check
from ..manifests.digests import DigestAlgorithm, hex_of
from ..manifests.manifest import ManifestEntry
from .local_files import Content, LocalFile, changed
from .multipart import MultipartTarget
from .streamed import StreamedFile
from .upload_bodies import content_pieces, parse_header_lines, response_agrees

MOST_RENEWALS: Final = 2
"""How often another target is asked for, for one PUT, and another upload, for one file."""


@dataclass(frozen=True, slots=True)
class UploadTarget:
    """Where a file goes.

    Attributes:
        url: takes a PUT; the permission is in it.
        headers: ``Key:Value`` lines to send with it, as the server gave them.
        multipart: where its parts go, if it goes in parts; ``url`` means nothing then.
    """

    url: str
    headers: Sequence[str] = ()
    multipart: MultipartTarget | None = None


RenewTarget = Callable[[str], UploadTarget | None]
"""Gives another target for a file whose URL was refused; called from the uploading threads."""

_REDIRECTED: Final = "The server redirected the upload after it had read it."


class AnotherUpload(Exception):  # noqa: N818 -- a signal between two functions, not an error
    """The permission for a part ran out, and the server gave one for an upload of its own.

    Attributes:
        target: where all parts go now; those that are there belong to the other upload.
        error: what to raise if that is not tried.
    """

    def __init__(self, target: UploadTarget, error: ArtifactsError) -> None:
        super().__init__(str(error))
        self.target = target
        self.error = error


@dataclass(frozen=True, slots=True)
class Payload:
    """What one PUT sends.

    Attributes:
        entry: the file; for a part the same name, with the part's size and MD5.
        content: the file's bytes, or where they are.
        offset: where the part begins in it.
        part: the number of the part; ``None`` for a whole file.
    """

    entry: ManifestEntry
    content: Content
    offset: int = 0
    part: int | None = None


@dataclass(frozen=True, slots=True)
class Exchange:
    """What all PUTs of an upload share."""

    source: ByteSource
    cancel: Cancellation
    emit: Callable[[TransferEvent], None]
    renew: RenewTarget | None

    def send(self, request: ByteRequest) -> ByteReply:
        """Send one request."""
        self.cancel.check()
        return send_following(self.source, request)


@final
class Sending:
    """One file, or one part of it, on its way out.

    Attributes:
        sent: the bytes that went out with the last attempt.
        tag: the ETag in the answer, as it came.
    """

    def __init__(self, payload: Payload, target: UploadTarget, exchange: Exchange) -> None:
        self._entry = payload.entry
        self._payload = payload
        self._target = target
        self._exchange = exchange
        self._renewals = 0
        self._mismatches = 0
        self._attempts = 0
        self._check = Check(payload.entry)
        self.sent = 0
        self.tag = ""

    def attempt(self) -> None:
        """Send it once.

        Raises:
            TryAgain: it failed, and may not fail again.
            AnotherUpload: a part is to be sent to another upload, with all others.
        """
        url = self._url()
        self._attempts += 1
        self.sent = 0
        request = ByteRequest(
            "PUT",
            url,
            self._headers(),
            self._body,
            self._entry.size or 0,
            self._exchange.cancel,
            self._entry.path,
            self._attempts,
        )
        try:
            reply = self._exchange.send(request)
        except ExchangeError as failed:
            self._exchange.cancel.check()
            error = broken(
                self._operation(), self._entry.path, host_of(url), failed, operation="upload"
            )
            raise (TryAgain(error) if failed.retryable else error) from failed
        if 200 <= reply.status < 300:
            self._accept(reply, url)
        else:
            self._refuse(reply, url)

    def _url(self) -> str:
        part, multipart = self._payload.part, self._target.multipart
        return self._target.url if part is None or multipart is None else multipart.urls[part]

    def _headers(self) -> dict[str, str]:
        headers = parse_header_lines(self._target.headers, self._entry.path)
        if self._payload.part is None:
            return headers
        # The other headers are for the whole file.
        kept = {name: value for name, value in headers.items() if name.lower() == "content-type"}
        return {**kept, "Content-MD5": self._entry.digest}

    def _body(self) -> Iterator[bytes]:
        if self.sent:
            self._exchange.emit(Retried(self._entry.path, _REDIRECTED, 0.0, self.sent))
        self._check, self.sent = Check(self._entry), 0
        content = self._payload.content
        for piece in content_pieces(content, self._payload.offset, self._entry.size or 0):
            self._exchange.cancel.check()
            self._check.update(piece)
            yield piece
            self.sent += len(piece)
            self._exchange.emit(Advanced(self._entry.path, len(piece)))
        if isinstance(content, LocalFile) and self._check.why_wrong():
            raise changed(content.path)
        if isinstance(content, StreamedFile):
            self._check.finish("the server that it is copied from")

    def _accept(self, reply: ByteReply, url: str) -> None:
        reply.close()
        self.tag = reply.headers.get("etag", "")
        if self._payload.part is not None and not self.tag:
            raise ServerError(
                f"{host_of(url)} took {self._subject()} and gave it no ETag, without which the "
                "parts cannot be joined.",
                operation="upload",
                subject=self._entry.path,
            )
        if self._entry.algorithm is not DigestAlgorithm.MD5 or response_agrees(
            reply.headers, self._entry.digest
        ):
            return
        self._mismatches += 1
        error = IntegrityError(
            f"{host_of(url)} received other bytes for {self._subject()} than were sent: the "
            "digest in its answer is not that of what was sent.",
            operation="upload",
            subject=self._entry.path,
        )
        raise TryAgain(error) if self._mismatches == 1 else error

    def _refuse(self, reply: ByteReply, url: str) -> None:
        message = message_of(reply)
        self._exchange.cancel.check()  # the body may have been cut by a cancellation
        host, path = host_of(url), self._entry.path
        error = refusal(
            self._operation(), path, host, reply.status, reply.headers, message, operation="upload"
        )
        status = 408 if timed_out(reply.status, message) else reply.status
        kind = classify(status, reply.headers, 0, None)
        renew = self._exchange.renew
        if kind is ResponseKind.EXPIRED and self._renewals < MOST_RENEWALS and renew is not None:
            self._renewals += 1
            target = renew(path)
            if target is None or self._lacks_nothing(target):
                # The part is stored: the response to an earlier attempt was lost, or another client
                # sent it. The ETag of a part is its MD5.
                self.tag = f'"{hex_of(self._entry.digest)}"'
                self._count_as_sent()
                return
            self._exchange.emit(Retried(path, str(error), 0.0, self.sent))
            if self._payload.part is not None and not self._is_same_upload(target):
                raise AnotherUpload(target, error)
            self._target = target
            self.attempt()  # at once: a new target is no repetition of what failed
            return
        if kind is ResponseKind.LATER:
            raise TryAgain(error, retry_after=retry_after(reply.headers))
        raise error

    def _count_as_sent(self) -> None:
        """Report what need not be sent: the server may have refused before it read the body."""
        rest, self.sent = (self._entry.size or 0) - self.sent, self._entry.size or 0
        if rest:
            self._exchange.emit(Advanced(self._entry.path, rest))

    def _lacks_nothing(self, target: UploadTarget) -> bool:
        """Whether this is a part that the same upload has, by another target for the file."""
        part, new = self._payload.part, target.multipart
        return self._is_same_upload(target) and new is not None and part not in new.urls

    def _is_same_upload(self, target: UploadTarget) -> bool:
        old, new = self._target.multipart, target.multipart
        return old is not None and new is not None and new.upload_id == old.upload_id

    def _subject(self) -> str:
        part = self._payload.part
        whole = repr(self._entry.path)
        return whole if part is None else f"part {part} of {whole}"

    def _operation(self) -> str:
        return f"Uploading {self._subject()}"
