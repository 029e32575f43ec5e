"""`Artifact.download()`: what it fetches, what it keeps, and its requests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import httpx
import pytest
from typing_extensions import override

from tests.artifacts.bench import DATA, FILES, NET, PROJECT, SHELF, tree
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from tests.client.taps import JsonObject, Sent
from typed_artifacts import (
    AsyncApi,
    GraphQLError,
    IntegrityError,
    InvalidInput,
    ManifestEntry,
    NotFoundError,
    ReferencesNotFollowed,
    TransferEvent,
)
from typed_artifacts._transfer.downloads import folder_downloads as downloads
from typed_artifacts._transfer.downloads.urls import BATCH, UrlBatches
from typed_artifacts.events import Advanced, FileDone, Finished, Skipped, Started
from typed_artifacts.local import Registry

MANIFEST = ["ArtifactManifestUrl", "GET"]
URLS = ["ArtifactMembershipFileUrls"]


async def test_the_manifest_is_two_requests_once(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.forget()
    manifest = await artifact.manifest()
    assert wire.count() == MANIFEST
    assert sorted(manifest.entries) == sorted(FILES)
    entry = manifest.entries["a.txt"]
    assert isinstance(entry, ManifestEntry)
    assert (entry.path, entry.size, entry.ref) == ("a.txt", 3, None)
    assert manifest.size == artifact.size
    assert manifest.digest == artifact.digest
    assert await artifact.manifest() is manifest
    assert wire.count() == []


async def test_a_download_is_the_manifest_the_urls_and_the_files(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.forget()
    assert await artifact.download(tmp_path / "here") == tmp_path / "here"
    assert tree(tmp_path) == {f"here/{name}": content for name, content in FILES.items()}
    # The empty file needs no bytes.
    assert wire.count() == [*MANIFEST, *URLS, *["GET"] * 3]


async def test_a_second_download_fetches_no_file(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path)
    wire.forget()
    await artifact.download(tmp_path)
    assert wire.count() == []
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path)
    assert wire.count() == ["ArtifactMembership", *MANIFEST]


async def test_what_is_wrong_or_lacking_is_fetched_and_the_rest_stays(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path)
    (tmp_path / "a.txt").write_bytes(b"One")  # same size
    (tmp_path / "é.txt").unlink()
    (tmp_path / "mine.txt").write_bytes(b"mine")
    kept = (tmp_path / "deep/b.bin").stat()
    wire.forget()
    await artifact.download(tmp_path)
    assert sorted(wire.count()) == sorted([*URLS, "GET", "GET"])
    assert tree(tmp_path) == FILES | {"mine.txt": b"mine"}
    assert (tmp_path / "deep/b.bin").stat().st_mtime_ns == kept.st_mtime_ns
    assert (tmp_path / "deep/b.bin").stat().st_ino == kept.st_ino


@pytest.mark.parametrize("batch", [50, pytest.param(BATCH, marks=pytest.mark.soak)])
async def test_urls_are_asked_for_a_batch_at_a_time(
    api: AsyncApi,
    wire: Wire,
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    batch: int,
) -> None:
    monkeypatch.setattr(downloads, "UrlBatches", partial(UrlBatches, batch=batch))
    files = {f"{number // 100}/{number}": b"x" for number in range(batch + 1)}
    registry.log_version(f"{PROJECT}/many", type="dataset", files=files)
    artifact = await api.artifact(f"{PROJECT}/many")
    wire.forget()
    await artifact.download(tmp_path, max_workers=4)
    operations = wire.count()
    assert operations.count(URLS[0]) == 2
    assert operations.count("GET") == batch + 2
    assert len(tree(tmp_path)) == batch + 1


async def test_the_next_urls_are_asked_for_while_files_are_fetched(
    api: AsyncApi,
    wire: Wire,
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(downloads, "UrlBatches", partial(UrlBatches, batch=50))
    registry.log_version(
        f"{PROJECT}/many", type="dataset", files={f"{number:03}": b"x" for number in range(150)}
    )
    artifact = await api.artifact(f"{PROJECT}/many")
    wire.forget()
    await artifact.download(tmp_path, max_workers=1)
    operations = wire.count()
    assert operations.count(URLS[0]) == 3
    first = operations.index(URLS[0])
    assert URLS[0] in operations[first + 1 : first + 50]
    assert len(tree(tmp_path)) == 150


@pytest.mark.parametrize("refused", [1, 2])
async def test_urls_that_are_refused_end_a_download_tidily(
    api: AsyncApi,
    wire: Wire,
    registry: Registry,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    refused: int,
) -> None:
    monkeypatch.setattr(downloads, "UrlBatches", partial(UrlBatches, batch=10))
    registry.log_version(
        f"{PROJECT}/many", type="dataset", files={f"{number:03}": b"x" for number in range(30)}
    )
    artifact = await api.artifact(f"{PROJECT}/many")
    asked: list[object] = []

    def refuse(sent: Sent, _: JsonObject) -> JsonObject | None:
        if sent.operation != URLS[0]:
            return None
        asked.append(sent)
        return {"errors": [{"message": "not now"}]} if len(asked) > refused else None

    wire.rewrite = refuse
    with pytest.raises(GraphQLError, match="not now"):
        await artifact.download(tmp_path)
    assert len(asked) == refused + 1
    there = tree(tmp_path)
    assert set(there.values()) <= {b"x"}
    assert 0 < len(there) <= 10 * refused
    wire.rewrite = None
    await artifact.download(tmp_path)
    assert len(tree(tmp_path)) == 30


def test_a_batch_is_what_the_official_client_asks_for() -> None:
    assert BATCH == 5000


async def test_only_what_has_the_prefix(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path, path_prefix="deep/")
    assert sorted(tree(tmp_path)) == ["deep/b.bin", "deep/er/c.txt"]
    wire.forget()
    with pytest.raises(NotFoundError, match=r"data:v1 has no file .* 'shallow/'"):
        await artifact.download(tmp_path, path_prefix="shallow/")
    assert wire.count() == []


async def test_the_default_root(
    api: AsyncApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    artifact = await api.artifact(f"{DATA}:v0")
    assert await artifact.download() == tmp_path / "artifacts/data:v0"
    assert tree(tmp_path) == {"artifacts/data:v0/a.txt": b"zero"}
    assert (await artifact.verify()).ok
    assert await artifact.download("own") == Path("own")


async def test_the_default_root_is_found_from_any_folder(
    flavour: Flavour, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WANDB_ARTIFACT_DIR", "far")
    api = flavour.api(wire, api_key=wire.server.api_key)
    artifact = await api.artifact(f"{DATA}:v0")
    folder = await artifact.download()
    (tmp_path / "sub").mkdir()
    monkeypatch.chdir(tmp_path / "sub")
    assert (folder / "a.txt").read_bytes() == b"zero"


async def test_an_empty_path_is_not_the_current_folder(
    api: AsyncApi, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "mine.txt").write_bytes(b"mine")
    artifact = await api.artifact(f"{DATA}:v1")
    file = await artifact.files()[0]
    wire.forget()
    acts: list[Callable[[], Awaitable[object]]] = [
        lambda: artifact.download(""),
        lambda: artifact.plan_download(""),
        lambda: artifact.verify("", allow_unexpected=True),  # whose unexpected files may be deleted
        lambda: artifact.diff(""),
        lambda: file.download("", replace=True),
    ]
    for act in acts:
        with pytest.raises(InvalidInput, match=r"^The folder needs a name; the current folder is"):
            await act()
    assert wire.count() == []
    assert tree(tmp_path) == {"mine.txt": b"mine"}


async def test_the_default_root_from_the_environment(
    flavour: Flavour, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_ARTIFACT_DIR", str(tmp_path / "far"))
    api = flavour.api(wire, api_key=wire.server.api_key)
    artifact = await api.artifact(f"{DATA}:v0")
    assert await artifact.download() == tmp_path / "far/data:v0"
    assert (tmp_path / "far/data:v0/a.txt").read_bytes() == b"zero"


async def test_a_server_cannot_choose_the_folder(
    api: AsyncApi, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def rename(_sent: object, reply: dict[str, dict[str, dict[str, object]]]) -> None:
        membership = reply["data"]["project"].get("artifactCollectionMembership")
        if isinstance(membership, dict) and "artifactCollection" in membership:
            membership["artifactCollection"]["name"] = "../../outside"

    wire.rewrite = rename
    artifact = await api.artifact(f"{DATA}:v0")
    wire.forget()
    with pytest.raises(InvalidInput, match="name of a folder"):
        await artifact.download()
    assert tree(tmp_path) == {}


async def test_progress_events_are_typed(api: AsyncApi, tmp_path: Path) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    events: list[TransferEvent] = []
    await artifact.download(tmp_path, progress=events.append)
    assert events[0] == Started(4, artifact.size)
    assert isinstance(events[-1], Finished)
    assert (events[-1].files, events[-1].bytes, events[-1].skipped) == (4, artifact.size, 0)
    done = {event.path: event.size for event in events if isinstance(event, FileDone)}
    assert done == {name: len(content) for name, content in FILES.items()}
    counted = sum(event.count for event in events if isinstance(event, Advanced))
    assert counted == artifact.size
    events.clear()
    await artifact.download(tmp_path, progress=events.append)
    assert {event.path for event in events if isinstance(event, Skipped)} == FILES.keys()


async def test_it_is_silent_unless_asked(
    api: AsyncApi, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path / "silent")
    assert capfd.readouterr() == ("", "")
    await artifact.download(tmp_path / "shown", progress=True)
    out, err = capfd.readouterr()
    assert out == ""
    assert "data:v1" in err


async def test_an_error_in_the_callable_ends_the_download(api: AsyncApi, tmp_path: Path) -> None:
    artifact = await api.artifact(f"{DATA}:v1")

    def stop(_event: TransferEvent) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        await artifact.download(tmp_path, progress=stop)
    assert tree(tmp_path) == {}


async def test_the_cache_saves_the_bytes(
    flavour: Flavour, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    api = flavour.api(wire, api_key=wire.server.api_key)
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path / "one")
    wire.forget()
    await artifact.download(tmp_path / "two")
    assert "GET" not in wire.count()
    assert tree(tmp_path / "two") == FILES
    await artifact.download(tmp_path / "three", skip_cache=True)
    assert wire.count().count("GET") == 3


async def test_a_spoiled_cache_is_no_harm(
    flavour: Flavour, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    api = flavour.api(wire, api_key=wire.server.api_key)
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path / "one")
    for path in (tmp_path / "cache").rglob("*"):
        if path.is_file():
            path.chmod(0o600)
            path.write_bytes(b"?" * path.stat().st_size)
    await artifact.download(tmp_path / "two")
    assert tree(tmp_path / "two") == FILES


@pytest.mark.parametrize("call", ["download", "plan_download", "verify"])
async def test_a_link_in_the_place_of_a_file_is_named(
    api: AsyncApi, tmp_path: Path, call: str
) -> None:
    artifact = await api.artifact(NET)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "w").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(
        InvalidInput, match="is a symbolic link, where a file of the version belongs"
    ):
        await getattr(artifact, call)(tmp_path / "folder")


async def test_verify_tells_what_is_wrong(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path)
    wire.forget()
    report = await artifact.verify(tmp_path)
    assert (report.ok, report.checked, report.root) == (True, 4, tmp_path)
    assert wire.count() == []
    (tmp_path / "a.txt").write_bytes(b"One")
    (tmp_path / "é.txt").unlink()
    (tmp_path / "extra").touch()
    with pytest.raises(IntegrityError) as caught:
        await artifact.verify(tmp_path)
    for words in ("1 wrong ('a.txt')", "1 missing ('é.txt')", "1 unexpected ('extra')"):
        assert words in str(caught.value)


async def test_verify_without_a_download_costs_the_manifest(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v0")
    (tmp_path / "a.txt").write_bytes(b"zero")
    wire.forget()
    assert (await artifact.verify(tmp_path)).checked == 1
    assert wire.count() == MANIFEST


async def test_a_link_is_downloaded_like_its_source(api: AsyncApi, tmp_path: Path) -> None:
    await (await api.artifact(f"{SHELF}:gold")).download(tmp_path)
    assert tree(tmp_path) == {"w": b"w1"}


async def test_a_version_from_a_listing(api: AsyncApi, tmp_path: Path) -> None:
    async for artifact in api.artifacts("model", NET):
        await artifact.download(tmp_path / artifact.version)
    assert tree(tmp_path) == {"v0/w": b"w0", "v1/w": b"w1"}


async def test_a_version_whose_collection_was_renamed_meanwhile(
    api: AsyncApi, tmp_path: Path
) -> None:
    made = await api.log_artifact(f"{PROJECT}/before", type="dataset", files={"a": b"1"})
    held = await api.artifact(f"{PROJECT}/before:v0")
    collection = await api.artifact_collection("dataset", f"{PROJECT}/before")
    collection.name = "after"
    await collection.save()
    with pytest.raises(NotFoundError, match="collection renamed: look it up anew") as caught:
        await held.download(tmp_path)
    assert caught.value.missing == "artifact version"
    found = await api.artifact(f"{PROJECT}/after:v0")
    assert found.id == made.id
    await found.download(tmp_path)
    assert tree(tmp_path) == {"a": b"1"}


async def test_a_deleted_version_is_an_error(api: AsyncApi, tmp_path: Path) -> None:
    artifact = await api.artifact(f"{DATA}:v0")
    await (await api.artifact(f"{DATA}:v0")).delete()
    with pytest.raises(NotFoundError, match="data:v0"):
        await artifact.download(tmp_path / "none")
    assert not (tmp_path / "none").exists()


class _Elsewhere(BaseHTTPRequestHandler):
    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nothing."""

    def do_GET(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "3")
        self.end_headers()
        self.wfile.write(b"ref")


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """A server that is not W&B."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Elsewhere)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/some/thing"
    server.shutdown()
    thread.join()
    server.server_close()


def _with_references(registry: Registry, **references: str) -> None:
    registry.log_version(
        f"{PROJECT}/refs", type="dataset", files={"a.txt": b"one"}, references=references
    )


async def test_references_are_told_and_not_followed(
    api: AsyncApi, wire: Wire, registry: Registry, tmp_path: Path
) -> None:
    _with_references(registry, there="s3://bucket/key", more="http://127.0.0.1:9/x")
    artifact = await api.artifact(f"{PROJECT}/refs")
    wire.forget()
    with pytest.warns(ReferencesNotFollowed, match="2 of local/bench/refs:v0's entries") as told:
        await artifact.download(tmp_path)
    assert tree(tmp_path) == {"a.txt": b"one"}
    assert "'there'" in str(told[0].message)
    assert "typed_artifacts" not in told[0].filename  # it points to the caller
    assert (await artifact.manifest()).entries["there"].ref == "s3://bucket/key"
    assert (await artifact.verify(tmp_path)).references == ("more", "there")


async def test_references_are_followed_when_asked(
    api: AsyncApi, wire: Wire, registry: Registry, tmp_path: Path, elsewhere: str
) -> None:
    _with_references(registry, there=elsewhere)
    artifact = await api.artifact(f"{PROJECT}/refs")

    def leave(request: httpx.Request) -> httpx.Response | None:
        if str(request.url) != elsewhere:
            return None
        assert "authorization" not in request.headers  # the key is for the server alone
        return httpx.Response(200, content=httpx.get(elsewhere).content)

    wire.on_file = leave
    await artifact.download(tmp_path, follow_references=True)
    assert tree(tmp_path) == {"a.txt": b"one", "there": b"ref"}


async def test_what_nothing_opens_is_not_followed(
    api: AsyncApi, registry: Registry, tmp_path: Path
) -> None:
    pytest.importorskip("fsspec")
    _with_references(registry, there="unheard-of://bucket/key")
    artifact = await api.artifact(f"{PROJECT}/refs")
    with pytest.raises(InvalidInput, match="unheard-of://bucket/key failed: fsspec does not"):
        await artifact.download(tmp_path, follow_references=True)
