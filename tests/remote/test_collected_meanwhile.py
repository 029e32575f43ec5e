"""Files that a garbage collection of another server removes while they come in: stored again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, cast

import pytest

from tests.remote.conftest import KEY, Bucket, listening
from tests.remote.test_object_store import key_of
from typed_artifacts import Api
from typed_artifacts.local import LocalServer, Registry, create_app
from typed_artifacts.local.graph import writes_files
from typed_artifacts.local.storage.direct_access import Found
from typed_artifacts.local.storage.remote_blobs import RemoteBlobs

FILES = {"a": b"content", "b": b"another"}


@pytest.fixture
def other(tmp_path: Path, bucket: Bucket) -> Iterator[Registry]:
    """Another server's registry, in the same folder and bucket."""
    with Registry(tmp_path / "shared", files=bucket.url()) as registry:
        yield registry


def _collect_once(
    monkeypatch: pytest.MonkeyPatch, owner: object, name: str, other: Registry, *, after: bool
) -> list[int]:
    """Collects garbage in the other registry once, before or after a call; how much it removed."""
    original: Callable[..., Any] = getattr(owner, name)
    removed: list[int] = []

    def collect() -> None:
        removed.append(0)  # first, for it calls the same
        removed[0] = other.maintenance.collect_garbage().files

    def called(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401  (as it was called)
        if not removed and not after:
            collect()
        result = original(*arguments, **named)
        if not removed:
            collect()
        return result

    monkeypatch.setattr(owner, name, called)
    return removed


def _client(registry: Registry) -> Api:
    server = LocalServer(registry)
    return Api(base_url=server.base_url, api_key=server.api_key, transport=server.transport)


def _is_whole(registry: Registry, path: str, files: Mapping[str, bytes]) -> bool:
    with _client(registry) as api:
        found = {file.name: file.read_bytes() for file in api.artifact(path).files()}
    return found == files and registry.maintenance.verify().wrong == []


def _forgotten(registry: Registry, bucket: Bucket | None = None) -> None:
    """A version is logged, and deleted: its files are there until they are collected.

    From the bucket, they are taken at once, as by a collection that was killed.
    """
    registry.log_version("local/p/old", type="t", files=dict(FILES))
    with _client(registry) as api:
        api.artifact("local/p/old").delete(delete_aliases=True)
    for content in FILES.values() if bucket else ():
        cast("Bucket", bucket).delete(key_of(content))


@pytest.mark.long
def test_what_a_registry_logs_itself(
    bucket: Bucket, tmp_path: Path, other: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Registry(tmp_path / "shared", files=bucket.url()) as registry:
        _forgotten(registry)
        removed = _collect_once(monkeypatch, RemoteBlobs, "settle", other, after=True)
        made = registry.log_version("local/p/c", type="t", files=dict(FILES))
        assert removed[0] > 0
        assert _is_whole(other, made.path, FILES)


def test_what_comes_through_the_server(
    bucket: Bucket, tmp_path: Path, other: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Registry(tmp_path / "shared", files=bucket.url("sign=no")) as registry:
        _forgotten(other, bucket)
        removed = _collect_once(monkeypatch, RemoteBlobs, "deliver", other, after=True)
        with _client(registry) as api:
            made = api.log_artifact("local/p/c", type="t", files=FILES)
        assert removed[0] > 0
        assert _is_whole(other, made.qualified_name, FILES)


@pytest.mark.long
def test_what_clients_put_into_the_store(
    bucket: Bucket, tmp_path: Path, other: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Registry(tmp_path / "shared", files=bucket.url()) as registry:
        registry.register_key("local", KEY)
        _forgotten(other, bucket)
        removed = _collect_once(monkeypatch, RemoteBlobs, "accept", other, after=True)
        with listening(create_app(registry)) as url, Api(base_url=url, api_key=KEY) as api:
            made = api.log_artifact("local/p/c", type="t", files=FILES)
            assert removed[0] > 0
        assert _is_whole(other, made.qualified_name, FILES)


@pytest.mark.long
def test_what_a_client_need_not_send(
    bucket: Bucket, tmp_path: Path, other: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Registry(tmp_path / "shared", files=bucket.url()) as registry:
        _forgotten(registry)
        removed = _collect_once(monkeypatch, writes_files, "written", other, after=False)
        with _client(registry) as api:
            made = api.log_artifact("local/p/c", type="t", files=FILES)
        assert removed[0] > 0
        assert _is_whole(other, made.qualified_name, FILES)


@pytest.mark.long
def test_nobody_waits_while_a_bucket_is_listed(
    bucket: Bucket, tmp_path: Path, other: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed, made = RemoteBlobs.listed, list[str]()

    def logged_and_listed(self: RemoteBlobs, shard: str) -> list[tuple[str, int, float]]:
        if not made:
            logged = pool.submit(registry.log_version, "local/p/c", type="t", files=dict(FILES))
            made.append(logged.result(timeout=30).path)
        return listed(self, shard)

    monkeypatch.setattr(RemoteBlobs, "listed", logged_and_listed)
    with (
        ThreadPoolExecutor(1) as pool,
        Registry(tmp_path / "shared", files=bucket.url()) as registry,
    ):
        bucket.put("00/" + "00" * 16, b"left by a process that was killed")
        assert other.maintenance.collect_garbage(older_than=-60).files == 1
        assert _is_whole(other, made[0], FILES)


@pytest.mark.long
def test_what_was_put_into_the_store_hours_before_its_version_is_committed(
    bucket: Bucket, tmp_path: Path, other: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    uploaded, removed, now = RemoteBlobs.uploaded, list[int](), time.time

    def hours_later(self: RemoteBlobs, version: int) -> Mapping[str, Found]:
        if not removed:
            with monkeypatch.context() as clock:
                clock.setattr(time, "time", lambda: now() + 7200)
                with Registry(tmp_path / "shared", files=bucket.url()):
                    removed.append(other.maintenance.collect_garbage().files)
        return uploaded(self, version)

    monkeypatch.setattr(RemoteBlobs, "uploaded", hours_later)
    with Registry(tmp_path / "shared", files=bucket.url()) as registry:
        registry.register_key("local", KEY)
        with listening(create_app(registry)) as url, Api(base_url=url, api_key=KEY) as api:
            bucket.put("incoming/999/" + "00" * 16, b"for a version that was never committed")
            made = api.log_artifact("local/p/c", type="t", files=FILES)
        assert removed == [1]
        assert _is_whole(other, made.qualified_name, FILES)
        assert bucket.names("incoming/") == []
