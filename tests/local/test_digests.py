"""The server computes digests; damaged files are repaired by the next upload."""

import hashlib
import os
import threading
from base64 import b64encode
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import xxhash

from tests.local.wire import COMMIT, FILES, Wire, manifest, md5, version_digest
from typed_artifacts.local import LocalServer, Registry, RegistryRefused
from typed_artifacts.local.database.ids import global_id
from typed_artifacts.local.storage.blobs import Blob, BlobStore
from typed_artifacts.local.storage.file_rows import record_blobs
from typed_artifacts.local.storage.incoming import put_bytes
from typed_artifacts.local.storage.manifests import read_manifest

GOOD = {"a.txt": b"first", "d/b.txt": b"second"}


def _refused(wire: Wire, contents: Mapping[str, object], digest: str) -> str:
    """What is said of a manifest that must not become a version."""
    key: str = wire.create(digest)["id"]
    wire.upload(key, GOOD)
    wire.put_manifest(key, manifest(contents))
    reply = wire.send(COMMIT, input={"artifactID": key})
    assert reply["data"] == {"commitArtifact": None}
    assert wire.found(key)["state"] == "PENDING"
    (error,) = reply["errors"]
    text: str = error["message"]
    assert "Internal error" not in text
    return text


def test_a_version_under_the_digest_of_another_is_refused(wire: Wire) -> None:
    other = version_digest({"mine.txt": md5(b"mine")})
    contents = {"a.txt": {"digest": md5(b"first"), "size": 5}}
    assert other in _refused(wire, contents, other)
    key = wire.begin({"mine.txt": b"mine"})
    wire.commit(key)
    assert wire.contents(key) == {"mine.txt": b"mine"}


@pytest.mark.parametrize("digest", ["0" * 32, "no digest", "ö", version_digest({}).upper()])
def test_a_digest_that_is_not_that_of_the_manifest_is_refused(wire: Wire, digest: str) -> None:
    assert "its digest is" in _refused(wire, {}, digest)


@pytest.mark.each(2)
@pytest.mark.parametrize(
    "path",
    [
        *("", "/etc/passwd", "../x", "a/../../x", "a/..", ".", "a//b", "a/", "/", "..", "./a"),
        *("a\\..\\b", "\\x", "C:\\x", "C:/x", "a\0b", "\ud800", "\uff0e\uff0e/x"),
        "x" * 300,
    ],
)
def test_a_path_that_leads_elsewhere_is_refused(wire: Wire, path: str) -> None:
    for entry in ({"digest": md5(b"first"), "size": 5}, {"digest": "r", "ref": "s3://b/k"}):
        contents = {path: entry}
        said = _refused(wire, contents, "0" * 32)
        assert "cannot name a file of a version" in said


@pytest.mark.parametrize(
    "size", [-5, 1.5, 5.0, 1 << 70, 1 << 63, "5", True, [], 4, 6, 0, (1 << 63) - 1]
)
def test_a_size_that_is_not_that_of_the_file_is_refused(wire: Wire, size: object) -> None:
    digest = version_digest({"a.txt": md5(b"first")})
    said = _refused(wire, {"a.txt": {"digest": md5(b"first"), "size": size}}, digest)
    assert "'a.txt'" in said


def test_sizes_of_references_are_numbers_that_can_be_added(wire: Wire) -> None:
    for size in (-1, 1 << 63, 2.5):
        assert "size" in _refused(wire, {"r": {"digest": "e", "ref": "s3://b", "size": size}}, "0")
    huge = {str(n): {"digest": "e", "ref": "s3://b", "size": 1 << 62} for n in range(2)}
    assert "add up" in _refused(wire, huge, "0")


def test_a_size_that_is_left_out_is_that_of_the_file(wire: Wire) -> None:
    key: str = wire.create(version_digest({"a.txt": md5(b"first")}))["id"]
    wire.upload(key, {"a.txt": b"first"})
    wire.put_manifest(key, manifest({"a.txt": {"digest": md5(b"first")}}))
    assert wire.commit(key)["size"] == 5


@pytest.mark.parametrize(
    "entry",
    [
        *({"size": 5}, {"digest": 5}, {"digest": "", "size": 0}, {"digest": "AA==", "size": 1}),
        *(5, None, {"digest": md5(b"never sent"), "size": 10}, {"digest": "x", "ref": 5}),
    ],
)
def test_an_entry_without_a_file_is_refused(wire: Wire, entry: object) -> None:
    assert "'a.txt'" in _refused(wire, {"a.txt": entry}, "0" * 32)


def test_a_manifest_that_was_announced_again_after_its_upload_is_refused(wire: Wire) -> None:
    key = wire.begin(GOOD)
    change = """mutation($input: UpdateArtifactManifestInput!) {
      updateArtifactManifest(input: $input) { artifactManifest { id } } }"""
    ids = [global_id("ArtifactManifest", number) for number in range(1, 3)]
    for draft in ids:
        wire.send(change, input={"artifactManifestID": draft, "digest": md5(b"another")})
    reply = wire.send(COMMIT, input={"artifactID": key})
    assert "not the one that was announced" in reply["errors"][0]["message"]


def test_a_content_whose_xxh128_is_the_md5_of_another_does_not_stand_for_it(
    server: LocalServer, wire: Wire
) -> None:
    """Anybody can make such a content; here the digest is put in its row instead."""
    with server.registry.store.write() as connection:
        forged = put_bytes(server.registry.store.blobs, b"forged")
        wanted = hashlib.md5(b"first", usedforsecurity=False).hexdigest()
        record_blobs(connection, [Blob(forged.md5, wanted, forged.size)])
    key: str = wire.create("0" * 32)["id"]
    assert wire.announce(key, {"a": md5(b"first")}) != [None]


def test_an_md5_version_does_not_name_files_by_their_xxh128(wire: Wire) -> None:
    """Unless its manifest says so of the entry: else that content would stand for an MD5."""
    digest = b64encode(xxhash.xxh128_digest(b"first")).decode()
    contents: dict[str, object] = {"a.txt": {"digest": digest, "size": 5}}
    said = _refused(wire, contents, version_digest({"a.txt": digest}))
    assert "'a.txt' was not uploaded" in said
    contents["a.txt"] = {"digest": digest, "size": 5, "extra": {"alg": "XXH128"}}
    key: str = wire.create("")["id"]
    wire.put_manifest(key, manifest(contents))
    wire.commit(key)
    assert wire.contents(key) == {"a.txt": b"first"}


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def _grow(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"x")


def _replace(path: Path) -> None:
    """Other bytes of the same size at the same time, as a file system may give them."""
    before = path.stat()
    new = path.with_name("new")
    new.write_bytes(b"x" * before.st_size)
    os.utime(new, ns=(before.st_atime_ns, before.st_mtime_ns))
    new.replace(path)


DAMAGES = [_flip, _cut, _grow, _replace, Path.unlink]
Damage = Callable[[Path], None]


def _blob(server: LocalServer, data: bytes) -> Path:
    return server.registry.store.blobs.path(hashlib.md5(data, usedforsecurity=False).hexdigest())


@pytest.mark.parametrize("damage", [_cut, _grow, Path.unlink])
def test_a_file_of_another_size_is_not_given_away(
    server: LocalServer, wire: Wire, damage: Damage
) -> None:
    """One of the right size is: the client finds out by the digest, and says which file it is."""
    files = {"a": b"first", "big": bytes(3 << 20)}
    key = server.registry.log_version("local/p/c", type="dataset", files=files)
    for data in (b"first", bytes(3 << 20)):
        damage(_blob(server, data))
    for url in wire.urls(key.id).values():
        reply = wire.http.get(url)
        assert reply.status_code == 500
        assert "damaged" in reply.json()["error"]


@pytest.mark.each(2)
@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("way", ["registry", "client", "other collection"])
def test_a_damaged_file_is_mended_by_the_next_upload_of_it(
    server: LocalServer, wire: Wire, damage: Damage, way: str
) -> None:
    first = wire.begin(GOOD)
    wire.commit(first)
    damage(_blob(server, b"first"))
    files = dict(GOOD)
    if way == "registry":
        again = server.registry.log_version("local/p/c", type="dataset", files=files)
        assert (again.index, again.created) == (0, False)
    elif way == "client":
        key = wire.create(version_digest({name: md5(data) for name, data in GOOD.items()}))["id"]
        assert key != first
        assert wire.upload(key, GOOD) == ["a.txt"]
        contents = {n: {"digest": md5(data), "size": len(data)} for n, data in GOOD.items()}
        wire.put_manifest(key, manifest(contents))
        assert wire.commit(key)["versionIndex"] == 0
    else:
        other = wire.begin(GOOD, name="other")
        wire.commit(other)
        assert wire.contents(other) == GOOD
    assert wire.contents(first) == GOOD


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_manifest_is_mended_by_the_next_upload_of_it(
    server: LocalServer, wire: Wire, damage: Damage
) -> None:
    first = wire.begin(GOOD)
    wire.commit(first)
    url = wire.found(first)["currentManifest"]["file"]["directUrl"]
    whole = wire.http.get(url).content
    damage(_blob(server, whole))
    assert wire.http.get(url).content != whole
    again = wire.begin(GOOD)
    assert wire.commit(again)["versionIndex"] == 0
    assert wire.http.get(url).content == whole


def test_a_version_of_a_damaged_file_is_not_committed(server: LocalServer, wire: Wire) -> None:
    wire.commit(wire.begin(GOOD))
    key = wire.create(version_digest({"x": md5(b"first")}))["id"]
    assert wire.announce(key, {"x": md5(b"first")}) == [None]
    _flip(_blob(server, b"first"))
    wire.put_manifest(key, manifest({"x": {"digest": md5(b"first"), "size": 5}}))
    reply = wire.send(COMMIT, input={"artifactID": key})
    assert "was not uploaded" in reply["errors"][0]["message"]
    assert wire.upload(key, {"x": b"first"}) == ["x"]
    assert wire.commit(key)["state"] == "COMMITTED"


def test_an_intact_file_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Registry(tmp_path) as registry:
        registry.log_version("local/p/c", type="dataset", files={"a": "first"})
        store = registry.store.blobs
        read: list[str] = []
        whole = BlobStore._hashed

        def counted(self: BlobStore, digest: str) -> str | None:
            read.append(digest)
            return whole(self, digest)

        monkeypatch.setattr(BlobStore, "_hashed", counted)
        data = b"first"
        hashed = hashlib.md5(data, usedforsecurity=False).hexdigest()
        blob = Blob(hashed, xxhash.xxh128_hexdigest(data), 5)
        threading.Event().wait(0.1)  # what was stored a moment ago may still change unnoticed
        assert store.intact(blob)
        assert store.intact(blob)
        assert read == [hashed]


def test_an_increment_of_an_xxh128_version_keeps_its_algorithm(wire: Wire) -> None:
    data = b"hashed" * 100
    digest = b64encode(xxhash.xxh128_digest(data)).decode()
    whole = xxhash.xxh128_hexdigest(f"wandb-artifact-manifest-v1\na:{digest}\n".encode())
    key: str = wire.create(whole, digestAlgorithm="MANIFEST_XXH128")["id"]
    specs = [{"artifactID": key, "name": "a", "md5": digest}]
    made = wire.ask(FILES, input={"artifactFiles": specs, "storageLayout": "V2"})
    url = made["createArtifactFiles"]["files"]["edges"][0]["node"]["uploadUrl"]
    assert wire.http.put(url, content=data).is_success
    entry = {"digest": digest, "size": len(data), "extra": {"alg": "XXH128"}}
    wire.put_manifest(key, manifest({"a": entry}))
    wire.commit(key)
    more: str = wire.create("", digestAlgorithm="MANIFEST_MD5")["id"]
    wire.upload(more, {"b": b"more"})
    text = manifest({"b": {"digest": md5(b"more"), "size": 4}})
    wire.put_manifest(more, text, type="INCREMENTAL", baseArtifactID=key)
    assert wire.commit(more)["fileCount"] == 2
    url = wire.found(more)["currentManifest"]["file"]["directUrl"]
    assert wire.http.get(url).json()["contents"]["a"]["extra"] == {"alg": "XXH128"}


def test_an_xxh128_version_may_name_files_by_their_md5_too(wire: Wire) -> None:
    files = {"by_md5": b"first", "by_xxh128": b"second"}
    digests = {
        "by_md5": md5(files["by_md5"]),
        "by_xxh128": b64encode(xxhash.xxh128_digest(files["by_xxh128"])).decode(),
    }
    key: str = wire.create("", digestAlgorithm="MANIFEST_XXH128")["id"]
    wire.upload(key, files)
    contents = {path: {"digest": each, "size": len(files[path])} for path, each in digests.items()}
    wire.put_manifest(key, manifest(contents))
    lines = "".join(f"{path}:{digests[path]}\n" for path in sorted(digests))
    text = f"wandb-artifact-manifest-v1\n{lines}".encode()
    assert wire.commit(key)["digest"] == xxhash.xxh128_hexdigest(text)
    assert wire.contents(key) == files


def test_an_increment_keeps_entries_as_they_were_written(wire: Wire) -> None:
    kept = {
        "r": {
            "digest": "etag",
            "ref": "s3://bucket/r",
            "size": 3,
            "extra": {"etag": "etag", "versionID": "7"},
        },
        "a": {"digest": md5(b"first"), "size": 5, "birthArtifactID": "QQ==", "later": [1]},
        "x": {"digest": "e", "ref": "http://host/x", "size": 0, "extra": {"alg": "XXH128"}},
    }
    key: str = wire.create("")["id"]
    wire.upload(key, {"a": b"first"})
    wire.put_manifest(key, manifest(kept | {"replaced": {"digest": "old", "ref": "s3://b/o"}}))
    wire.commit(key)
    new = {"replaced": {"digest": "new", "ref": "s3://b/n", "extra": {"etag": '"new"'}}}
    more: str = wire.create("")["id"]
    wire.put_manifest(more, manifest(new), type="INCREMENTAL", baseArtifactID=key)
    committed = wire.commit(more)
    url = wire.found(more)["currentManifest"]["file"]["directUrl"]
    assert wire.http.get(url).json()["contents"] == kept | new
    digests = {"a": md5(b"first"), "r": "etag", "x": "e", "replaced": "new"}
    assert committed["digest"] == version_digest(digests)
    assert (committed["fileCount"], committed["size"]) == (4, 8)


def test_an_increment_without_a_base_lies_on_the_latest_version(wire: Wire) -> None:
    wire.commit(wire.begin({"a": b"1", "b": b"1"}))
    key = wire.create("")["id"]
    wire.upload(key, {"b": b"2", "c": b"2"})
    for path, kind in (("b", "FULL"), ("c", "INCREMENTAL")):
        text = manifest({path: {"digest": md5(b"2"), "size": 1}})
        wire.put_manifest(key, text, type=kind)
    wire.commit(key)
    assert wire.contents(key) == {"a": b"1", "b": b"2", "c": b"2"}


def test_an_increment_replaces_the_same_path_of_a_full_manifest(wire: Wire) -> None:
    key = wire.create("")["id"]
    wire.upload(key, {"a": b"1", "b": b"1"})
    wire.upload(key, {"a": b"2"})
    for kind, paths, data in (("INCREMENTAL", "a", b"2"), ("FULL", "ab", b"1")):
        contents = {path: {"digest": md5(data), "size": 1} for path in paths}
        wire.put_manifest(key, manifest(contents), type=kind)
    wire.commit(key)
    assert wire.contents(key) == {"a": b"2", "b": b"1"}


def test_references_count_for_the_digest_and_need_no_file(wire: Wire) -> None:
    contents: dict[str, object] = {
        "a": {"digest": md5(b"first"), "size": 5},
        "r": {"digest": "etag", "ref": "s3://bucket/r", "size": 3},
    }
    without, whole = {"a": md5(b"first")}, {"a": md5(b"first"), "r": "etag"}
    key: str = wire.create(version_digest(whole))["id"]
    wire.upload(key, {"a": b"first"})
    wire.put_manifest(key, manifest(contents))
    committed = wire.commit(key)
    assert committed["state"] == "COMMITTED"
    assert committed["digest"] == version_digest(whole)
    other: str = wire.create(version_digest(without), "other")["id"]
    wire.upload(other, {"a": b"first"})
    wire.put_manifest(other, manifest(contents))
    (error,) = wire.send(COMMIT, input={"artifactID": other})["errors"]
    assert version_digest(whole) in error["message"]


def test_an_entry_without_a_reference_needs_its_file(wire: Wire) -> None:
    """Whatever else is said of it: a digest like an ETag does not make it a reference."""
    for entry in ({"digest": "etag", "size": 3}, {"digest": "etag", "size": 3, "ref": None}):
        contents = {"r": entry | {"extra": {"etag": "etag"}}}
        said = _refused(wire, contents, version_digest({"r": "etag"}))
        assert "'r' was not uploaded" in said


@pytest.mark.parametrize("unit", [b"[],", b"{},", b"1,"])
def test_a_manifest_of_more_values_than_files_have_is_refused(unit: bytes) -> None:
    data = b'{"contents": {}, "more": [' + unit * (34_000_000 // len(unit)) + b"0]}"
    with pytest.raises(RegistryRefused, match="more than 10000000 values"):
        read_manifest(data)
