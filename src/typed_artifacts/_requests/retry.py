"""The retry policy: which requests are retried, when, and for how long. tenacity runs the loop."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from .._values.guards import is_number, is_whole_number
from .._values.process import ProcessLocal
from .._values.shown import shown
from ..errors import (
    ArtifactsError,
    ConnectionFailed,
    InvalidInput,
    ProxyAuthenticationRequired,
    RateLimited,
    ServerError,
    UntrustedCertificate,
)
from .attempt import log_wait
from .failures import refused_tunnel
from .response import TOO_EARLY
from .stopping import sleep_unless_stopped

if TYPE_CHECKING:
    from collections.abc import Callable

    from tenacity import AsyncRetrying, RetryCallState, Retrying
    from tenacity.stop import StopBaseT
    from tenacity.wait import WaitBaseT

    from .response import Allowance, RequestContext

# 501 (Not Implemented) is permanent.
FINAL_STATUSES = frozenset({501})
_LONGEST = 1e9  # seconds, so that no sum of them is out of reach

HARMLESS_TO_REPEAT = {
    "CreateArtifact": "its clientID is new for each call: a server knows a repeated one again",
    "CreateArtifactManifest": "an uncommitted version has one manifest, which is announced again",
    "CreateArtifactFiles": "it asks where files go; files are kept by their digest",
    "CompleteMultipartUploadArtifact": "where it is refused, it is looked up if the file is there",
    "CommitArtifact": "a version that is committed stays as it is",
    "DeleteArtifactBatch": "what failed is looked up afterwards: gone is gone",
    "UnlinkArtifactBatch": "the same as with deletions: what failed is looked up",
    "SetArtifactTtlBatch": "a time to live that is set again is the same",
    "UseArtifact": "that a run used a version is true or not, however often it is said",
}
"""Mutations that are sent again like queries, and why that is right.

All others are not: a second delete finds nothing and would turn a success into an error, and a
second save or link would undo another user's change in between.
"""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often and how long a client retries requests.

    Attributes:
        tries: the maximum number of attempts; 1 turns retries off.
        total_seconds: the time limit of a call with all attempts and waits. (A single attempt may
            take the client's ``timeout``, even if that is longer.)
        first_wait: seconds before the second attempt; doubled for each further one, with jitter.
        longest_wait: the maximum seconds of one wait, except for ``Retry-After``.
        heed_limits: slow down while the server's ``RateLimit-*`` headers say that few requests
            are left, to avoid 429 responses.

    Raises:
        InvalidInput: ``tries`` is not a positive integer, or a time is not a number of seconds.
    """

    tries: int = 6
    total_seconds: float = 90.0
    first_wait: float = 0.4
    longest_wait: float = 15.0
    heed_limits: bool = True

    def __post_init__(self) -> None:
        # Checked here: otherwise the first failed request would raise another error.
        if not is_whole_number(self.tries) or self.tries < 1:
            raise InvalidInput(f"tries is {shown(self.tries, 100)}; it must be 1 or more.")
        _check_wait("total_seconds", self.total_seconds)
        _check_wait("longest_wait", self.longest_wait)
        _check_wait("first_wait", self.first_wait, endless=False)


def _check_wait(name: str, seconds: float, *, endless: bool = True) -> None:
    allowed = is_number(seconds) and (0 <= seconds <= _LONGEST or (endless and seconds == math.inf))
    if not allowed:
        raise InvalidInput(f"{name} is {shown(seconds, 100)}; it must be a number of seconds.")


NO_RETRIES = RetryPolicy(tries=1, heed_limits=False)
"""Each request is sent once, and is never delayed."""


def repeatable(operation: str, kind: str) -> bool:
    """Whether an operation may run twice: a query, or a mutation that is harmless to repeat."""
    return kind == "query" or operation in HARMLESS_TO_REPEAT


def may_retry(error: BaseException, *, repeatable: bool) -> bool:
    """Whether to send the same request again.

    A repeatable request is retried after any temporary fault: no connection, a broken one, a
    timeout, 408, 425, 429, 5xx. Other requests are retried only if they certainly did not run:
    there was no connection, or the server refused them unread (425, 429). After a timeout, a reset,
    a 408 or a 5xx they may have run, so the caller has to decide. A proxy that refuses a tunnel
    for good (403) is asked once.
    """
    if isinstance(error, RateLimited):
        return True
    if isinstance(error, ProxyAuthenticationRequired | UntrustedCertificate):
        return False  # the next attempt meets the same proxy, and the same certificate
    if isinstance(error, ConnectionFailed):
        return (repeatable or not error.request_sent) and refused_tunnel(error) is None
    if isinstance(error, ServerError) and error.status is not None:
        if error.status == TOO_EARLY:
            return True
        return repeatable and error.status >= 500 and error.status not in FINAL_STATUSES
    return False


def retrying(policy: RetryPolicy, context: RequestContext, *, repeatable: bool) -> Retrying:
    """A loop over attempts, for blocking code."""
    import tenacity

    return tenacity.Retrying(
        sleep=sleep_unless_stopped,
        stop=_stop(policy),
        wait=_wait(policy),
        retry=tenacity.retry_if_exception(lambda error: may_retry(error, repeatable=repeatable)),
        before_sleep=_logging_for(context),
        reraise=True,
    )


def async_retrying(
    policy: RetryPolicy, context: RequestContext, *, repeatable: bool
) -> AsyncRetrying:
    """A loop over attempts, for coroutines."""
    import tenacity

    return tenacity.AsyncRetrying(
        sleep=_async_sleep,
        stop=_stop(policy),
        wait=_wait(policy),
        retry=tenacity.retry_if_exception(lambda error: may_retry(error, repeatable=repeatable)),
        before_sleep=_logging_for(context),
        reraise=True,
    )


async def _async_sleep(seconds: float) -> None:
    from anyio import sleep

    await sleep(seconds)


def _logging_for(context: RequestContext) -> Callable[[RetryCallState], None]:
    def log(state: RetryCallState) -> None:
        error = state.outcome.exception() if state.outcome else None
        log_wait(str(context), state.upcoming_sleep, error)

    return log


def seconds_left(policy: RetryPolicy, timeout: float, state: RetryCallState) -> float:
    """The seconds that the attempt starting now may take."""
    if state.attempt_number == 1:
        return timeout
    spent = time.monotonic() - state.start_time
    # Never 0: the loop has decided that there is time for an attempt.
    return min(timeout, max(policy.total_seconds - spent, policy.total_seconds / 100))


def _wait(policy: RetryPolicy) -> WaitBaseT:
    """Exponential with jitter; the server's ``Retry-After`` wins."""
    import tenacity

    backoff = tenacity.wait_random_exponential(
        multiplier=policy.first_wait, min=policy.first_wait / 2, max=policy.longest_wait
    )

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        retry_after = (
            getattr(error, "retry_after", None) if isinstance(error, ArtifactsError) else None
        )
        return retry_after if isinstance(retry_after, float) else backoff(state)

    return wait


def _stop(policy: RetryPolicy) -> StopBaseT:
    import tenacity

    return tenacity.stop_after_attempt(policy.tries) | tenacity.stop_before_delay(
        policy.total_seconds
    )


class RateLimiter:
    """Spreads requests over the remaining time when the server says that few are left.

    Each client has one, shared by its threads: each request takes the next free time slot.
    """

    def __init__(self, policy: RetryPolicy) -> None:
        self._policy = policy
        self._lock = ProcessLocal(threading.Lock)
        self._interval = 0.0
        self._next = 0.0
        self._ends = 0.0

    def note(self, allowed: Allowance | None) -> None:
        """Read from a response how many requests are left."""
        if allowed is None or not self._policy.heed_limits:
            return
        now = time.monotonic()
        with self._lock.get():
            next_free = self._next if now < self._ends else now
            self._interval = allowed.interval
            self._next = max(next_free, now + allowed.interval)
            self._ends = now + allowed.seconds

    def hold(self) -> float:
        """Wait for the next time slot; returns the seconds waited."""
        if seconds := self._until_next():
            sleep_unless_stopped(seconds)
        return seconds

    async def async_hold(self) -> float:
        """The same, in a coroutine."""
        if seconds := self._until_next():
            from anyio import sleep

            await sleep(seconds)
        return seconds

    def _until_next(self) -> float:
        """Reserve a time slot; it is at most the policy's longest wait away."""
        if not self._interval:
            return 0.0
        now = time.monotonic()
        with self._lock.get():
            send_at = min(max(now, self._next), max(now, self._ends))
            self._next = send_at + self._interval
            if now >= self._ends:
                self._interval = 0.0
        return min(send_at - now, self._policy.longest_wait)
