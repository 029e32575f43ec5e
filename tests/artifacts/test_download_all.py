"""Many versions at once: each in a folder of its own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.artifacts.bench import DATA, FILES, NET, SHELF, tree
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour, unwrap
from typed_artifacts import (
    AsyncApi,
    AsyncArtifact,
    IntegrityError,
    InvalidInput,
    TransferEvent,
    async_download_all,
    download_all,
)
from typed_artifacts.local import Registry

DownloadAll = Callable[..., Any]


@pytest.fixture
def fetch_all(flavour: Flavour) -> DownloadAll:
    """`async_download_all`, in either flavour."""
    if not flavour.blocking:
        return async_download_all

    async def blocking(versions: Any, root: Path, **named: Any) -> list[Path]:  # noqa: ANN401
        given = [unwrap(item) for item in versions] if isinstance(versions, list) else versions  # pyright: ignore[reportUnknownVariableType]  # of twins
        return download_all(unwrap(given), root, **named)

    return blocking


async def test_a_listing_goes_to_folders_by_name(
    api: AsyncApi, wire: Wire, fetch_all: DownloadAll, tmp_path: Path
) -> None:
    wire.forget()
    places = await fetch_all(api.artifacts("dataset", DATA), tmp_path)
    assert places == [tmp_path / "data:v1", tmp_path / "data:v0"]
    expected = {f"data:v1/{name}": content for name, content in FILES.items()}
    assert tree(tmp_path) == expected | {"data:v0/a.txt": b"zero"}
    sent = wire.count()
    assert sent.count("ProjectArtifacts") == 1
    assert sent.count("ArtifactManifestUrl") == 2
    assert sent.count("GET") == 2 + 4


async def test_versions_in_a_list_and_a_word_for_each(
    api: AsyncApi, fetch_all: DownloadAll, tmp_path: Path
) -> None:
    versions = [await api.artifact(f"{NET}:v0"), await api.artifact(f"{SHELF}:gold")]
    events: list[TransferEvent] = []

    def name(artifact: AsyncArtifact) -> str:
        return f"{artifact.type}/{artifact.collection.name}"

    places = await fetch_all(versions, tmp_path, folder=name, progress=events.append)
    assert places == [tmp_path / "model/net", tmp_path / "model/shelf"]
    assert tree(tmp_path) == {"model/net/w": b"w0", "model/shelf/w": b"w1"}
    assert events


async def test_what_a_run_used(api: AsyncApi, fetch_all: DownloadAll, tmp_path: Path) -> None:
    run = await api.run("local/bench/train")
    await fetch_all(run.logged_artifacts(), tmp_path)
    assert tree(tmp_path) == {"net:v0/w": b"w0", "net:v1/w": b"w1"}


def _project(artifact: AsyncArtifact) -> str:
    return artifact.project


async def test_two_of_one_name_are_refused_before_anything_is_fetched(
    api: AsyncApi, wire: Wire, registry: Registry, fetch_all: DownloadAll, tmp_path: Path
) -> None:
    registry.log_version("local/elsewhere/net", type="model", files={"w": b"theirs"})
    versions = [await api.artifact(f"{NET}:v0"), await api.artifact("local/elsewhere/net:v0")]
    wire.forget()
    with pytest.raises(InvalidInput, match="Two of the artifacts are called 'net:v0'"):
        await fetch_all(versions, tmp_path)
    assert wire.count() == []
    assert tree(tmp_path) == {}
    places = await fetch_all(versions, tmp_path, folder=_project)
    assert places == [tmp_path / "bench", tmp_path / "elsewhere"]


@pytest.mark.parametrize("name", ["../out", "/out", "", "a/../../out"])
async def test_a_folder_outside_is_refused(
    api: AsyncApi, fetch_all: DownloadAll, tmp_path: Path, name: str
) -> None:
    def named(_: AsyncArtifact) -> str:
        return name

    with pytest.raises(InvalidInput, match="cannot be a folder below"):
        await fetch_all([await api.artifact(NET)], tmp_path / "in", folder=named)
    assert tree(tmp_path) == {}


@pytest.mark.parametrize("named", [Path("x"), None, 5, b"x"])
async def test_a_folder_that_is_no_text_is_refused(
    api: AsyncApi,
    fetch_all: DownloadAll,
    tmp_path: Path,
    named: Any,  # noqa: ANN401 - anything
) -> None:
    def folder(_: AsyncArtifact) -> Any:  # noqa: ANN401 - anything
        return named

    version = await api.artifact(f"{DATA}:v0")
    with pytest.raises(InvalidInput, match=r"is given by its name, not by "):
        await fetch_all([version], tmp_path, folder=folder)
    assert tree(tmp_path) == {}


async def test_nothing_is_nothing(fetch_all: DownloadAll, tmp_path: Path) -> None:
    assert await fetch_all([], tmp_path) == []


async def test_what_cannot_be_had_of_one_version_does_not_stop_the_others(
    api: AsyncApi, wire: Wire, fetch_all: DownloadAll, tmp_path: Path
) -> None:
    whole = [await api.artifact(f"{NET}:v1"), await api.artifact(f"{DATA}:v0")]
    versions = [await api.artifact(f"{DATA}:v1"), await api.artifact(f"{NET}:v0"), *whole]
    manifests = iter(["../up", "/etc/up"])

    def answer(request: httpx.Request) -> httpx.Response | None:
        bad = next(manifests, None) if "wandb_manifest.json" in request.url.path else None
        if bad is None:
            return None
        entry = {"digest": "1B2M2Y8AsgTpgAmY7PhCfg==", "size": 0}
        manifest = {"version": 1, "contents": {bad: entry, "deep/er/c.txt": entry}}
        return httpx.Response(200, json=manifest)

    wire.on_file = answer
    with pytest.raises(IntegrityError, match="2 of 4 downloads are not whole") as caught:
        await fetch_all(versions, tmp_path)
    assert "'../up'" in str(caught.value)
    assert "'/etc/up'" in str(caught.value)
    assert tree(tmp_path) == {
        "data:v1/deep/er/c.txt": b"",
        "net:v0/deep/er/c.txt": b"",
        "net:v1/w": b"w1",
        "data:v0/a.txt": b"zero",
    }


async def test_what_is_wrong_with_one_version_alone_is_its_own_error(
    api: AsyncApi, wire: Wire, fetch_all: DownloadAll, tmp_path: Path
) -> None:
    versions = [await api.artifact(f"{DATA}:v0"), await api.artifact(f"{NET}:v0")]
    wire.on_file = lambda request: (
        httpx.Response(200, content=b"ZERO") if request.url.path.endswith("a.txt") else None
    )
    with pytest.raises(IntegrityError, match=r"^local/bench/data:v0: .*a\.txt") as caught:
        await fetch_all(versions, tmp_path)
    assert "downloads are not whole" not in str(caught.value)
    assert tree(tmp_path) == {"net:v0/w": b"w0"}
