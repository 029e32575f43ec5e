"""Large files go in parts: what is sent, what is sent again, what is refused, what is resumed."""

from __future__ import annotations

import base64
import hashlib
import os
import re
import threading
import time
from pathlib import Path

import httpx
import pytest
from typing_extensions import override

from tests.artifacts.bench import tree
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from tests.client.taps import JsonObject, Sent
from tests.uploads.conftest import PART, THRESHOLD
from typed_artifacts import (
    NO_RETRIES,
    Api,
    ArtifactsError,
    AsyncApi,
    ConflictError,
    GraphQLError,
    IntegrityError,
    InvalidInput,
    RequestTimeout,
    ServerError,
    TransferEvent,
)
from typed_artifacts._transfer.uploads.multipart import PartSizes, is_large, part_size, part_spans
from typed_artifacts.events import Advanced, FileDone, Retried, Started
from typed_artifacts.local import LocalServer, open_local

LARGE = os.urandom(5 * PART + 123)  # six parts
FILES = {"small.txt": b"small", "large.bin": LARGE}
GIB = 1 << 30
MIB = 1 << 20


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    source = tmp_path / "source"
    source.mkdir()
    for name, content in FILES.items():
        (source / name).write_bytes(content)
    return source


def part_puts(wire: Wire) -> list[str]:
    """The numbers of the parts that were sent."""
    paths = [str(sent.variables["path"]) for sent in wire.sent if sent.operation == "PUT"]
    return sorted(path.split("/")[-3] for path in paths if "/part/" in path)


async def check(api: AsyncApi, target: Path) -> None:
    made = await api.artifact("p/c")
    await made.download(target)
    assert tree(target) == FILES


async def test_a_large_file_arrives_in_parts(
    api: AsyncApi, wire: Wire, folder: Path, tmp_path: Path
) -> None:
    events: list[TransferEvent] = []
    await api.log_artifact("p/c", type="t", files=folder, progress=events.append)
    assert part_puts(wire) == ["1", "2", "3", "4", "5", "6"]
    assert wire.operations.count("CompleteMultipartUploadArtifact") == 1
    assert wire.operations.count("PUT") == 8  # the parts, the small file, the manifest
    asked = next(sent for sent in wire.sent if sent.operation == "CreateArtifactFiles")
    assert asked.variables["parts"] is True
    spec = next(
        each for each in asked.variables["input"]["artifactFiles"] if each["name"] == "large.bin"
    )
    assert spec["uploadPartsInput"] == [
        {"partNumber": number, "hexMD5": hashlib.md5(part, usedforsecurity=False).hexdigest()}
        for number, part in enumerate((LARGE[at : at + PART] for at in range(0, 60_000, PART)), 1)
    ]
    total = sum(map(len, FILES.values()))
    started = next(event for event in events if isinstance(event, Started))
    assert (started.files, started.bytes) == (2, total)
    assert sum(event.count for event in events if isinstance(event, Advanced)) == total
    done = [event.path for event in events if isinstance(event, FileDone)]
    assert sorted(done) == ["large.bin", "small.txt"]
    await check(api, tmp_path / "back")


async def test_a_part_says_its_length_and_its_md5(api: AsyncApi, wire: Wire) -> None:
    seen: dict[str, httpx.Headers] = {}

    def note(request: httpx.Request) -> None:
        if "/part/" in request.url.path:
            seen[request.url.path.split("/")[-3]] = request.headers

    wire.on_file = note
    await api.log_artifact("p/c", type="t", files=FILES)
    for number, headers in seen.items():
        part = LARGE[PART * (int(number) - 1) : PART * int(number)]
        md5 = hashlib.md5(part, usedforsecurity=False).digest()
        assert headers["content-md5"] == base64.b64encode(md5).decode()
        assert headers["content-length"] == str(len(part))
    assert len(seen) == 6


async def test_small_files_ask_for_no_parts(api: AsyncApi, wire: Wire) -> None:
    await api.log_artifact("p/c", type="t", files={"a": bytes(THRESHOLD - 1), "b": b""})
    asked = next(sent for sent in wire.sent if sent.operation == "CreateArtifactFiles")
    assert "parts" not in asked.variables
    assert not part_puts(wire)


async def test_a_file_that_is_there_is_not_sent_again(api: AsyncApi, wire: Wire) -> None:
    await api.log_artifact("p/c", type="t", files=FILES)
    wire.forget()
    made = await api.log_artifact("p/c", type="t", files=FILES | {"more": b"1"})
    assert made.version == "v1"
    assert not part_puts(wire)
    assert "CompleteMultipartUploadArtifact" not in wire.operations


async def test_a_large_file_by_its_xxh128(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    await api.log_artifact("p/c", type="t", files=FILES, digest="xxh128")
    assert len(part_puts(wire)) == 6
    await check(api, tmp_path / "back")


@pytest.mark.parametrize("status", [500, 503, 429])
async def test_a_part_that_failed_is_sent_again_alone(
    api: AsyncApi, wire: Wire, folder: Path, tmp_path: Path, status: int
) -> None:
    failed: list[str] = []

    def fail(request: httpx.Request) -> httpx.Response | None:
        if "/part/" in request.url.path and request.url.path.split("/")[-3] == "3" and not failed:
            failed.append("3")
            return httpx.Response(status, headers={"retry-after": "0"})
        return None

    wire.on_file = fail
    await api.log_artifact("p/c", type="t", files=folder)
    assert part_puts(wire) == ["1", "2", "3", "3", "4", "5", "6"]
    await check(api, tmp_path / "back")


#: What S3 says with status 400 where the body of a request came too slowly.
TOO_SLOW = """<?xml version="1.0" encoding="UTF-8"?>
<Error><Code>RequestTimeout</Code><Message>Your socket connection to the server was not read from
or written to within the timeout period. Idle connections will be closed.</Message></Error>"""


async def test_a_part_that_was_too_slow_for_s3_is_sent_again_to_the_same_url(
    api: AsyncApi, wire: Wire, folder: Path, tmp_path: Path
) -> None:
    failed: list[str] = []

    def time_out(request: httpx.Request) -> httpx.Response | None:
        if "/part/" in request.url.path and not failed:
            failed.append(request.url.path)
            return httpx.Response(400, text=TOO_SLOW)
        return None

    wire.on_file = time_out
    await api.log_artifact("p/c", type="t", files=folder)
    assert len(part_puts(wire)) == 7
    assert wire.operations.count("CreateArtifactFiles") == 1  # no other URL is asked for
    await check(api, tmp_path / "back")


async def test_a_file_that_is_always_too_slow_for_s3_is_a_timeout(
    api: AsyncApi, wire: Wire
) -> None:
    def time_out(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(400, text=TOO_SLOW) if request.method == "PUT" else None

    wire.on_file = time_out
    with pytest.raises(RequestTimeout, match=r"'small.txt'.*400.*RequestTimeout"):
        await api.log_artifact("p/c", type="t", files={"small.txt": b"small"})
    assert wire.operations.count("PUT") == 3  # the attempts of the policy
    assert wire.operations.count("CreateArtifactFiles") == 1


async def test_a_file_that_is_too_large_for_a_proxy_says_so(api: AsyncApi, wire: Wire) -> None:
    """In the words of the title: the page that nginx sends has nothing else to say."""
    page = "<html>\r\n<head><title>413 Request Entity Too Large</title></head>\r\n<body></body>"

    def refuse(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(413, html=page) if request.method == "PUT" else None

    wire.on_file = refuse
    said = r"answered 413 \(413 Request Entity Too Large\)\. This is larger than the server, or a "
    with pytest.raises(ServerError, match=said + "proxy before it, accepts") as caught:
        await api.log_artifact("p/c", type="t", files={"small.txt": b"small"})
    assert caught.value.server_says == "413 Request Entity Too Large"
    assert wire.operations.count("PUT") == 1


async def test_an_expired_url_of_a_part_is_asked_for_again(
    api: AsyncApi, wire: Wire, folder: Path, tmp_path: Path
) -> None:
    expired: list[str] = []

    def expire(request: httpx.Request) -> httpx.Response | None:
        if "/part/" in request.url.path and not expired:
            expired.append(request.url.path)
            return httpx.Response(403, text="<Error><Message>Request has expired</Message></Error>")
        return None

    wire.on_file = expire
    await api.log_artifact("p/c", type="t", files=folder)
    assert len(part_puts(wire)) == 7
    assert wire.operations.count("CreateArtifactFiles") == 2
    await check(api, tmp_path / "back")


class Renewing(Wire):
    """A server that begins another upload with every permission for parts that it gives.

    Of the first ones the permission runs out after three parts.
    """

    def __init__(self, server: LocalServer, expired: int) -> None:
        super().__init__(server)
        self.rewrite = self._begin
        self.on_file = self._expire
        self.expired = expired
        self.parts: dict[int, list[int]] = {}
        self.completed: list[int] = []
        self._id = ""
        self._urls: dict[int, str] = {}

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return super().handle_request(self._known(request))

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await super().handle_async_request(self._known(request))

    def _begin(self, sent: Sent, reply: JsonObject) -> JsonObject:
        if sent.operation == "CreateArtifactFiles":
            for edge in reply["data"]["createArtifactFiles"]["files"]["edges"]:
                upload = edge["node"]["uploadMultipartUrls"]
                if upload is not None:
                    self._begin_upload(upload)
        return reply

    def _begin_upload(self, upload: JsonObject) -> None:
        number = len(self.parts) + 1
        self.parts[number] = []
        self._id = upload["uploadID"]
        given = {part["partNumber"]: part["uploadUrl"] for part in upload["uploadUrlParts"]}
        self._urls = given | self._urls  # of an upload of its own, no part is there
        upload["uploadID"] = f"upload-{number}"
        upload["uploadUrlParts"] = [
            {"partNumber": part, "uploadUrl": f"{url}&upload={number}"}
            for part, url in sorted(self._urls.items())
        ]

    def _expire(self, request: httpx.Request) -> httpx.Response | None:
        if "upload" not in request.url.params:
            return None
        upload = int(request.url.params["upload"])
        request.url = request.url.copy_remove_param("upload")
        if upload <= self.expired and len(self.parts[upload]) == 3:
            return httpx.Response(403, text="<Error><Message>Request has expired</Message></Error>")
        self.parts[upload].append(int(request.url.path.split("/")[-3]))
        return None

    def _known(self, request: httpx.Request) -> httpx.Request:
        if (
            request.method != "POST"
            or (found := re.search(rb"upload-(\d+)", request.content)) is None
        ):
            return request
        self.completed.append(int(found[1]))
        content = request.content.replace(found[0], self._id.encode())
        headers = {**request.headers, "content-length": str(len(content))}
        return httpx.Request(
            "POST", request.url, headers=headers, content=content, extensions=request.extensions
        )


@pytest.mark.each(2)
@pytest.mark.parametrize("max_workers", [1, 4])
@pytest.mark.parametrize("expired", [1, 2])
async def test_all_parts_go_to_another_upload_where_the_server_begins_one(
    server: LocalServer,
    flavour: Flavour,
    folder: Path,
    tmp_path: Path,
    expired: int,
    max_workers: int,
) -> None:
    wire = Renewing(server, expired)
    api = flavour.api(wire, api_key=server.api_key)
    events: list[TransferEvent] = []
    await api.log_artifact(
        "p/c", type="t", files=folder, max_workers=max_workers, progress=events.append
    )
    (last,) = wire.completed
    assert last > 1
    assert sorted(wire.parts[last]) == [1, 2, 3, 4, 5, 6]
    counted = sum(event.count for event in events if isinstance(event, Advanced))
    again = sum(event.again for event in events if isinstance(event, Retried))
    assert counted - again == sum(map(len, FILES.values()))
    await check(api, tmp_path / "back")


class LateRefusal(Renewing):
    """Of two threads, one hears only when the third upload has begun that the first has expired."""

    def __init__(self, server: LocalServer) -> None:
        super().__init__(server, expired=2)
        self._refused = 0
        self._both_refused = threading.Event()
        self._third_begun = threading.Event()

    @override
    def _begin_upload(self, upload: JsonObject) -> None:
        super()._begin_upload(upload)
        if len(self.parts) == 3:
            self._third_begun.set()

    @override
    def _expire(self, request: httpx.Request) -> httpx.Response | None:
        is_first = request.url.params.get("upload") == "1"
        reply = super()._expire(request)
        if is_first and reply is None:
            time.sleep(0.05)  # so long that the second thread begins
        elif is_first:
            self._refused += 1
            if self._refused == 1:
                assert self._both_refused.wait(10)
            else:
                self._both_refused.set()
                assert self._third_begun.wait(10)
        return reply


def test_a_part_that_expires_late_leaves_the_upload_that_another_thread_has_begun(
    server: LocalServer, folder: Path, tmp_path: Path
) -> None:
    wire = LateRefusal(server)
    with Api(
        base_url="http://localhost", transport=wire, api_key=server.api_key, retry=NO_RETRIES
    ) as api:
        made = api.log_artifact("local/p/c", type="t", files=folder, max_workers=2)
        assert sorted(wire.parts[3]) == [1, 2, 3, 4, 5, 6]
        made.download(tmp_path / "back")
    assert tree(tmp_path / "back") == FILES


async def test_progress_counts_what_somebody_else_has_stored_meanwhile(
    server: LocalServer, flavour: Flavour
) -> None:
    wire = Wire(server)

    def stored(request: httpx.Request) -> httpx.Response | None:
        if request.method != "PUT" or "manifest" in request.url.path:
            return None
        other = httpx.Request("PUT", request.url, headers=request.headers, content=b"small")
        assert server.transport.handle_request(other).status_code == 200
        return httpx.Response(403, text="<Error><Message>Request has expired</Message></Error>")

    wire.on_file = stored
    api = flavour.api(wire, api_key=server.api_key)
    events: list[TransferEvent] = []
    await api.log_artifact("p/c", type="t", files={"a": b"small"}, progress=events.append)
    counted = sum(event.count for event in events if isinstance(event, Advanced))
    again = sum(event.again for event in events if isinstance(event, Retried))
    assert counted - again == len(b"small")


async def test_a_server_that_only_ever_begins_other_uploads_is_given_up(
    server: LocalServer, flavour: Flavour, folder: Path
) -> None:
    wire = Renewing(server, 100)
    api = flavour.api(wire, api_key=server.api_key)
    with pytest.raises(ArtifactsError, match=r"part \d of 'large\.bin'.*expired"):
        await api.log_artifact("p/c", type="t", files=folder, max_workers=1)
    assert len(wire.parts) == 4
    assert not wire.completed
    assert "CommitArtifact" not in wire.operations


async def test_an_interrupted_upload_goes_on_where_it_was(
    api: AsyncApi, wire: Wire, folder: Path, tmp_path: Path
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response | None:
        path = request.url.path
        return httpx.Response(403) if "/part/" in path and path.split("/")[-3] > "4" else None

    wire.on_file = refuse
    with pytest.raises(ArtifactsError, match=r"part [56] of 'large\.bin'"):
        await api.log_artifact("p/c", type="t", files=folder, max_workers=1)
    assert "CommitArtifact" not in wire.operations
    wire.on_file = None
    wire.forget()
    events: list[TransferEvent] = []
    made = await api.log_artifact("p/c", type="t", files=folder, progress=events.append)
    assert part_puts(wire) == ["5", "6"]
    assert made.version == "v0"
    advanced = [event.count for event in events if isinstance(event, Advanced)]
    assert sum(advanced) == len(LARGE) + (len(b"small") if "small.txt" in str(events) else 0)
    await check(api, tmp_path / "back")


async def test_where_only_the_completion_was_lost_no_part_is_sent_again(
    api: AsyncApi, wire: Wire, folder: Path, tmp_path: Path
) -> None:
    def lose(sent: Sent, _reply: JsonObject) -> JsonObject | None:
        if sent.operation == "CommitArtifact":
            return {"errors": [{"message": "lost"}], "data": None}
        return None

    wire.rewrite = lose
    with pytest.raises(GraphQLError, match="lost"):
        await api.log_artifact("p/c", type="t", files=folder)
    wire.rewrite = None
    wire.forget()
    await api.log_artifact("p/c", type="t", files=folder)
    assert not part_puts(wire)
    await check(api, tmp_path / "back")


async def test_a_completion_whose_answer_was_lost_has_happened(
    api: AsyncApi, wire: Wire, folder: Path, tmp_path: Path
) -> None:
    def lose(sent: Sent, _reply: JsonObject) -> JsonObject | None:
        if sent.operation == "CompleteMultipartUploadArtifact":
            return {"errors": [{"message": "NoSuchUpload"}], "data": None}
        return None

    wire.rewrite = lose
    await api.log_artifact("p/c", type="t", files=folder)
    assert wire.operations.count("CreateArtifactFiles") == 2  # whether the server has it
    await check(api, tmp_path / "back")


def _no_result(sent: Sent, _reply: JsonObject) -> JsonObject | None:
    """Say neither that the parts were joined nor why not."""
    if sent.operation == "CompleteMultipartUploadArtifact":
        return {"data": {"completeMultipartUploadArtifact": None}}
    return None


async def test_a_completion_without_a_result_is_looked_after(
    api: AsyncApi, wire: Wire, folder: Path, tmp_path: Path
) -> None:
    wire.rewrite = _no_result
    await api.log_artifact("p/c", type="t", files=folder)
    assert wire.operations.count("CreateArtifactFiles") == 2  # whether the server has it
    await check(api, tmp_path / "back")


async def test_a_completion_without_a_result_that_was_none_is_an_error(
    api: AsyncApi, wire: Wire, folder: Path
) -> None:
    wire.on_file = _keep_not_the_second_part
    wire.rewrite = _no_result
    with pytest.raises(ServerError, match=r"large\.bin.* no result"):
        await api.log_artifact("p/c", type="t", files=folder)
    assert "CommitArtifact" not in wire.operations


def _keep_not_the_second_part(request: httpx.Request) -> httpx.Response | None:
    path = request.url.path
    if "/part/" in path and path.split("/")[-3] == "2":
        return httpx.Response(200, headers={"ETag": f'"{path.split("/")[-5]}"'})
    return None


async def test_a_completion_that_is_refused_is_an_error(
    api: AsyncApi, wire: Wire, folder: Path
) -> None:
    wire.on_file = _keep_not_the_second_part
    with pytest.raises(GraphQLError, match="part 2 of 6 was not sent"):
        await api.log_artifact("p/c", type="t", files=folder)
    assert "CommitArtifact" not in wire.operations


@pytest.mark.parametrize(
    ("headers", "error", "words"),
    [
        ({}, ServerError, "gave it no ETag"),
        ({"ETag": f'"{"0" * 32}"'}, IntegrityError, "received other bytes for part"),
    ],
    ids=["no ETag", "another ETag"],
)
async def test_a_part_must_come_back_with_its_etag(
    api: AsyncApi,
    wire: Wire,
    folder: Path,
    headers: dict[str, str],
    error: type[ArtifactsError],
    words: str,
) -> None:
    def answer(request: httpx.Request) -> httpx.Response | None:
        return httpx.Response(200, headers=headers) if "/part/" in request.url.path else None

    wire.on_file = answer
    with pytest.raises(error, match=words):
        await api.log_artifact("p/c", type="t", files=folder)
    assert "CompleteMultipartUploadArtifact" not in wire.operations


async def test_urls_for_other_parts_than_announced_are_refused(
    api: AsyncApi, wire: Wire, folder: Path
) -> None:
    def drop(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "CreateArtifactFiles":
            edges = reply["data"]["createArtifactFiles"]["files"]["edges"]
            edges[0]["node"]["uploadMultipartUrls"]["uploadUrlParts"].pop()

    wire.rewrite = drop
    with pytest.raises(ServerError, match=r"other parts of 'large\.bin' than the 6"):
        await api.log_artifact("p/c", type="t", files=folder)


@pytest.mark.parametrize("moment", ["CreateArtifactManifest", "CreateArtifactFiles"])
async def test_a_file_that_changes_before_its_parts_are_sent(
    api: AsyncApi, wire: Wire, folder: Path, moment: str
) -> None:
    def write(sent: Sent, _reply: JsonObject) -> None:
        if sent.operation == moment:
            (folder / "large.bin").write_bytes(os.urandom(len(LARGE)))

    wire.rewrite = write
    with pytest.raises(ConflictError, match=r"large\.bin.* changed"):
        await api.log_artifact("p/c", type="t", files=folder)
    assert "CommitArtifact" not in wire.operations


async def test_a_part_that_changes_unseen_is_found_by_its_md5(
    api: AsyncApi, wire: Wire, folder: Path
) -> None:
    path = folder / "large.bin"
    before = path.stat()

    def write(sent: Sent, _reply: JsonObject) -> None:
        if sent.operation == "CreateArtifactFiles":
            with path.open("r+b") as file:
                file.seek(2 * PART)
                file.write(bytes(8))
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    wire.rewrite = write
    with pytest.raises(ConflictError, match=r"large\.bin.* changed"):
        await api.log_artifact("p/c", type="t", files=folder)


def test_the_sizes_of_parts() -> None:
    sizes = PartSizes()
    assert not is_large(2 * GIB - 1, sizes)
    assert is_large(2 * GIB, sizes)
    assert not is_large(0, PartSizes(0, 1))
    assert part_size(2 * GIB, sizes) == 100 * MIB
    assert part_size(10_000 * 100 * MIB, sizes) == 100 * MIB
    assert part_size(10_000 * 100 * MIB + 1, sizes) == 100 * MIB + 4096
    largest = part_size(5 << 40, sizes)
    assert largest % 4096 == 0
    assert len(part_spans(5 << 40, sizes)) <= 10_000
    with pytest.raises(InvalidInput, match="5 TiB"):
        part_spans((5 << 40) + 1, sizes)


@pytest.mark.parametrize("size", [1, 99, 100, 101, 12_345, 1_000_000, 10_000_000])
def test_parts_cover_a_file_once(size: int) -> None:
    spans = part_spans(size, PartSizes(0, 100))
    assert [span.number for span in spans] == list(range(1, len(spans) + 1))
    assert spans[0].offset == 0
    ends = [span.offset + span.length for span in spans]
    assert ends[:-1] == [span.offset for span in spans[1:]]
    assert ends[-1] == size
    assert len({span.length for span in spans[:-1]}) <= 1
    assert len(spans) <= 10_000


async def test_a_copy_carries_large_files_in_parts(
    flavour: Flavour, server: LocalServer, tmp_path: Path
) -> None:
    with open_local() as elsewhere:
        source = flavour.opened(elsewhere)
        await source.log_artifact("from/c", type="t", files=FILES)
        target = flavour.opened(server)
        report = await source.copy("from/c", "to/c", to=target)
    assert [copied.outcome for copied in report.versions] == ["copied"]
    copied = await target.artifact("to/c")
    await copied.download(tmp_path / "back")
    assert tree(tmp_path / "back") == FILES
    assert len(list((server.root / "files" / "uploads").iterdir())) == 1
