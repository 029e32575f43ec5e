"""A small project, a wire that counts, and both flavours."""

from collections.abc import Iterator

import pytest

from tests.artifacts.wired import api, wire
from typed_artifacts.local import LocalServer, open_local

__all__ = ["api", "wire"]

HOSTILE = "\"'><img src=x onerror=alert(1)><script>"


@pytest.fixture(scope="session")
def server() -> Iterator[LocalServer]:
    with open_local() as opened:
        registry = opened.registry
        registry.run(
            "local/p/train", job_type="train", config={"lr": HOSTILE}, summary={"loss": 0.5}
        )
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
