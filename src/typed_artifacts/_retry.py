"""One retry policy: what may be sent again, when, and for how long. tenacity does the looping."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from .errors import ArtifactsError, ConnectionFailed, RateLimited, ServerError

if TYPE_CHECKING:
    from tenacity import AsyncRetrying, RetryCallState, Retrying
    from tenacity.stop import StopBaseT

# Answers that say "not like this", however often one asks.
_FINAL_STATUSES = frozenset({400, 401, 403, 404, 409, 410, 413, 422, 501})


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a client is.

    Attributes:
        tries: attempts in all; 1 switches retries off.
        total_seconds: no attempt begins later than this after the first.
        first_wait: seconds before the second attempt; doubled for each further one, with jitter.
        longest_wait: seconds that one wait lasts at the most, ``Retry-After`` apart.
    """

    tries: int = 6
    total_seconds: float = 90.0
    first_wait: float = 0.4
    longest_wait: float = 15.0


NO_RETRIES = RetryPolicy(tries=1)


def may_retry(error: BaseException, *, mutation: bool) -> bool:
    """Whether sending the same request again is right.

    A query may be repeated after any passing fault. A mutation only when it surely did not run:
    the connection was never made, or the server turned it away unread (429). A timeout, a reset
    or a 5xx leaves open whether it ran, so those are the caller's to judge.
    """
    if isinstance(error, RateLimited):
        return True
    if isinstance(error, ConnectionFailed):
        return not (mutation and error.request_sent)
    if isinstance(error, ServerError) and error.status is not None:
        return not mutation and error.status >= 400 and error.status not in _FINAL_STATUSES
    return False


def retrying(policy: RetryPolicy, *, mutation: bool) -> Retrying:
    """A loop over attempts, for blocking code."""
    import tenacity

    return tenacity.Retrying(
        stop=_stop(policy),
        wait=_Wait(policy),
        retry=tenacity.retry_if_exception(lambda error: may_retry(error, mutation=mutation)),
        reraise=True,
    )


def async_retrying(policy: RetryPolicy, *, mutation: bool) -> AsyncRetrying:
    """A loop over attempts, for coroutines."""
    import tenacity

    return tenacity.AsyncRetrying(
        stop=_stop(policy),
        wait=_Wait(policy),
        retry=tenacity.retry_if_exception(lambda error: may_retry(error, mutation=mutation)),
        reraise=True,
    )


class _Wait:
    """Exponential with jitter; the server's ``Retry-After`` wins."""

    def __init__(self, policy: RetryPolicy) -> None:
        import tenacity

        self._backoff = tenacity.wait_random_exponential(
            multiplier=policy.first_wait, min=policy.first_wait / 2, max=policy.longest_wait
        )

    def __call__(self, state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = getattr(error, "retry_after", None) if isinstance(error, ArtifactsError) else None
        return asked if isinstance(asked, float) else self._backoff(state)


def _stop(policy: RetryPolicy) -> StopBaseT:
    import tenacity

    return tenacity.stop_after_attempt(policy.tries) | tenacity.stop_before_delay(
        policy.total_seconds
    )
