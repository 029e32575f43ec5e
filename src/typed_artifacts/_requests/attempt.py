"""One attempt of a request: timed, logged and reported."""

from __future__ import annotations

import logging
import time
from typing import TYPE_CHECKING, Final, Self

from .._values.shown import visible
from ..errors import ArtifactsError
from .library_logs import REDACTOR

if TYPE_CHECKING:
    from collections.abc import Callable

    from .redaction import Redactor
    from .request_event import RequestEvent
    from .response import RequestContext, Response

LOGGER: Final = logging.getLogger("typed_artifacts")
"""DEBUG: each attempt. INFO: what is waited for, and why."""


def report(event: RequestEvent, on_request: Callable[[RequestEvent], None] | None) -> None:
    """Log an attempt, and call ``on_request``."""
    if LOGGER.isEnabledFor(logging.DEBUG):
        LOGGER.debug(
            "%s%s: %s, %d bytes sent, %d received, %.0f ms (attempt %d)",
            event.operation,
            f" {visible(event.subject)}" if event.subject else "",
            type(event.error).__name__ if event.status is None else event.status,
            event.sent,
            event.received,
            event.seconds * 1000,
            event.attempt,
        )
    if on_request is not None:
        on_request(event)


def log_wait(request: str, seconds: float, why: object) -> None:
    """Log that a request is held back.

    Args:
        request: the operation and what it is about.
        seconds: how long.
        why: an error that the attempt before met, or a reason in words.
    """
    if isinstance(why, BaseException):
        why = type(why).__name__  # its message may quote an address
    # A file's name may hold the end of a line, and what looks like another one.
    LOGGER.info("%s waits %.1f s: %s", visible(request), seconds, why)


class Attempt:
    """Times one attempt and reports its outcome; the error in it quotes no secret."""

    def __init__(
        self,
        context: RequestContext,
        body: bytes,
        number: int,
        waited: float,
        on_request: Callable[[RequestEvent], None] | None,
        redactor: Redactor,
    ) -> None:
        self._context = context
        self._sent = len(body)
        self._number = number
        self._waited = waited
        self._on_request = on_request
        self._redactor = redactor
        self.response: Response | None = None

    def __enter__(self) -> Self:
        if self._waited:
            log_wait(str(self._context), self._waited, "the server allows few requests")
        self._before = REDACTOR.set(self._redactor)
        self._began = time.perf_counter()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: object
    ) -> None:
        REDACTOR.reset(self._before)
        if error is not None:
            self._redactor.error(error)
        if isinstance(error, ArtifactsError) and error.subject is None:
            error.subject = self._context.subject
        if self._on_request is None and not LOGGER.isEnabledFor(logging.DEBUG):
            return
        from .request_event import RequestEvent  # of a program that listens, or logs

        response = self.response
        event = RequestEvent(
            self._context.operation,
            self._number,
            None if response is None else response.status,
            time.perf_counter() - self._began,
            self._sent,
            0 if response is None else len(response.content),
            error,
            self._waited,
            self._context.subject,
        )
        report(event, self._on_request)
