"""The faults: ways to disturb one request or its response."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from .fault_proxy import Act, Exchange, Response

JSON: Final = [("Content-Type", "application/json")]
HTML: Final = [("Content-Type", "text/html")]
_LONG: Final = 600.0


def reset_before(exchange: Exchange) -> None:
    """Break the connection before the server has the request."""
    exchange.reset()


def reset_after(exchange: Exchange) -> None:
    """Break the connection after the server has done what it was asked."""
    exchange.forward()
    exchange.reset()


def hang(exchange: Exchange) -> None:
    """Send no response until the proxy is closed."""
    exchange.wait(_LONG)
    exchange.hang_up()


def truncated(exchange: Exchange) -> None:
    """Break the connection in the middle of the body."""
    response = exchange.forward()
    exchange.client.sendall(response.head + response.body[: len(response.body) // 2])
    exchange.reset()


def flipped(exchange: Exchange) -> None:
    """Send another last byte; a body that has none is sent as it is."""
    response = exchange.forward()
    last = bytes(byte ^ 1 for byte in response.body[-1:])
    exchange.reply(replace(response, body=response.body[:-1] + last))


def garbage(exchange: Exchange) -> None:
    """Send what is no HTTP."""
    exchange.client.sendall(b"\x16\x03\x01\x02\x00this is no HTTP\r\n\r\n")
    exchange.hang_up()


def status(
    code: int, content: bytes, headers: list[tuple[str, str]], wait: Callable[[], str] | None = None
) -> Act:
    """Refuse the request, which the server does not get.

    Args:
        code: the HTTP status.
        content: the body.
        headers: the headers.
        wait: what ``Retry-After`` says.
    """

    def act(exchange: Exchange) -> None:
        extra = [("Retry-After", wait())] if wait else []
        exchange.reply(Response(code, [*headers, *extra], content))

    return act


def words(code: int, text: str, wait: Callable[[], str] | None = None) -> Act:
    """Refuse the request with a sentence."""
    return status(code, json.dumps({"error": text}).encode(), JSON, wait)


def body(content: bytes, headers: list[tuple[str, str]]) -> Act:
    """Send another body, after the server has done what it was asked."""

    def act(exchange: Exchange) -> None:
        exchange.forward()
        exchange.reply(Response(200, headers, content))

    return act
