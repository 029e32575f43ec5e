"""References as they are written: an entry for each object, with the words of its storage."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import inspect
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.artifacts.bench import tree
from tests.references.conftest import S3
from tests.references.storage import Azure, Gcs, Web, fsspec, md5_hex
from typed_artifacts import (
    Api,
    AsyncApi,
    InvalidInput,
    ManifestEntry,
    NotFoundError,
    OfflineError,
    Reference,
)
from typed_artifacts.errors import ArtifactsError, ExtraNotInstalled


def _logged(api: Api, files: object) -> dict[str, ManifestEntry]:
    made = api.log_artifact("away", type="dataset", files=files)  # type: ignore[arg-type]
    fresh = api.artifact(f"away:{made.version}")
    assert fresh.digest == fresh.manifest.digest
    return dict(fresh.manifest.entries)


def _b64(content: bytes) -> str:
    return base64.b64encode(hashlib.md5(content, usedforsecurity=False).digest()).decode()


def test_s3_objects_by_etag(api: Api, bucket: S3) -> None:
    bucket.put("train/a.csv", b"a")
    bucket.put("train/deep/b.csv", b"bb")
    bucket.put("train-other/c.csv", b"c")
    bucket.put("train/empty", b"")
    bucket.put("train/folder/", b"")
    found = _logged(api, {"train/": Reference(f"s3://{bucket.name}/train/"), "own": b"stored"})
    assert sorted(found) == ["own", "train/a.csv", "train/deep/b.csv", "train/empty"]
    assert found["train/deep/b.csv"] == ManifestEntry(
        "train/deep/b.csv",
        md5_hex(b"bb"),
        2,
        ref=f"s3://{bucket.name}/train/deep/b.csv",
        extra={"etag": md5_hex(b"bb")},
    )
    assert found["own"].ref is None


def test_s3_at_the_address_that_the_official_client_is_given(
    api: Api, bucket: S3, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its documentation says to set this variable for MinIO; AWS was asked instead."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:1")  # as s3fs would find AWS
    bucket.put("train/a.csv", b"1,2")
    artifact = api.log_artifact(
        "minio", type="dataset", files={"": Reference(f"s3://{bucket.name}/train/")}
    )
    artifact.download(tmp_path / "out", follow_references={"s3"})
    assert (tmp_path / "out/a.csv").read_bytes() == b"1,2"


@pytest.mark.parametrize("versions", [False, pytest.param(True, marks=pytest.mark.long)])
def test_s3_keys_of_odd_characters(
    api: Api, bucket: S3, versioned: S3, tmp_path: Path, versions: bool
) -> None:
    """A key with a space was refused, which S3 takes, and which is found in a prefix."""
    store = versioned if versions else bucket
    keys = ["sp ace", "a#b", "a?b", "ü é", "per%20cent", "plus+", "trail ", " lead", "[x]*"]
    for key in keys:
        store.put(f"d/{key}", b"old")
        store.put(f"d/{key}", key.encode())
    for key in keys:
        made = _logged(api, f"s3://{store.name}/d/{key}")
        assert {name: entry.ref for name, entry in made.items()} == {
            key: f"s3://{store.name}/d/{key}"
        }
    whole = api.log_artifact("all", type="dataset", files={"": Reference(f"s3://{store.name}/d")})
    artifact = api.artifact(whole.qualified_name)
    artifact.download(tmp_path, follow_references={f"s3://{store.name}/d"})
    assert tree(tmp_path) == {key: key.encode() for key in keys}


def test_s3_versions(api: Api, versioned: S3) -> None:
    versioned.put("x/one.bin", b"old")
    version = versioned.put("x/one.bin", b"new!")
    single = _logged(api, {"renamed.bin": f"s3://{versioned.name}/x/one.bin"})
    listed = _logged(api, f"s3://{versioned.name}/x")
    for found, name in ((single, "renamed.bin"), (listed, "one.bin")):
        assert found == {
            name: ManifestEntry(
                name,
                md5_hex(b"new!"),
                4,
                ref=f"s3://{versioned.name}/x/one.bin",
                extra={"etag": md5_hex(b"new!"), "versionID": version},
            )
        }


@pytest.mark.usefixtures("mocks")
def test_a_version_that_a_uri_names_is_told_beside_it(
    api: Api, versioned: S3, tmp_path: Path
) -> None:
    """The address kept it, and a name did: those of the official client do not."""
    old = versioned.put("x/one.bin", b"old")
    versioned.put("x/one.bin", b"new!")
    Gcs.keep("b/told", b"one")
    Gcs.keep("b/told", b"two2")
    Azure.keep("c/told", b"az")
    Azure.keep("c/told", b"zure")
    s3 = f"s3://{versioned.name}/x/one.bin"
    uris = {"s/": f"{s3}?versionId={old}", "g/": "gs://b/told#1", "z/": "az://c/told?versionid=1"}
    made = api.log_artifact("told", type="t", files={k: Reference(v) for k, v in uris.items()})
    assert {e.path: (e.ref, e.extra["versionID"]) for e in made.manifest.entries.values()} == {
        "s/one.bin": (s3, old),
        "g/told": ("gs://b/told", 1),
        "z/told": ("az://c/told", "1"),
    }
    made.download(tmp_path, follow_references=True)
    assert tree(tmp_path) == {"s/one.bin": b"old", "g/told": b"one", "z/told": b"az"}


def test_an_s3_object_that_stands_for_a_folder(api: Api, bucket: S3) -> None:
    """It was logged as a file without bytes, in place of what is below it."""
    bucket.put("data", b"", "application/x-directory")
    for key in ("data/a", "data/deep/b", "data-other"):
        bucket.put(key, key.encode())
    uri = f"s3://{bucket.name}/data"
    found = _logged(api, {"in": Reference(uri)})
    assert {name: entry.ref for name, entry in found.items()} == {
        "in/a": f"{uri}/a",
        "in/deep/b": f"{uri}/deep/b",
    }


def test_http_by_etag_or_address(api: Api, web: Web) -> None:
    web.files = {"/a b.csv": b"abc", "/plain": b"p"}
    web.files["/a%20b.csv"] = b"abc"
    web.untagged.add("/plain")
    tagged, plain = f"{web.url}/a%20b.csv?token=SECRET", f"{web.url}/plain"
    found = _logged(api, {"a.csv": tagged, "in/": Reference(plain)})
    etag = md5_hex(b"abc")
    assert found == {
        "a.csv": ManifestEntry("a.csv", etag, 3, ref=tagged, extra={"etag": f'"{etag}"'}),
        "in/plain": ManifestEntry("in/plain", plain, 1, ref=plain),
    }


@pytest.mark.usefixtures("mocks")
def test_google_and_azure_by_the_words_of_their_drivers(api: Api) -> None:
    Gcs.keep("b/k", b"one")
    Gcs.keep("b/k", b"two2")
    Azure.keep("c/deep/k", b"az")
    found = _logged(api, {"g": "gs://b/k", "z/": "az://c/deep"})
    gcs = f"C2/{md5_hex(b'two2')[:6]}="
    azure = f"0x{md5_hex(b'az')[:8]}"
    assert found == {
        "g": ManifestEntry("g", gcs, 4, ref="gs://b/k", extra={"versionID": 2}),
        "z/k": ManifestEntry(
            "z/k", azure, 2, ref="az://c/deep/k", extra={"etag": azure, "versionID": "1"}
        ),
    }


def test_files_of_this_machine(api: Api, tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a 100%.txt").write_bytes(b"a")
    (tmp_path / "deep" / "b#.txt").write_bytes(b"bb")
    uri = tmp_path.as_uri()
    assert _logged(api, {"data/": uri}) == {
        "data/a 100%.txt": ManifestEntry(
            "data/a 100%.txt", _b64(b"a"), 1, ref=f"{uri}/a%20100%25.txt"
        ),
        "data/deep/b#.txt": ManifestEntry(
            "data/deep/b#.txt", _b64(b"bb"), 2, ref=f"{uri}/deep/b%23.txt"
        ),
    }
    one = (tmp_path / "a 100%.txt").as_uri()
    unread = _logged(api, {"one": Reference(one, checksum=False)})["one"]
    assert unread == ManifestEntry("one", _b64(one.encode()), 1, ref=one)


def test_whatever_fsspec_opens(api: Api) -> None:
    files = fsspec.filesystem("memory")
    files.pipe("/typed/x/a", b"a")
    files.pipe("/typed/x/b/c", b"cc")
    found = _logged(api, {"m": "memory://typed/x"})
    assert [(e.path, e.size, e.digest, e.ref) for e in found.values()] == [
        ("m/a", 1, "memory://typed/x/a", "memory://typed/x/a"),
        ("m/b/c", 2, "memory://typed/x/b/c", "memory://typed/x/b/c"),
    ]


def test_without_a_checksum_nothing_is_asked(api: Api, web: Web) -> None:
    uri = f"{web.url}/nothing/there"
    found = _logged(api, {"x": Reference(uri, checksum=False)})
    assert found == {"x": ManifestEntry("x", uri, ref=uri)}
    assert web.asked == []
    assert _logged(api, {"y/": Reference("s3://no-such-bucket/k", checksum=False)})["y/k"].ref


def test_files_of_other_artifacts(api: Api) -> None:
    first = api.log_artifact("first", type="dataset", files={"deep/a.bin": b"content"})
    hexed = base64.b64decode(first.id).hex()
    second = api.log_artifact(
        "second", type="dataset", files={"b": f"wandb-artifact://{hexed}/deep/a.bin"}
    )
    second_hex = base64.b64decode(second.id).hex()
    with api.draft("third", type="dataset") as draft:
        draft["in/"] = Reference(f"wandb-artifact://{second_hex}/b")  # leads on to the first
    expected = (first.manifest.entries["deep/a.bin"].digest, f"wandb-artifact://{hexed}/deep/a.bin")
    for made, name in ((second, "b"), (draft.artifact, "in/b")):
        entry = made.manifest.entries[name]
        assert (entry.digest, entry.ref, entry.size, entry.extra) == (*expected, 0, {})
    with pytest.raises(NotFoundError, match="no such file"):
        api.log_artifact("x", type="t", files={"b": f"wandb-artifact://{hexed}/gone"})
    with pytest.raises(NotFoundError):
        api.log_artifact("x", type="t", files={"b": f"wandb-artifact://{b'Artifact:999'.hex()}/a"})


def test_a_reference_to_a_file_of_a_version(api: Api, tmp_path: Path) -> None:
    first = api.log_artifact("first", type="dataset", files={"deep/a b.bin": b"content"})
    reference = Reference.to_file(first, "deep/a b.bin")
    assert reference.uri == f"wandb-artifact://{base64.b64decode(first.id).hex()}/deep/a b.bin"
    second = api.log_artifact("second", type="dataset", files={"b": reference})
    folder = second.download(tmp_path, follow_references={"wandb-artifact"})
    assert (folder / "b").read_bytes() == b"content"


def test_what_is_no_file_of_a_version_is_refused(api: Api) -> None:
    first = api.log_artifact("first", type="dataset", files={"a": b"content"})
    with pytest.raises(InvalidInput, match=r"^to_file\(\) takes a version, .* not 'first:v0'\.$"):
        Reference.to_file("first:v0", "a")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidInput, match=r"^to_file\(\) takes the name of a file, not ''\.$"):
        Reference.to_file(first, "")
    with pytest.raises(NotFoundError, match="no such file"):
        api.log_artifact("x", type="t", files={"b": Reference.to_file(first, "gone")})


def test_a_draft_takes_references(api: Api, web: Web) -> None:
    web.files = {"/a": b"a", "/b": b"b"}
    with api.draft("mixed", type="dataset") as draft:
        draft["a"] = f"{web.url}/a"
        draft["stored"] = b"s"
        assert isinstance(draft["a"], Reference)
    with draft.artifact.edit() as edited:
        edited["b"] = Reference(f"{web.url}/b")
        del edited["stored"]
        assert [entry.path for entry in edited.diff().added] == ["b"]
    entries = edited.artifact.manifest.entries
    assert {name: entry.ref for name, entry in entries.items()} == {
        "a": f"{web.url}/a",
        "b": f"{web.url}/b",
    }
    with edited.artifact.edit() as again:
        again["b"] = Reference(f"{web.url}/b")
    assert again.artifact.version == edited.artifact.version  # nothing has changed


def test_the_async_flavour(web: Web) -> None:
    web.files = {"/a": b"a"}

    async def log() -> str:
        async with AsyncApi.local(project="refs") as api:
            made = await api.log_artifact("away", type="t", files={"a": f"{web.url}/a", "b": b""})
            return (await made.manifest()).entries["a"].digest

    assert asyncio.run(log()) == md5_hex(b"a")


@pytest.mark.parametrize(
    ("uri", "options", "words"),
    [
        ("no uri", {}, "is a URI"),
        ("s3://bucket/a\n", {}, "control character"),
        ("s3://bucket/k", {"checksum": "yes"}, "True or False"),
        ("s3://bucket/k", {"max_objects": 0}, "1 or more"),
        ("s3://bucket/k", {"max_objects": True}, "max_objects is True; it must be a whole number"),
        ("s3://bucket/k", {"max_objects": "5"}, "max_objects is '5'; it must be a whole number"),
    ],
)
def test_bad_references_are_refused(uri: str, options: dict[str, Any], words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        Reference(uri, **options)


@pytest.mark.parametrize("name", ["a b.txt", "a%20b", "é#1?.txt"])
def test_a_local_file_keeps_its_name(api: Api, tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.write_bytes(b"a")
    for files in (Reference(path.as_uri()), {"in/": Reference(path.as_uri())}):
        [own] = _logged(api, files)
        assert own.removeprefix("in/") == name


def test_what_cannot_be_named_is_refused(api: Api, bucket: S3, web: Web, tmp_path: Path) -> None:
    for key in ("p/a", "p/b", "p/c"):
        bucket.put(key, b"x")
    prefix = f"s3://{bucket.name}/p"
    with pytest.raises(InvalidInput, match="more than 2 objects"):
        _logged(api, {"p": Reference(prefix, max_objects=2)})
    assert len(_logged(api, {"p": Reference(prefix, max_objects=3)})) == 3
    with pytest.raises(NotFoundError, match="nothing below"):
        _logged(api, f"s3://{bucket.name}/none/")
    with pytest.raises(NotFoundError, match="does not exist"):
        _logged(api, f"s3://{bucket.name}/none")
    with pytest.raises(NotFoundError, match="404"):
        _logged(api, {"a": f"{web.url}/none"})
    with pytest.raises(NotFoundError, match="no file or folder"):
        _logged(api, {"a": (tmp_path / "none").as_uri()})
    with pytest.raises(InvalidInput, match="no file of this machine"):
        _logged(api, {"a": "file://elsewhere/data"})
    with pytest.raises(InvalidInput, match="fsspec does not take it"):
        _logged(api, {"a": "unheard-of://x/y"})
    with pytest.raises(InvalidInput, match="exclude each other"):
        _logged(api, {"p": prefix, "p/a": b"mine"})
    with pytest.raises(InvalidInput, match="no name of its own"):
        _logged(api, f"{web.url}/")


def test_an_address_that_nothing_opens_is_logged_as_it_is(api: Api) -> None:
    """The official client takes one, with a warning; that this client can was not said."""
    uri = "unheard-of://x/y"
    with pytest.raises(InvalidInput, match=r"Reference\(uri, checksum=False\) logs an address"):
        _logged(api, {"y": uri})
    found = _logged(api, {"y": Reference(uri, checksum=False)})
    assert found == {"y": ManifestEntry("y", uri, ref=uri)}


def test_secrets_in_a_uri_are_not_shown(
    api: Api, bucket: S3, web: Web, caplog: pytest.LogCaptureFixture
) -> None:
    uris = [
        f"{web.url.replace('//', '//user:PASSWORD@')}/x?sig=SIGNATURE",
        f"{web.url}/x?X-Amz-Signature=SIGNATURE",
        "unheard-of://user:PASSWORD@host/x",
        f"s3://{bucket.name}/none?versionId=SIGNATURE",
    ]
    for uri in uris:
        with pytest.raises(ArtifactsError) as raised:
            _logged(api, {"a": uri})
        shown = f"{raised.value!r} {raised.value.subject} {Reference(uri)!r} {caplog.text}"
        assert "PASSWORD" not in shown
        assert "SIGNATURE" not in shown


@pytest.mark.parametrize("flavour", [Api, AsyncApi])
@pytest.mark.usefixtures("mocks")
def test_nothing_is_asked_offline(
    flavour: type[Api | AsyncApi], web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a storage nor a server over http; each is there, and would say so."""
    asked: list[str] = []

    def info(_: Gcs, path: str, **_options: object) -> None:
        asked.append(path)

    monkeypatch.setattr(Gcs, "info", info)
    web.files = {"/w": b"w"}
    opened = flavour(base_url="http://127.0.0.1:9", entity="e", project="refs", offline=True)
    for uri in ("gs://b/k", f"{web.url}/w?sig=SIGNATURE"):
        for files in (uri, {"first": b"1", "in/": Reference(uri)}):
            with pytest.raises(OfflineError, match=r"/[kw]\S* needs the network") as raised:
                _settled(opened.log_artifact("away", type="dataset", files=files))
            assert "SIGNATURE" not in f"{raised.value!r} {raised.value.subject}"
    assert (asked, web.asked) == ([], [])


def _settled(made: object) -> None:
    if inspect.iscoroutine(made):
        asyncio.run(made)


def test_what_is_not_installed_is_named(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ExtraNotInstalled, match="pip install adlfs"):
        _logged(api, {"a": "abfs://container@account.dfs.core.windows.net/key"})
    monkeypatch.setitem(sys.modules, "fsspec.core", None)
    with pytest.raises(ExtraNotInstalled, match=r'pip install "typed-artifacts\[fsspec\]" s3fs'):
        _logged(api, {"a": "s3://bucket/key"})
    assert _logged(api, {"a": Path(__file__).as_uri()})  # needs nothing
