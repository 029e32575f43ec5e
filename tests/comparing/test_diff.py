"""What is different between two versions, and between a version and a folder."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.conftest import command_on
from tests.client.flavours import Flavour
from typed_artifacts import (
    AsyncApi,
    InvalidInput,
    JsonValue,
    Manifest,
    ManifestDiff,
    ManifestEntry,
    MetadataChange,
    NameChanges,
)
from typed_artifacts._comparing.differences import Described, compare
from typed_artifacts._transfer import DigestAlgorithm, build_manifest
from typed_artifacts._transfer.verification.compared_folders import folder_entries
from typed_artifacts.local import LocalServer, Registry, open_local


def build(registry: Registry) -> None:
    registry.log_version(
        "local/p/data",
        type="dataset",
        files={"same": "s", "old name": "moved", "gone": "gg", "other": "12345", "d/twin": "t"},
        references={"far": "s3://bucket/a", "near": "s3://bucket/n"},
        metadata={"rows": 3, "eval": {"f1": 0.5, "n": [1, 2]}, "gone": None, "flag": 1},
        aliases=["first"],
        tags=["raw", "kept"],
    )
    registry.log_version(
        "local/p/data",
        type="dataset",
        files={"same": "s", "kept/name": "moved", "new": "nnn", "other": "123456", "e/twin": "t"},
        references={"far": "s3://bucket/b", "near": "s3://bucket/n"},
        metadata={"rows": 3, "eval": {"f1": 0.75, "n": [1, 2]}, "flag": True, "more": "x"},
        aliases=["second"],
        tags=["kept", "clean"],
    )


@pytest.fixture
def server() -> LocalServer:
    return open_local()


def names(diff: ManifestDiff) -> dict[str, list[str]]:
    return {
        "added": [entry.path for entry in diff.added],
        "removed": [entry.path for entry in diff.removed],
        "changed": [each.after.path for each in diff.changed],
        "renamed": [f"{each.before.path} -> {each.after.path}" for each in diff.renamed],
    }


@pytest.fixture
def local(flavour: Flavour, server: LocalServer) -> AsyncApi:
    build(server.registry)
    return flavour.opened(server)


async def test_two_versions(local: AsyncApi) -> None:
    before, after = await local.artifact("p/data:v0"), await local.artifact("p/data:v1")
    diff = await before.diff(after)
    assert names(diff) == {
        "added": ["new"],
        "removed": ["gone"],
        "changed": ["far", "other"],
        "renamed": ["d/twin -> e/twin", "old name -> kept/name"],
    }
    assert (diff.added_bytes, diff.removed_bytes) == (3 + 6, 2 + 5)
    assert dict(diff.metadata) == {
        "eval.f1": MetadataChange(0.5, 0.75),
        "flag": MetadataChange(1, True),  # noqa: FBT003 - a value
        "gone": MetadataChange(None, None),
        "more": MetadataChange(None, "x"),
    }
    assert set(diff.aliases.added) == {"latest", "second"}
    assert diff.aliases.removed == ("first",)
    assert diff.tags == NameChanges(("clean",), ("raw",))
    assert diff
    assert json.loads(json.dumps(diff.to_dict()))["renamed"][0]["after"]["path"] == "e/twin"
    same = await before.diff(before)
    assert not same
    assert str(same) == "local/p/data:v0 and local/p/data:v0 are the same."


@pytest.mark.parametrize(
    "other",
    [
        Described("b", {"x": None}),
        Described("b", {}, aliases=["x"]),
        Described("b", {}, tags=["x"]),
    ],
)
def test_each_difference_is_one_in_both_directions(other: Described) -> None:
    plain = Described("a", {})
    assert compare(plain, {}, other, {})
    assert compare(other, {}, plain, {})
    assert not compare(other, {}, other, {})


async def test_it_reads_as_diff_writes(local: AsyncApi) -> None:
    before, after = await local.artifact("p/data:v0"), await local.artifact("p/data:v1")
    lines = str(await before.diff(after)).splitlines()
    assert lines[:10] == [
        "--- local/p/data:v0",
        "+++ local/p/data:v1",
        "- gone  2 B",
        "+ new  3 B",
        "! far  s3://bucket/a -> s3://bucket/b",
        "! other  5 B -> 6 B",
        "> d/twin -> e/twin",
        "> old name -> kept/name",
        "! metadata.eval.f1: 0.5 -> 0.75",
        "! metadata.flag: 1 -> true",
    ]
    assert lines[-1] == (
        "1 file added, 1 file removed, 2 files changed, 2 files renamed; 9 B more, 7 B less"
    )


def test_secrets_in_the_uris_of_references_are_not_shown() -> None:
    """A URI is the digest, too, of what was referred to without an ETag."""
    signed = "https://user:PASSWORD@host/x?sig=SIGNATURE"
    before = {"x": ManifestEntry("x", "etag", 1, ref=f"{signed}-of-before#SIGNATURE")}
    after = {"x": ManifestEntry("x", signed, 1, ref=signed)}
    diff = compare(Described("a", {}), before, Described("b", {}), after)
    shown = f"{after['x']!r} {diff!r} {diff} {Manifest(after)!r}"
    assert "PASSWORD" not in shown
    assert "SIGNATURE" not in shown
    assert repr(after["x"]) == (
        "ManifestEntry(path='x', digest='https://host/x?…', size=1, ref='https://host/x?…', "
        "birth_artifact_id=None, extra={})"
    )
    assert "! x  https://host/x?… -> https://host/x?…" in str(diff)
    assert after["x"].ref == signed


def test_a_plain_entry_is_shown_as_it_is_written() -> None:
    entries = [
        ManifestEntry("a", "AA==", 1, birth_artifact_id="QQ==", extra={"alg": "MD5"}),
        ManifestEntry("r", "etag", None, ref="s3://bucket/r"),
    ]
    assert [eval(repr(entry)) for entry in entries] == entries  # noqa: S307 -- of our own making


async def test_a_folder_is_hashed_as_the_files_are_also_beside_a_reference(
    local: AsyncApi, tmp_path: Path
) -> None:
    (tmp_path / "far").write_text("elsewhere")
    artifact = await local.log_artifact(
        "p/mixed",
        type="dataset",
        files={"a": b"1", "b": b"2", "far": (tmp_path / "far").as_uri()},
        digest="xxh128",
    )
    folder = tmp_path / "folder"
    with pytest.warns(UserWarning, match="references"):
        await artifact.download(folder)
    assert not await artifact.diff(folder)


async def test_a_folder_has_what_its_own_ignore_file_excludes(
    local: AsyncApi, tmp_path: Path
) -> None:
    """The official client logs such files; a download has them, too."""
    artifact = await local.log_artifact(
        "p/ignoring",
        type="dataset",
        files={".artifactsignore": b"*.tmp\n", "a": b"1", "b.tmp": b"2", "sub/c.tmp": b"3"},
    )
    folder = await artifact.download(tmp_path / "folder")
    assert not await artifact.diff(folder)
    (folder / "b.tmp").write_text("3")
    (folder / "sub/c.tmp").unlink()
    (folder / "d.tmp").write_text("ignored, and not of the version")
    assert names(await artifact.diff(folder)) == {
        "added": [],
        "removed": ["sub/c.tmp"],
        "changed": ["b.tmp"],
        "renamed": [],
    }


def test_a_folder_is_hashed_as_each_file_is(tmp_path: Path) -> None:
    """A version that the official client made of one with XXH128 may have files with MD5, too."""
    for name in ("a", "b"):
        (tmp_path / name).write_text(name)
    files = {
        **build_manifest({"a": b"a"}, algorithm=DigestAlgorithm.XXH128).manifest.entries,
        **build_manifest({"b": b"b"}).manifest.entries,
    }
    found = folder_entries(tmp_path, Manifest(files))
    assert not compare(Described("a", {}), files, Described("b", {}), found)


def test_a_reference_without_a_size_is_that_of_the_official_client() -> None:
    """Which writes 0 where nobody knows the size; the digests of both versions are equal."""
    uri = "https://host/x"
    theirs = {"x": ManifestEntry("x", uri, 0, ref=uri)}
    ours = {"x": ManifestEntry("x", uri, None, ref=uri)}
    larger = {"x": ManifestEntry("x", uri, 5, ref=uri)}
    assert Manifest(theirs).digest == Manifest(ours).digest
    assert not compare(Described("a", {}), theirs, Described("b", {}), ours)
    assert compare(Described("a", {}), ours, Described("b", {}), larger).changed


async def test_a_folder(local: AsyncApi, tmp_path: Path) -> None:
    artifact = await local.artifact("p/data:v1")
    folder = tmp_path / "folder"
    with pytest.warns(UserWarning, match="references"):
        await artifact.download(folder)
    assert not await artifact.diff(folder)
    assert not await artifact.diff(str(folder))
    (folder / "same").rename(folder / "moved")
    (folder / "other").write_text("1234")
    (folder / "more").write_text("more")
    (folder / "new").unlink()
    diff = await artifact.diff(folder)
    assert names(diff) == {
        "added": ["more"],
        "removed": ["new"],
        "changed": ["other"],
        "renamed": ["same -> moved"],
    }
    assert not diff.metadata
    assert not diff.aliases
    assert diff.after == str(folder)


async def test_nothing_is_compared_with_nothing(local: AsyncApi, tmp_path: Path) -> None:
    artifact = await local.artifact("p/data:v1")
    for other in (tmp_path / "none", str(tmp_path / "none"), 3, None, "s3://bucket"):
        with pytest.raises(InvalidInput, match=r"no folder|not with|not a URL"):
            await artifact.diff(other)  # type: ignore[arg-type]  # the mistakes


FILES = st.dictionaries(st.sampled_from("abcdef"), st.sampled_from(["1", "22", "333"]))
JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.sampled_from(["x", "y"]),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("kl"), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=200, deadline=None)
@given(FILES, FILES, st.dictionaries(st.sampled_from("kl"), JSON), st.data())
def test_a_difference_applied_gives_the_other(
    one: dict[str, str], other: dict[str, str], metadata: dict[str, JsonValue], data: st.DataObject
) -> None:
    def entries(files: dict[str, str]) -> dict[str, ManifestEntry]:
        return {path: ManifestEntry(path, content, len(content)) for path, content in files.items()}

    second = data.draw(st.dictionaries(st.sampled_from("kl"), JSON))
    diff = compare(Described("a", metadata), entries(one), Described("b", second), entries(other))
    made = dict(one)
    for entry in diff.removed:
        del made[entry.path]
    moved = [(each.after.path, made.pop(each.before.path)) for each in diff.renamed]
    made |= dict(moved)
    made |= {entry.path: entry.digest for entry in diff.added}
    made |= {each.after.path: each.after.digest for each in diff.changed}
    assert made == other
    assert diff.same_files == (one == other)
    assert bool(diff.metadata) == (
        json.dumps(metadata, sort_keys=True) != json.dumps(second, sort_keys=True)
    )
    lost = sum(map(len, one.values())) - diff.removed_bytes + diff.added_bytes
    assert lost == sum(map(len, other.values()))


def test_hashed_in_different_ways_is_unclear() -> None:
    md5 = ManifestEntry("a", "x" * 24, 5)
    other = ManifestEntry("a", "y" * 24, 5, extra={"alg": "XXH128"})
    longer = ManifestEntry("a", "y" * 24, 6, extra={"alg": "XXH128"})
    diff = compare(Described("a"), {"a": md5}, Described("b"), {"a": other})
    assert [each.after for each in diff.unclear] == [other]
    assert "hashed in different ways" in str(diff)
    diff = compare(Described("a"), {"a": md5}, Described("b"), {"a": longer})
    assert [each.after for each in diff.changed] == [longer]


def test_a_file_in_place_of_a_reference_is_changed() -> None:
    """They are of the same size, and hashed in different ways."""
    stored = {"a": ManifestEntry("a", "y" * 24, 5, extra={"alg": "XXH128"})}
    referred = {"a": ManifestEntry("a", "etag", 5, ref="s3://bucket/a")}
    for before, after in ((stored, referred), (referred, stored)):
        diff = compare(Described("a", {}), before, Described("b", {}), after)
        assert (names(diff)["changed"], diff.unclear) == (["a"], ())


def test_a_reference_to_another_place_is_changed() -> None:
    before = {"a": ManifestEntry("a", "etag", 5, ref="s3://bucket/a")}
    after = {"a": ManifestEntry("a", "etag", 5, ref="s3://bucket/b")}
    diff = compare(Described("a", {}), before, Described("b", {}), after)
    assert names(diff)["changed"] == ["a"]
    [change] = json.loads(json.dumps(diff.to_dict()))["changed"]
    assert [change[each]["ref"] for each in ("before", "after")] == [
        "s3://bucket/a",
        "s3://bucket/b",
    ]


def test_of_several_files_with_the_same_content_the_first_names_belong_together() -> None:
    before = {path: ManifestEntry(path, "same", 5) for path in ("a", "b")}
    after = {path: ManifestEntry(path, "same", 5) for path in ("x", "y")}
    diff = compare(Described("a", {}), before, Described("b", {}), after)
    assert names(diff)["renamed"] == ["a -> x", "b -> y"]


def test_references_without_a_digest_are_not_renamed() -> None:
    """Nothing says that both had the same content."""
    uri = "https://host/x"
    before, after = ({path: ManifestEntry(path, "", 5, ref=uri)} for path in ("a", "b"))
    diff = compare(Described("a", {}), before, Described("b", {}), after)
    assert (names(diff)["added"], names(diff)["removed"]) == (["b"], ["a"])


def test_keys_added_to_an_empty_object_are_named() -> None:
    diff = compare(Described("a", {"k": {}}), {}, Described("b", {"k": {"größe": "é"}}), {})
    assert dict(diff.metadata) == {"k.größe": MetadataChange(None, "é")}
    assert '! metadata.k.größe: null -> "é"' in str(diff)


def test_aliases_and_tags_read_as_diff_writes() -> None:
    before = Described("a", {}, aliases=["one"], tags=["raw"])
    after = Described("b", {}, aliases=["two"], tags=["clean"])
    assert str(compare(before, {}, after, {})).splitlines()[2:6] == [
        "- alias one",
        "+ alias two",
        "- tag raw",
        "+ tag clean",
    ]


def test_in_a_shell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = tmp_path / "registry"
    with Registry(root) as registry:
        build(registry)
    folder = tmp_path / "here"
    folder.mkdir()
    (folder / "a").write_text("a")

    run = partial(command_on(root), "diff")
    code, out, _ = run("local/p/data:v0", "local/p/data:v1")
    assert code == 1
    assert "> old name -> kept/name" in out.splitlines()
    code, out, _ = run("local/p/data:v0", "local/p/data:first")
    assert (code, out) == (0, "local/p/data:v0 and local/p/data:v0 are the same.\n")
    code, out, _ = run("local/p/data:v0", str(folder), "--json")
    assert code == 1
    assert [entry["path"] for entry in json.loads(out)["added"]] == ["a"]
    monkeypatch.chdir(tmp_path)
    assert run("local/p/data:v0", "here")[0] == 1
    mistakes = (("local/p/none", "here"), *(("local/p/data", each) for each in ("./nowhere", "b")))
    monkeypatch.setenv("HOME", str(tmp_path))
    assert run("local/p/data:v0", "~/here")[0] == 1
    code, _, err = run("local/p/data", "~/nowhere")
    assert (code, "There is no folder '~/nowhere'" in err) == (2, True)
    for mistake in mistakes:
        code, out, err = run(*mistake)
        assert (code, out) == (2, "")
        assert len(err.splitlines()) == 1


def test_metadata_may_be_nested_as_deeply_as_json_can_be_read() -> None:
    def deep(value: JsonValue) -> dict[str, JsonValue]:
        for _ in range(900):
            value = [value]
        return {"deep": value}

    def changed(one: JsonValue, other: JsonValue) -> list[str]:
        diff = compare(Described("a", deep(one)), {}, Described("b", deep(other)), {})
        return [*diff.metadata]

    assert changed(1, 1) == []
    assert changed(float("nan"), float("nan")) == []
    assert changed("1", 1) == ["deep"]
