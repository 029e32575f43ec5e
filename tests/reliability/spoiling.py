"""Faults that only the matrix needs; others are in the package."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from typing import Any, Final, TypeAlias

from typed_artifacts.testing.fault_proxy import Act, Exchange, Response
from typed_artifacts.testing.spoiling import JSON

JsonObject: TypeAlias = dict[str, Any]
Change: TypeAlias = Callable[[JsonObject, int], None]
"""Changes a reply in place; the number counts the replies that were spoiled before."""
TIMEOUT: Final = 1.0
"""Seconds that a client waits in the cells of slow faults."""

FILES: Final = {"GET", "PUT"}


def gone(exchange: Exchange) -> None:
    exchange.proxy.stop_listening()
    exchange.reset()


def drip(exchange: Exchange, data: bytes, pause: float) -> None:
    for byte in data[:200]:
        exchange.client.sendall(bytes([byte]))
        exchange.wait(pause)


def slow_headers(exchange: Exchange) -> None:
    response = exchange.forward()
    if exchange.request.operation in FILES:
        drip(exchange, response.head, 0.0005)
        exchange.client.sendall(response.head[200:] + response.body)
        return
    # Each byte comes long before a read would time out; all of them never do.
    drip(exchange, response.head, TIMEOUT / 10)
    exchange.hang_up()


def slow_body(exchange: Exchange) -> None:
    response = exchange.forward()
    exchange.client.sendall(response.head)
    if exchange.request.operation in FILES:  # which may take as long as they get further
        drip(exchange, response.body, 0.0005)
        exchange.client.sendall(response.body[200:])
    else:
        drip(exchange, response.body, TIMEOUT / 10)
        exchange.hang_up()


def too_long(exchange: Exchange) -> None:
    response = exchange.forward()
    exchange.client.sendall(replace(response, length=len(response.body) + 7).head + response.body)
    exchange.hang_up()


def too_short(exchange: Exchange) -> None:
    response = exchange.forward()
    exchange.reply(replace(response, length=max(0, len(response.body) - 7)))
    exchange.hang_up()


def soon() -> str:
    return formatdate(time.time(), usegmt=True)


def cut_json(exchange: Exchange) -> None:
    response = exchange.forward()
    exchange.reply(replace(response, body=response.body[: len(response.body) // 2]))


def echo(exchange: Exchange) -> None:
    text = exchange.request.text
    exchange.reply(Response(500, [("Content-Type", "text/plain")], text.encode()))


def from_the_first(change: Change) -> Act:
    """A server that gives its first page again, whatever cursor it is asked with."""
    spoil = rewritten(change)

    def act(exchange: Exchange) -> None:
        body: JsonObject = json.loads(exchange.request.body)
        body["variables"].pop("cursor", None)
        exchange.request = replace(exchange.request, body=json.dumps(body).encode())
        spoil(exchange)

    return act


def rewritten(change: Change) -> Act:
    def act(exchange: Exchange) -> None:
        response = exchange.forward()
        reply: JsonObject = json.loads(response.body)
        change(reply, exchange.number)
        body = json.dumps(reply).encode()
        exchange.reply(Response(response.status, JSON, body))

    return act


DEEP: Final = b'{"data":' + b'{"project":' * 50_000 + b"null" + b"}" * 50_000 + b"}"


def connection_in(reply: JsonObject) -> JsonObject:
    """The connection in a reply: the first object with edges."""
    pending: list[object] = [reply]
    while pending:
        value = pending.pop(0)
        if isinstance(value, dict):
            found: JsonObject = value  # pyright: ignore[reportUnknownVariableType]  # JSON
            if "edges" in found and "pageInfo" in found:
                return found
            pending += found.values()
    raise AssertionError("no connection in the reply")


def null_nodes(reply: JsonObject, number: int) -> None:
    del number
    # Between the real ones: a node that its reader may not see.
    found = connection_in(reply)
    found["edges"] = [
        each for edge in found["edges"] for each in ({**edge, "node": None, "cursor": "x"}, edge)
    ]


def same_cursor(reply: JsonObject, number: int) -> None:
    del number
    connection_in(reply)["pageInfo"] = {"hasNextPage": True, "endCursor": "again"}


def for_ever(reply: JsonObject, number: int) -> None:
    connection_in(reply)["pageInfo"] = {"hasNextPage": True, "endCursor": f"cursor-{number}"}
    connection_in(reply)["edges"] = []


def no_cursor(reply: JsonObject, number: int) -> None:
    del number
    connection_in(reply)["pageInfo"] = {"hasNextPage": True, "endCursor": None}


def duplicates(reply: JsonObject, number: int) -> None:
    del number
    found = connection_in(reply)
    found["edges"] = [each for edge in found["edges"] for each in (edge, edge)]


def wrong_types(reply: JsonObject, number: int) -> None:
    del number
    reply["data"] = {name: [7, "seven"] for name in reply["data"]}


def long_text(reply: JsonObject, number: int) -> None:
    del number
    reply["extensions"] = {"note": "x" * 10_000_000}


def no_results(reply: JsonObject, number: int) -> None:
    del number
    reply["data"] = dict.fromkeys(reply["data"])


def refused(reply: JsonObject, number: int) -> None:
    del number
    reply["data"] = None
    reply["errors"] = [{"message": "not today", "path": ["project"], "extensions": {"code": 7}}]
