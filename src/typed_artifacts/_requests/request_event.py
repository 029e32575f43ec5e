"""The event that ``on_request=`` receives for each attempt of a request."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One attempt of one request, for logs, metrics and tests.

    Attributes:
        operation: the operation's name; ``download`` or ``upload`` for file contents.
        attempt: 1 for the first attempt, more for retries.
        status: the HTTP status; ``None`` if there was no response.
        seconds: from sending the request to the end of the response.
        sent: bytes of the request's body.
        received: bytes of the response's body, decoded.
        error: the error, if the attempt failed.
        waited: seconds that it was delayed because the server's ``RateLimit-*`` headers said that
            few requests are left.
        subject: the object concerned: a path, or a file's name; ``None`` if there is none.
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
