"""Without a server: what was downloaded with a cache folder is found, all else is one error."""

import asyncio
import json
import pickle
import shlex
import sys
from contextlib import suppress
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import Any

import pytest

import typed_artifacts._domain.offline.records as data_of_records
from tests.artifacts.bench import DATA, FILES, NET, PROJECT, SHELF, awaitable, names_of, tree
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from tests.local.wire import log_by_xxh128
from tests.offline.conftest import NoNetwork, Offline
from typed_artifacts import (
    Api,
    ArtifactsError,
    AsyncApi,
    AsyncFile,
    Cache,
    InvalidInput,
    NotFoundError,
    OfflineError,
)
from typed_artifacts._environment.hosts import DEFAULT_BASE_URL
from typed_artifacts.settings import resolve

ATTRIBUTES = """
    id name qualified_name version aliases tags description metadata digest digest_algorithm size
    file_count state type created_at updated_at ttl is_link linked_at entity project source_name
    source_qualified_name history_step commit_hash url
"""


def notes(cache: Path, kind: str = "*") -> list[Path]:
    """The records and manifests of a cache folder."""
    return [*(cache / "typed-artifacts").glob(f"{kind}/**/*.json")]


async def test_a_version_is_as_it_was(api: AsyncApi, offline: Offline, tmp_path: Path) -> None:
    seen = await api.artifact(f"{DATA}:best")
    await seen.download(tmp_path / "one")
    for path in (f"{DATA}:best", f"{DATA}:v1", DATA, f"{DATA}:{seen.digest}"):
        found = await offline().artifact(path, type="dataset")
        for name in ATTRIBUTES.split():
            assert getattr(found, name) == getattr(seen, name), name
    with pytest.raises(InvalidInput, match="of type 'dataset'"):
        await offline().artifact(DATA, type="model")


async def test_its_files_are_there_without_a_request(
    api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")
    found = await offline().artifact(f"{DATA}:best")
    assert await found.download(tmp_path / "two") == tmp_path / "two"
    assert tree(tmp_path / "two") == FILES
    assert (await found.verify(tmp_path / "two")).checked == len(FILES)
    assert (await found.plan_download(tmp_path / "three")).fetch == ()
    manifest = await found.manifest()
    assert manifest.digest == found.digest
    files = found.files(per_page=3)
    assert await files.length() == len(FILES)
    assert await names_of(files) == sorted(FILES)
    assert [len(page) async for page in found.files(per_page=2).pages()] == [2, 2]
    assert await names_of(found.files(["a.txt"])) == ["a.txt"]
    assert await found.files(["a.txt"]).length() == 1
    assert await names_of(found.files(include="deep/**", per_page=1)) == [
        "deep/b.bin",
        "deep/er/c.txt",
    ]


async def test_files_are_described_as_the_server_does(
    wire: Wire, api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    far = "http://127.0.0.1:9/far"
    wire.server.registry.log_version(
        f"{PROJECT}/refs", type="dataset", files={"a.txt": b"a"}, references={"far": far}
    )
    log_by_xxh128(wire.server, {"b.bin": b"b" * 300})

    def described(file: AsyncFile) -> list[object]:
        # The links to what the server holds are its own, and expire.
        url = file.url if file.url == far else ""
        return [file.name, file.size, file.digest, url]

    for path in (f"{PROJECT}/refs", "local/p/fast"):
        seen = await api.artifact(path)
        await seen.download(tmp_path / "one", include="?.*")
        found = await offline().artifact(path)
        assert [described(file) async for file in found.files()] == [
            described(file) async for file in seen.files()
        ]
        assert (await found.manifest()).digest == seen.digest
        # A manifest has no other digest than its own.
        md5s = [None] if "fast" in path else [file.md5 async for file in seen.files()]
        assert [file.md5 async for file in found.files()] == md5s


async def test_a_query_for_its_files_takes_names_in_a_tuple(api: AsyncApi, tmp_path: Path) -> None:
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")
    with Api(base_url="http://localhost", transport=NoNetwork(), offline=True) as sync:
        found = sync.client.queries.artifact_membership_files(
            entity="local", project="bench", name="data:v1", names=("a.txt",)
        )
    assert found.project is not None
    membership = found.project.artifact_collection_membership
    assert membership is not None
    assert membership.files is not None
    assert [edge.node.name for edge in membership.files.edges if edge.node] == ["a.txt"]


async def test_one_file_can_be_read_opened_and_fetched(
    api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")
    found = await offline().artifact(f"{DATA}:v1")
    (file,) = [each async for each in found.files(["deep/b.bin"])]
    assert await file.read_bytes() == FILES["deep/b.bin"]
    async with awaitable(file.open()) as stream:
        await stream.seek(250)
        assert await stream.read(12) == FILES["deep/b.bin"][250:262]
    place = await file.download(tmp_path / "alone")
    assert place.read_bytes() == FILES["deep/b.bin"]


async def test_an_alias_is_what_it_was_when_it_was_last_seen(
    api: AsyncApi, wire: Wire, offline: Offline, tmp_path: Path
) -> None:
    await (await api.artifact(f"{NET}:v0")).download(tmp_path / "v0")
    await (await api.artifact(f"{NET}:latest")).download(tmp_path / "v1")
    wire.server.registry.log_version(NET, type="model", files={"w": b"w2"})
    assert (await offline().artifact(NET)).version == "v1"
    await (await api.artifact(f"{NET}:latest")).download(tmp_path / "v2")
    # v1 was seen with this alias, but v2 later.
    assert (await offline().artifact(NET)).version == "v2"
    assert (await offline().artifact(f"{NET}:v0")).aliases == []


async def test_a_clock_that_was_set_back_changes_no_order(
    api: AsyncApi,
    wire: Wire,
    offline: Offline,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    cache: Path,
) -> None:
    """What was seen last was what had been seen in the future."""

    class Later:
        @staticmethod
        def now(zone: tzinfo) -> datetime:
            return datetime.now(zone) + timedelta(hours=50)

    with monkeypatch.context() as patch:
        patch.setattr(data_of_records, "datetime", Later)
        await (await api.artifact(f"{NET}:latest")).download(tmp_path / "v1")
    for version in ("v2", "v3"):
        wire.server.registry.log_version(NET, type="model", files={"w": version.encode()})
        await (await api.artifact(f"{NET}:latest")).download(tmp_path / version)
        assert (await offline().artifact(NET)).version == version
        (cache / "typed-artifacts" / "lock").write_bytes(b"")  # as a power cut may leave it


async def test_what_is_too_old_is_refused_with_the_command_that_fetches_it(
    api: AsyncApi,
    offline: Offline,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    class Earlier:
        @staticmethod
        def now(zone: tzinfo) -> datetime:
            return datetime.now(zone) - timedelta(hours=50)

    with monkeypatch.context() as patch:
        patch.setattr(data_of_records, "datetime", Earlier)
        await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")
    client = offline()
    assert (await client.artifact(f"{DATA}:best", max_age=timedelta(days=3))).version == "v1"
    with pytest.raises(OfflineError, match="was v1 when it was downloaded 2 days ago") as caught:
        await client.artifact(f"{DATA}:best", max_age=timedelta(hours=49))
    for most, said in (
        (timedelta(hours=47), "1 day"),
        (timedelta(minutes=2), "2 minutes"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(seconds=59, microseconds=900_000), "59 seconds"),
        (timedelta(), "0 seconds"),
    ):
        with pytest.raises(OfflineError, match=f"2 days ago, and max_age is {said}: fetch"):
            await client.artifact(f"{DATA}:best", max_age=most)
    assert caught.value.command is not None
    assert f"typed-artifacts download {DATA}:best" in caught.value.command
    assert caught.value.command in str(caught.value)
    # It counts from the last download, whichever way it came.
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")
    assert (await client.artifact(f"{DATA}:best", max_age=timedelta(hours=1))).version == "v1"
    wrong: Any = 3
    for each in (timedelta(seconds=-1), wrong):
        with pytest.raises(InvalidInput, match="max_age"):
            await client.artifact(DATA, max_age=each)


async def test_max_age_is_no_matter_where_the_server_is_asked(api: AsyncApi) -> None:
    assert (await api.artifact(DATA, max_age=timedelta())).version == "v1"


@pytest.mark.skipif(sys.platform == "win32", reason="the line is for PowerShell there")
async def test_what_is_not_there_names_the_command_that_fetches_it(
    api: AsyncApi, offline: Offline, cache: Path, tmp_path: Path
) -> None:
    with pytest.raises(OfflineError, match="has none of http://localhost") as caught:
        await offline().artifact(f"{DATA}:best")
    assert caught.value.command == (
        f"WANDB_MODE=online WANDB_CACHE_DIR={cache} typed-artifacts download {DATA}:best "
        "--base-url http://localhost"
    )
    await (await api.artifact(f"{DATA}:v0")).download(tmp_path / "one")
    with pytest.raises(OfflineError, match=r"It has v0\.") as caught:
        await offline().artifact(f"{DATA}:best")
    assert not isinstance(caught.value, NotFoundError)
    with pytest.raises(OfflineError):  # nobody knows whether it exists
        await offline().artifact_exists(f"{DATA}:best")
    assert await offline().artifact_exists(f"{DATA}:v0")


async def test_what_is_there_is_named_the_last_downloaded_first(
    api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    for version in ("v0", "v1"):
        await (await api.artifact(f"{DATA}:{version}")).download(tmp_path / version)
    with pytest.raises(OfflineError, match=r"It has v1 \(.*\), v0\."):
        await offline().artifact(f"{DATA}:v7")


@pytest.mark.skipif(sys.platform == "win32", reason="the line is for PowerShell there")
async def test_the_command_that_fetches_can_be_pasted_into_a_shell(
    wire: Wire, flavour: Flavour, offline: Offline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "a cache"
    monkeypatch.setenv("WANDB_CACHE_DIR", str(cache))
    api = flavour.api(wire, api_key=wire.server.api_key)
    path = f"{PROJECT}/two words:v0"
    wire.server.registry.log_version(
        f"{PROJECT}/two words", type="dataset", files={"a": b"1", "b": b"2", "c": b"3"}
    )
    await (await api.artifact(path)).download(tmp_path / "one", include="c")
    found = await offline().artifact(path)
    with pytest.raises(OfflineError, match=r"lacks 2 files of .* \('a', 'b'\)\.") as caught:
        await found.download(tmp_path / "a folder", max_workers=2)
    assert shlex.split(caught.value.command or "") == [
        *("WANDB_MODE=online", f"WANDB_CACHE_DIR={cache}", "typed-artifacts", "download"),
        *(path, str(tmp_path / "a folder"), "--base-url", "http://localhost"),
    ]
    # The server that is asked anyway need not be named.
    with pytest.raises(OfflineError) as caught:
        await offline(DEFAULT_BASE_URL).artifact(path)
    assert shlex.split(caught.value.command or "")[-2:] == ["download", path]


async def test_on_windows_the_command_is_for_powershell(
    offline: Offline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = tmp_path / "Ann's cache"
    monkeypatch.setenv("WANDB_CACHE_DIR", str(cache))
    monkeypatch.setattr(sys, "platform", "win32")
    with pytest.raises(OfflineError) as caught:
        await offline().artifact(f"{PROJECT}/two words:v0")
    monkeypatch.undo()
    folder = str(cache).replace("'", "''")
    assert caught.value.command == (
        f"$env:WANDB_MODE = 'online'; $env:WANDB_CACHE_DIR = '{folder}'; typed-artifacts download "
        f"'{PROJECT}/two words:v0' --base-url http://localhost"
    )


async def test_files_that_are_lacking_are_named(
    api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one", include="*.txt")
    found = await offline().artifact(f"{DATA}:v1")
    with pytest.raises(OfflineError, match=r"lacks 1 file of .* \('deep/b\.bin'\)") as caught:
        await found.download(tmp_path / "two", max_workers=1)
    assert str(tmp_path / "two") in str(caught.value.command)
    await found.download(tmp_path / "three", include="*.txt")
    assert tree(tmp_path / "three") == {n: c for n, c in FILES.items() if n.endswith(".txt")}
    (file,) = [each async for each in found.files(["deep/b.bin"])]
    for call in (file.read_bytes, awaitable(file.open()).read):
        with pytest.raises(OfflineError, match=f"lacks 1 file of {DATA}:v1 ") as caught:
            await call()
        assert caught.value.subject == f"{DATA}:v1"
    with pytest.raises(OfflineError, match="lacks 1 file"):
        await file.download(tmp_path / "alone")
    with pytest.raises(InvalidInput, match="skip_cache"):
        await found.download(tmp_path / "four", skip_cache=True)


async def test_a_damaged_content_is_no_content(
    api: AsyncApi, offline: Offline, cache: Path, tmp_path: Path
) -> None:
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")
    for path in (cache / "typed-artifacts" / "md5").rglob("*"):
        if path.is_file() and path.stat().st_size == len(FILES["deep/b.bin"]):
            path.write_bytes(b"?" * len(FILES["deep/b.bin"]))
    found = await offline().artifact(f"{DATA}:v1")
    (file,) = [each async for each in found.files(["deep/b.bin"])]
    with pytest.raises(OfflineError, match="lacks 1 file"):
        await file.read_bytes()
    with pytest.raises(OfflineError, match=r"deep/b\.bin"):
        await found.download(tmp_path / "two")
    assert "deep/b.bin" not in tree(tmp_path / "two")


@pytest.mark.parametrize("damage", ["records", "manifests"])
async def test_a_damaged_record_is_no_record(
    damage: str, api: AsyncApi, offline: Offline, cache: Path, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path / "one")
    for path in notes(cache, damage):
        path.write_bytes(path.read_bytes()[:-9])
    with pytest.raises(OfflineError, match="typed-artifacts download"):
        await (await offline().artifact(f"{DATA}:v1")).download(tmp_path / "two")
    await artifact.download(tmp_path / "one")
    await (await offline().artifact(f"{DATA}:v1")).download(tmp_path / "two")
    assert tree(tmp_path / "two") == FILES


@pytest.mark.parametrize(
    "changes",
    [
        {"content": {}, "linked_at": None},
        {"manifest": "\0"},
        {"manifest": "../../../manifest"},
        {"version": "v" + "9" * 5_000},
        b"[" * 100_000,
        b'{"manifest": ' * 1_000,
    ],
    ids=["content", "nul", "above", "index", "lists", "objects"],
)
async def test_a_record_that_somebody_made_is_no_failure_of_ours(
    changes: dict[str, object] | bytes,
    api: AsyncApi,
    offline: Offline,
    cache: Path,
    tmp_path: Path,
) -> None:
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")
    [path] = notes(cache, "records")
    if isinstance(changes, bytes):
        path.write_bytes(changes)
    else:
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))
    for version in ("v1", "latest"):
        with suppress(ArtifactsError):
            await (await offline().artifact(f"{DATA}:{version}")).download(tmp_path / "two")
    Cache().contents()
    Cache().verify()


async def test_all_else_says_that_the_client_is_offline(
    api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")
    client = offline()
    found = await client.artifact(f"{DATA}:v1")
    found.description = "Other words."
    calls = (
        found.save,
        found.delete,
        found.used_by,
        found.logged_by,
        found.linked_artifacts,
        client.viewer,
        client.whoami,
        lambda: names_of(client.artifact_types(PROJECT)),
        lambda: names_of(client.artifacts("dataset", DATA)),
        lambda: client.artifact_collection("dataset", DATA),
        lambda: client.inventory(PROJECT),
        lambda: client.run(f"{PROJECT}/train"),
        lambda: client.log_artifact(DATA, type="dataset", files={"a": b"1"}),
    )
    for call in calls:
        with pytest.raises(OfflineError, match=r"the client is offline .*typed-artifacts download"):
            await call()


async def test_no_reference_is_followed(
    wire: Wire, api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    wire.server.registry.log_version(
        f"{PROJECT}/refs",
        type="dataset",
        files={"a.txt": b"a"},
        references={"far": "http://127.0.0.1:9/far"},
    )
    with pytest.warns(UserWarning, match="refer to something elsewhere"):
        await (await api.artifact(f"{PROJECT}/refs")).download(tmp_path / "one")
    found = await offline().artifact(f"{PROJECT}/refs")
    with pytest.raises(OfflineError, match="needs the network"):
        await found.download(tmp_path / "two", follow_references=True)


async def test_servers_and_accounts_do_not_mix(
    api: AsyncApi, offline: Offline, flavour: Flavour, wire: Wire, tmp_path: Path
) -> None:
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")
    with pytest.raises(OfflineError, match="has none of http://127"):
        await offline("http://127.0.0.1:1").artifact(f"{DATA}:v1")
    # Which entity a path without one means was never told to this client.
    with pytest.raises(OfflineError, match=r"write entity/project/collection.*It has local\."):
        await offline(entity=None).artifact("bench/data:v1")
    asking = flavour.api(wire, api_key=wire.server.api_key, entity=None)
    await (await asking.artifact("bench/data:v1")).download(tmp_path / "one")
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")  # forgets nothing
    assert (await offline(entity=None).artifact("bench/data:v1")).entity == "local"
    for key in ("o" * 40, None):
        with pytest.raises(OfflineError, match="write entity/project/collection"):
            await offline(entity=None, api_key=key).artifact("bench/data:v1")


async def test_registries_are_found_by_their_organization(
    wire: Wire, api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    registered = "local-org/wandb-registry-model/nets"
    wire.server.registry.link(f"{NET}:v1", registered, aliases=["prod"])
    seen = await api.artifact(f"{registered}:prod")
    await seen.download(tmp_path / "one")
    await (await api.artifact(f"{SHELF}:gold")).download(tmp_path / "two")
    found = await offline().artifact(f"{registered}:prod")
    assert (found.is_link, found.source_name, found.aliases) == (True, "net:v1", seen.aliases)
    assert found.url == seen.url
    with pytest.raises(OfflineError, match=r"'other'.*It has local-org\."):
        await offline().artifact("other/wandb-registry-model/nets:prod")
    assert (await offline().artifact(f"{SHELF}:gold")).is_link


async def test_registries_are_found_by_the_owner_that_a_path_had(
    wire: Wire, api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    registered = "wandb-registry-model/nets"
    wire.server.registry.link(f"{NET}:v1", f"local-org/{registered}", aliases=["prod"])
    wire.server.registry.team("lab", ["local"])
    for owner in ("lab/", "", "local/", "local-org/"):
        asked = f"{owner}{registered}:prod"
        seen = await api.artifact(asked)
        await seen.download(tmp_path / f"of-{owner}x")
        found = await offline().artifact(asked)
        assert found.qualified_name == f"local-org/{registered}:v0"
        assert found.url == seen.url
    # What was written for a path is not lost with the next one.
    assert (await offline().artifact(f"lab/{registered}:prod")).version == "v0"


async def test_a_version_of_a_listing_and_one_just_logged_are_found_too(
    api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    async for artifact in api.artifacts("dataset", DATA):
        await artifact.download(tmp_path / artifact.version)
    logged = await api.log_artifact(f"{PROJECT}/new", type="dataset", files={"n": b"n"})
    await logged.download(tmp_path / "new")
    for path, version, aliases in (
        (f"{DATA}:best", "v1", ["best", "checked", "latest"]),
        (f"{DATA}:v0", "v0", []),
        (f"{PROJECT}/new", "v0", ["latest"]),
    ):
        found = await offline().artifact(path)
        assert (found.version, sorted(found.aliases)) == (version, aliases)
    assert (await offline().artifact(DATA)).metadata == {"rows": 3, "nested": {"half": 1.5}}


async def test_nothing_is_noted_without_a_cache_or_of_an_embedded_registry(
    api: AsyncApi, cache: Path, tmp_path: Path
) -> None:
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one", skip_cache=True)
    assert tree(cache) == {}
    with Api.local(tmp_path / "other") as local:
        local.log_artifact("p/c", type="t", files={"a": b"a"}).download(tmp_path / "a")
    assert notes(cache) == []
    assert len(tree(cache)) == 1


async def test_no_secret_is_in_the_cache(api: AsyncApi, cache: Path, tmp_path: Path) -> None:
    await (await api.artifact(f"{DATA}:v1")).download(tmp_path / "one")
    assert len(notes(cache)) == 2
    for path in notes(cache):
        text = path.read_text()
        assert str(api.api_key) not in text
        assert "signature" not in text
        assert "http" not in text.replace('"server": "http://localhost"', "")


async def test_a_listing_of_files_goes_on_after_a_cursor_of_its_own(
    api: AsyncApi, offline: Offline, tmp_path: Path
) -> None:
    online = await api.artifact(f"{DATA}:v1")
    await online.download(tmp_path / "one")
    found = await offline().artifact(f"{DATA}:v1")
    names = sorted(FILES)
    files = found.files(per_page=1)
    assert (await files[0]).name == names[0]
    assert await names_of(found.files(per_page=1, start=files.cursor)) == names[1:]
    listed = online.files(per_page=1)
    assert (await listed[0]).name == names[0]
    for cursor in (listed.cursor, "abc", "-1", "1.5", "²", "9" * 5000):
        with pytest.raises(InvalidInput, match=r"start is .* no cursor of a listing of an offline"):
            await names_of(found.files(start=cursor))


async def test_an_offline_client_stays_one_when_it_is_pickled(offline: Offline) -> None:
    with Api(base_url="http://localhost", entity="local", offline=True) as api:
        other: Api = pickle.loads(pickle.dumps(api))  # noqa: S301 -- our own bytes
    assert other.client.settings.offline
    assert offline().client.settings.offline


@pytest.mark.parametrize("mode", ["offline", "Offline", "dryrun"])
async def test_the_variable_makes_clients_offline(
    mode: str, offline: Offline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_MODE", mode)
    with pytest.raises(OfflineError):
        await offline(offline=None).artifact(DATA)
    with Api.local(tmp_path / "embedded") as local:  # which needs no network
        local.log_artifact("p/c", type="t", files={"a": b"a"})


def test_other_modes_and_an_argument_that_says_so_are_online() -> None:
    for mode in ("online", "disabled", "shared", "run", ""):
        assert not resolve(environ={"WANDB_MODE": mode}).offline
    assert not resolve(environ={"WANDB_MODE": "offline"}, offline=False).offline
    assert resolve(environ={}, offline=True).offline
    wrong: Any = "yes"
    with pytest.raises(InvalidInput, match="offline is 'yes'"):
        resolve(environ={}, offline=wrong)


@pytest.mark.skipif(sys.platform == "win32", reason="the line is for PowerShell there")
async def test_an_offline_client_without_a_cache_folder_says_so(
    offline: Offline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("WANDB_CACHE_DIR")
    with pytest.raises(OfflineError, match="WANDB_CACHE_DIR names it") as caught:
        await offline().artifact(f"{DATA}:v1")
    command = (
        f"WANDB_MODE=online WANDB_CACHE_DIR=FOLDER typed-artifacts download {DATA}:v1 "
        "--base-url http://localhost"
    )
    assert caught.value.command == command
    assert command in str(caught.value)
    with pytest.raises(OfflineError, match="It is filled by downloads") as caught:
        await offline(entity=None).artifact("bench/data:v1")
    assert caught.value.command is None


def test_downloads_side_by_side_lose_nothing(wire: Wire, cache: Path, tmp_path: Path) -> None:
    async def all_of_them() -> None:
        async with AsyncApi(
            base_url="http://localhost", api_key=wire.server.api_key, transport=wire
        ) as api:
            paths = [f"{NET}:v0", f"{NET}:v1", f"{DATA}:v0", f"{DATA}:v1", f"{SHELF}:gold"]
            found = [await api.artifact(path) for path in paths * 3]
            await asyncio.gather(
                *(each.download(tmp_path / str(n)) for n, each in enumerate(found))
            )

    asyncio.run(all_of_them())
    assert len(notes(cache, "records")) == 5
    with Api(base_url="http://localhost", transport=NoNetwork(), offline=True) as api:
        assert api.artifact(f"{SHELF}:gold").source_name == "net:v1"
        assert api.artifact(f"{DATA}:v1").created_at < datetime.now(UTC)
