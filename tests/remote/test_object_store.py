"""Files in an object store: sent and fetched by its own URLs, collected, verified, mended."""

from __future__ import annotations

import asyncio
import hashlib
import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.remote.conftest import Bucket, Serve, uploading_to
from tests.uploads.test_part_uploads import PARTS, WHOLE, base64_md5, md5, words
from typed_artifacts import Api, ArtifactsError, AsyncApi
from typed_artifacts.local import LocalServer, Registry, RegistryError, RegistryRefused
from typed_artifacts.local.storage.object_store import Objects

LARGE = os.urandom(300_000)
FILES = {"large": LARGE, "again/large": LARGE, "small": b"s", "empty": b""}


def key_of(content: bytes) -> str:
    digest = hashlib.md5(content, usedforsecurity=False).hexdigest()
    return f"{digest[:2]}/{digest}"


def in_process(registry: Registry) -> Api:
    server = LocalServer(registry)
    return Api(
        base_url=server.base_url, api_key=server.api_key, transport=server.transport, entity="local"
    )


@pytest.mark.each(2)
@pytest.mark.parametrize("setting", ["sign=yes", "sign=no"])
def test_files_go_and_come_past_the_server(
    bucket: Bucket, serve: Serve, tmp_path: Path, setting: str
) -> None:
    with serve(bucket.url(setting)) as remote, remote.api() as api:
        made = api.log_artifact("p/c", type="dataset", files=FILES)
        folder = made.download(tmp_path / "there")
        assert {name: (folder / name).read_bytes() for name in FILES} == FILES
        # Documents and the manifest are a few kilobytes; the file is 300.
        assert (remote.app.bytes < len(LARGE)) == (setting == "sign=yes")
        url = next(iter(made.files(["large"]))).direct_url
        assert url.startswith(bucket.endpoint) == (setting == "sign=yes")
        kept = bucket.names()
        assert {key_of(content) for content in FILES.values()} <= set(kept)
        assert len(kept) == 4  # and the manifest: nothing is left of what came in
        assert remote.registry.maintenance.verify().wrong == []
        before = remote.app.bytes
        again = api.log_artifact("p/other", type="dataset", files=FILES)
        assert again.version == "v0"
        assert remote.app.bytes - before < len(LARGE)
        # Its manifest is another: it names the version with which its files were first stored.
        assert again.manifest.entries["large"].birth_artifact_id == again.id
        now = bucket.names()
        assert set(kept) < set(now)
        assert len(now) == len(kept) + 1


@pytest.mark.each(2)
@pytest.mark.parametrize("setting", ["sign=yes", "sign=no"])
def test_a_client_in_the_same_process_reaches_the_files(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, setting: str
) -> None:
    """It was sent to the store, where its transport does not lead."""
    monkeypatch.setenv("_TYPED_ARTIFACTS_PARTS", "200000,100000")
    with Registry(tmp_path / "registry", files=bucket.url(setting)) as registry:
        server = LocalServer(registry)
        url, key = server.base_url, server.api_key
        with Api(base_url=url, api_key=key, transport=server.transport) as api:
            made = api.log_artifact("local/p/c", type="dataset", files=FILES)
            folder = made.download(tmp_path / "there")
            assert {name: (folder / name).read_bytes() for name in FILES} == FILES

        async def log() -> bytes:
            transport = server.async_transport
            async with AsyncApi(base_url=url, api_key=key, transport=transport) as api:
                made = await api.log_artifact("local/p/c", type="dataset", files={"a": b"async"})
                return (await made.download(tmp_path / "async") / "a").read_bytes()

        assert asyncio.run(log()) == b"async"
        assert registry.maintenance.verify().wrong == []


@pytest.mark.long
def test_what_no_version_has_is_collected(bucket: Bucket, serve: Serve) -> None:
    with serve(bucket.url()) as remote, remote.api() as api:
        first = api.log_artifact("p/c", type="dataset", files={"a": b"1", "b": b"2"})
        api.log_artifact("p/c", type="dataset", files={"b": b"2", "c": b"3"})
        first.delete(delete_aliases=True)
        bucket.put("aa/" + "aa" * 16, b"left by a process that was killed")
        maintenance = remote.registry.maintenance
        expected = maintenance.collect_garbage(dry_run=True, older_than=0)
        assert len(bucket.names()) == 6
        assert maintenance.collect_garbage(older_than=0) == expected
        assert expected.files == 3  # the file of the first alone, its manifest, and the stray
        assert key_of(b"1") not in bucket.names()
        assert {key_of(b"2"), key_of(b"3")} <= set(bucket.names())
        assert maintenance.verify().wrong == []


@pytest.mark.long
def test_a_collection_that_is_killed_leaves_nothing_wrong(tmp_path: Path, bucket: Bucket) -> None:
    """Objects go before their rows: one of an object that no version has may stay."""
    with Registry(tmp_path, files=bucket.url()) as registry, in_process(registry) as api:
        made = api.log_artifact("p/c", type="t", files={"f": b"0" * 9})
        api.log_artifact("p/c", type="t", files={"f": b"1" * 9})
        made.delete()
    script = """if True:
        import os, sys
        from pathlib import Path
        from typed_artifacts.local import Registry
        from typed_artifacts.local.storage.remote_blobs import RemoteBlobs
        remove = RemoteBlobs.remove
        def removed_and_killed(self, sizes):
            remove(self, sizes)
            os._exit(9)
        RemoteBlobs.remove = removed_and_killed
        Registry(Path(sys.argv[1]), files=sys.argv[2]).maintenance.collect_garbage(older_than=0)
    """
    command = [sys.executable, "-c", script, str(tmp_path), bucket.url()]
    assert subprocess.run(command, check=False).returncode == 9
    with Registry(tmp_path, files=bucket.url()) as registry, in_process(registry) as api:
        assert registry.maintenance.verify().wrong == []
        again = api.log_artifact("p/c", type="t", files={"f": b"0" * 9})
        registry.maintenance.collect_garbage(older_than=0)
        assert registry.maintenance.verify().wrong == []
        assert again.files()[0].read_bytes() == b"0" * 9


@pytest.mark.long
def test_what_is_lost_or_damaged_is_found_and_logged_again(
    bucket: Bucket, serve: Serve, tmp_path: Path
) -> None:
    with serve(bucket.url()) as remote, remote.api() as api:
        files = {"a": b"one", "b": b"two"}
        made = api.log_artifact("p/c", type="dataset", files=files)
        bucket.put(key_of(b"one"), b"eno")
        bucket.delete(key_of(b"two"))
        wrong = remote.registry.maintenance.verify(repair=True).wrong
        assert len(wrong) == 2
        assert sum("damaged" in text for text in wrong) == 1
        assert sum("missing" in text for text in wrong) == 1
        with pytest.raises(ArtifactsError):
            made.download(tmp_path / "lost")
    with serve(bucket.url()) as remote, remote.api() as api:
        api.log_artifact("p/other", type="dataset", files=files)
        assert remote.registry.maintenance.verify().wrong == []
        api.artifact("p/c:v0").download(tmp_path / "found")
        assert (tmp_path / "found" / "b").read_bytes() == b"two"


def test_an_upload_that_is_another_is_refused(bucket: Bucket, tmp_path: Path) -> None:
    with Registry(tmp_path, files=bucket.url()) as registry, uploading_to(registry) as uploader:
        node = uploader.announce([], b"what it should be")
        assert httpx.put(node["uploadUrl"], content=b"something else").status_code == 200
        answer = uploader.ask(
            "mutation($i: CommitArtifactInput!) { commitArtifact(input: $i) { artifact { id } } }",
            i={"artifactID": uploader.version},
        )
        assert "has another MD5" in words(answer)
        assert bucket.names() == []


@pytest.mark.long
def test_parts_are_objects_until_they_are_joined(bucket: Bucket, tmp_path: Path) -> None:
    with (
        Registry(tmp_path / "1", files=bucket.url()) as registry,
        Registry(tmp_path / "1", files=bucket.url()) as other,
        uploading_to(registry) as uploader,
        uploading_to(other) as elsewhere,  # another process of the same registry
    ):
        node = uploader.announce()
        urls = uploader.urls(node)
        assert all(url.startswith(bucket.endpoint) for url in urls)
        tags = [
            httpx.put(url, content=part).headers["etag"]
            for url, part in zip(urls[:2], PARTS, strict=False)
        ]
        again = uploader.announce()
        assert [url.endswith("#stored") for url in uploader.urls(again)] == [True, True, False]
        tags.append(httpx.put(urls[2], content=PARTS[2]).headers["etag"])
        elsewhere.version = uploader.version
        answer = elsewhere.complete(node, tags)
        assert answer["data"]["completeMultipartUploadArtifact"] == {"digest": base64_md5(WHOLE)}
        key = md5(WHOLE)
        assert f"{key[:2]}/{key}" in bucket.names()
        assert [name for name in bucket.names("uploads/") if name[-1].isdigit()] == []
        found = other.maintenance.collect_garbage(older_than=-60)
        assert found.files >= 1
        assert bucket.names("uploads/") == []


def test_urls_are_signed_by_each_kind_of_store() -> None:
    s3 = Objects("s3://bucket/p?access_key_id=k&secret_access_key=s&region=eu-west-1")
    assert "X-Amz-Signature=" in s3.signed("PUT", "aa/x")
    azure = Objects("az://box/p?account_name=name&account_key=c2VjcmV0")
    assert "sig=" in azure.signed("GET", "aa/x")
    assert azure.upload_headers == ("x-ms-blob-type:BlockBlob",)
    assert not azure.signs_parts
    assert not Objects("memory:///").signs


def test_signed_urls_may_lead_to_another_address(bucket: Bucket) -> None:
    objects = Objects(bucket.url("public_endpoint=http://files.example.org"))
    objects.put("aa/x", b"1")
    assert objects.signed("GET", "aa/x").startswith("http://files.example.org/")


def test_the_endpoint_that_is_given_is_the_one(
    bucket: Bucket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    objects = Objects(bucket.url())
    objects.put("aa/x", b"1")
    assert objects.signed("GET", "aa/x").startswith(bucket.endpoint)
    assert os.environ["AWS_ENDPOINT_URL_S3"] == "http://127.0.0.1:9"


@pytest.mark.parametrize(
    "url", ["http://x/y", "s3://", "s3://[b", "nothing", "s3://b/p?colour=red"]
)
def test_what_is_no_store_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(RegistryRefused):
        Registry(tmp_path, files=url)


@pytest.mark.long
def test_a_store_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    url = "s3://bucket/p?endpoint=http://127.0.0.1:9&access_key_id=k&secret_access_key=s3cret"
    with pytest.raises(RegistryError) as caught:
        Registry(tmp_path, files=url + "&region=us-east-1")
    assert "store" in str(caught.value)
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize("way", ["backup", "move"])
def test_what_clients_put_into_the_store_is_copied_elsewhere(
    bucket: Bucket, serve: Serve, tmp_path: Path, way: str
) -> None:
    """No store says what the XXH128 of a file is: it is computed as the file is copied."""
    with serve(bucket.url()) as remote, remote.api() as api:
        api.log_artifact("p/c", type="dataset", files=FILES)
        if way == "backup":
            assert remote.registry.maintenance.backup(tmp_path / "copy").damaged == []
        else:
            with Registry(tmp_path / "copy") as copy:
                assert remote.registry.maintenance.move_to(copy.maintenance).damaged == ()
    with Registry(tmp_path / "copy") as copy, in_process(copy) as api:
        assert copy.maintenance.verify().wrong == []
        found = {file.name: file.read_bytes() for file in api.artifact("p/c").files()}
        assert found == FILES
        made = api.log_artifact("p/d", type="dataset", files=FILES, digest="xxh128")
        assert len(made.files()) == len(FILES)
        assert copy.maintenance.statistics().stored_files == 5  # three files, two manifests
