"""What is told of each attempt of a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One attempt of one request, for logs, metrics and tests.

    Attributes:
        operation: the operation's name; ``download`` or ``upload`` for the contents of a file.
        attempt: 1 for the first, more for retries.
        status: the HTTP status; ``None`` where no answer came.
        seconds: from sending to the whole answer.
        sent: bytes of the request's body.
        received: bytes of the answer's body, decoded.
        error: what the attempt failed with, if it did.
        waited: seconds that it was held back because the server's ``RateLimit-*`` headers said
            that few requests are left.
        subject: what it was about: a path, or a file's name; ``None`` where there is none.
    """

    operation: str
    attempt: int
    status: int | None
    seconds: float
    sent: int
    received: int
    error: BaseException | None
    waited: float = 0.0
    subject: str | None = None
