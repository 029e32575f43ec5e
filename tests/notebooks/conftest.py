"""A small project, a wire that counts, and both flavours."""

from collections.abc import Iterator

import pytest

from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from typed_artifacts import AsyncApi
from typed_artifacts.local import LocalServer, open_local

HOSTILE = "\"'><img src=x onerror=alert(1)><script>"


@pytest.fixture(params=["sync", "async"])
def flavour(request: pytest.FixtureRequest) -> Flavour:
    return Flavour(str(request.param))


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    with open_local() as opened:
        registry = opened.registry
        registry.run("local/p/train", job_type="train", config={"lr": HOSTILE})
        registry.log_version("local/p/rows", type="dataset", files={"r.txt": "1"})
        registry.use("local/p/train", "local/p/rows:v0")
        for number in range(7):
            registry.log_version(
                "local/p/net",
                type="model",
                files={f"{n:02d}.bin": str(number) for n in range(25)},
                metadata={"n": number, "note": HOSTILE},
                tags=["good"] if number == 6 else [],
                aliases=[HOSTILE.replace("/", "").replace(":", "")] if number == 6 else [],
                description=HOSTILE,
                run="local/p/train",
            )
        registry.describe_collection("local/p/net", description=HOSTILE, tags=["retrieval"])
        yield opened


@pytest.fixture
def wire(server: LocalServer) -> Wire:
    return Wire(server)


@pytest.fixture
def api(flavour: Flavour, wire: Wire) -> AsyncApi:
    return flavour.api(wire, api_key=wire.server.api_key)
