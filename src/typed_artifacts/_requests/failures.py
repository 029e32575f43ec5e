"""What a request that got no usable answer is called, whichever way it was sent. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..errors import ConnectionFailed, RequestTimeout, ServerError

if TYPE_CHECKING:
    from .response import RequestContext


def message_of(error: Exception) -> str:
    """What an error says, as a part of a sentence; its kind where it says nothing."""
    return str(error).rstrip(".") or type(error).__name__


def timed_out(context: RequestContext, words: str, *, unsent: bool) -> RequestTimeout:
    """It was not answered in time."""
    return RequestTimeout(
        f"{context.base_url} did not answer {context} in time ({words}); "
        "raise timeout= or WANDB_HTTP_TIMEOUT if it needs longer.",
        request_sent=not unsent,
        operation=context.operation,
        subject=context.subject,
    )


def broken_off(context: RequestContext, words: str, *, unsent: bool) -> ConnectionFailed:
    """There was no connection, or it broke."""
    said = "could not be sent to" if unsent else "got no whole answer from"
    return ConnectionFailed(
        f"{context} {said} {context.base_url}: {words}. Is the address right, and the network up?",
        request_sent=not unsent,
        operation=context.operation,
        subject=context.subject,
    )


def unready(context: RequestContext, error: Exception) -> ConnectionFailed:
    """It could not even be tried: a certificate file, a kind of proxy, a URL."""
    return ConnectionFailed(
        f"{context} could not be sent to {context.base_url}: {message_of(error)}. "
        "Look at the base URL, the proxies and the certificates of the environment.",
        request_sent=False,
        operation=context.operation,
        subject=context.subject,
    )


def undecodable(context: RequestContext, words: str) -> ServerError:
    """Its answer is not encoded as it says."""
    return ServerError(
        f"{context.base_url} answered {context} with a body that cannot be decoded ({words}). "
        "Is a proxy in between?",
        operation=context.operation,
        subject=context.subject,
    )
