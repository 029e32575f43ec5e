"""Byte sources for tests: short time limits, and proxies and certificates as given."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from typed_artifacts._environment.network import Network
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source


def make_source(
    *,
    read_seconds: float = 2.0,
    proxies: Mapping[str, str] | None = None,
    ssl_context: ssl.SSLContext | None = None,
) -> Urllib3Source:
    network = Network(timeout=5.0, proxies=proxies, ssl_context=ssl_context)
    network.read_seconds = read_seconds
    return Urllib3Source(network)
