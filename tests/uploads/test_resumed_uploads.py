"""Uploads in parts that are not begun and ended once: resumed, repeated, of others, abandoned."""

from __future__ import annotations

import os
import time

import httpx
import pytest

from tests.client.taps import JsonObject
from tests.uploads.test_part_uploads import PARTS, WHOLE, Uploader, base64_md5, left, md5, words
from typed_artifacts.local import LocalServer
from typed_artifacts.local.http.transports import LocalTransport
from typed_artifacts.local.maintenance.garbage_collection import collect_garbage
from typed_artifacts.local.service import Service


@pytest.fixture
def uploader(server: LocalServer) -> Uploader:
    return Uploader(server)


def test_an_upload_that_is_announced_again_is_not_given_up(
    server: LocalServer, uploader: Uploader
) -> None:
    node = uploader.announce()
    uploader.http.put(uploader.urls(node)[1], content=PARTS[1])
    folder = next((server.root / "files" / "uploads").iterdir())
    before = time.time() - 2 * 24 * 3600
    os.utime(folder, (before, before))
    again = uploader.announce()
    collect_garbage(server.registry.store)
    assert left(server) == ["2", "upload.json"]
    assert "errors" not in uploader.complete(again, uploader.send(again))


def test_a_file_that_was_joined_and_is_lost_is_sent_again(
    server: LocalServer, uploader: Uploader
) -> None:
    node = uploader.announce()
    tags = uploader.send(node)
    uploader.complete(node, tags)
    stored = server.root / "files" / md5(WHOLE)[:2] / md5(WHOLE)
    stored.unlink()
    assert "is gone. Announce the file again" in words(uploader.complete(node, tags))
    again = uploader.announce()
    answer = uploader.complete(again, uploader.send(again))
    assert answer["data"]["completeMultipartUploadArtifact"] == {"digest": base64_md5(WHOLE)}
    assert stored.read_bytes() == WHOLE


def test_an_upload_is_of_one_user(server: LocalServer, uploader: Uploader) -> None:
    """Another who announces the same file is not told of the parts, and cannot complete it."""
    node = uploader.announce()
    tags = uploader.send(node)
    auth = ("api", server.registry.add_key("eve"))
    with httpx.Client(transport=server.transport, base_url=server.base_url, auth=auth) as http:
        eve = Uploader(server, http, "eve")
        assert "no such upload" in words(eve.complete(node, tags))
        own = eve.announce()
        assert [url.endswith("#stored") for url in eve.urls(own)] == [False] * 3
        assert "part 1 of 3 was not sent" in words(eve.complete(own, tags))
    assert "errors" not in uploader.complete(node, tags)


def test_parts_that_are_too_large_together_are_refused(server: LocalServer) -> None:
    small = LocalTransport(Service(server.registry.store, most_file_bytes=1000))
    auth = ("api", server.registry.add_key("eve"))
    with httpx.Client(transport=small, base_url=server.base_url, auth=auth) as http:
        uploader = Uploader(server, http, "eve")
        parts = [bytes(600), bytes(401)]
        node = uploader.announce(parts, b"".join(parts))
        answer = uploader.complete(node, uploader.send(node, parts))
        assert "larger than 1000 bytes" in words(answer)
        assert left(server) == []
        assert "no such upload" in words(uploader.complete(node, [md5(part) for part in parts]))


def test_of_many_uploads_few_are_joined_before_their_end(
    server: LocalServer, uploader: Uploader
) -> None:
    begun: list[tuple[JsonObject, list[bytes]]] = []
    for _ in range(20):
        parts = [os.urandom(20_000) for _ in range(5)]
        node = uploader.announce(parts, b"".join(parts))
        begun.append((node, parts))
        for url, part in zip(uploader.urls(node)[:4], parts[:4], strict=True):
            assert uploader.http.put(url, content=part).status_code == 200
    assert len(list((server.root / "files" / "incoming").iterdir())) == 16
    for node, parts in (begun[0], begun[-1]):  # the first is joined anew
        uploader.http.put(uploader.urls(node)[4], content=parts[4])
        answer = uploader.complete(node, [md5(part) for part in parts])
        digest = {"digest": base64_md5(b"".join(parts))}
        assert answer["data"]["completeMultipartUploadArtifact"] == digest
