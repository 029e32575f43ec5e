"""Garbage collection beside other requests, and deletions on a full disk."""

import errno
import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.local.wire import DELETE, Wire, manifest, md5, version_digest, wire_to
from typed_artifacts import Api
from typed_artifacts.cli.commands.registry import registry_app
from typed_artifacts.local import LocalServer, Registry, RegistryRefused, open_local
from typed_artifacts.local.serving import collecting

pytestmark = pytest.mark.long

MEGABYTE = 1 << 20


def _size(root: Path) -> int:
    return sum(path.stat().st_size for path in root.rglob("*") if path.is_file())


def _delete_all(api: Api, path: str) -> None:
    for found in list(api.artifacts("dataset", path)):
        found.delete(delete_aliases=True)


def test_after_everything_is_deleted_the_space_is_back(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    with Registry(root) as registry:
        registry.user("local")
        before = _size(root)
        with Api.local(root) as api:
            for number in range(4):
                files = {f"{n}": os.urandom(MEGABYTE // 4) for n in range(4)}
                files |= {f"small/{n}": f"{number} {n}".encode() for n in range(60)}
                api.log_artifact("p/c", type="dataset", files=files)
            assert _size(root) > 4 * MEGABYTE
            expected = registry.maintenance.collect_garbage(dry_run=True)
            assert (expected.files, expected.bytes) == (0, 0)
            _delete_all(api, "p/c")
            full = _size(root)
            expected = registry.maintenance.collect_garbage(dry_run=True)
            assert _size(root) - full < MEGABYTE
            found = registry.maintenance.collect_garbage()
            assert found == expected
            assert found.bytes > 4 * MEGABYTE
            assert found.manifests == 4
        assert _size(root) - before < MEGABYTE // 4
        assert registry.maintenance.verify().wrong == []


def test_a_deleted_collection_gives_its_space_back(tmp_path: Path) -> None:
    with Api.local(tmp_path) as api, Registry(tmp_path) as registry:
        api.log_artifact("p/c", type="dataset", files={"a": os.urandom(MEGABYTE)})
        api.artifact_collection("dataset", "p/c").delete()
        assert registry.maintenance.collect_garbage().bytes > MEGABYTE
        assert registry.maintenance.statistics().stored_files == 0


def test_what_other_versions_have_stays(server: LocalServer, wire: Wire) -> None:
    first = wire.begin({"shared": b"in both", "own": b"of one"})
    second = wire.begin({"shared": b"in both"}, name="other")
    for key in (first, second):
        wire.commit(key)
    wire.ask(DELETE, id=first)
    found = server.registry.maintenance.collect_garbage()
    assert found.bytes >= 6
    assert wire.contents(second) == {"shared": b"in both"}
    again = wire.begin({"shared": b"in both", "own": b"of one"})
    assert wire.commit(again)["versionIndex"] == 1
    assert wire.contents(again) == {"shared": b"in both", "own": b"of one"}


def test_a_deleted_versions_urls_and_digests_no_longer_answer(
    server: LocalServer, wire: Wire
) -> None:
    key = wire.begin({"a": b"deleted soon"})
    wire.commit(key)
    kept = wire.begin({"a": b"kept"}, name="kept")
    wire.commit(kept)
    (url,) = wire.urls(key).values()
    whole = wire.found(key)["currentManifest"]["file"]["directUrl"]
    digest = url.split("/storage/blobs/")[1].split("/")[0]
    keyed = f"/artifactsV2/default/local/p/c/{digest}/a"
    auth = ("api", server.api_key)
    for _ in range(2):  # the second is answered from memory
        assert wire.http.get(url).content == b"deleted soon"
        assert wire.http.get(keyed, auth=auth).content == b"deleted soon"
        assert wire.http.get(whole).is_success
    wire.ask(DELETE, id=key)
    for _ in range(2):
        assert wire.http.get(url).status_code == 404
        assert wire.http.get(whole).status_code == 404
        assert wire.http.get(keyed, auth=auth).status_code == 404
        assert wire.contents(kept) == {"a": b"kept"}
    wire.commit(wire.begin({"a": b"deleted soon"}, name="again"))
    assert wire.http.get(url).content == b"deleted soon"


def test_another_process_that_deletes_is_heard_of(tmp_path: Path) -> None:
    """Two servers on one folder, here in one process: they share nothing but the folder."""
    with open_local(tmp_path) as one, open_local(tmp_path) as other:
        wire, elsewhere = wire_to(one), wire_to(other)
        key = wire.begin({"a": b"1"})
        wire.commit(key)
        (url,) = elsewhere.urls(key).values()
        assert elsewhere.http.get(url).content == b"1"
        wire.ask(DELETE, id=key)
        assert elsewhere.http.get(url).status_code == 404
        assert elsewhere.send("{ viewer { id } }")["data"]


@pytest.mark.parametrize("only_now", [False, True])
def test_deletes_are_heard_of_where_times_are_coarse(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, only_now: bool
) -> None:
    """FAT tells every second one; of another user's file one may say only that it changed now."""
    change = os.utime

    def coarse(path: Path, times: None = None, *, ns: tuple[int, int] | None = None) -> None:
        if ns is not None and only_now:
            raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))
        assert times is None
        moment = time.time_ns() if ns is None else ns[1]
        moment -= moment % (200_000_000 if only_now else 2_000_000_000)
        change(path, ns=(moment, moment))

    with open_local(tmp_path) as one, open_local(tmp_path) as other:
        wire, elsewhere = wire_to(one), wire_to(other)
        keys = [wire.begin({"a": str(number).encode()}) for number in range(4)]
        for key in keys:
            wire.commit(key)
        urls = [url for key in keys for url in elsewhere.urls(key).values()]
        monkeypatch.setattr(os, "utime", coarse)
        for number, key in enumerate(keys):
            assert [elsewhere.http.get(url).is_success for url in urls[number:]].count(False) == 0
            wire.ask(DELETE, id=key)
            assert elsewhere.http.get(urls[number]).status_code == 404


def test_the_files_of_an_upload_that_goes_on_stay(server: LocalServer, wire: Wire) -> None:
    """Whatever has been said of them: uploaded, or stored for a version that is deleted now."""
    old = wire.begin({"there": b"before"})
    wire.commit(old)
    files = {"there": b"before", "new": b"uploaded"}
    digests = {name: md5(data) for name, data in files.items()}
    key: str = wire.create(version_digest(digests))["id"]
    assert wire.upload(key, files) == ["new"]
    wire.ask(DELETE, id=old)
    server.registry.maintenance.collect_garbage()
    contents = {n: {"digest": digests[n], "size": len(data)} for n, data in files.items()}
    wire.put_manifest(key, manifest(contents))
    server.registry.maintenance.collect_garbage()
    wire.commit(key)
    server.registry.maintenance.collect_garbage()
    assert wire.contents(key) == files


def test_an_upload_that_was_given_up_is_removed(server: LocalServer, wire: Wire) -> None:
    wire.begin({"a": b"never committed"})
    maintenance = server.registry.maintenance
    assert maintenance.collect_garbage().files == 0
    found = maintenance.collect_garbage(older_than=0)
    assert (found.versions, found.files) == (1, 2)
    left = server.root / "files" / "incoming" / "left"
    stray = server.root / "files" / "ab" / ("ab" * 16)
    stray.parent.mkdir(exist_ok=True)
    for path in (left, stray):
        path.write_bytes(b"of a process that was killed")
    assert maintenance.collect_garbage().files == 0
    for path in (left, stray):
        os.utime(path, (1, 1))
    assert maintenance.collect_garbage(dry_run=True).files == 2
    assert maintenance.collect_garbage().files == 2
    assert not left.exists()
    assert not stray.exists()


def test_a_download_that_has_begun_goes_on(server: LocalServer, wire: Wire) -> None:
    data = os.urandom(5 * MEGABYTE)
    key = wire.begin({"a": data})
    wire.commit(key)
    (url,) = wire.urls(key).values()
    with wire.http.stream("GET", url) as reply:
        pieces = reply.iter_raw()
        received = next(pieces)
        wire.ask(DELETE, id=key)
        assert server.registry.maintenance.collect_garbage().bytes > 5 * MEGABYTE
        received += b"".join(pieces)
    assert received == data


def _log_and_delete(root: Path, worker: int) -> None:
    with Api.local(root) as api:
        for turn in range(10):
            files = {f"{n}": f"{(turn + worker) % 4} {n}".encode() for n in range(5)}
            made = api.log_artifact(f"local/p/c{worker}", type="dataset", files=files)
            made.delete(delete_aliases=True)
        api.log_artifact(f"local/p/c{worker}", type="dataset", files={"0": b"0 0"})


def _log(root: Path, worker: int) -> None:
    with Registry(root) as registry:
        for turn in range(30):
            files = {f"{n}": f"{turn % 4} {n}" for n in range(5)}
            registry.log_version(f"local/p/r{worker}-{turn}", type="dataset", files=files)


def test_collections_of_garbage_beside_writers_lose_nothing(tmp_path: Path) -> None:
    """The same contents are logged and deleted over and over, by the wire and in the process."""
    with Registry(tmp_path) as registry, ThreadPoolExecutor(3) as pool:
        jobs = [pool.submit(_log_and_delete, tmp_path, worker) for worker in range(2)]
        jobs.append(pool.submit(_log, tmp_path, 2))
        while not all(job.done() for job in jobs):
            registry.maintenance.collect_garbage()
        for job in jobs:
            job.result()
        found = registry.maintenance.verify()
        assert (found.wrong, found.repaired) == ([], [])


def test_files_that_are_collected_while_they_are_written_to_the_disk_are_stored_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{number}": f"{number}" for number in range(40)}
    with Registry(tmp_path) as registry, Api.local(tmp_path) as api:
        registry.log_version("local/p/c", type="dataset", files=files)
        _delete_all(api, "local/p/c")
        collected: list[int] = []
        first, write_out = threading.Lock(), os.fsync

        def fsync(handle: int) -> None:
            with first:
                if not collected:
                    collected.append(registry.maintenance.collect_garbage().files)
            write_out(handle)

        monkeypatch.setattr(os, "fsync", fsync)
        registry.log_version("local/p/again", type="dataset", files=files)
        assert collected == [41]
        found = api.artifact("local/p/again:latest", type="dataset")
        assert {file.name: file.read_bytes() for file in found.files()} == {
            path: text.encode() for path, text in files.items()
        }
        assert registry.maintenance.verify().wrong == []


def test_a_server_collects_garbage_on_a_schedule(tmp_path: Path) -> None:
    with Registry(tmp_path) as registry, Api.local(tmp_path) as api:
        api.log_artifact("p/c", type="dataset", files={"a": b"1"}).delete(delete_aliases=True)
        stored = registry.store.blobs.folder
        with collecting(registry, 0):
            pass
        assert list(stored.glob("??/*"))
        waited = threading.Event()
        with collecting(registry, 0.05):
            for _ in range(600):
                if not list(stored.glob("??/*")):
                    break
                waited.wait(0.05)
        assert not list(stored.glob("??/*"))


@pytest.mark.parametrize("seconds", [float("inf"), float("nan"), 1e300, "1", None, True])
def test_an_age_that_nothing_can_have(server: LocalServer, seconds: Any) -> None:  # noqa: ANN401 - the mistake
    with pytest.raises(RegistryRefused, match="older_than"):
        server.registry.maintenance.collect_garbage(older_than=seconds)


@pytest.mark.parametrize("hours", ["inf", "nan", "1e300"])
def test_an_age_that_nothing_can_have_in_a_shell(server: LocalServer, hours: str) -> None:
    arguments = ["gc", "--root", str(server.root), "--older-than", hours]
    assert CliRunner().invoke(registry_app, arguments).exit_code == 2
