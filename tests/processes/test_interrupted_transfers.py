"""A transfer that is interrupted or cancelled while one of its threads waits for GraphQL."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.artifacts.served import Served, serving
from tests.processes.running import run_python
from typed_artifacts import Api

START = """
import asyncio, faulthandler, os, signal, sys, threading, time
from typed_artifacts import Api, AsyncApi
from typed_artifacts.testing.fault_proxy import FaultProxy, Plan, Response

signal.signal(signal.SIGINT, signal.default_int_handler)  # a parent in the background ignores it
port, key, operation, fault = sys.argv[1:]
faulthandler.dump_traceback_later(60, exit=True)
proxy = FaultProxy(("127.0.0.1", int(port)))
options = {"base_url": proxy.url, "api_key": key, "entity": "local"}
met = threading.Event()
interrupted = []

def spoil(exchange):
    met.set()
    if fault == "429":
        exchange.reply(Response(429, [("Retry-After", "40")], b"later"))
    else:
        exchange.wait(40)
        exchange.hang_up()

def interrupt_by(act):
    def run():
        met.wait()
        time.sleep(0.2)
        interrupted.append(time.monotonic())
        act()

    proxy.plans = [Plan(operation, spoil)]
    threading.Thread(target=run, daemon=True).start()

def check_end():
    assert time.monotonic() - interrupted[0] < 10
    assert not os.path.isdir("folder") or not os.listdir("folder")
    proxy.plans = []
"""

INTERRUPT = (
    START
    + """
api = Api(**options)
artifact = api.artifact("demo/slow:v0")
if operation == "ArtifactMembershipFileUrls":
    artifact.manifest
interrupt_by(lambda: os.kill(os.getpid(), signal.SIGINT))
try:
    if operation == "CreateArtifactFiles":
        api.log_artifact("demo/new", type="dataset", files={"a": b"a"})
    else:
        artifact.download("folder", skip_cache=True)
    raise AssertionError("it was not interrupted")
except KeyboardInterrupt:
    check_end()
artifact.download("folder", skip_cache=True)
assert len(os.listdir("folder")) == 3
assert not api.artifact_exists("demo/new:v0")
proxy.close()
"""
)

CANCEL = (
    START
    + """
import anyio

async def main():
    async with AsyncApi(**options) as api:
        artifact = await api.artifact("demo/slow:v0")
        if operation == "ArtifactMembershipFileUrls":
            await artifact.manifest()
        with anyio.CancelScope() as scope:
            token = anyio.lowlevel.current_token()
            interrupt_by(lambda: anyio.from_thread.run_sync(scope.cancel, token=token))
            if operation == "CreateArtifactFiles":
                await api.log_artifact("demo/new", type="dataset", files={"a": b"a"})
            else:
                await artifact.download("folder", skip_cache=True)
            raise AssertionError("it was not cancelled")
        assert scope.cancelled_caught
        check_end()
        await artifact.download("folder", skip_cache=True)
        assert len(os.listdir("folder")) == 3
        assert not await api.artifact_exists("demo/new:v0")

anyio.run(main, backend="LOOP")
proxy.close()
"""
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("registry")) as served:
        with Api(base_url=served.url, api_key=served.key, entity="local") as api:
            api.log_artifact("demo/slow", type="dataset", files=dict.fromkeys("abc", b"1"))
        yield served


@pytest.mark.each(2)
@pytest.mark.parametrize("fault", [pytest.param("429", marks=pytest.mark.long), "hang"])
@pytest.mark.parametrize(
    "operation", ["ArtifactManifestUrl", "ArtifactMembershipFileUrls", "CreateArtifactFiles"]
)
@pytest.mark.parametrize(
    "how", ["interrupt", "asyncio", pytest.param("trio", marks=pytest.mark.long)]
)
def test_a_request_of_a_transfer_ends_with_it(
    served: Served, tmp_path: Path, how: str, operation: str, fault: str
) -> None:
    code = INTERRUPT if how == "interrupt" else CANCEL.replace("LOOP", how)
    run_python(code, tmp_path, str(served.port), served.key, operation, fault)
