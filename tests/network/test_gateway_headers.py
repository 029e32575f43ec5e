"""The headers that a gateway in front of the server asks for go with files, too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.client.flavours import Flavour
from tests.reliability.leaking import KEY
from typed_artifacts.local import Registry
from typed_artifacts.testing.fault_proxy import Exchange, FaultProxy, Plan, Request
from typed_artifacts.testing.serving import HOST, served

HEADERS = {"CF-Access-Client-Secret": "9b" * 10, "Content-Length": "7"}


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    with Registry(tmp_path / "registry") as registry:
        registry.register_key("local", KEY)
        with served(registry) as opened:
            yield opened


@pytest.fixture
def gateway(port: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[FaultProxy]:
    monkeypatch.setenv("WANDB_X_EXTRA_HTTP_HEADERS", json.dumps(HEADERS))
    with FaultProxy((HOST, port)) as opened:
        yield opened


def secrets_of(requests: list[Request]) -> set[tuple[str, str | None]]:
    """The operations, each with the secret that it was sent with."""
    return {
        (
            "GraphQL" if request.method == "POST" else request.method,
            {name.lower(): value for name, value in request.headers}.get("cf-access-client-secret"),
        )
        for request in requests
    }


async def test_files_of_the_servers_own_host_are_sent_with_the_headers(
    flavour: Flavour, gateway: FaultProxy, tmp_path: Path
) -> None:
    secret = HEADERS["CF-Access-Client-Secret"]
    async with flavour.over_http(gateway.url, KEY) as api:
        made = await api.log_artifact("local/p/c", type="t", files={"a.txt": b"1234567890"})
        await made.download(tmp_path / "out")
    assert (tmp_path / "out/a.txt").read_bytes() == b"1234567890"
    assert secrets_of(gateway.requests) == {("GraphQL", secret), ("PUT", secret), ("GET", secret)}


async def test_files_of_other_hosts_are_sent_without_them(
    flavour: Flavour, gateway: FaultProxy, port: int, tmp_path: Path
) -> None:
    with FaultProxy((HOST, port)) as storage:

        def stored_elsewhere(exchange: Exchange) -> None:
            response = exchange.forward()
            body = response.body.replace(gateway.url.encode(), storage.url.encode())
            exchange.reply(replace(response, body=body))

        gateway.plans = [Plan(None, stored_elsewhere)]
        async with flavour.over_http(gateway.url, KEY) as api:
            made = await api.log_artifact("local/p/c", type="t", files={"a.txt": b"1"})
            await made.download(tmp_path / "out")
        assert secrets_of(storage.requests) == {("PUT", None), ("GET", None)}
    assert secrets_of(gateway.requests) == {("GraphQL", HEADERS["CF-Access-Client-Secret"])}
