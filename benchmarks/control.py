"""Controls the replay server with plain sockets, without the libraries that are measured."""

from __future__ import annotations

import http.client
import json
import os
from urllib.parse import urlsplit


def forget(latency: str | float = 0, *, live: bool | None = None) -> dict[str, int]:
    """Set the latency in seconds, return the counts of requests by operation, and reset them."""
    address = urlsplit(os.environ["WANDB_BASE_URL"])
    connection = http.client.HTTPConnection(address.hostname or "", address.port)
    wishes: dict[str, object] = {"latency": float(latency)}
    if live is not None:
        wishes["live"] = live
    try:
        connection.request("POST", "/-/control", json.dumps(wishes))
        counts: dict[str, int] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return counts
