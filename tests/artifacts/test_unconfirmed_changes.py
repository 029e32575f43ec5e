"""Changes whose reply has no error and does not confirm them: they raise an error."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest

from tests.artifacts.bench import DATA, NET, PROJECT, SHELF
from tests.artifacts.wire import Wire
from tests.client.taps import JsonObject, Rewrite, Sent
from typed_artifacts import AsyncApi, IntegrityError, ServerError


def answered(operation: str, payload: JsonObject | None) -> Rewrite:
    """Have every result of an operation be this one, without an error."""

    def rewrite(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == operation:
            reply["data"] = dict.fromkeys(reply["data"], payload)

    return rewrite


async def _delete_version(api: AsyncApi) -> None:
    await (await api.artifact(f"{DATA}:v0")).delete()


async def _delete_sequence(api: AsyncApi) -> None:
    await (await api.artifact_collection("dataset", DATA)).delete()


async def _delete_portfolio(api: AsyncApi) -> None:
    await (await api.artifact_collection("model", SHELF)).delete()


async def _delete_link(api: AsyncApi) -> None:
    await (await api.artifact(f"{SHELF}:gold")).delete()


async def _unlink(api: AsyncApi) -> None:
    await (await api.artifact(f"{SHELF}:gold")).unlink()


async def _link(api: AsyncApi) -> None:
    await (await api.artifact(f"{NET}:v0")).link("shelf")


async def _use(api: AsyncApi) -> None:
    run = await api.run(f"{PROJECT}/eval")
    await run.use_artifact(await api.artifact(f"{NET}:v0"))


NULL = [
    (_delete_version, "DeleteArtifact", "local/bench/data:v0"),
    (_delete_sequence, "DeleteArtifactSequence", "local/bench/data"),
    (_delete_portfolio, "DeleteArtifactPortfolio", "local/bench/shelf"),
    (_delete_link, "UnlinkArtifact", "local/bench/shelf:v0"),
    (_unlink, "UnlinkArtifact", "local/bench/shelf:v0"),
    (_link, "LinkArtifact", "local/bench/net:v0"),
    (_use, "UseArtifact", "local/bench/eval"),
]


@pytest.mark.parametrize(("change", "operation", "subject"), NULL)
async def test_no_result_is_an_error(
    api: AsyncApi,
    wire: Wire,
    change: Callable[[AsyncApi], Awaitable[None]],
    operation: str,
    subject: str,
) -> None:
    wire.rewrite = answered(operation, None)
    with pytest.raises(ServerError, match="no result") as caught:
        await change(api)
    assert caught.value.operation == operation
    assert subject in str(caught.value.subject)
    assert subject in str(caught.value)
    assert wire.operations.count(operation) == 1
    assert wire.operations[-1] == operation


@pytest.mark.parametrize("change", [_delete_link, _unlink])
async def test_a_link_that_stays_is_an_error(
    api: AsyncApi, wire: Wire, change: Callable[[AsyncApi], Awaitable[None]]
) -> None:
    wire.rewrite = answered("UnlinkArtifact", {"success": False})
    with pytest.raises(ServerError, match="success: false"):
        await change(api)


def node_of(operation: str, **values: object) -> Rewrite:
    """Have the version that an operation returns be other in these members."""

    def rewrite(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == operation:
            (payload,) = reply["data"].values()
            payload["artifact"] |= values

    return rewrite


@pytest.mark.parametrize("state", ["PENDING", "DELETED", "QUARANTINED"])
async def test_a_commit_after_which_the_version_is_not_committed(
    api: AsyncApi, wire: Wire, state: str
) -> None:
    wire.rewrite = node_of("CommitArtifact", state=state)
    with pytest.raises(ServerError, match=f"local/bench/new.*{state}, not COMMITTED") as caught:
        await api.log_artifact(f"{PROJECT}/new", type="dataset", files={"a": b"a"})
    assert caught.value.operation == "CommitArtifact"
    assert wire.operations.count("CommitArtifact") == 1


async def test_a_version_that_the_server_takes_for_one_of_other_content(
    api: AsyncApi, wire: Wire
) -> None:
    other = (await api.artifact(f"{DATA}:v1")).digest
    wire.rewrite = node_of("CreateArtifact", state="COMMITTED", digest=other)
    with pytest.raises(IntegrityError, match=f"{other}.* not what was sent") as caught:
        await api.log_artifact(DATA, type="dataset", files={"a": b"a"})
    assert caught.value.operation == "CreateArtifact"
    assert wire.operations[-1] == "CreateArtifact"


async def test_a_file_of_which_the_server_says_nothing(api: AsyncApi, wire: Wire) -> None:
    def without_b(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "CreateArtifactFiles":
            reply["data"]["createArtifactFiles"]["files"]["edges"][1]["node"] = None

    wire.rewrite = without_b
    with pytest.raises(ServerError, match="'b'") as caught:
        await api.log_artifact(f"{PROJECT}/new", type="dataset", files={"a": b"1", "b": b"2"})
    assert caught.value.operation == "CreateArtifactFiles"
    assert "CommitArtifact" not in wire.operations
