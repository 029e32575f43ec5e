"""`log_artifact()`: what it logs, its requests, what it refuses, and interruptions."""

from __future__ import annotations

import gc
import os
import re
import shutil
import threading
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.artifacts.bench import DATA, FILES, PROJECT, names_of, tree
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from tests.client.taps import JsonObject, Sent
from tests.reliability.leaking import KEY
from typed_artifacts import (
    ArtifactsError,
    ArtifactState,
    ArtifactTTL,
    AsyncApi,
    ConflictError,
    IntegrityError,
    InvalidInput,
    NotFoundError,
    PermissionDenied,
    Reference,
    ServerError,
    TransferEvent,
)
from typed_artifacts.events import FileDone, Finished, Skipped
from typed_artifacts.local import Registry
from typed_artifacts.testing.fault_proxy import FaultProxy
from typed_artifacts.testing.named_faults import plan_of
from typed_artifacts.testing.serving import HOST, served

NEW = f"{PROJECT}/new"
BEGIN = ["CreateArtifact", "CreateArtifactManifest"]
END = ["CreateArtifactManifest", "PUT", "CommitArtifact"]


def _folder(root: Path, files: Mapping[str, bytes]) -> Path:
    root.mkdir(exist_ok=True)
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return root


async def test_everything_arrives(api: AsyncApi, tmp_path: Path) -> None:
    run = await api.run("local/bench/train")
    made = await api.log_artifact(
        NEW,
        type="dataset",
        files=_folder(tmp_path / "source", FILES),
        aliases=["first", "latest"],
        tags=["red", "blue sky"],
        metadata={"rows": 3, "nested": {"é": [1, None]}},
        description="Words, and é.",
        ttl=timedelta(days=3),
        run=run,
    )
    for artifact in (made, await api.artifact(f"{NEW}:first")):
        assert artifact.qualified_name == f"{NEW}:v0"
        assert artifact.state is ArtifactState.COMMITTED
        assert sorted(artifact.aliases) == ["first", "latest"]
        assert sorted(artifact.tags) == ["blue sky", "red"]
        assert artifact.metadata == {"rows": 3, "nested": {"é": [1, None]}}
        assert artifact.description == "Words, and é."
        assert artifact.ttl == timedelta(days=3)
        assert (artifact.file_count, artifact.size) == (4, sum(map(len, FILES.values())))
        maker = await artifact.logged_by()
        assert maker is not None
        assert maker.run_id == "train"
    assert "new:v0" in await names_of(run.logged_artifacts())
    await made.download(tmp_path / "back")
    assert tree(tmp_path / "back") == FILES


async def test_the_manifest_says_with_which_version_each_file_was_first_stored(
    api: AsyncApi, wire: Wire
) -> None:
    """A server stores a file in the place of that version, and looks for it there."""
    first = await api.log_artifact(NEW, type="dataset", files={"a": b"a", "b": b"b"})
    entries = (await first.manifest()).entries
    assert {entry.birth_artifact_id for entry in entries.values()} == {first.id}
    told: dict[str, JsonObject | None] = {"a": {"id": first.id}, "b": None, "e": None}

    def answer(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "CreateArtifactFiles":
            for edge in reply["data"]["createArtifactFiles"]["files"]["edges"]:
                node = edge["node"]
                node["artifact"] = told.get(node["name"], node["artifact"])

    wire.rewrite = answer
    far = Reference("s3://bucket/far", checksum=False)
    files = {"a": b"a", "b": b"b", "d": b"a new d", "e": b"a new e", "far": far}
    second = await api.log_artifact(NEW, type="dataset", files=files)
    entries = (await second.manifest()).entries
    # The server has "b", and does not say since when; "e" was sent now.
    births = {name: entry.birth_artifact_id for name, entry in entries.items()}
    own = second.id
    assert births == {"a": first.id, "b": None, "d": own, "e": own, "far": None}


@pytest.mark.parametrize("aliases", [[], ["latest"], ["first", "latest", "second"]])
async def test_each_version_is_sent_as_the_latest(
    api: AsyncApi, wire: Wire, aliases: list[str]
) -> None:
    """The official client does so, too: a server may leave that alias to its clients."""
    made = await api.log_artifact(NEW, type="dataset", files={"a": b"new"}, aliases=aliases)
    created = next(each for each in wire.sent if each.operation == "CreateArtifact")
    sent = [each["alias"] for each in created.variables["input"]["aliases"]]
    assert sent == [*(alias for alias in aliases if alias != "latest"), "latest"]
    assert sorted(made.aliases) == sorted(sent)


def _inputs(wire: Wire, operation: str) -> list[JsonObject]:
    return [sent.variables["input"] for sent in wire.sent if sent.operation == operation]


async def test_what_a_version_is_announced_with(api: AsyncApi, wire: Wire) -> None:
    """As by the official client: what is empty is left out, and so is what older servers lack."""
    run, files = f"{PROJECT}/train", {"a.txt": b"1", "b.unknown": b"2"}
    ttl = timedelta(days=3)
    wire.forget()
    made = await api.log_artifact(NEW, type="dataset", files=files, run=run, ttl=ttl)
    (created,) = _inputs(wire, "CreateArtifact")
    own, of_sequence = created.pop("clientID"), created.pop("sequenceClientID")
    assert len({own, of_sequence}) == 2
    assert all(re.fullmatch("[0-9a-f]{32}", each) for each in (own, of_sequence))
    assert created == {
        "aliases": [{"alias": "latest", "artifactCollectionName": "new"}],
        "artifactCollectionName": "new",
        "artifactTypeName": "dataset",
        "digest": made.digest,
        "digestAlgorithm": "MANIFEST_MD5",
        "enableDigestDeduplication": True,
        "entityName": "local",
        "projectName": "bench",
        "runName": "train",
        "ttlDurationSeconds": 3 * 24 * 3600,
    }
    assert {each["runName"] for each in _inputs(wire, "CreateArtifactManifest")} == {"train"}
    (announced,) = _inputs(wire, "CreateArtifactFiles")
    assert announced.keys() == {"artifactFiles", "storageLayout"}
    keys = {"artifactID", "artifactManifestID", "md5", "mimetype", "name"}
    assert all(each.keys() == keys for each in announced["artifactFiles"])
    assert {each["name"]: each["mimetype"] for each in announced["artifactFiles"]} == {
        "a.txt": "text/plain",
        "b.unknown": "application/octet-stream",
    }


async def test_what_a_version_of_other_digests_is_announced_with(api: AsyncApi, wire: Wire) -> None:
    made = await api.log_artifact(NEW, type="dataset", files={"a": b"1"}, digest="xxh128")
    (entry,) = (await made.manifest()).entries.values()
    (created,) = _inputs(wire, "CreateArtifact")
    assert created["digestAlgorithm"] == "MANIFEST_XXH128"
    assert created.keys().isdisjoint({"metadata", "tags", "runName", "ttlDurationSeconds"})
    (announced,) = _inputs(wire, "CreateArtifactFiles")
    assert announced["digestAlgorithm"] == "MANIFEST_XXH128"
    (file,) = announced["artifactFiles"]
    assert (file["digest"], file["md5"]) == (entry.digest, "xMpCOKC5I4INzFCab3WEmw==")


async def test_the_same_is_announced_by_other_ids(api: AsyncApi, wire: Wire) -> None:
    """A server takes a repeated id for the same call, sent again."""
    for _ in range(2):
        await api.log_artifact(NEW, type="dataset", files={"a": b"1"})
    created = _inputs(wire, "CreateArtifact")
    ids = {each[key] for each in created for key in ("clientID", "sequenceClientID")}
    assert len(ids) == 4


async def test_it_costs_what_it_says(api: AsyncApi, wire: Wire) -> None:
    files = {f"{number}.txt": str(number).encode() for number in range(260)}
    await api.log_artifact(NEW, type="dataset", files=files)
    sent = wire.count()
    assert sent[:2] == BEGIN
    assert sent[-3:] == END
    assert sorted(sent[2:-3]) == ["CreateArtifactFiles"] * 2 + ["PUT"] * 260


async def test_a_commit_may_take_longer_the_more_files_there_are(api: AsyncApi, wire: Wire) -> None:
    files = {f"{number}.txt": b"the same" for number in range(400)}
    await api.log_artifact(NEW, type="dataset", files=files)
    seconds = {sent.operation: sent.seconds for sent in wire.sent}
    assert seconds["CreateArtifactManifest"] == 19
    assert seconds["CommitArtifact"] == pytest.approx(19.4)


async def test_what_the_server_has_is_not_sent_again(api: AsyncApi, wire: Wire) -> None:
    await api.log_artifact(NEW, type="dataset", files={"a": b"same", "b": b"other"})
    wire.forget()
    events: list[TransferEvent] = []
    made = await api.log_artifact(
        NEW, type="dataset", files={"a": b"same", "c": b"fresh"}, progress=events.append
    )
    assert made.version == "v1"
    assert wire.count().count("PUT") == 2  # the fresh file, and the manifest
    assert [event.path for event in events if isinstance(event, Skipped)] == ["a"]
    assert [event.path for event in events if isinstance(event, FileDone)] == ["c"]
    assert isinstance(events[-1], Finished)


@pytest.mark.long
async def test_a_folder_that_is_nested_more_deeply_than_calls(
    api: AsyncApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    depth, source, back = 1200, tmp_path / "source", tmp_path / "back"
    with monkeypatch.context() as patch:
        _make_nested(source, depth, patch)
    try:
        made = await api.log_artifact(NEW, type="dataset", files=source)
        await made.download(back)
        assert (await made.verify(source)).ok
        assert (await made.verify(back)).ok
        assert (await made.diff(back)).same_files
    finally:
        _remove_nested(source)
        _remove_nested(back)
    assert [file.name async for file in made.files()] == ["dd/" * depth + "f"]


def _make_nested(top: Path, depth: int, patch: pytest.MonkeyPatch) -> None:
    top.mkdir()
    patch.chdir(top)
    for _ in range(depth):
        Path("dd").mkdir()
        patch.chdir("dd")
    Path("f").write_bytes(b"deep")


def _remove_nested(top: Path) -> None:
    """Remove folders in folders, for which shutil's calls are too many."""
    aside = top.parent / "aside"
    while (top / "dd").exists():
        (top / "dd").rename(aside)
        shutil.rmtree(top)
        aside.rename(top)


@pytest.mark.parametrize("cached", [False, True])
@pytest.mark.parametrize("year", [1600, 1969, 2039, 2263, 2400])
async def test_a_file_from_long_ago_or_from_the_future(
    api: AsyncApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, year: int, *, cached: bool
) -> None:
    if cached:
        monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    content = str(year).encode() * 30_000
    source = tmp_path / "source"
    source.write_bytes(content)
    seconds = int(
        (datetime(year, 1, 1, tzinfo=UTC) - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
    )
    os.utime(source, (seconds, seconds))
    made = await api.log_artifact(NEW, type="dataset", files={"a": source})
    again = await api.log_artifact(NEW, type="dataset", files={"a": source})
    assert (made.id, made.size) == (again.id, len(content))
    await made.download(tmp_path / "back")
    assert tree(tmp_path / "back") == {"a": content}


async def test_the_same_content_makes_no_version(api: AsyncApi, wire: Wire) -> None:
    first = await api.log_artifact(NEW, type="dataset", files=FILES)
    wire.forget()
    again = await api.log_artifact(NEW, type="dataset", files=FILES, aliases=["more"])
    assert wire.count() == ["CreateArtifact"]
    assert (again.id, again.version) == (first.id, "v0")
    assert (await api.artifact(f"{NEW}:more")).version == "v0"
    assert await names_of(api.artifacts("dataset", NEW)) == ["new:v0"]
    changed = await api.log_artifact(NEW, type="dataset", files=FILES | {"a.txt": b"else"})
    assert changed.version == "v1"


async def test_latest_moves_to_the_new_version(api: AsyncApi) -> None:
    for text in (b"one", b"two"):
        await api.log_artifact(NEW, type="dataset", files={"a": text})
    assert (await api.artifact(NEW)).version == "v1"
    assert (await api.artifact(f"{NEW}:v0")).aliases == []


async def test_aliases_and_tags_may_be_none(api: AsyncApi) -> None:
    made = await api.log_artifact(NEW, type="dataset", files={"a": b"a"}, aliases=None, tags=None)
    async with api.draft(NEW, type="dataset", aliases=None, tags=None) as draft:
        draft["b"] = b"b"
    assert (made.aliases, made.tags) == (["latest"], [])
    assert (draft.artifact.aliases, draft.artifact.tags) == (["latest"], [])


async def test_one_file_goes_under_its_name(api: AsyncApi, tmp_path: Path) -> None:
    (tmp_path / "weights.bin").write_bytes(b"w")
    made = await api.log_artifact(NEW, type="model", files=tmp_path / "weights.bin")
    assert sorted((await made.manifest()).entries) == ["weights.bin"]
    text = await api.log_artifact(f"{NEW}-2", type="model", files=str(tmp_path / "weights.bin"))
    assert text.digest == made.digest


async def test_a_mapping_names_its_files(api: AsyncApi, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"x")
    files: dict[str, str | Path | bytes] = {
        "in/memory": b"m",
        "from/disk": tmp_path / "x",
        "as/text": str(tmp_path / "x"),
    }
    made = await api.log_artifact(NEW, type="dataset", files=files)
    await made.download(tmp_path / "back")
    assert tree(tmp_path / "back") == {"in/memory": b"m", "from/disk": b"x", "as/text": b"x"}


async def test_nested_and_foreign_names(api: AsyncApi, tmp_path: Path) -> None:
    files = {
        "a/b/c/d/e/f.txt": b"1",
        "with space/and+plus%20.txt": b"2",
        "日本語/ファイル.txt": b"3",
        "emoji-🎯.bin": b"4",
        "combining-e\u0301.txt": b"5",
        "#hash?query&amp.txt": b"6",
        ".hidden/.file": b"7",
    }
    made = await api.log_artifact(NEW, type="dataset", files=_folder(tmp_path / "s", files))
    await made.download(tmp_path / "back")
    assert tree(tmp_path / "back") == files
    for name, content in files.items():
        assert await (await made.files([name])[0]).read_bytes() == content


async def test_an_empty_folder(api: AsyncApi, tmp_path: Path) -> None:
    made = await api.log_artifact(NEW, type="dataset", files=_folder(tmp_path / "none", {}))
    assert (made.file_count, made.size) == (0, 0)
    await made.download(tmp_path / "back")
    assert tree(tmp_path / "back") == {}
    assert (await made.verify(tmp_path / "back")).ok


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"collection_path": "a/b/c/d"}, "a/b/c/d"),
        ({"collection_path": f"{NEW}:v1"}, "v1"),
        ({"collection_path": f"{PROJECT}/{'x' * 129}"}, "129"),
        ({"type": ""}, "type"),
        ({"type": "wandb-history"}, "wandb-"),
        ({"type": "job"}, "job"),
        ({"aliases": ["a/b"]}, "holds '/'"),
        ({"aliases": ["v0"]}, "'v0'"),
        ({"aliases": "latest"}, "list"),
        ({"tags": ["a/b"]}, "tag"),
        ({"tags": "red"}, "list"),
        ({"metadata": {str(n): n for n in range(101)}}, "101"),
        ({"metadata": {"x": float("inf")}}, "JSON"),
        ({"ttl": timedelta(0)}, "second"),
        ({"ttl": 5}, "timedelta"),
        ({"files": "/nowhere/at/all"}, "/nowhere/at/all"),
        ({"files": {"../up": b""}}, r"\.\./up"),
        ({"files": {"/abs": b""}}, "/abs"),
        ({"files": {"a\\..\\b": b""}}, "rename"),
        ({"files": {"a\0b": b""}}, "rename"),
        ({"files": {"": b""}}, "rename"),
        ({"files": {"a": b"", "a/b": b""}}, "exclude each other"),
        ({"files": {"a": "/nowhere/at/all"}}, "/nowhere/at/all"),
    ],
)
async def test_bad_input_is_refused_before_any_request(
    api: AsyncApi, wire: Wire, changed: dict[str, Any], words: str
) -> None:
    given: dict[str, Any] = {"collection_path": NEW, "type": "dataset", "files": {"a": b""}}
    given |= changed
    with pytest.raises(InvalidInput, match=words):
        await api.log_artifact(given.pop("collection_path"), **given)
    assert wire.count() == []


async def test_a_pipe_is_not_waited_for(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidInput, match="no regular file"):
        await api.log_artifact(NEW, type="dataset", files=tmp_path)
    assert wire.count() == []


async def _nothing_visible(api: AsyncApi, collection: str = NEW) -> None:
    with pytest.raises(NotFoundError):
        await api.artifact(collection)
    try:
        found = await names_of(api.artifacts("dataset", collection))
    except NotFoundError:
        found = []
    assert found == []


async def test_an_interrupted_upload_leaves_no_visible_version(
    api: AsyncApi, tmp_path: Path
) -> None:
    files = {f"{number}": str(number).encode() for number in range(50)}
    seen: list[TransferEvent] = []

    def stop(event: TransferEvent) -> None:
        seen.append(event)
        if len([each for each in seen if isinstance(each, FileDone)]) > 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await api.log_artifact(NEW, type="dataset", files=files, progress=stop)
    await _nothing_visible(api)
    made = await api.log_artifact(NEW, type="dataset", files=files)
    assert made.version == "v0"
    await made.download(tmp_path)
    assert tree(tmp_path) == files


async def test_a_file_that_changes_while_it_is_sent(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    source = _folder(tmp_path / "source", {"a.txt": b"before", "b.txt": b"b"})

    def write(sent: Sent, _reply: object) -> None:
        if sent.operation == "CreateArtifact":
            (source / "a.txt").write_bytes(b"after!")

    wire.rewrite = write
    with pytest.raises(ConflictError, match=r"a\.txt.* changed while"):
        await api.log_artifact(NEW, type="dataset", files=source)
    assert "CommitArtifact" not in wire.operations
    await _nothing_visible(api)


async def test_a_file_that_vanishes_while_it_is_sent(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    source = _folder(tmp_path / "source", {"a.txt": b"before", "b.txt": b"b"})

    def remove(sent: Sent, _reply: object) -> None:
        if sent.operation == "CreateArtifact":
            (source / "a.txt").unlink()

    wire.rewrite = remove
    with pytest.raises(ArtifactsError, match=r"a\.txt"):
        await api.log_artifact(NEW, type="dataset", files=source)
    await _nothing_visible(api)


async def test_bytes_that_arrive_wrong_are_an_error(api: AsyncApi, wire: Wire) -> None:
    def wrong(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, headers={"ETag": f'"{"0" * 32}"'}) if _put(request) else None

    wire.on_file = wrong
    with pytest.raises(IntegrityError, match="received other bytes"):
        await api.log_artifact(NEW, type="dataset", files={"a": b"a"})
    await _nothing_visible(api)


def _put(request: httpx.Request) -> bool:
    return request.method == "PUT"


async def test_an_expired_target_is_asked_for_again(api: AsyncApi, wire: Wire) -> None:
    refused: list[str] = []

    def expire_once(request: httpx.Request) -> httpx.Response | None:
        if not _put(request) or refused:
            return None
        refused.append(request.url.path)
        return httpx.Response(403, content=b"Request has expired")

    wire.on_file = expire_once
    made = await api.log_artifact(NEW, type="dataset", files={"a": b"a"})
    assert made.state is ArtifactState.COMMITTED
    assert wire.operations.count("CreateArtifactFiles") == 2


async def test_what_is_committed_is_compared_with_what_was_sent(api: AsyncApi, wire: Wire) -> None:
    def other(sent: Sent, reply: dict[str, Any]) -> None:
        if sent.operation == "CommitArtifact":
            reply["data"]["commitArtifact"]["artifact"]["fileCount"] = 7

    wire.rewrite = other
    with pytest.raises(IntegrityError, match="not what was sent"):
        await api.log_artifact(NEW, type="dataset", files={"a": b"a"})


async def test_ttl_without_a_wish_and_inherited(api: AsyncApi) -> None:
    plain = await api.log_artifact(NEW, type="dataset", files={"a": b"1"})
    assert plain.ttl_is_inherited
    inherited = await api.log_artifact(
        NEW, type="dataset", files={"a": b"2"}, ttl=ArtifactTTL.INHERIT
    )
    assert inherited.ttl_is_inherited


async def test_a_version_can_be_edited_right_after(api: AsyncApi, wire: Wire) -> None:
    made = await api.log_artifact(DATA, type="dataset", files={"n": b"new"}, tags=["red"])
    wire.forget()
    made.aliases.append("chosen")
    made.metadata["rows"] = 1
    await made.save()
    assert wire.count() == ["SaveArtifact"]
    again = await api.artifact(f"{DATA}:chosen")
    assert (again.version, again.metadata, again.tags) == ("v2", {"rows": 1}, ["red"])


async def test_another_type_than_the_collection_s_is_refused(api: AsyncApi) -> None:
    with pytest.raises(ArtifactsError, match="dataset"):
        await api.log_artifact(DATA, type="model", files={"n": b"new"})


@pytest.mark.parametrize(
    "line",
    ["no colon", ": no name", "two words: x", "X-Split: a\r\nX-Other: b", "X-Name: caf\u00e9"],
)
async def test_a_header_that_the_server_makes_up_wrong_is_the_servers_fault(
    api: AsyncApi, wire: Wire, line: str
) -> None:
    def give(sent: Sent, reply: JsonObject) -> JsonObject | None:
        if sent.operation == "CreateArtifactFiles":
            for edge in reply["data"]["createArtifactFiles"]["files"]["edges"]:
                edge["node"]["uploadHeaders"] = [line]
        return reply

    wire.rewrite = give
    with pytest.raises(ServerError, match=r"headers that the server gives .* 'a' is none"):
        await api.log_artifact(NEW, type="dataset", files={"a": b"1"})
    assert not wire.puts
    assert "CommitArtifact" not in wire.operations


async def test_a_commit_that_another_job_was_in_the_way_of_says_to_log_again(
    flavour: Flavour, registry: Registry
) -> None:
    """W&B's server answers 409 where both versions count the same file as their own."""
    registry.register_key("local", KEY)
    with served(registry) as port, FaultProxy((HOST, port)) as proxy:
        proxy.plans = [plan_of(["409"], "CommitArtifact")]
        async with flavour.over_http(proxy.url, KEY) as api:
            with pytest.raises(ConflictError, match=r"\(clash\).* Log it again") as caught:
                await api.log_artifact(NEW, type="dataset", files={"a": b"1"})
            assert caught.value.operation == "CommitArtifact"
            again = await api.log_artifact(NEW, type="dataset", files={"a": b"1"})
    assert again.version == "v0"


async def test_headers_that_every_request_has_are_not_taken_from_the_server(
    api: AsyncApi, wire: Wire
) -> None:
    lines = ["content-length: 1", "Host: elsewhere", "Transfer-Encoding: chunked", "X-Own: 1"]
    heads: list[httpx.Headers] = []

    def give(sent: Sent, reply: JsonObject) -> JsonObject | None:
        if sent.operation == "CreateArtifactFiles":
            for edge in reply["data"]["createArtifactFiles"]["files"]["edges"]:
                edge["node"]["uploadHeaders"] = lines
        return reply

    def note(request: httpx.Request) -> None:
        if request.headers.get("x-own"):
            heads.append(request.headers)

    wire.rewrite, wire.on_file = give, note
    await api.log_artifact(NEW, type="dataset", files={"a": b"1234"})
    (head,) = heads
    assert head.get_list("content-length") == ["4"]
    assert head.get_list("host") == ["localhost"]
    assert "transfer-encoding" not in head


async def test_an_upload_that_fails_leaves_no_thread_to_the_garbage_collector(
    api: AsyncApi, wire: Wire
) -> None:
    """It joined it wherever it came: amid the start of another thread, after which none starts."""
    wire.on_file = lambda request: httpx.Response(403) if request.method == "PUT" else None
    files = {str(number): b"%d" % number for number in range(20)}
    gc.collect()
    gc.disable()
    try:
        before = set(threading.enumerate())
        with pytest.raises(PermissionDenied, match=f"^{NEW}: Uploading '"):
            await api.log_artifact(NEW, type="dataset", files=files, max_workers=2)
        left = set(threading.enumerate()) - before
        assert not [each for each in left if each.name.startswith("typed-artifacts")]
    finally:
        gc.enable()
