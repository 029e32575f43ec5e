"""`draft()` and `edit()`: their contents, what they log, their requests, and conflicts."""

from __future__ import annotations

import io
import warnings
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any, cast

import httpx
import pytest

from tests.artifacts.bench import DATA, FILES, NET, PROJECT, SHELF, names_of, tree
from tests.artifacts.wire import Wire
from tests.client.flavours import listed
from tests.client.taps import JsonObject, Sent
from typed_artifacts import (
    ArgumentsIgnored,
    AsyncApi,
    AsyncArtifact,
    AsyncArtifactDraft,
    ConflictError,
    InvalidInput,
    ManifestEntry,
    NotFoundError,
    NotLoadedError,
    ReferencesNotFollowed,
)
from typed_artifacts.local import Registry

NEW = f"{PROJECT}/new"
LATEST = "ArtifactMembership"
MANIFEST = ["ArtifactManifestUrl", "GET"]
SENDING = [
    "CreateArtifact",
    "CreateArtifactManifest",
    "CreateArtifactFiles",
    "PUT",
    "CreateArtifactManifest",
    "PUT",
]


async def _files(artifact: AsyncArtifact, folder: Path) -> dict[str, bytes]:
    await artifact.download(folder)
    return tree(folder)


async def test_a_draft_collects_and_logs_once(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"on disk")
    async with api.draft(NEW, type="dataset", tags=["red"], metadata={"rows": 3}) as draft:
        draft["path"] = tmp_path / "x"
        draft["text"] = str(tmp_path / "x")
        draft["bytes"] = b"in memory"
        draft["open"] = io.BytesIO(b"read at once")
        draft["gone"] = b""
        del draft["gone"]
        draft.metadata["more"] = [1]
        draft.aliases = ["first"]
        draft.tags.append("blue")
        draft.description = "Words."
        draft.ttl = timedelta(days=3)
        assert "gone" not in draft
        assert sorted(draft.keys()) == ["bytes", "open", "path", "text"]
        assert wire.count() == []
    assert wire.count().count("CreateArtifact") == 1
    made = await api.artifact(f"{NEW}:first")
    assert (made.id, made.version) == (draft.artifact.id, "v0")
    assert (sorted(made.tags), made.metadata) == (["blue", "red"], {"rows": 3, "more": [1]})
    assert (made.description, made.ttl) == ("Words.", timedelta(days=3))
    assert await _files(made, tmp_path / "back") == {
        "path": b"on disk",
        "text": b"on disk",
        "bytes": b"in memory",
        "open": b"read at once",
    }


async def test_a_folder_goes_below_a_prefix(api: AsyncApi, tmp_path: Path) -> None:
    for name in ("a.csv", "b.tmp", "deep/c.csv", "deep/d.csv"):
        path = tmp_path / "source" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    (tmp_path / "source" / ".artifactsignore").write_text("d.csv\n")
    async with api.draft(NEW, type="dataset") as draft:
        await draft.add_folder(tmp_path / "source", "data", exclude="*.tmp")
        await draft.add_folder(tmp_path / "source", include="deep/")
        with pytest.raises(InvalidInput, match="none of it"):
            await draft.add_folder(tmp_path / "source", include="*.none")
        with pytest.raises(InvalidInput, match="is not a folder"):
            await draft.add_folder(tmp_path / "nowhere")
        with pytest.raises(InvalidInput, match="prefix"):
            await draft.add_folder(tmp_path / "source", "../up")
    assert await _files(draft.artifact, tmp_path / "back") == {
        "data/a.csv": b"a.csv",
        "data/deep/c.csv": b"deep/c.csv",
        "deep/c.csv": b"deep/c.csv",
    }


async def test_nothing_is_logged_after_an_exception(api: AsyncApi, wire: Wire) -> None:
    class Stop(Exception):  # noqa: N818 -- no error, but a way out
        pass

    draft = api.draft(NEW, type="dataset")

    async def stopped() -> None:
        async with draft:
            draft["a"] = b"a"
            raise Stop

    with pytest.raises(Stop):
        await stopped()
    assert wire.count() == []
    with pytest.raises(NotLoadedError, match="is over"):
        draft.artifact  # noqa: B018 -- reading it is what fails
    with pytest.raises(NotLoadedError, match="inside of its with"):
        draft["b"] = b"b"
    with pytest.raises(InvalidInput, match="make another"):
        async with draft:
            pass


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("../up", b"", r"\.\./up"),
        ("", b"", "empty"),
        (5, b"", "text, not 5"),
        ("a", "/nowhere/at/all", "/nowhere/at/all"),
        ("a", io.StringIO("text"), "binary"),
        ("a", None, "content of 'a' is None"),
    ],
)
async def test_bad_contents_are_refused_when_they_are_put(
    api: AsyncApi, wire: Wire, name: object, content: object, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        async with api.draft(NEW, type="dataset") as draft:
            cast("Any", draft)[name] = content
    assert wire.count() == []


async def test_a_path_of_nothing_is_refused_when_it_is_put(api: AsyncApi, tmp_path: Path) -> None:
    async with api.draft(NEW, type="dataset") as draft:
        with pytest.raises(
            InvalidInput, match=r"^The content of 'a' is '.*', which does not exist\.$"
        ):
            draft["a"] = tmp_path / "nowhere"
        draft["b"] = b"b"
    assert draft.artifact.file_count == 1


async def test_a_file_that_goes_before_it_is_logged_is_told(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    async def log() -> None:
        async with api.draft(NEW, type="dataset") as draft:
            with (tmp_path / "w").open("rb") as file:
                draft["w"] = file
            (tmp_path / "w").unlink()

    (tmp_path / "w").write_bytes(b"weights")
    words = r"w' does not exist\. Files are read when they are logged; .* at the end of its with"
    with pytest.raises(InvalidInput, match=words):
        await log()
    assert wire.count() == []


async def test_bad_options_are_refused_before_any_request(api: AsyncApi, wire: Wire) -> None:
    with pytest.raises(InvalidInput, match="holds '/'"):
        api.draft(NEW, type="dataset", aliases=["a/b"])
    with pytest.raises(InvalidInput, match="holds '/'"):
        async with api.draft(NEW, type="dataset") as draft:
            draft.aliases.append("a/b")
    artifact = await api.artifact(DATA)
    wire.forget()
    with pytest.raises(InvalidInput, match='"error" or "rebase"'):
        artifact.edit(on_conflict=cast("Any", "win"))
    assert wire.count() == []


async def test_an_edit_sends_only_what_is_new(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    artifact = await api.artifact(DATA)
    wire.forget()
    async with artifact.edit() as draft:
        assert wire.count() == MANIFEST
        assert sorted(draft.keys()) == sorted(FILES)
        assert isinstance(draft.get("a.txt"), ManifestEntry)
        draft["a.txt"] = b"other"
        del draft["é.txt"]
        draft.metadata["rows"] = 4
        assert wire.count() == []
    assert wire.count() == [LATEST, *SENDING, LATEST, "CommitArtifact"]
    made = draft.artifact
    assert (made.qualified_name, made.aliases, made.tags) == (f"{DATA}:v2", ["latest"], [])
    assert (made.metadata, made.description) == ({"rows": 4, "nested": {"half": 1.5}}, "Words.")
    wanted = FILES | {"a.txt": b"other"}
    del wanted["é.txt"]
    assert await _files(made, tmp_path / "new") == wanted
    assert await _files(await api.artifact(f"{DATA}:v1"), tmp_path / "old") == FILES


async def test_entries_that_stay_are_copied(api: AsyncApi, registry: Registry) -> None:
    registry.log_version(
        NEW, type="dataset", files={"a": b"a"}, references={"away": "s3://bucket/away"}
    )
    first = await api.artifact(NEW)
    async with first.edit() as draft:
        draft["b"] = b"b"
    async with draft.artifact.edit() as again:
        again["c"] = b"c"
    before, after = await first.manifest(), await again.artifact.manifest()
    assert sorted(after.entries) == ["a", "away", "b", "c"]
    assert after.entries["away"] == before.entries["away"]
    # What does not say with which version it was stored was stored with its own.
    births = {name: entry.birth_artifact_id for name, entry in after.entries.items()}
    assert births == {
        "a": first.id,
        "away": None,
        "b": draft.artifact.id,
        "c": again.artifact.id,
    }
    assert after.entries["a"].digest == before.entries["a"].digest


async def test_a_copy_and_a_rename_send_no_bytes(
    api: AsyncApi, wire: Wire, registry: Registry, tmp_path: Path
) -> None:
    registry.log_version(
        NEW, type="dataset", files={"a": b"a", "b": b"b"}, references={"away": "s3://bucket/away"}
    )
    first = await api.artifact(NEW)
    files = {file.name: file for file in await listed(first.files())}
    wire.forget()
    async with first.edit() as draft:
        draft["copies/a"] = draft["a"]
        draft["copies/again"] = draft["copies/a"]
        renamed = draft["b"]
        del draft["b"]
        draft["renamed"] = renamed
        draft["listed"] = files["b"]
        draft["far"] = draft["away"]
        draft["a"] = draft["a"]
        difference = await draft.diff()
        assert [each.before.path for each in difference.renamed] == ["b"]
        names = ["a", "away", "copies/a", "copies/again", "far", "listed", "renamed"]
        assert sorted(draft.keys()) == names
    sent = wire.count()
    assert "CreateArtifactFiles" not in sent
    assert sent.count("PUT") == 1  # the manifest
    async with draft.artifact.edit() as again:
        again["once more"] = again["renamed"]
        again["new"] = b"n"
    before, after = await first.manifest(), await again.artifact.manifest()
    for name, old in (("copies/a", "a"), ("copies/again", "a"), ("once more", "b")):
        assert after.entries[name].digest == before.entries[old].digest
        assert after.entries[name].birth_artifact_id == first.id
    assert after.entries["far"].ref == "s3://bucket/away"
    with pytest.warns(ReferencesNotFollowed, match=r"'away', 'far'"):
        found = await _files(again.artifact, tmp_path / "back")
    assert found == {
        "a": b"a",
        "copies/a": b"a",
        "copies/again": b"a",
        "listed": b"b",
        "new": b"n",
        "once more": b"b",
        "renamed": b"b",
    }


async def test_a_copy_goes_onto_another_latest(
    api: AsyncApi, registry: Registry, tmp_path: Path
) -> None:
    first = registry.log_version(NEW, type="dataset", files={"a": b"a"})
    async with (await api.artifact(NEW)).edit(on_conflict="rebase") as draft:
        draft["b"] = draft["a"]
        registry.log_version(NEW, type="dataset", files={"a": b"other"})
    after = await draft.artifact.manifest()
    assert after.entries["b"].birth_artifact_id == first.id
    assert await _files(draft.artifact, tmp_path / "back") == {"a": b"other", "b": b"a"}


async def test_a_file_of_another_version_is_refused(api: AsyncApi, wire: Wire) -> None:
    other = await api.artifact(NET)
    entry = next(iter((await other.manifest()).entries.values()))
    file = await other.files()[0]
    artifact = await api.artifact(DATA)
    for content in (entry, file, replace(entry, path="a.txt")):
        wire.forget()
        with pytest.raises(InvalidInput, match=r"not of one that this edits: .*read_bytes\(\)"):
            async with artifact.edit() as draft:
                draft["x"] = content
        with pytest.raises(InvalidInput, match=r"content of 'x' .*not of one that this edits"):
            async with api.draft(NEW, type="dataset") as new:
                new["x"] = content
        with pytest.raises(InvalidInput, match=r"files\['x'\] .*not of one that this edits"):
            await api.log_artifact(NEW, type="dataset", files=cast("Any", {"x": content}))
        assert "CreateArtifact" not in wire.count()
    with pytest.raises(InvalidInput, match=r"one that this edits: give its Reference\.$"):
        async with artifact.edit() as draft:
            draft["x"] = replace(entry, ref="s3://bucket/x")


async def test_no_change_makes_no_version(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(DATA)
    async with artifact.edit() as draft:
        draft["a.txt"] = b"one"  # as it was
        draft["new"] = b"n"
        del draft["new"]
        wire.forget()
    assert wire.count() == []
    assert draft.artifact.version == "v1"
    async with artifact.edit() as tagged:
        tagged.aliases = ["chosen"]
    assert tagged.artifact.version == "v1"
    assert (await api.artifact(f"{DATA}:chosen")).version == "v1"
    assert await names_of(api.artifacts("dataset", DATA)) == ["data:v1", "data:v0"]


async def test_metadata_alone_makes_no_version_and_warns(api: AsyncApi) -> None:
    with pytest.warns(ArgumentsIgnored, match="metadata did not change") as told:
        async with (await api.artifact(DATA)).edit() as draft:
            draft.metadata["rows"] = 5
    assert len(told) == 1
    assert draft.artifact.version == "v1"


async def test_metadata_alone_of_an_older_version_moves_no_alias(
    api: AsyncApi, registry: Registry, wire: Wire
) -> None:
    """The same content would be logged again, which is the latest then: ``latest`` went back."""
    registry.link(f"{DATA}:v0", "local/p/shelf")
    for path, policy in ((f"{DATA}:v0", "error"), (f"{DATA}:v0", "rebase"), ("p/shelf", "error")):
        older = await api.artifact(path)
        with pytest.warns(ArgumentsIgnored, match="metadata did not change"):
            async with older.edit(on_conflict=cast("Any", policy)) as draft:
                draft.metadata["rows"] = 5
        assert draft.artifact.qualified_name == older.qualified_name
        assert "CreateArtifact" not in wire.count()
    assert (await api.artifact(DATA)).version == "v1"


CLEARED = pytest.mark.parametrize(
    ("metadata", "description", "ignored"),
    [
        ({}, "first", ("metadata",)),
        ({"rows": 1}, None, ("description",)),
        ({}, "", ("metadata", "description")),
    ],
)


@CLEARED
async def test_what_is_cleared_and_stays_is_told(
    api: AsyncApi,
    metadata: dict[str, int],
    description: str | None,
    ignored: tuple[str, ...],
) -> None:
    made = await api.log_artifact(
        NEW, type="dataset", files={"a": b"1"}, metadata={"rows": 1}, description="first"
    )
    with pytest.warns(ArgumentsIgnored) as told:
        async with made.edit() as draft:
            draft.metadata, draft.description = metadata, description
    assert [cast("ArgumentsIgnored", each.message).ignored for each in told] == [ignored]
    assert (draft.artifact.metadata, draft.artifact.description) == ({"rows": 1}, "first")
    with warnings.catch_warnings(record=True) as none:  # who asks for nothing is told nothing
        warnings.simplefilter("always")
        await api.log_artifact(NEW, type="dataset", files={"a": b"1"}, metadata={}, description="")
    assert none == []


@CLEARED
async def test_what_is_cleared_and_stays_in_another_version_is_told(
    api: AsyncApi,
    metadata: dict[str, int],
    description: str | None,
    ignored: tuple[str, ...],
) -> None:
    made = [
        await api.log_artifact(
            NEW, type="dataset", files={"a": content}, metadata={"rows": 1}, description="first"
        )
        for content in (b"1", b"2")
    ]
    with pytest.warns(ArgumentsIgnored) as told:
        async with made[1].edit() as draft:
            draft["a"], draft.metadata, draft.description = b"1", metadata, description
    assert [cast("ArgumentsIgnored", each.message).ignored for each in told] == [ignored]
    assert draft.artifact.version == "v0"
    assert (draft.artifact.metadata, draft.artifact.description) == ({"rows": 1}, "first")


async def test_an_older_version_can_be_edited(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    artifact = await api.artifact(f"{DATA}:v0")
    wire.forget()
    async with artifact.edit() as draft:
        assert wire.count() == [*MANIFEST, LATEST]
        draft["b"] = b"b"
    assert draft.artifact.version == "v2"
    assert await _files(draft.artifact, tmp_path) == {"a.txt": b"zero", "b": b"b"}


async def test_a_link_is_edited_where_it_was_logged(api: AsyncApi) -> None:
    async with (await api.artifact(f"{SHELF}:gold")).edit() as draft:
        draft["w2"] = b"more"
    assert draft.artifact.qualified_name == f"{NET}:v2"


async def test_a_clash_of_names_is_refused(api: AsyncApi) -> None:
    with pytest.raises(InvalidInput, match="exclude each other"):
        async with (await api.artifact(DATA)).edit() as draft:
            draft["a.txt/inner"] = b""
    with pytest.raises(KeyError):
        async with (await api.artifact(DATA)).edit() as draft:
            del draft["nothing"]


async def test_another_latest_is_a_conflict(api: AsyncApi, registry: Registry, wire: Wire) -> None:
    artifact = await api.artifact(DATA)
    registry.log_version(DATA, type="dataset", files={"theirs": b"t"})
    with pytest.raises(ConflictError, match="became the latest"):
        async with artifact.edit() as draft:
            draft["mine"] = b"m"
    assert "CreateArtifact" not in wire.count()
    assert await names_of(api.artifacts("dataset", DATA)) == ["data:v2", "data:v1", "data:v0"]


async def test_a_latest_that_comes_during_the_upload(
    api: AsyncApi, registry: Registry, wire: Wire, tmp_path: Path
) -> None:
    artifact = await api.artifact(DATA)
    logged: list[int] = []

    def meanwhile(sent: Sent, _reply: object) -> None:
        if sent.operation == "CreateArtifactFiles" and len(logged) < 1:
            logged.append(1)
            registry.log_version(DATA, type="dataset", files=FILES | {"theirs": b"t"})

    wire.rewrite = meanwhile
    with pytest.raises(ConflictError, match="became the latest"):
        async with artifact.edit() as draft:
            draft["mine"] = b"m"
    assert "CommitArtifact" not in wire.count()
    assert await names_of(api.artifacts("dataset", DATA)) == ["data:v2", "data:v1", "data:v0"]
    logged.clear()
    latest = await api.artifact(DATA)
    wire.rewrite = None
    registry.log_version(DATA, type="dataset", files=FILES | {"theirs": b"T"})
    wire.rewrite = meanwhile
    async with latest.edit(on_conflict="rebase") as draft:
        draft["mine"] = b"m"
    # v2 came back as the latest while the change was sent, and was changed in turn.
    assert await _files(draft.artifact, tmp_path) == FILES | {"theirs": b"t", "mine": b"m"}


@pytest.mark.parametrize("operation", ["CommitArtifact", "CreateArtifact"])
async def test_a_reply_without_the_project_is_of_the_project_asked(
    api: AsyncApi, wire: Wire, operation: str
) -> None:
    if operation == "CreateArtifact":  # the server has this content already
        await api.log_artifact(NEW, files={"a": b"1"}, type="dataset")

    def without_project(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == operation:
            artifact = reply["data"][f"{operation[0].lower()}{operation[1:]}"]
            artifact["artifact"]["artifactSequence"]["project"] = None

    wire.rewrite = without_project
    logged = await api.log_artifact(NEW, files={"a": b"1"}, type="dataset")
    assert logged.qualified_name == f"{NEW}:v0"
    assert (logged.source_entity, logged.source_project) == tuple(PROJECT.split("/"))


async def test_an_edit_that_is_overtaken_each_time_gives_up(
    api: AsyncApi, registry: Registry, wire: Wire
) -> None:
    artifact = await api.artifact(DATA)
    sent_before: list[int] = []

    def meanwhile(sent: Sent, _reply: object) -> None:
        if sent.operation == "CreateArtifactFiles":
            sent_before.append(1)
            theirs = {"theirs": b"%d" % len(sent_before)}
            registry.log_version(DATA, type="dataset", files=FILES | theirs)

    wire.rewrite = meanwhile
    with pytest.raises(ConflictError, match="5 times") as caught:
        async with artifact.edit(on_conflict="rebase") as draft:
            draft["mine"] = b"m"
    assert "pass on_conflict" not in str(caught.value)
    assert caught.value.subject == DATA
    assert len(sent_before) == 5
    assert "CommitArtifact" not in wire.count()


async def test_a_rebase_gives_no_description_to_what_has_none(
    api: AsyncApi, registry: Registry
) -> None:
    artifact = await api.artifact(f"{NET}:v1")
    assert artifact.description is None
    registry.log_version(NET, type="model", files={"theirs": b"t"})
    async with artifact.edit(on_conflict="rebase") as draft:
        draft["mine"] = b"m"
    assert draft.artifact.description is None
    assert (await api.artifact(f"{NET}:v3")).description is None


async def test_a_rebase_keeps_what_both_changed(
    api: AsyncApi, registry: Registry, tmp_path: Path
) -> None:
    artifact = await api.artifact(DATA)
    theirs = {name: FILES[name] for name in ("a.txt", "deep/b.bin")} | {"theirs": b"t"}
    registry.log_version(
        DATA, type="dataset", files=theirs, metadata={"rows": 3, "theirs": 1}, description="New."
    )
    async with artifact.edit(on_conflict="rebase") as draft:
        draft["mine"] = b"m"
        draft["theirs"] = b"t"  # the same on both sides
        del draft["deep/b.bin"]
        del draft["é.txt"]
        draft.metadata["mine"] = 2
    made = draft.artifact
    assert made.version == "v3"
    assert (made.metadata, made.description) == ({"rows": 3, "theirs": 1, "mine": 2}, "New.")
    assert await _files(made, tmp_path) == {"a.txt": b"one", "theirs": b"t", "mine": b"m"}


@pytest.mark.parametrize("policy", ["error", "rebase"])
@pytest.mark.parametrize("change", ["deleted", "renamed"])
async def test_a_collection_that_goes_meanwhile_is_told(
    api: AsyncApi, registry: Registry, policy: str, change: str
) -> None:
    registry.log_version("local/p/gone", type="dataset", files={"a": "1"})
    artifact = await api.artifact("p/gone")
    collection = await api.artifact_collection("dataset", "p/gone")

    async def meanwhile(draft: AsyncArtifactDraft) -> None:
        draft["b"] = b"2"
        if change == "deleted":
            await collection.delete()
        else:
            collection.name = "elsewhere"
            await collection.save()

    with pytest.raises(ConflictError, match="local/p/gone has no latest version any more") as told:
        async with artifact.edit(on_conflict=cast("Any", policy)) as draft:
            await meanwhile(draft)
    assert "became the latest" not in str(told.value)
    assert not await api.artifact_collection_exists("p/gone", "dataset")


@pytest.mark.parametrize("what", ["file", "deleted", "metadata", "description"])
async def test_what_both_changed_differently_is_a_conflict(
    api: AsyncApi, registry: Registry, what: str
) -> None:
    artifact = await api.artifact(DATA)
    registry.log_version(
        DATA,
        type="dataset",
        files=FILES | {"a.txt": b"theirs"},
        metadata={"rows": 99},
        description="Theirs.",
    )

    def change(draft: AsyncArtifactDraft) -> None:
        if what == "file":
            draft["a.txt"] = b"mine"
        elif what == "deleted":
            del draft["a.txt"]
        elif what == "metadata":
            draft.metadata["rows"] = 7
        else:
            draft.description = "Mine."

    with pytest.raises(ConflictError, match=r"a\.txt|'rows'|the description"):
        async with artifact.edit(on_conflict="rebase") as draft:
            change(draft)
    assert (await api.artifact(DATA)).version == "v2"


async def test_a_collection_that_lost_its_latest(api: AsyncApi) -> None:
    artifact = await api.artifact(DATA)
    await (await api.artifact_collection("dataset", DATA)).delete()
    for policy in ("error", "rebase"):
        with pytest.raises((ConflictError, NotFoundError)):
            async with artifact.edit(on_conflict=cast("Any", policy)) as draft:
                draft["mine"] = b"m"


async def test_a_draft_tells_what_it_changes(api: AsyncApi) -> None:
    async with (await api.artifact(DATA)).edit() as draft:
        draft["a.txt"] = b"other!"
        draft["new"] = b"new"
        del draft["é.txt"]
        draft.metadata["rows"] = 4
        draft.tags = ["red"]
        diff = await draft.diff()
    assert [entry.path for entry in diff.added] == ["new"]
    assert [entry.path for entry in diff.removed] == ["é.txt"]
    assert [change.after.path for change in diff.changed] == ["a.txt"]
    assert list(diff.metadata) == ["rows"]
    assert (diff.added_bytes, diff.tags.added) == (9, ("red",))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        async with api.draft(NEW, type="dataset") as fresh:
            fresh["a"] = b"a"
            assert [entry.path for entry in (await fresh.diff()).added] == ["a"]


@pytest.mark.long
async def test_one_file_in_ten_thousand(
    api: AsyncApi, registry: Registry, wire: Wire, tmp_path: Path
) -> None:
    files: dict[str, Path | bytes | str] = {f"{number:05}": b"." for number in range(10_800)}
    registry.log_version(NEW, type="dataset", files=files)
    artifact = await api.artifact(NEW)
    wire.forget()
    sent: list[int] = []

    def weigh(request: httpx.Request) -> None:
        if request.method == "PUT":
            sent.append(int(request.headers["Content-Length"]))

    wire.on_file = weigh
    async with artifact.edit() as draft:
        draft["00007"] = b"seven"
    assert sent[0] == 5
    assert sent[1] < 10_800 * 100  # the manifest, whole
    assert len(sent) == 2
    assert wire.count() == [*MANIFEST, LATEST, *SENDING, LATEST, "CommitArtifact"]
    assert draft.artifact.file_count == 10_800
    assert draft.artifact.size == 10_799 + 5
    await draft.artifact.download(tmp_path, include="0000*")
    assert tree(tmp_path)["00007"] == b"seven"
