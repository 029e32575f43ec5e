"""One attempt of a request, timed and reported."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

from ..errors import ArtifactsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from .response import RequestContext, Response


@dataclass(frozen=True, slots=True)
class RequestEvent:
    """One attempt of one request, for logs, metrics and tests.

    Attributes:
        operation: the operation's name.
        attempt: 1 for the first, more for retries.
        status: the HTTP status; ``None`` where no answer came.
        seconds: from sending to the whole answer.
        sent: bytes of the request's body.
        received: bytes of the answer's body, decoded.
        error: what the attempt failed with, if it did.
        waited: seconds that it was held back because the server's ``RateLimit-*`` headers said
            that few requests are left.
    """

    operation: str
    attempt: int
    status: int | None
    seconds: float
    sent: int
    received: int
    error: BaseException | None
    waited: float = 0.0


class Attempt:
    """Times one attempt and reports it, whatever comes of it."""

    def __init__(
        self,
        context: RequestContext,
        body: bytes,
        attempt: int,
        waited: float,
        report: Callable[[RequestEvent], None] | None,
    ) -> None:
        self._context = context
        self._sent = len(body)
        self._attempt = attempt
        self._waited = waited
        self._report = report
        self.response: Response | None = None

    def __enter__(self) -> Self:
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        if isinstance(error, ArtifactsError) and error.subject is None:
            error.subject = self._context.subject
        if self._report is None:
            return
        response = self.response
        self._report(
            RequestEvent(
                self._context.operation,
                self._attempt,
                None if response is None else response.status,
                time.perf_counter() - self._began,
                self._sent,
                0 if response is None else len(response.content),
                error,
                self._waited,
            )
        )
