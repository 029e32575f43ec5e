"""The embedded server's side of uploads in parts: what it takes, refuses, keeps and throws away."""

from __future__ import annotations

import base64
import hashlib
import os
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.client.taps import JsonObject
from typed_artifacts.local import LocalServer
from typed_artifacts.local.maintenance.garbage_collection import collect_garbage
from typed_artifacts.local.storage.part_uploads import PartUpload

PARTS = [b"first part", b"second part", b"end"]
WHOLE = b"".join(PARTS)

CREATE = """mutation($input: CreateArtifactInput!) { createArtifact(input: $input) {
  artifact { id } } }"""
FILES = """mutation($files: [CreateArtifactFileSpecInput!]!) {
  createArtifactFiles(input: {artifactFiles: $files, storageLayout: V2}) { files { edges { node {
    name uploadUrl storagePath
    uploadMultipartUrls { uploadID uploadUrlParts { partNumber uploadUrl } } } } } } }"""
COMPLETE = """mutation($input: CompleteMultipartUploadArtifactInput!) {
  completeMultipartUploadArtifact(input: $input) { digest } }"""


def md5(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def base64_md5(data: bytes) -> str:
    return base64.b64encode(bytes.fromhex(md5(data))).decode()


class Uploader:
    """A client of few lines, for one version."""

    def __init__(
        self, server: LocalServer, http: httpx.Client | None = None, entity: str = "local"
    ) -> None:
        auth = ("api", server.api_key)
        self.entity = entity
        self.http = http or httpx.Client(
            transport=server.transport, base_url=server.base_url, auth=auth
        )
        self.version = self.create()

    def ask(self, document: str, **variables: object) -> JsonObject:
        reply = self.http.post("/graphql", json={"query": document, "variables": variables})
        answer: JsonObject = reply.json()
        return answer

    def create(self) -> str:
        made = self.ask(
            CREATE,
            input={
                "entityName": self.entity,
                "projectName": "p",
                "artifactTypeName": "t",
                "artifactCollectionName": "c",
                "digest": os.urandom(8).hex(),
                "digestAlgorithm": "MANIFEST_MD5",
            },
        )
        key: str = made["data"]["createArtifact"]["artifact"]["id"]
        return key

    def announce(
        self, parts: Sequence[bytes] = PARTS, whole: bytes = WHOLE, **changes: object
    ) -> JsonObject:
        spec = {
            "artifactID": self.version,
            "name": "large",
            "md5": base64_md5(whole),
            "uploadPartsInput": [
                {"partNumber": number, "hexMD5": md5(part)} for number, part in enumerate(parts, 1)
            ],
        }
        answer = self.ask(FILES, files=[spec | changes])
        if "errors" in answer:
            return answer
        node: JsonObject = answer["data"]["createArtifactFiles"]["files"]["edges"][0]["node"]
        return node

    def urls(self, node: JsonObject) -> list[str]:
        return [each["uploadUrl"] for each in node["uploadMultipartUrls"]["uploadUrlParts"]]

    def send(self, node: JsonObject, parts: Sequence[bytes] = PARTS) -> list[str]:
        """The ETag of each part."""
        replies = [
            self.http.put(url, content=part)
            for url, part in zip(self.urls(node), parts, strict=True)
        ]
        assert [reply.status_code for reply in replies] == [200] * len(parts)
        return [reply.headers["etag"] for reply in replies]

    def complete(self, node: JsonObject, tags: Sequence[str], **changes: str) -> JsonObject:
        given = {
            "artifactID": self.version,
            "completeMultipartAction": "Complete",
            "completedParts": [
                {"partNumber": number, "hexMD5": tag} for number, tag in enumerate(tags, 1)
            ],
            "storagePath": node["storagePath"],
            "uploadID": node["uploadMultipartUrls"]["uploadID"],
        }
        return self.ask(COMPLETE, input=given | changes)


@pytest.fixture
def uploader(server: LocalServer) -> Uploader:
    return Uploader(server)


def words(answer: JsonObject) -> str:
    return str(answer["errors"][0]["message"])


def left(server: LocalServer) -> list[str]:
    """What is kept of uploads that are not complete."""
    folder = server.root / "files"
    names = [path.name for path in folder.glob("uploads/*/*")]
    return sorted(names + [path.name for path in (folder / "incoming").iterdir()])


def test_parts_become_a_file(server: LocalServer, uploader: Uploader) -> None:
    node = uploader.announce()
    assert node["uploadUrl"]  # without one, the official client takes the file for stored
    assert node["storagePath"].startswith("uploads/")
    tags = uploader.send(node)
    assert tags == [f'"{md5(part)}"' for part in PARTS]
    answer = uploader.complete(node, tags)
    assert answer["data"]["completeMultipartUploadArtifact"] == {"digest": base64_md5(WHOLE)}
    assert (server.root / "files" / md5(WHOLE)[:2] / md5(WHOLE)).read_bytes() == WHOLE
    assert left(server) == ["upload.json"]
    there = uploader.announce()
    assert (there["uploadUrl"], there["uploadMultipartUrls"]) == (None, None)


def test_parts_may_come_in_any_order_and_twice(server: LocalServer, uploader: Uploader) -> None:
    node = uploader.announce()
    urls = uploader.urls(node)
    for number in (3, 1, 3, 2, 1):
        assert uploader.http.put(urls[number - 1], content=PARTS[number - 1]).status_code == 200
    answer = uploader.complete(node, [md5(part) for part in PARTS])  # without the quotes
    assert answer["data"]["completeMultipartUploadArtifact"] == {"digest": base64_md5(WHOLE)}
    assert (server.root / "files" / md5(WHOLE)[:2] / md5(WHOLE)).read_bytes() == WHOLE


def test_a_part_that_is_another_is_refused(server: LocalServer, uploader: Uploader) -> None:
    node = uploader.announce()
    url = uploader.urls(node)[0]
    wrong = uploader.http.put(url, content=b"another")
    assert wrong.status_code == 400
    assert "not what was announced" in wrong.text
    headers = {"Content-MD5": base64_md5(b"another")}
    said = uploader.http.put(url, content=PARTS[0], headers=headers)
    assert said.status_code == 400
    assert "Content-MD5" in said.text
    assert left(server) == ["upload.json"]
    right = {"Content-MD5": base64_md5(PARTS[0])}
    assert uploader.http.put(url, content=PARTS[0], headers=right).status_code == 200


def test_a_part_that_is_missing_is_named(uploader: Uploader) -> None:
    node = uploader.announce()
    urls = uploader.urls(node)
    tags = [md5(part) for part in PARTS]
    assert "part 1 of 3 was not sent" in words(uploader.complete(node, tags))
    for number in (1, 3):
        uploader.http.put(urls[number - 1], content=PARTS[number - 1])
    assert "part 2 of 3 was not sent" in words(uploader.complete(node, tags))
    assert "part 3 of 3 is not among" in words(uploader.complete(node, tags[:2]))
    uploader.http.put(urls[1], content=PARTS[1])
    assert "errors" not in uploader.complete(node, tags)


def test_etags_must_be_those_of_the_parts(uploader: Uploader) -> None:
    node = uploader.announce()
    tags = uploader.send(node)
    assert "the ETag of part 2" in words(uploader.complete(node, [tags[0], tags[0], tags[2]]))
    assert "3 parts, not 4" in words(uploader.complete(node, [*tags, tags[0]]))
    assert "storage path" in words(uploader.complete(node, tags, storagePath="elsewhere"))
    assert "errors" not in uploader.complete(node, tags)


def test_parts_that_are_not_the_whole_are_thrown_away(
    server: LocalServer, uploader: Uploader
) -> None:
    node = uploader.announce(whole=b"another whole")
    tags = uploader.send(node)
    assert "not what was announced" in words(uploader.complete(node, tags))
    assert left(server) == []
    assert "no such upload" in words(uploader.complete(node, tags))


def test_a_completion_may_be_repeated(uploader: Uploader) -> None:
    node = uploader.announce()
    tags = uploader.send(node)
    first = uploader.complete(node, tags)
    assert uploader.complete(node, tags) == first
    uploader.version = uploader.create()  # another version of the same content, at the same time
    assert uploader.complete(node, tags) == first


def test_parts_that_are_there_say_so(uploader: Uploader) -> None:
    node = uploader.announce()
    uploader.http.put(uploader.urls(node)[1], content=PARTS[1])
    uploader.version = uploader.create()
    again = uploader.announce()
    assert again["uploadMultipartUrls"]["uploadID"] == node["uploadMultipartUrls"]["uploadID"]
    assert [url.endswith("#stored") for url in uploader.urls(again)] == [False, True, False]
    tags = uploader.send(again)  # who does not know of it sends all
    assert "errors" not in uploader.complete(again, tags)


@pytest.mark.parametrize(
    ("parts", "said"),
    [
        ([{"partNumber": 2, "hexMD5": "0" * 32}], "not numbered 1, 2, 3"),
        ([{"partNumber": 1, "hexMD5": "0" * 32}] * 2, "not numbered 1, 2, 3"),
        ([{"partNumber": 1, "hexMD5": "x" * 32}], "without an MD5 in hex"),
        ([{"partNumber": 1, "hexMD5": "0" * 30}], "without an MD5 in hex"),
    ],
)
def test_parts_that_are_announced_wrong(
    uploader: Uploader, parts: list[JsonObject], said: str
) -> None:
    assert said in words(uploader.announce(uploadPartsInput=parts))


@pytest.mark.parametrize("key", ["x", "../../etc", "0" * 32, ""])
def test_an_upload_that_nobody_began(uploader: Uploader, key: str) -> None:
    node = uploader.announce()
    answer = uploader.complete(node, [], uploadID=key, storagePath=f"uploads/{key}")
    assert "no such upload" in words(answer)


def test_what_is_too_large_for_one_put_must_come_in_parts(uploader: Uploader) -> None:
    large = bytes(25_001)
    node = uploader.announce(whole=large, uploadPartsInput=None)
    assert uploader.http.put(node["uploadUrl"], content=large).status_code == 413


def test_uploads_that_were_given_up_are_cleaned_up(server: LocalServer, uploader: Uploader) -> None:
    node = uploader.announce()
    uploader.http.put(uploader.urls(node)[1], content=PARTS[1])
    store = server.registry.store
    collect_garbage(store)
    assert left(server) == ["2", "upload.json"]  # it may still go on
    folder = next((server.root / "files" / "uploads").iterdir())
    before = time.time() - 2 * 24 * 3600
    os.utime(folder, (before, before))
    planned = collect_garbage(store, dry_run=True)
    assert left(server) == ["2", "upload.json"]
    done = collect_garbage(store)
    assert (planned.files, done.files) == (2, 2)
    assert left(server) == []
    url = uploader.urls(node)[0]
    assert uploader.http.put(url, content=PARTS[0]).status_code == 404


def test_what_was_joined_goes_on_after_a_restart(server: LocalServer, uploader: Uploader) -> None:
    node = uploader.announce()
    urls = uploader.urls(node)
    uploader.http.put(urls[0], content=PARTS[0])
    server.registry.store.uploads.close()
    for path in (server.root / "files" / "incoming").iterdir():
        path.unlink()
    for url, part in zip(urls[1:], PARTS[1:], strict=True):
        uploader.http.put(url, content=part)
    tags = [md5(part) for part in PARTS]
    assert "errors" not in uploader.complete(node, tags)


def test_a_joined_file_that_was_swept_away_is_joined_anew(
    server: LocalServer, uploader: Uploader
) -> None:
    parts = [os.urandom(10_000) for _ in range(8)]  # more than is held in memory
    node = uploader.announce(parts, b"".join(parts))
    urls = uploader.urls(node)
    for url, part in zip(urls[:7], parts[:7], strict=True):
        assert uploader.http.put(url, content=part).status_code == 200
    swept = list((server.root / "files" / "incoming").iterdir())
    assert len(swept) == 1
    swept[0].unlink()
    uploader.http.put(urls[7], content=parts[7])
    assert "errors" not in uploader.complete(node, [md5(part) for part in parts])
    assert left(server) == ["upload.json"]


def test_completions_at_the_same_time_agree(uploader: Uploader) -> None:
    parts = [os.urandom(20_000) for _ in range(40)]
    node = uploader.announce(parts, b"".join(parts))
    tags = uploader.send(node, parts)
    with ThreadPoolExecutor(4) as pool:
        running = [pool.submit(uploader.complete, node, tags) for _ in range(4)]
        answers = [each.result() for each in running]
    digest = {"digest": base64_md5(b"".join(parts))}
    assert [each["data"]["completeMultipartUploadArtifact"] for each in answers] == [digest] * 4


def test_a_completion_that_was_overtaken_agrees(
    uploader: Uploader, server: LocalServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It had found the upload, and then found no parts: another had joined and removed them."""
    node = uploader.announce()
    tags = uploader.send(node)
    uploads = server.registry.store.uploads
    find, overtaken = uploads.find, threading.Event()

    def find_and_be_overtaken(user: int, key: str) -> PartUpload | None:
        found = find(user, key)
        if not overtaken.is_set():
            overtaken.set()
            with ThreadPoolExecutor(1) as pool:
                assert "errors" not in pool.submit(uploader.complete, node, tags).result()
        return found

    monkeypatch.setattr(uploads, "find", find_and_be_overtaken)
    answer = uploader.complete(node, tags)
    assert overtaken.is_set()
    assert answer["data"]["completeMultipartUploadArtifact"] == {"digest": base64_md5(WHOLE)}
    assert left(server) == ["upload.json"]
