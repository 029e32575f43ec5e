"""Lists that a call reads completely: repeated pages, and null in place of a page."""

from __future__ import annotations

import copy
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.artifacts.bench import DATA, NET, PROJECT
from tests.artifacts.wire import Wire
from tests.client.flavours import listed
from tests.client.taps import JsonObject, Sent
from typed_artifacts import AsyncApi, NotFoundError, PaginationError

Call = Callable[[AsyncApi, Path], Awaitable[object]]


async def _aliases(api: AsyncApi, _: Path) -> object:
    return await (await api.artifact_collection("dataset", DATA)).aliases()


async def _aliases_of_many(api: AsyncApi, _: Path) -> object:
    return await api.aliases_of([await api.artifact_collection("dataset", DATA)])


async def _download(api: AsyncApi, folder: Path) -> object:
    return await (await api.artifact(f"{DATA}:v1")).download(folder)


async def _used_by(api: AsyncApi, _: Path) -> object:
    return await (await api.artifact(f"{DATA}:v1")).used_by()


async def _lineage(api: AsyncApi, _: Path) -> object:
    return await (await api.artifact(f"{DATA}:v1")).lineage(depth=2)


async def _lineage_up(api: AsyncApi, _: Path) -> object:
    return await (await api.artifact(f"{NET}:v1")).lineage(depth=2, direction="up")


async def _inventory(api: AsyncApi, _: Path) -> object:
    return await api.inventory(PROJECT)


async def _usage(api: AsyncApi, _: Path) -> object:
    return await api.usage(PROJECT)


async def _holdings(api: AsyncApi, _: Path) -> object:
    found: Any = api.holdings(PROJECT)  # of the blocking flavour, a generator
    return await listed(found) if hasattr(found, "__aiter__") else list(found)


async def _plan(api: AsyncApi, _: Path) -> object:
    return await api.plan_prune(PROJECT, keep_aliases=(), keep_used=False)


async def _copy(api: AsyncApi, _: Path) -> object:
    return await api.copy(PROJECT, "local/elsewhere", versions="all")


@pytest.mark.each(3)
@pytest.mark.parametrize(
    ("operation", "connection", "call"),
    [
        ("ArtifactCollectionAliases", "aliases", _aliases),
        ("ArtifactCollectionAliasesBatch", "aliases", _aliases_of_many),
        ("ArtifactMembershipFileUrls", "files", _download),
        ("ArtifactUsedBy", "usedBy", _used_by),
        ("ArtifactLineageBatch", "usedBy", _lineage),
        ("RunLineageBatch", "outputArtifacts", _lineage),
        ("RunLineageBatch", "inputArtifacts", _lineage_up),
        ("ProjectInventory", "artifactCollections", _inventory),
        ("ProjectHoldings", "artifactCollections", _usage),
        ("ProjectHoldings", "artifactCollections", _holdings),
        ("ProjectHoldings", "artifactCollections", _plan),
        ("ArtifactContentsBatch", "files", _plan),
        ("ProjectHoldings", "artifactCollections", _copy),
    ],
)
async def test_a_page_that_comes_again_and_again_ends_with_an_error(
    api: AsyncApi, wire: Wire, tmp_path: Path, operation: str, connection: str, call: Call
) -> None:
    """From a server that knows nothing of cursors, and counts on."""
    first: list[JsonObject] = []

    def again(sent: Sent, reply: JsonObject) -> JsonObject | None:
        if sent.operation != operation:
            return None
        first.append(reply)
        assert len(first) < 300, "it never ends"
        repeated = copy.deepcopy(first[0])
        info = {"endCursor": f"cursor-{len(first)}", "hasNextPage": True}
        for found in _all(repeated["data"], connection):
            found["pageInfo"] = info
        return repeated

    wire.rewrite = again
    with pytest.raises(PaginationError, match=r"nothing new in them.* tell those who run") as told:
        await call(api, tmp_path / "out")
    assert told.value.operation == operation.removesuffix("Batch")


@pytest.mark.parametrize(
    ("operation", "connection", "call", "lacking"),
    [
        ("ProjectInventory", "artifactCollections", _inventory, "artifact collections"),
        ("ProjectInventory", "artifacts", _inventory, "artifacts"),
        ("ProjectHoldings", "artifactCollections", _usage, "artifact collections"),
        ("ProjectHoldings", "artifactCollections", _holdings, "artifact collections"),
        ("ProjectHoldings", "artifacts", _holdings, "artifacts"),
        ("ProjectHoldings", "artifacts", _plan, "artifacts"),
        ("ArtifactContentsBatch", "files", _plan, "files"),
        ("ProjectHoldings", "artifactCollections", _copy, "artifact collections"),
        ("ArtifactLineageBatch", "usedBy", _lineage, "runs"),
        ("RunLineageBatch", "outputArtifacts", _lineage, "logged artifacts"),
        ("RunLineageBatch", "inputArtifacts", _lineage_up, "used artifacts"),
    ],
)
async def test_null_does_not_say_that_there_is_nothing(
    api: AsyncApi,
    wire: Wire,
    tmp_path: Path,
    operation: str,
    connection: str,
    call: Call,
    lacking: str,
) -> None:
    def hide(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == operation:
            for holder in _holders(reply["data"], connection):
                holder[connection] = None

    wire.rewrite = hide
    with pytest.raises(NotFoundError, match=rf'The server gives no {lacking} of ".+"'):
        await call(api, tmp_path / "out")


async def test_nobody_is_told_that_the_name_that_was_asked_for_was_meant(
    api: AsyncApi, wire: Wire
) -> None:
    """From a server that lists what it does not give."""

    def hide(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "ProjectArtifactType":
            reply["data"]["project"] = None

    wire.rewrite = hide
    with pytest.raises(NotFoundError) as caught:
        await api.artifact_type("dataset", PROJECT)
    assert "ExistingNames" in wire.operations
    assert "mean" not in str(caught.value)


def _all(value: Any, name: str) -> list[JsonObject]:  # noqa: ANN401 - any JSON
    """The connections of a name in a reply."""
    return [holder[name] for holder in _holders(value, name) if holder[name]]


def _holders(value: Any, name: str) -> list[JsonObject]:  # noqa: ANN401 - any JSON
    """The objects in a reply that have a member of a name."""
    if isinstance(value, list):
        return [found for item in value for found in _holders(item, name)]  # pyright: ignore[reportUnknownVariableType]  # JSON
    if not isinstance(value, dict):
        return []
    mapping: JsonObject = value  # pyright: ignore[reportUnknownVariableType]  # JSON
    below = [found for item in mapping.values() for found in _holders(item, name)]
    return [mapping, *below] if name in mapping else below
