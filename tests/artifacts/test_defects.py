"""Known defects of the official client (D7 to D11), each shown not to happen here."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from tests.artifacts.bench import DATA, FILES, PROJECT, tree
from tests.artifacts.wire import Wire
from typed_artifacts import (
    ArtifactsError,
    AsyncApi,
    AsyncFile,
    IntegrityError,
    NotFoundError,
    ServerError,
)
from typed_artifacts.local import Registry


async def test_d7_url_and_collection_cost_no_request_however_often(
    api: AsyncApi, wire: Wire
) -> None:
    found = [item async for item in api.artifacts("dataset", DATA)]
    wire.forget()
    for artifact in found * 3:
        assert artifact.url.endswith(f"/data/{artifact.version}")
        assert artifact.collection.name == "data"
        assert artifact.source_collection.name == "data"
        assert artifact.aliases is not None
    assert wire.count() == []


async def test_d8_nothing_changed_sends_nothing_and_much_changed_sends_one(
    api: AsyncApi, wire: Wire
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.forget()
    await artifact.save()
    assert wire.count() == []
    artifact.tags = ["new"]
    artifact.description = "New."
    artifact.aliases = ["latest"]
    await artifact.save()
    assert wire.count() == ["SaveArtifact"]


async def test_d9_corrupt_bytes_are_refused_and_never_remembered_as_right(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")

    def corrupt(request: httpx.Request) -> httpx.Response | None:
        right = FILES["a.txt"]
        wrong = bytes([right[0] ^ 1]) + right[1:]
        is_it = request.url.path.endswith("a.txt")
        return httpx.Response(200, content=wrong) if is_it else None

    wire.on_file = corrupt
    for _ in range(2):
        with pytest.raises(IntegrityError, match=r"a\.txt"):
            await artifact.download(tmp_path)
        assert "a.txt" not in tree(tmp_path)
    wire.on_file = None
    await artifact.download(tmp_path)
    assert tree(tmp_path) == FILES
    (tmp_path / "a.txt").write_bytes(b"eno")  # same size, by whatever accident
    await artifact.download(tmp_path)
    assert tree(tmp_path) == FILES


async def test_d10_a_verb_that_can_not_work_is_not_there(api: AsyncApi) -> None:
    file = await (await api.artifact(DATA)).files()[0]
    assert not hasattr(file, "delete")
    assert not hasattr(AsyncFile, "delete")


def answer_always(monkeypatch: pytest.MonkeyPatch, response: httpx.Response) -> None:
    """Let a server say the same whatever it is asked."""

    def answer(*_: object) -> httpx.Response:
        return response

    monkeypatch.setattr(Wire, "_rewritten", answer)


@pytest.mark.parametrize("body", [b"", b"<html>", b"null", b'{"data": 5}', b'{"data": {"project'])
async def test_d11_an_answer_that_can_not_be_read_is_no_no(
    api: AsyncApi, wire: Wire, body: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    unreadable = httpx.Response(200, content=body)
    answer_always(monkeypatch, unreadable)
    with pytest.raises(ServerError):
        await api.artifact_exists(f"{DATA}:v1")
    with pytest.raises(ServerError):
        await api.artifact_collection_exists(DATA, "dataset")
    assert wire.operations


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
async def test_d11_an_error_is_no_no(
    api: AsyncApi, wire: Wire, status: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_always(monkeypatch, httpx.Response(status))
    with pytest.raises(ArtifactsError) as caught:
        await api.artifact_exists(f"{DATA}:v1")
    assert not isinstance(caught.value, NotFoundError)
    assert wire.operations


async def test_d11_exists_says_what_the_server_says(api: AsyncApi, wire: Wire) -> None:
    wire.forget()
    assert await api.artifact_exists(f"{DATA}:v1", "dataset")
    assert not await api.artifact_exists(f"{DATA}:v1", "model")
    assert not await api.artifact_exists(f"{DATA}:v9")
    assert not await api.artifact_exists("local/nowhere/data:v0")
    assert await api.artifact_collection_exists(DATA, "dataset")
    assert not await api.artifact_collection_exists(DATA, "model")
    assert len(wire.count()) == 6


async def test_aliases_of_twenty_collections_are_no_request_each(
    api: AsyncApi, wire: Wire, registry: Registry
) -> None:
    with registry.batch():
        for number in range(20):
            path = f"{PROJECT}/many-{number}"
            registry.log_version(path, type="many", files={"n": str(number)}, aliases=["best"])
    wire.forget()
    found = [item async for item in api.artifact_collections(PROJECT, "many")]
    assert len(found) == 20
    assert wire.count() == ["ArtifactTypeArtifactCollections"]
