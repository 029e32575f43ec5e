"""Files in a store that others write to as well: parts, other servers, stores with other ETags."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import httpx
import obstore
import pytest

from tests.client.taps import JsonObject
from tests.remote.conftest import Bucket, Serve, uploading_to
from tests.remote.test_object_store import key_of
from tests.uploads.test_part_uploads import PARTS, WHOLE, Uploader, base64_md5, words
from typed_artifacts import Api
from typed_artifacts.local import LocalServer, Registry
from typed_artifacts.local.storage import object_store
from typed_artifacts.local.storage.direct_access import Found
from typed_artifacts.local.storage.object_store import Objects


@pytest.mark.each(2)
@pytest.mark.parametrize("setting", ["sign=yes", "sign=no"])
def test_large_files_are_committed(
    bucket: Bucket,
    serve: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
) -> None:
    """One was looked for before its parts were joined, and taken to be missing for a minute."""
    monkeypatch.setenv("_TYPED_ARTIFACTS_PARTS", "2000,1000")
    files = {str(size): os.urandom(size) for size in (1999, 2000, 2001, 5000)}
    with serve(bucket.url(setting)) as remote, remote.api() as api:
        made = api.log_artifact("p/c", type="dataset", files=files)
        folder = made.download(tmp_path / "there")
        assert {name: (folder / name).read_bytes() for name in files} == files
        assert remote.registry.maintenance.verify().wrong == []


def _uploaded(uploader: Uploader) -> tuple[JsonObject, list[str]]:
    """A file whose parts are all in the store."""
    node = uploader.announce()
    replies = [
        httpx.put(url, content=part) for url, part in zip(uploader.urls(node), PARTS, strict=True)
    ]
    return node, [reply.headers["etag"] for reply in replies]


def _before_it_is_written(monkeypatch: pytest.MonkeyPatch, work: Callable[[], object]) -> None:
    """Does something when all parts were read, and the whole is about to be stored."""
    write, waiting = Objects.write, [work]

    def first(self: Objects, key: str, pieces: Iterable[bytes]) -> None:
        if waiting:
            waiting.pop()()
        write(self, key, pieces)

    monkeypatch.setattr(Objects, "write", first)


def test_two_servers_may_join_the_same_parts(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        Registry(tmp_path / "1", files=bucket.url()) as registry,
        Registry(tmp_path / "1", files=bucket.url()) as other,
        uploading_to(registry) as uploader,
        uploading_to(other) as elsewhere,
    ):
        elsewhere.version = uploader.version
        node, tags = _uploaded(uploader)
        answers: list[JsonObject] = []
        _before_it_is_written(monkeypatch, lambda: answers.append(elsewhere.complete(node, tags)))
        answers.append(uploader.complete(node, tags))
        answers.append(uploader.complete(node, tags))
        joined = {"data": {"completeMultipartUploadArtifact": {"digest": base64_md5(WHOLE)}}}
        assert answers == [joined] * 3


def test_who_asks_again_waits_for_the_first(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with (
        Registry(tmp_path / "1", files=bucket.url()) as registry,
        ThreadPoolExecutor() as pool,
        uploading_to(registry) as uploader,
    ):
        node, tags = _uploaded(uploader)
        second: list[Future[JsonObject]] = []

        def ask_again() -> None:
            second.append(pool.submit(uploader.complete, node, tags))
            time.sleep(0.3)
            assert not second[0].done()

        _before_it_is_written(monkeypatch, ask_again)
        assert uploader.complete(node, tags) == second[0].result()
        assert "errors" not in second[0].result()


def test_parts_that_are_replaced_while_they_are_joined_are_not_stored(
    bucket: Bucket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Registry(tmp_path, files=bucket.url()) as registry, uploading_to(registry) as uploader:
        node, tags = _uploaded(uploader)
        url = uploader.urls(node)[1]
        _before_it_is_written(monkeypatch, lambda: httpx.put(url, content=b"another one"))
        assert "were replaced" in words(uploader.complete(node, tags))
        assert [name for name in bucket.names() if not name.startswith("uploads/")] == []


@pytest.mark.each(2)
@pytest.mark.parametrize("setting", ["sign=yes", "sign=no"])
def test_what_another_server_has_removed_is_stored_again(
    bucket: Bucket, tmp_path: Path, setting: str
) -> None:
    """It was taken to be there for a minute after somebody had looked."""
    url = bucket.url(setting)
    with (
        Registry(tmp_path / "1", files=url) as registry,
        Registry(tmp_path / "1", files=url) as other,
    ):
        server = LocalServer(other)
        registry.log_version("local/p/c", type="t", files={"a": b"content"})
        with Api(
            base_url=server.base_url, api_key=server.api_key, transport=server.transport
        ) as api:
            api.artifact("local/p/c").delete(delete_aliases=True)
        assert other.maintenance.collect_garbage().files == 2
        registry.log_version("local/p/c", type="t", files={"a": b"content"})
        assert registry.maintenance.verify().wrong == []


@pytest.mark.each(2)
@pytest.mark.parametrize("setting", ["sign=yes", "sign=no"])
def test_tags_of_a_bucket_with_keys_are_no_md5s(
    bucket: Bucket,
    serve: Serve,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    setting: str,
) -> None:
    """They look like MD5s where a key of a KMS encrypts the bucket; every upload was refused."""
    looked = object_store._found

    def keyed(meta: obstore.ObjectMeta) -> Found:
        found = looked(meta)
        return replace(found, md5=None if found.md5 is None else found.md5[::-1])

    monkeypatch.setattr(object_store, "_found", keyed)
    files = {"a": b"1", "b": b"2"}
    with serve(bucket.url(setting)) as remote, remote.api() as api:
        made = api.log_artifact("p/c", type="dataset", files=files)
        folder = made.download(tmp_path / "there")
        assert {name: (folder / name).read_bytes() for name in files} == files
        api.log_artifact("p/other", type="dataset", files=files)
        kept = bucket.names()
        assert {key_of(content) for content in files.values()} <= set(kept)
        assert len(kept) == 4  # and the manifests
        assert remote.registry.maintenance.verify().wrong == []
