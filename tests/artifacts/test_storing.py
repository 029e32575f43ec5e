"""How files are hashed and where they are stored: XXH128, storage regions, kept checksums."""

from __future__ import annotations

import os
from base64 import b64encode
from collections.abc import Callable, Iterator, Sequence
from hashlib import md5
from pathlib import Path

import pytest

from tests.artifacts.bench import PROJECT, tree
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from tests.client.taps import JsonObject, Sent
from typed_artifacts import AsyncApi, InvalidInput, UnsupportedByServer
from typed_artifacts._domain.drafts.storage_options import DigestOption
from typed_artifacts._transfer.uploads import checksum_cache, hashing
from typed_artifacts.local import open_local

NEW = f"{PROJECT}/new"
FILES = {"a.txt": b"alpha", "empty": b"", "sub/b.bin": bytes(range(256)) * 400}
#: The Api of a server that was opened with some options, and what is sent to it.
Opened = Callable[..., tuple[AsyncApi, Wire]]


@pytest.fixture
def opened(flavour: Flavour) -> Iterator[Opened]:
    servers: list[object] = []

    def opens(*, features: str = "all", regions: Sequence[str] = ()) -> tuple[AsyncApi, Wire]:
        server = open_local(features=features, regions=regions)
        servers.append(server)
        wire = Wire(server)
        return flavour.api(wire, api_key=server.api_key), wire

    yield opens
    for server in servers:
        server.close()  # type: ignore[attr-defined]  # a server, each of them


async def test_files_hashed_with_xxh128_arrive(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    made = await api.log_artifact(NEW, type="dataset", files=FILES, digest="xxh128")
    assert wire.count()[:2] == ["ServerFeatures", "CreateArtifact"]
    entries = (await made.manifest()).entries
    assert {str(entry.extra.get("alg")) for entry in entries.values()} == {"XXH128"}
    assert len(made.digest) == 32
    await made.download(tmp_path)
    assert tree(tmp_path) == FILES
    assert (await made.verify(tmp_path)).ok
    again = await api.log_artifact(NEW, type="dataset", files=FILES, digest="xxh128")
    assert again.version == "v0"


@pytest.mark.parametrize("digest", ["xxh128", "md5"])
async def test_each_file_is_announced_with_its_md5(
    api: AsyncApi, wire: Wire, digest: DigestOption
) -> None:
    """Object stores know no XXH128, which is told beside it."""
    made = await api.log_artifact(NEW, type="dataset", files=FILES, digest=digest)
    asked = next(each for each in wire.sent if each.operation == "CreateArtifactFiles")
    specs = {each["name"]: each for each in asked.variables["input"]["artifactFiles"]}
    assert {name: each["md5"] for name, each in specs.items()} == {
        name: b64encode(md5(content, usedforsecurity=False).digest()).decode()
        for name, content in (FILES).items()
    }
    entries = (await made.manifest()).entries
    if digest == "xxh128":
        assert asked.variables["input"]["digestAlgorithm"] == "MANIFEST_XXH128"
        assert {name: each["digest"] for name, each in specs.items()} == {
            name: entry.digest for name, entry in entries.items()
        }
    else:  # older servers know neither member
        assert "digestAlgorithm" not in asked.variables["input"]
        assert not any("digest" in each for each in specs.values())


async def test_what_is_there_by_its_xxh128_is_not_sent_again(api: AsyncApi, wire: Wire) -> None:
    await api.log_artifact(NEW, type="dataset", files=FILES, digest="xxh128")
    wire.forget()
    await api.log_artifact(NEW, type="dataset", files=FILES | {"c": b"c"}, digest="xxh128")
    assert wire.count().count("PUT") == 2  # the new file, and the manifest


async def test_an_edit_hashes_as_its_version_is_hashed(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    """The official client does, so that both make the same version of the same files."""
    made = await api.log_artifact(NEW, type="dataset", files=FILES, digest="xxh128")
    wire.forget()
    async with made.edit() as draft:
        del draft["empty"]
        draft["new"] = b"new"
    assert "ServerFeatures" not in wire.count()
    edited = draft.artifact
    assert edited.digest_algorithm == made.digest_algorithm
    entries = (await edited.manifest()).entries
    assert {str(entry.extra.get("alg")) for entry in entries.values()} == {"XXH128"}
    files = {name: content for name, content in FILES.items() if name != "empty"}
    files["new"] = b"new"
    await edited.download(tmp_path)
    assert tree(tmp_path) == files
    again = await api.log_artifact(NEW, type="dataset", files=files, digest="xxh128")
    assert (edited.version, again.version) == ("v1", "v1")
    async with again.edit() as draft:
        draft["a.txt"] = FILES["a.txt"]
        assert not await draft.diff()
    assert draft.artifact.version == "v1"


async def test_a_rebase_hashes_as_the_latest_version_is_hashed(
    api: AsyncApi, tmp_path: Path
) -> None:
    made = await api.log_artifact(NEW, type="dataset", files=FILES, digest="xxh128")
    async with made.edit(on_conflict="rebase") as draft:
        draft["new"] = b"new"
        await api.log_artifact(NEW, type="dataset", files=FILES | {"c": b"c"})
    files = FILES | {"c": b"c", "new": b"new"}
    await draft.artifact.download(tmp_path)
    assert tree(tmp_path) == files
    again = await api.log_artifact(NEW, type="dataset", files=files)
    assert (draft.artifact.version, again.version) == ("v2", "v2")


async def test_files_are_told_apart_by_name_in_whatever_order_the_server_answers(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    first = await api.log_artifact(NEW, type="dataset", files={"a.txt": FILES["a.txt"]})

    def turned(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "CreateArtifactFiles":
            edges = reply["data"]["createArtifactFiles"]["files"]["edges"]
            edges.reverse()
            edges[-1]["node"]["artifact"]["id"] = first.id

    wire.rewrite = turned
    made = await api.log_artifact(NEW, type="dataset", files=FILES)
    entries = (await made.manifest()).entries
    assert [name for name, each in entries.items() if each.birth_artifact_id == first.id] == [
        "a.txt"
    ]
    await made.download(tmp_path)
    assert tree(tmp_path) == FILES


async def test_md5_asks_for_no_features(api: AsyncApi, wire: Wire) -> None:
    options: tuple[DigestOption, ...] = (None, "md5")
    for number, digest in enumerate(options):
        made = await api.log_artifact(f"{NEW}-{number}", type="t", files=FILES, digest=digest)
        assert not (await made.manifest()).entries["a.txt"].extra
    assert "ServerFeatures" not in wire.operations


async def test_a_server_without_xxh128_is_told_apart_before_anything_is_hashed(
    opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api, wire = opened(features="none")
    (tmp_path / "file").write_bytes(b"x")
    monkeypatch.setattr(hashing, "digest_stream", None)
    with pytest.raises(UnsupportedByServer, match="ARTIFACT_DIGEST_ALGORITHM") as caught:
        await api.log_artifact("p/c", type="t", files=tmp_path, digest="xxh128")
    assert caught.value.feature == "ARTIFACT_DIGEST_ALGORITHM"
    assert wire.operations == ["ServerFeatures"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"digest": "sha256"}, 'digest is \'sha256\'; it must be "md5", "xxh128" or None'),
        ({"digest": ["md5"]}, "digest is"),
        ({"storage_region": ""}, "storage_region is ''"),
        ({"storage_region": 7}, "storage_region is 7"),
    ],
)
async def test_bad_input_is_refused_before_any_request(
    api: AsyncApi, wire: Wire, given: JsonObject, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words):
        await api.log_artifact(NEW, type="dataset", files=FILES, **given)
    assert wire.count() == []


async def test_a_version_goes_to_a_region(opened: Opened) -> None:
    api, _ = opened(regions=["eu-west"])
    made = await api.log_artifact("p/c", type="t", files=FILES, storage_region="eu-west")
    config = (await made.manifest()).storage_policy_config
    assert config == {"storageLayout": "V2", "storageRegion": "eu-west"}
    assert await (await made.files(["a.txt"])[0]).read_bytes() == b"alpha"


async def test_a_region_that_the_server_lacks_is_refused(opened: Opened) -> None:
    api, wire = opened(regions=["eu-west"])
    with pytest.raises(UnsupportedByServer, match=r"'moon'.*no storage region.*eu-west") as caught:
        await api.log_artifact("p/c", type="t", files=FILES, storage_region="moon")
    assert caught.value.feature == "storageRegion"
    assert wire.operations[-1] == "CreateArtifact"


@pytest.mark.parametrize(
    "error",
    [
        {
            "message": "Variable '$input' got invalid value; "
            "Field 'storageRegion' is not defined by type 'CreateArtifactInput'."
        },
        {"message": "unknown field", "path": ["variable", "input", "storageRegion"]},
    ],
    ids=["graphql-core", "gqlparser"],
)
async def test_a_server_without_regions_is_told_apart(
    api: AsyncApi, wire: Wire, error: JsonObject
) -> None:
    def refuse(sent: Sent, _reply: JsonObject) -> JsonObject | None:
        return {"errors": [error]} if sent.operation == "CreateArtifact" else None

    wire.rewrite = refuse
    with pytest.raises(UnsupportedByServer, match="leave storage_region out"):
        await api.log_artifact(NEW, type="dataset", files=FILES, storage_region="eu-west")


async def test_checksums_are_kept_in_the_cache_folder(
    flavour: Flavour, wire: Wire, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setattr(checksum_cache, "_STEP", 0)
    source = tmp_path / "source"
    source.mkdir()
    (source / "large.bin").write_bytes(os.urandom(100_000))
    api = flavour.api(wire, api_key=wire.server.api_key)
    first = await api.log_artifact(NEW, type="dataset", files=source)
    monkeypatch.setattr(hashing, "digest_stream", None)  # nothing can be hashed from now on
    assert (await api.log_artifact(NEW, type="dataset", files=source)).id == first.id
