"""What a request that got no usable answer is called, whichever way it was sent. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .errors import ConnectionFailed, RequestTimeout, ServerError

if TYPE_CHECKING:
    from ._answers import Errand


def spoken(error: Exception) -> str:
    """What an error says, as a part of a sentence; its kind where it says nothing."""
    return str(error).rstrip(".") or type(error).__name__


def timed_out(errand: Errand, words: str, *, unsent: bool) -> RequestTimeout:
    """It was not answered in time."""
    return RequestTimeout(
        f"{errand.base_url} did not answer {errand} in time ({words}); "
        "raise timeout= or WANDB_HTTP_TIMEOUT if it needs longer.",
        request_sent=not unsent,
        operation=errand.operation,
        subject=errand.subject,
    )


def broken_off(errand: Errand, words: str, *, unsent: bool) -> ConnectionFailed:
    """There was no connection, or it broke."""
    said = "could not be sent to" if unsent else "got no whole answer from"
    return ConnectionFailed(
        f"{errand} {said} {errand.base_url}: {words}. Is the address right, and the network up?",
        request_sent=not unsent,
        operation=errand.operation,
        subject=errand.subject,
    )


def unready(errand: Errand, error: Exception) -> ConnectionFailed:
    """It could not even be tried: a certificate file, a kind of proxy, a URL."""
    return ConnectionFailed(
        f"{errand} could not be sent to {errand.base_url}: {spoken(error)}. "
        "Look at the base URL, the proxies and the certificates of the environment.",
        request_sent=False,
        operation=errand.operation,
        subject=errand.subject,
    )


def undecodable(errand: Errand, words: str) -> ServerError:
    """Its answer is not encoded as it says."""
    return ServerError(
        f"{errand.base_url} answered {errand} with a body that cannot be decoded ({words}). "
        "Is a proxy in between?",
        operation=errand.operation,
        subject=errand.subject,
    )
