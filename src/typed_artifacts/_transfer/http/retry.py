"""Retries of transfers, which also count progress.

A request either succeeds or not; a file gets further. Failures count against ``tries`` only as
long as it does not, and time counts against ``total_seconds`` only while waiting.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import TypeVar, final

import tenacity

from ..._requests.attempt import log_wait
from ..._requests.failures import PASSING_STATUSES
from ..._requests.retry import FINAL_STATUSES, RetryPolicy
from ...errors import ArtifactsError
from ..concurrency.cancellation import Cancellation

T = TypeVar("T")
OnRetry = Callable[[ArtifactsError, float], None]
"""Called before a wait, with what went wrong and the seconds until the next try."""


def passes(status: int) -> bool:
    """Whether another try may be answered better than with this status."""
    return status in PASSING_STATUSES or (status >= 500 and status not in FINAL_STATUSES)


class TryAgain(Exception):  # noqa: N818 -- a signal between two functions, not an error
    """A try that failed in a way that another may not.

    Attributes:
        error: what to raise if there is no other try.
        retry_after: seconds the server asked to wait.
        progressed: whether this try got further than the one before.
    """

    def __init__(
        self,
        error: ArtifactsError,
        *,
        retry_after: float | None = None,
        progressed: bool = False,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.retry_after = retry_after
        self.progressed = progressed


@final
class Retrying:
    """Calls a function until it succeeds, fails for good, or the policy's patience ends."""

    def __init__(
        self, policy: RetryPolicy, cancel: Cancellation, on_retry: OnRetry | None = None
    ) -> None:
        self._policy = policy
        self._on_retry = on_retry
        self._failures = 0
        self._cancel = cancel

    def __call__(self, attempt: Callable[[], T]) -> T:
        """Call ``attempt`` until it does not raise ``TryAgain``.

        Raises:
            ArtifactsError: the last try's, when there are no more.
        """
        try:
            return self._loop()(attempt)
        except TryAgain as last:
            raise last.error from last.__cause__

    def _loop(self) -> tenacity.Retrying:
        return tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(TryAgain),
            stop=self._is_over,
            after=self._count,
            wait=self._pause,
            sleep=self._cancel.wait,
            before_sleep=self._report,
            reraise=True,
        )

    def _count(self, state: tenacity.RetryCallState) -> None:
        self._failures = 1 if _failure(state).progressed else self._failures + 1

    def _is_over(self, state: tenacity.RetryCallState) -> bool:
        waited = state.idle_for + state.upcoming_sleep
        return self._failures >= self._policy.tries or waited > self._policy.total_seconds

    def _pause(self, state: tenacity.RetryCallState) -> float:
        retry_after = _failure(state).retry_after
        if retry_after is not None:
            return retry_after
        doubled = self._policy.first_wait * 2.0 ** (self._failures - 1)
        spread = random.uniform(0.75, 1.25)  # noqa: S311 -- spreads load, keeps no secret
        return min(doubled * spread, self._policy.longest_wait)

    def _report(self, state: tenacity.RetryCallState) -> None:
        error = _failure(state).error
        log_wait(error.subject or "a file", state.upcoming_sleep, error)
        if self._on_retry is not None:
            self._on_retry(error, state.upcoming_sleep)


def _failure(state: tenacity.RetryCallState) -> TryAgain:
    failure = state.outcome.exception() if state.outcome is not None else None
    if not isinstance(failure, TryAgain):
        raise TypeError("only a failed try is waited for")
    return failure
