"""Manifests: read from any client's bytes, written for any client, hashed as the server does."""

import base64
import hashlib
import json
import os
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st
from typing_extensions import override

from typed_artifacts import errors
from typed_artifacts._transfer import (
    DigestAlgorithm,
    ManifestEntry,
    Selection,
    build_manifest,
    manifest_of,
    parse_manifest,
)
from typed_artifacts._transfer.manifests.digests import manifest_digest
from typed_artifacts._transfer.uploads.local_files import LocalFile

OFFICIAL = {
    "version": 1,
    "storagePolicy": "wandb-storage-policy-v1",
    "storagePolicyConfig": {"storageLayout": "V2", "storageRegion": "eu", "later": [1]},
    "contents": {
        "a.txt": {"digest": "lHUHS5B2dpDXV5z8kUA9Vg==", "size": 5, "birthArtifactID": "QXJ0"},
        "x.bin": {"digest": "AAAAAAAAAAAAAAAAAAAAAA==", "size": 0, "extra": {"alg": "XXH128"}},
        "far": {"digest": "etag", "ref": "s3://bucket/key", "extra": {"versionID": "1"}},
        "old": {"digest": "AAAAAAAAAAAAAAAAAAAAAA==", "unknown": {"deep": True}},
    },
    "unknown": None,
}


def test_a_manifest_is_read_and_written_alike() -> None:
    manifest = parse_manifest(json.dumps(OFFICIAL).encode())

    assert manifest.entries["a.txt"] == ManifestEntry(
        "a.txt", "lHUHS5B2dpDXV5z8kUA9Vg==", 5, birth_artifact_id="QXJ0"
    )
    assert manifest.entries["x.bin"].algorithm is DigestAlgorithm.XXH128
    assert manifest.entries["old"].algorithm is DigestAlgorithm.MD5
    assert manifest.entries["far"].ref == "s3://bucket/key"
    assert manifest.size == 5
    assert parse_manifest(manifest.dump()) == manifest
    assert b"unknown" not in manifest.dump()
    assert json.loads(manifest.dump())["contents"]["a.txt"] == OFFICIAL["contents"]["a.txt"]  # type: ignore[index]  # a literal


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "not JSON"),
        (b"<html>", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "not a JSON object"),
        (b'{"version":1,"contents":[]}', "'contents' is list"),
        (b'{"version":1,"contents":{"a":1}}', "'a' is not an object"),
        (b'{"version":1,"contents":{"a":{}}}', "'a' has no digest"),
        (b'{"version":1,"contents":{"a":{"digest":"","size":3}}}', "'a' has no digest"),
        (b'{"version":1,"contents":{"a":{"digest":"","ref":""}}}', "'a' has no digest"),
        (b'{"version":1,"contents":{"a":{"digest":"x","size":-1}}}', "the size -1"),
        (b'{"version":1,"contents":{"a":{"digest":"x","size":true}}}', "the size True"),
        (b'{"version":1,"contents":{"a":{"digest":"x","ref":3}}}', "'ref' is int"),
    ],
)
def test_what_is_no_manifest_is_an_error(data: bytes, message: str) -> None:
    with pytest.raises(errors.ServerError, match=message):
        parse_manifest(data)


def test_a_manifest_of_another_version() -> None:
    with pytest.raises(errors.UnsupportedByServer, match="version 2"):
        parse_manifest(b'{"version": 2, "contents": {}}')


@pytest.mark.parametrize(
    "entry",
    [ManifestEntry("a\ud800", "x"), ManifestEntry("b", "x\ud800")],
    ids=["name", "digest"],
)
def test_what_is_no_text_has_no_digest_and_is_not_written(entry: ManifestEntry) -> None:
    read = parse_manifest(
        json.dumps({"version": 1, "contents": {entry.path: {"digest": entry.digest}}}).encode()
    )
    assert read.entries == {entry.path: entry}
    for made in (lambda: read.digest, read.dump):
        with pytest.raises(errors.InvalidInput, match=r"ud800'"):
            made()


KEYS = st.sampled_from(["version", "contents", "digest", "size", "ref", "extra"]) | st.text()
LEAVES = st.none() | st.booleans() | st.integers() | st.text()
JSON = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(KEYS, inner))
CONTENTS = JSON.map(lambda value: json.dumps({"version": 1, "contents": {"a": value}}).encode())


@given(st.binary(max_size=200) | JSON.map(lambda value: json.dumps(value).encode()) | CONTENTS)
def test_random_bytes_never_give_anything_but_our_errors(data: bytes) -> None:
    with suppress(errors.ArtifactsError):
        parse_manifest(data)


@pytest.mark.parametrize("algorithm", list(DigestAlgorithm))
def test_the_digest_is_that_of_the_contract(algorithm: DigestAlgorithm) -> None:
    text = b"wandb-artifact-manifest-v1\nB:2\na:1\n\xc3\xa9:3\n"
    expected = {
        DigestAlgorithm.MD5: hashlib.md5(text).hexdigest(),  # noqa: S324
        DigestAlgorithm.XXH128: xxhash.xxh128(text).hexdigest(),
    }[algorithm]
    entries = [ManifestEntry("a", "1"), ManifestEntry("é", "3"), ManifestEntry("B", "2")]
    assert manifest_of(entries, algorithm).digest == expected
    assert manifest_digest((e.path, e.digest) for e in entries) == hashlib.md5(text).hexdigest()  # noqa: S324


def test_an_algorithm_by_its_names() -> None:
    assert DigestAlgorithm.of(None) is DigestAlgorithm.MD5
    assert DigestAlgorithm.of("MANIFEST_XXH128") is DigestAlgorithm.XXH128
    assert DigestAlgorithm.of("MANIFEST_BLAKE9") is None


def test_a_folder_becomes_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "sub" / "deep").mkdir(parents=True)
    (tmp_path / "a").write_bytes(b"alpha")
    (tmp_path / "sub" / "deep" / "empty").touch()
    (tmp_path / "sub" / "folder without a file").mkdir()
    (tmp_path / "sub.txt").write_bytes(b"before sub/")
    (tmp_path / "link").symlink_to("a")
    (tmp_path / "also").symlink_to("sub")
    (tmp_path / ".typed-artifacts-1-2.part").write_bytes(b"unfinished")

    draft = build_manifest(tmp_path)

    md5 = base64.b64encode(hashlib.md5(b"alpha").digest()).decode()  # noqa: S324
    names = ["a", "also/deep/empty", "link", "sub.txt", "sub/deep/empty"]
    assert list(draft.manifest.entries) == names
    assert [entry.path for entry in draft.manifest.entries.values()] == names
    assert list(draft.contents) == names
    assert "sub/deep" not in draft.manifest.entries
    assert draft.manifest.entries["sub/deep/empty"].size == 0
    assert draft.manifest.entries["link"] == ManifestEntry("link", md5, 5)
    content = draft.contents["a"]
    assert isinstance(content, LocalFile)
    assert content.path == tmp_path / "a"


def test_a_mapping_becomes_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"file")
    files: dict[str, str | Path | bytes] = {
        "b": b"bytes",
        "dir/a": tmp_path / "x",
        "c": str(tmp_path / "x"),
    }
    draft = build_manifest(files, algorithm=DigestAlgorithm.XXH128)
    digest = base64.b64encode(xxhash.xxh128(b"bytes").digest()).decode()
    assert draft.manifest.entries["b"] == ManifestEntry("b", digest, 5, extra={"alg": "XXH128"})
    assert draft.manifest.entries["c"].digest == draft.manifest.entries["dir/a"].digest
    assert draft.contents["b"] == b"bytes"


@pytest.mark.parametrize("name", ["../up", "/abs", "a\\..\\..\\b", "", "nul\0"])
def test_a_mapping_with_an_unsafe_name(name: str) -> None:
    with pytest.raises(errors.InvalidInput, match="rename the file"):
        build_manifest({name: b"x"})


def test_a_mapping_whose_names_exclude_each_other() -> None:
    with pytest.raises(errors.InvalidInput, match="is a file and the folder of"):
        build_manifest({"a": b"x", "a/b": b"y"})


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(errors.InvalidInput, match="is not a folder"):
        build_manifest(tmp_path / "nowhere")
    with pytest.raises(errors.InvalidInput, match="does not exist"):
        build_manifest({"a": tmp_path / "nowhere"})
    with pytest.raises(errors.InvalidInput, match="no regular file but a folder"):
        build_manifest({"a": tmp_path})
    with pytest.raises(errors.InvalidInput, match="'/dev/null' is no regular file but a device"):
        build_manifest({"a": "/dev/null"})
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(errors.InvalidInput, match="pipe' is no regular file but a pipe"):
        build_manifest(tmp_path)  # and does not wait for a writer
    (tmp_path / "pipe").unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        with pytest.raises(errors.InvalidInput, match="socket' is no regular file but a socket"):
            build_manifest(tmp_path)
    (tmp_path / "socket").unlink()
    (tmp_path / "self").symlink_to("self")
    with pytest.raises(errors.InvalidInput, match="self' is a link that leads back to itself"):
        build_manifest(tmp_path)
    (tmp_path / "self").unlink()
    (tmp_path / "dangling").symlink_to("nowhere")
    with pytest.raises(errors.InvalidInput, match="link to nowhere"):
        build_manifest(tmp_path)


def test_a_loop_of_links_is_refused(tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "up").symlink_to(tmp_path)
    with pytest.raises(errors.InvalidInput, match="link to a folder above"):
        build_manifest(tmp_path)


def test_a_file_that_goes_away_while_others_are_hashed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "file").touch()

    class Removing(Selection):
        @override
        def __call__(self, path: str) -> bool:
            (tmp_path / path).unlink(missing_ok=True)
            return True

    with pytest.raises(errors.ConflictError, match=r"'.*/a/file' was there .* is gone"):
        build_manifest(tmp_path, select=Removing())


COUNT = 5000
# In a process of its own: what other tests' threads allocate would count as well. The least of
# three: in one of them, or none, Python makes its table of names larger, by a megabyte.
_MEASURE = """
import json, sys, tracemalloc
from pathlib import Path
from typed_artifacts._transfer import build_manifest, manifest_pieces

folder = Path(sys.argv[1])
build_manifest(folder)  # what is imported once; and Python 3.12 keeps each name in a path for ever
# Python's table of the names of paths, which a run may make twice as large, is not ours.
ours = [tracemalloc.Filter(False, "*pathlib*")]
found = []
for _ in range(3):
    tracemalloc.start()
    draft = build_manifest(folder)
    written = sum(len(piece) for piece in manifest_pieces(draft.manifest))
    peak = tracemalloc.get_traced_memory()[1]
    traces = tracemalloc.take_snapshot().filter_traces(ours).traces
    found.append((sum(trace.size for trace in traces), peak))
    tracemalloc.stop()
print(json.dumps([len(draft.manifest.entries), written, *min(found)]))
"""


# The same for their verification, beside the manifest that it is given.
_MEASURE_VERIFY = """
import json, sys, tracemalloc
from pathlib import Path
from typed_artifacts._transfer import build_manifest, verify

folder = Path(sys.argv[1])
entries = [*build_manifest(folder).manifest.entries.values()]
verify(entries, folder)
found = []
for _ in range(3):
    tracemalloc.start()
    report = verify(entries, folder)
    found.append(tracemalloc.get_traced_memory()[1])
    tracemalloc.stop()
print(json.dumps([report.checked, min(found)]))
"""
_NAME = len("folder-00/file-number-0000000.txt")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of many small files."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(COUNT):
        path = folder / f"folder-{number % 50:02}" / f"file-number-{number:07}.txt"
        path.parent.mkdir(exist_ok=True)
        path.touch()
    return folder


def _measured(code: str, folder: Path) -> list[int]:
    command = [sys.executable, "-c", code, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found: list[int] = json.loads(done.stdout)
    return found


@pytest.mark.long
def test_a_million_files_take_little_memory_each(many: Path) -> None:
    count, written, held, peak = _measured(_MEASURE, many)
    assert count == COUNT
    assert held / COUNT < _NAME + 80
    assert peak / COUNT < _NAME + 200
    assert written > COUNT * _NAME


@pytest.mark.long
def test_verifying_a_million_files_takes_little_memory_each(many: Path) -> None:
    checked, peak = _measured(_MEASURE_VERIFY, many)
    assert checked == COUNT
    assert peak / COUNT < _NAME + 600


def test_a_file_that_changes_while_it_is_hashed(tmp_path: Path) -> None:
    path = tmp_path / "growing"
    path.write_bytes(os.urandom(30_000_000))
    stop = threading.Event()

    def grow() -> None:
        with path.open("ab") as file:
            while not stop.is_set():
                file.write(b"x")
                file.flush()

    thread = threading.Thread(target=grow)
    thread.start()
    try:
        with pytest.raises(errors.ConflictError, match="changed while it was being read"):
            build_manifest(tmp_path)
    finally:
        stop.set()
        thread.join()


OFFICIAL_READER = """
import json, sys
from wandb.sdk.artifacts._generated import ArtifactDigestAlgorithm
from wandb.sdk.artifacts.artifact_manifests.artifact_manifest_v1 import ArtifactManifestV1

for kind in ("MANIFEST_MD5", "MANIFEST_XXH128"):
    with open(sys.argv[1] + kind) as file:
        manifest = ArtifactManifestV1.from_manifest_json(
            json.load(file), ArtifactDigestAlgorithm(kind)
        )
    print(json.dumps([manifest.digest(), manifest.size(), json.dumps(manifest.to_manifest_json())]))
"""


@pytest.mark.referee
def test_the_official_client_reads_what_we_write(tmp_path: Path) -> None:
    pytest.importorskip("wandb")
    files = {"a.txt": b"alpha", "sub/\u00e9.bin": os.urandom(5000), "empty": b"", "B": b"b"}
    ours = {
        f"MANIFEST_{algorithm.value}": build_manifest(files, algorithm=algorithm).manifest
        for algorithm in DigestAlgorithm
    }
    for kind, manifest in ours.items():
        (tmp_path / kind).write_bytes(manifest.dump())

    found = subprocess.run(
        [sys.executable, "-c", OFFICIAL_READER, f"{tmp_path}/"],
        capture_output=True,
        text=True,
        check=True,
    )

    for line, manifest in zip(found.stdout.splitlines(), ours.values(), strict=True):
        digest, size, document = json.loads(line)
        assert (digest, size) == (manifest.digest, manifest.size)
        assert parse_manifest(document.encode(), manifest.algorithm) == manifest
