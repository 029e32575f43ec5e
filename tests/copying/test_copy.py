"""Copies within a server and between two: the same on the other side, and sent once."""

from __future__ import annotations

import json
from collections import Counter
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from anyio import to_thread

from tests.artifacts.wire import Wire
from tests.cli.conftest import command_on
from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Script, Sent, connection
from tests.local.wire import log_by_xxh128
from typed_artifacts import (
    Api,
    ArtifactDigestAlgorithm,
    ArtifactsError,
    AsyncApi,
    AsyncClient,
    Client,
    CopyReport,
    IntegrityError,
    InvalidInput,
    NotFoundError,
    RequestEvent,
    TransferEvent,
)
from typed_artifacts.events import FileDone, Finished, Started
from typed_artifacts.local import LocalServer, Registry


def build(registry: Registry) -> None:
    shared = {"shared.bin": b"s" * 5000, "empty": b""}
    with registry.batch():
        for number in range(3):
            registry.log_version(
                "local/p/data",
                type="dataset",
                files={**shared, f"own/{number}.bin": f"{number}" * 100},
                metadata={"number": number, "nested": {"list": [1, None, "x"]}},
                tags=["odd"] if number % 2 else ["even", "two words"],
                aliases=[f"a{number}", "best"],
                description=f"Number {number}.",
                references={"far": "s3://bucket/key"} if number == 1 else {},
            )
        registry.log_version("local/p/net", type="model", files={"w": b"w" * 1000})
        registry.link("local/p/data:v0", "local/p/shelf", aliases=["prod"])
        registry.link("local/p/data:v2", "local/p/shelf")
        registry.describe_collection("local/p/data", description="Words.", tags=["red", "blue"])


async def contents(api: AsyncApi, project: str) -> dict[str, Any]:
    """What a project holds, without what is each server's own."""
    found: dict[str, Any] = {}
    async for collection in api.project(project).collections():
        versions = {
            each.version: {
                "digest": each.digest,
                "aliases": sorted(each.aliases),
                "tags": sorted(each.tags),
                "metadata": each.metadata,
                "description": each.description,
                "size": each.size,
                "files": each.file_count,
                "link": each.is_link,
            }
            async for each in collection.artifacts()
        }
        found[collection.name] = {
            "type": collection.type,
            "tags": sorted(collection.tags),
            "description": collection.description,
            "sequence": collection.is_sequence(),
            "versions": versions,
        }
    return found


def outcomes(report: CopyReport) -> dict[str, str]:
    return {each.source.removeprefix("local/p/"): each.outcome for each in report.versions}


def outcomes_of_shelf(report: CopyReport) -> dict[str, str]:
    return {name: outcome for name, outcome in outcomes(report).items() if "shelf" in name}


def build_with_a_link_to_elsewhere(registry: Registry) -> None:
    build(registry)
    registry.log_version("local/x/far", type="dataset", files={"f": b"far"})
    registry.link("local/x/far:v0", "local/p/shelf")


async def test_a_project_goes_along_whole(
    api: AsyncApi, other: AsyncApi, here: LocalServer, sent: list[RequestEvent]
) -> None:
    build(here.registry)
    report = await api.copy("p", "q", to=other, versions="all")
    assert outcomes(report) == {
        "data:v0": "copied",
        "data:v1": "copied",
        "data:v2": "copied",
        "net:v0": "copied",
        "shelf:v0": "linked",
        "shelf:v1": "linked",
    }
    assert await contents(other, "local/q") == await contents(api, "local/p")
    assert report.sent == 5000 + 3 * 100 + 1000  # what is shared is sent once
    assert str(report) == "4 versions copied, 2 versions linked; 6.3 kB sent."
    assert report.size == 3 * 5100 + 1000  # a link takes no room
    # And back, where everything is.
    sent.clear()
    back = await other.copy("q", "p", to=api, versions="all")
    assert {each.outcome for each in back.versions} == {"there", "linked"}
    assert back.sent == 0
    assert str(back) == "4 versions there already, 2 versions linked; 0 B sent."
    assert not [event for event in sent if "/upload" in str(event)]
    assert not {"UpdateArtifact", "CreateArtifact"} & {event.operation for event in sent}
    assert await contents(other, "local/q") == await contents(api, "local/p")
    # Into a new project of the same server, where the bytes are.
    again = await other.copy("q", "local/third", versions="all")
    assert again.sent == 0
    assert await contents(other, "local/third") == await contents(api, "local/p")


async def test_the_copy_can_be_downloaded(
    api: AsyncApi, other: AsyncApi, here: LocalServer, tmp_path: Path
) -> None:
    build(here.registry)
    await api.copy("local/p/data", "copies/data", to=other, versions="all")
    for version in ("v0", "v2"):
        artifact = await other.artifact(f"copies/data:{version}")
        folder = await artifact.download(tmp_path / version)
        await artifact.verify(folder)
        assert (folder / "own" / f"{version[1]}.bin").read_text() == version[1] * 100


async def test_versions_are_chosen(api: AsyncApi, other: AsyncApi, here: LocalServer) -> None:
    build(here.registry)
    assert outcomes(await api.copy("p", "one", to=other)) == {
        "data:v2": "copied",
        "net:v0": "copied",
        "shelf:v1": "linked",
    }
    report = await api.copy("p/data", "two/data", to=other, versions=["a1", "v0"])
    assert [each.source for each in report.versions] == ["local/p/data:v0", "local/p/data:v1"]
    report = await api.copy("p/data:a1", "two/single", to=other)
    assert [each.destination for each in report.versions] == ["local/two/single:v0"]
    report = await api.copy("p/data:best", "three/", to=other)
    assert [each.destination for each in report.versions] == ["local/three/data:v0"]
    # A portfolio alone becomes a collection of its own, as its sources are not there.
    report = await api.copy("p/shelf", "three/shelf", to=other, versions="all")
    assert outcomes(report) == {"shelf:v0": "copied", "shelf:v1": "copied"}
    with pytest.raises(NotFoundError, match='"v9" in local/p/data'):
        await api.copy("p/data", "four/data", to=other, versions=["v0", "v9"])
    with pytest.raises(NotFoundError, match="four"):
        await listed(other.artifacts("dataset", "four/data"))


async def test_without_a_latest_the_newest_is_copied(
    api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    build(here.registry)
    newest = await api.artifact("p/data:v2")
    newest.aliases.remove("latest")
    await newest.save()
    assert outcomes(await api.copy("p/data", "q/data", to=other)) == {"data:v2": "copied"}


async def test_a_portfolio_with_links_to_elsewhere_becomes_a_collection(
    api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    build_with_a_link_to_elsewhere(here.registry)
    report = await api.copy("p", "q", to=other, versions="all")
    assert outcomes_of_shelf(report) == {
        "shelf:v0": "copied",
        "shelf:v1": "copied",
        "shelf:v2": "copied",
    }
    assert (await other.artifact("q/shelf:v2")).digest == (await api.artifact("x/far")).digest


async def test_a_portfolio_with_links_to_elsewhere_becomes_one_whatever_is_chosen(
    api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    build_with_a_link_to_elsewhere(here.registry)
    await (await api.artifact("p/data:v2")).link("p/shelf")  # makes it the latest again
    assert outcomes(await api.copy("p", "q", to=other))["shelf:v1"] == "copied"
    report = await api.copy("p", "q", to=other, versions="all")
    assert outcomes_of_shelf(report) == {
        "shelf:v0": "copied",
        "shelf:v1": "there",
        "shelf:v2": "copied",
    }
    assert (await other.artifact("q/shelf")).digest == (await api.artifact("p/data:v2")).digest


async def test_a_link_stays_a_link_where_its_source_is_not_the_latest(
    api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    build(here.registry)
    for number, link in enumerate(("a1", "a0", "a2")):
        await (await api.artifact(f"p/data:{link}")).link("p/shelf")
        if number == 1:
            await api.log_artifact("p/data", type="dataset", files={"more": b"more"})
        await api.copy("p", "q", to=other)
        shelf = (await contents(other, "local/q"))["shelf"]
        assert not shelf["sequence"]
        latest = await other.artifact("q/shelf")
        assert latest.digest == (await api.artifact("p/shelf")).digest
        assert (await other.artifact("q/data")).digest == (await api.artifact("p/data")).digest
    await api.copy("p", "q", to=other, versions="all")
    for collection in ("data", "shelf"):
        copied = await listed(other.artifacts("dataset", f"q/{collection}"))
        given = await listed(api.artifacts("dataset", f"p/{collection}"))
        assert {(each.digest, *each.aliases) for each in copied} == {
            (each.digest, *each.aliases) for each in given
        }


async def test_links_are_logged_where_versions_were_logged_before(
    api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    build(here.registry)
    await api.copy("p/shelf", "q/shelf", to=other)
    report = await api.copy("p", "q", to=other, versions="all")
    assert outcomes_of_shelf(report) == {
        "shelf:v0": "copied",
        "shelf:v1": "there",
    }
    assert (await other.artifact("q/shelf:prod")).digest == (await api.artifact("p/data:v0")).digest
    assert (await other.artifact("q/shelf")).digest == (await api.artifact("p/shelf")).digest


async def test_nothing_to_copy(api: AsyncApi, other: AsyncApi, here: LocalServer) -> None:
    here.registry.run("local/bare/run")
    report = await api.copy("bare/", "q", to=other)
    assert (report.versions, str(report)) == ((), "Nothing to copy; 0 B sent.")


async def test_a_registry_is_copied_from_and_into(api: AsyncApi, here: LocalServer) -> None:
    build(here.registry)
    here.registry.link("local/p/data:v0", "local-org/wandb-registry-model/nets")
    for source, destination in (
        ("wandb-registry-model/nets", "out/nets"),
        ("wandb-registry-model/nets:v0", "out/version"),
        ("wandb-registry-model/", "whole"),
    ):
        (version,) = (await api.copy(source, destination)).versions
        assert version.source == "local-org/wandb-registry-model/nets:v0"
    for destination, name in (
        ("wandb-registry-model/more", "more"),
        ("wandb-registry-model/", "net"),
    ):
        (version,) = (await api.copy("p/net", destination)).versions
        assert version.destination == f"local-org/wandb-registry-model/{name}:v0"


async def test_a_version_alone_does_not_describe_the_collection(
    api: AsyncApi, other: AsyncApi, here: LocalServer, there: LocalServer
) -> None:
    build(here.registry)
    there.registry.log_version("local/p/data", type="dataset", files={"f": b"1"})
    there.registry.describe_collection("local/p/data", tags=["green"])
    await api.copy("p/data:v0", "p/data", to=other)
    collection = await other.artifact_collection("dataset", "p/data")
    assert (collection.description or "", collection.tags) == ("", ["green"])
    await api.copy("p/data", "p/data", to=other)
    collection = await other.artifact_collection("dataset", "p/data")
    assert collection.description == "Words."
    assert {*collection.tags} == {"green", "red", "blue"}


async def test_what_does_not_go_along(api: AsyncApi, other: AsyncApi, here: LocalServer) -> None:
    build(here.registry)
    await api.copy("p/data", "q/data", to=other, aliases=False, tags=False, metadata=False)
    copied = await other.artifact("q/data:v0")
    assert (list(copied.aliases), copied.tags, dict(copied.metadata)) == (["latest"], [], {})
    assert copied.collection.name == "data"
    await api.copy("p/data:v0", "q/origin", to=other, record_origin=True)
    copied = await other.artifact("q/origin")
    assert copied.metadata["number"] == 0
    assert copied.metadata["copied_from"] == {
        "path": "local/p/data:v0",
        "server": here.base_url.rstrip("/"),
        "digest": copied.digest,
    }


@pytest.mark.parametrize("flag", ["aliases", "tags", "metadata", "record_origin", "ttl"])
async def test_a_flag_that_is_none_is_refused(
    api: AsyncApi, other: AsyncApi, here: LocalServer, flag: str
) -> None:
    """A text counted as true: with aliases="no" the copy took them over."""
    build(here.registry)
    given: Any = {flag: "no"}
    with pytest.raises(InvalidInput, match=f"{flag} is 'no'; it must be True or False"):
        await api.copy("p/data", "two/data", to=other, **given)
    assert not await other.artifact_exists("two/data:v0")


async def test_times_to_live_go_along(api: AsyncApi, other: AsyncApi, here: LocalServer) -> None:
    build(here.registry)
    kept = await api.artifact("p/data:v0")
    kept.ttl = timedelta(days=3)
    await kept.save()

    async def ttls(path: str) -> dict[str, tuple[timedelta | None, bool]]:
        found = await listed(other.artifacts("dataset", path))
        return {each.version: (each.ttl, each.ttl_is_inherited) for each in found}

    await api.copy("p/data", "q/data", to=other, versions="all")
    assert await ttls("q/data") == {
        "v0": (timedelta(days=3), False),
        "v1": (None, True),
        "v2": (None, True),
    }
    await api.copy("p/data", "q/without", to=other, versions="all", ttl=False)
    assert {ttl for ttl, _ in (await ttls("q/without")).values()} == {None}
    # What is there keeps what it has been given there.
    copied = await other.artifact("q/data:v0")
    copied.ttl = None
    await copied.save()
    await api.copy("p/data", "q/data", to=other, versions="all")
    assert (await ttls("q/data"))["v0"] == (None, False)


async def test_a_time_to_live_of_the_collection_stays_behind(
    flavour: Flavour, other: AsyncApi, here: LocalServer
) -> None:
    """As its own it would stay when that of the collection changes."""
    build(here.registry)
    wire = Wire(here)
    api = flavour.api(wire, api_key=here.api_key)

    def inherited(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "ProjectArtifacts":
            for edge in connection(reply)["edges"]:
                edge["node"] |= {"ttlDurationSeconds": 86_400, "ttlIsInherited": True}

    wire.rewrite = inherited
    (seen,) = [each async for each in api.artifacts("model", "p/net")]
    assert (seen.ttl, seen.ttl_is_inherited) == (timedelta(days=1), True)
    await api.copy("p/net", "q/net", to=other)
    copied = await other.artifact("q/net")
    assert (copied.ttl, copied.ttl_is_inherited) == (None, True)


async def test_what_was_hashed_by_xxh128_goes_along(
    api: AsyncApi, other: AsyncApi, here: LocalServer, sent: list[RequestEvent], tmp_path: Path
) -> None:
    files = {"a.bin": b"a" * 3000, "d/b.bin": b"b" * 70_000, "empty": b""}
    digest = log_by_xxh128(here, files)
    source = await api.artifact("p/fast")
    assert source.digest == digest
    report = await api.copy("p/fast", "q/fast", to=other)
    assert [(each.outcome, each.sent) for each in report.versions] == [("copied", 73_000)]
    copied = await other.artifact("q/fast")
    assert copied.digest_algorithm == ArtifactDigestAlgorithm.MANIFEST_MD5
    folder = await copied.download(tmp_path / "copy")
    assert {name: (folder / name).read_bytes() for name in files} == files
    await copied.verify(folder)
    # Copied again it is there, though its digest is another one; and so it is on the way back.
    again = await api.copy("p/fast", "q/fast", to=other)
    assert [each.outcome for each in again.versions] == ["there"]
    sent.clear()
    back = await other.copy("q/fast", "back/fast", to=api)
    assert [(each.outcome, each.sent) for each in back.versions] == [("copied", 0)]


async def test_damaged_content_by_xxh128_is_not_copied(
    api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    log_by_xxh128(here, {"a": b"a" * 3000})
    for blob in (Path(here.registry.root) / "files").rglob("*"):
        if blob.is_file() and blob.read_bytes() == b"a" * 3000:
            blob.chmod(0o644)
            blob.write_bytes(b"b" * 3000)
    with pytest.raises(IntegrityError):
        await api.copy("p/fast", "q/fast", to=other)
    with pytest.raises(NotFoundError):
        await other.artifact("q/fast")


async def test_what_is_there_gets_what_it_lacks(
    api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    build(here.registry)
    await api.copy("p/data", "q/data", to=other, aliases=False, tags=False)
    report = await api.copy("p/data", "q/data", to=other)
    assert outcomes(report) == {"data:v2": "there"}
    copied = await other.artifact("q/data")
    assert set(copied.aliases) == {"latest", "a2", "best"}
    assert set(copied.tags) == {"even", "two words"}


async def test_the_latest_is_the_same_version_on_both_sides(api: AsyncApi, other: AsyncApi) -> None:
    for text in (b"0", b"1", b"2", b"0"):  # what was there before is the latest again
        await api.log_artifact("p/data", type="dataset", files={"n": text})
    assert (await api.artifact("p/data:latest")).version == "v0"
    for number in (0, 1, 0):
        await (await api.artifact(f"p/data:v{number}")).link("p/shelf")
    expected = await contents(api, "local/p")
    assert expected["shelf"]["versions"]["v0"]["aliases"] == ["latest"]
    for _ in range(2):
        await api.copy("p", "q", to=other, versions="all")
        assert await contents(other, "local/q") == expected
    # As does what is mirrored by its latest alone.
    for number in (1, 0):
        await api.log_artifact("p/data", type="dataset", files={"n": str(number).encode()})
        report = await api.copy("p/data", "mirror/data", to=other)
        assert [each.source for each in report.versions] == [f"local/p/data:v{number}"]
    await api.log_artifact("p/data", type="dataset", files={"n": b"1"})
    report = await api.copy("p/data", "mirror/data", to=other)
    assert [each.outcome for each in report.versions] == ["there"]
    assert (await other.artifact("mirror/data:latest")).version == "v0"
    # But not where aliases stay behind.
    await api.log_artifact("p/data", type="dataset", files={"n": b"0"})
    await api.copy("p", "q", to=other, versions="all", aliases=False)
    await api.copy("p/data", "mirror/data", to=other, aliases=False)
    assert (await other.artifact("mirror/data:latest")).version == "v0"


async def test_it_goes_on_after_an_end(
    flavour: Flavour, api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    build(here.registry)
    seen = 0

    def stop(event: TransferEvent) -> None:
        nonlocal seen
        seen += isinstance(event, FileDone)
        if seen == 4:
            raise KeyboardInterrupt if flavour.blocking else ArtifactsError("stop")

    with pytest.raises((KeyboardInterrupt, ArtifactsError)):
        await api.copy("p", "q", to=other, versions="all", progress=stop)
    partly = await contents(other, "local/q")
    assert len(partly["data"]["versions"]) == 1
    report = await api.copy("p", "q", to=other, versions="all")
    assert Counter(outcomes(report).values()) == {"there": 1, "copied": 3, "linked": 2}
    assert await contents(other, "local/q") == await contents(api, "local/p")


async def test_progress_is_that_of_one_transfer(
    api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    build(here.registry)
    events: list[TransferEvent] = []
    await api.copy("p/data", "q/data", to=other, versions="all", progress=events.append)
    started = [event for event in events if isinstance(event, Started)]
    assert [(event.files, event.bytes) for event in started] == [(10, 3 * 5100)]
    assert not [event for event in events if isinstance(event, Finished)]
    done = [event.path for event in events if isinstance(event, FileDone)]
    assert Counter(done)["shared.bin"] == 1


async def test_urls_are_asked_for_many_at_once(
    api: AsyncApi, other: AsyncApi, here: LocalServer, sent: list[RequestEvent]
) -> None:
    many = {f"{number:04}": f"{number}" for number in range(600)}
    here.registry.log_version("local/p/data", type="dataset", files=many)
    sent.clear()
    await api.copy("p/data", "q/data", to=other)
    operations = Counter(event.operation for event in sent)
    assert operations["ArtifactMembershipFileUrls"] == 1
    assert operations["CreateArtifactFiles"] == 3
    assert operations["ProjectHoldings"] == 2  # "p/data" might be a project


async def test_a_collection_that_is_described_is_asked_for_once(
    api: AsyncApi, here: LocalServer, sent: list[RequestEvent]
) -> None:
    here.registry.log_version("local/p/data", type="dataset", files={"a": "1"})
    here.registry.describe_collection("local/p/data", description="Words.", tags=["red"])
    sent.clear()
    await api.copy("p/data", "q/data")
    operations = Counter(event.operation for event in sent)
    assert operations["ProjectArtifactCollection"] == 2  # the one here, and the one there
    found = await api.artifact_collection("dataset", "q/data")
    assert (found.description, found.tags) == ("Words.", ["red"])


async def test_one_thread_beside_the_loop_is_enough(
    api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    here.registry.log_version("local/p/data", type="dataset", files={"a": b"a", "b": b"b"})
    limiter = to_thread.current_default_thread_limiter()
    allowed, limiter.total_tokens = limiter.total_tokens, 1
    try:
        await api.copy("p/data", "q/data", to=other)
    finally:
        limiter.total_tokens = allowed
    assert (await other.artifact("q/data")).file_count == 2


async def test_damaged_content_is_not_copied(
    api: AsyncApi, other: AsyncApi, here: LocalServer
) -> None:
    here.registry.log_version("local/p/data", type="dataset", files={"a": b"a" * 3000})
    for blob in (Path(here.registry.root) / "files").rglob("*"):
        if blob.is_file() and blob.read_bytes() == b"a" * 3000:
            blob.chmod(0o644)
            blob.write_bytes(b"b" * 3000)
    with pytest.raises(IntegrityError, match=r"^local/p/data:v0: "):
        await api.copy("p/data", "q/data", to=other)
    with pytest.raises(NotFoundError):
        await other.artifact("q/data")


MISTAKES: list[tuple[dict[str, Any], str]] = [
    ({"source": ""}, "path"),
    ({"source": None}, "path"),
    ({"source": "a/b/c/d"}, "a/b/c/d"),
    ({"destination": ""}, "path"),
    ({"destination": 3}, "path"),
    ({"destination": "/"}, "Where a copy goes is given by a path, not by '/'"),
    ({"versions": "newest"}, "versions"),
    ({"versions": []}, "versions"),
    ({"versions": [1]}, "versions"),
    ({"source": "p/data:v1", "versions": "all"}, "one of the two"),
    ({"source": "p/data:v1", "versions": ["v2"]}, "one of the two"),
    ({"max_workers": 0}, "max_workers"),
    ({"progress": "yes"}, "progress"),
    ({"to": "https://elsewhere"}, "to is 'https://elsewhere'; it must be of the type (Async)?Api"),
    ({"to": Client("https://elsewhere", "k" * 40)}, "to is <Client https://elsewhere>"),
    ({"to": AsyncClient("https://elsewhere", "k" * 40)}, "to is <AsyncClient https://elsewhere>"),
]


@pytest.mark.parametrize(("arguments", "said"), MISTAKES)
async def test_mistakes_send_nothing(
    flavour: Flavour, arguments: dict[str, Any], said: str
) -> None:
    silent = Script()
    given: dict[str, Any] = {"source": "p/data", "destination": "q/data", **arguments}
    with pytest.raises(InvalidInput, match=said):
        await flavour.api(silent).copy(**given)
    assert silent.sent == []


async def test_what_cannot_be_copied(api: AsyncApi, here: LocalServer) -> None:
    build(here.registry)
    for source, destination in (("p", "local/p"), ("p/data", "local/p/data"), ("p/data:v0", "p/")):
        with pytest.raises(InvalidInput, match="to itself"):
            await api.copy(source, destination)
    for source in ("none/", "none/data", "p/none", "local/p/none", "p/data:v9"):
        with pytest.raises(NotFoundError):
            await api.copy(source, "q/data")


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("shelve", r'no project "local/shelve" \(asked for shelve\).*mean "shelf"'),
        ("local/shelve", r'no project "local/local" .*Nor is there a project "local/shelve"'),
        ("shelf/dat", r'collection "dat" .*Nor is there a project "shelf/dat".*mean "data"'),
        ("shelf/dat:v0", r'no artifact collection "dat" .*mean "data"'),
    ],
)
async def test_a_path_that_may_be_of_two_things_is_of_neither(
    api: AsyncApi, here: LocalServer, source: str, said: str
) -> None:
    here.registry.log_version("local/shelf/data", type="dataset", files={"a": "1"})
    with pytest.raises(NotFoundError, match=said):
        await api.copy(source, "other")


def test_in_a_shell(tmp_path: Path) -> None:
    root, target = tmp_path / "one", tmp_path / "two"
    with Registry(root) as registry:
        build(registry)

    run = partial(command_on(root), "copy")
    code, out, _ = run("local/p", "local/q", "--all", "--to-registry", str(target))
    assert (code, out) == (0, "4 versions copied, 2 versions linked; 6.3 kB sent.\n")
    with Api.local(target) as api:
        assert [each.version for each in api.artifacts("dataset", "q/data")] == ["v2", "v1", "v0"]
    code, out, _ = run("local/p/data", "local/p/again", "--json", "--version", "v0")
    assert code == 0
    (version,) = json.loads(out)["versions"]
    assert version["destination"] == "local/p/again:v0"
    code, out, err = run("local/p/data", "local/p/data")
    assert (code, out) == (1, "")
    assert "to itself" in err
    both = ("--to-registry", str(target), "--to-url", "http://localhost:1")
    code, out, err = run("local/p/data", "local/q/data", *both)
    assert (code, out) == (2, "")
    assert "--to-url and --to-registry exclude each other" in err


def test_what_does_not_go_along_in_a_shell(tmp_path: Path) -> None:
    with Registry(tmp_path / "one") as registry:
        registry.log_version(
            "local/p/data",
            type="dataset",
            files={"a": "1"},
            metadata={"n": 1},
            aliases=["best"],
            tags=["t"],
            ttl=86_400,
        )
    run = partial(command_on(tmp_path / "one"), "copy", "local/p/data")
    assert run("local/p/same")[0] == 0
    without = ("--no-metadata", "--no-ttl", "--no-tags", "--no-aliases")
    assert run("local/p/bare", *without)[0] == 0
    assert run("local/p/none", "--all", "--version", "v0")[0] == 2
    assert run("local/p/told", "--record-origin")[0] == 0
    with Api.local(tmp_path / "one") as api:
        same, bare = api.artifact("p/same:v0"), api.artifact("p/bare:v0")
        assert (same.metadata, same.ttl, same.tags) == ({"n": 1}, timedelta(days=1), ["t"])
        assert (bare.metadata, bare.ttl, bare.tags) == ({}, None, [])
        assert ("best" in same.aliases, "best" in bare.aliases) == (True, False)
        assert dict(api.artifact("p/told:v0").metadata) != dict(same.metadata)
        assert not api.artifact_collection_exists("p/none", "dataset")


@pytest.mark.soak
@pytest.mark.timeout(1200)
def test_ten_thousand_files_there_and_back(tmp_path: Path) -> None:
    with Registry(tmp_path / "one") as registry, registry.batch():
        for number in range(108):
            files = {f"{name:03}.bin": f"{number // 2} {name}" * 50 for name in range(99)}
            registry.log_version(
                f"local/p/set-{number % 12}",
                type="dataset",
                files=files | {"own": str(number)},
                aliases=[f"n{number}"],
                tags=["even"] if number % 2 else [],
            )
    with (
        Api.local(tmp_path / "one") as one,
        Api.local(tmp_path / "two") as two,
        Api.local(tmp_path / "three") as three,
    ):
        assert len(one.copy("local/p", "local/p", to=two, versions="all").versions) == 108
        assert len(two.copy("local/p", "local/p", to=three, versions="all").versions) == 108
        assert _told(one) == _told(two) == _told(three)
        assert {each.outcome for each in three.copy("p", "p", to=one, versions="all").versions} == {
            "there"
        }


def _told(api: Api) -> dict[str, tuple[str, list[str], list[str]]]:
    return {
        each.qualified_name: (each.digest, sorted(each.aliases), sorted(each.tags))
        for collection in api.project("local/p").collections()
        for each in collection.artifacts()
    }
