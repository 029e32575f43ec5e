"""What the package logs, and what it reports to ``on_request=``: GraphQL and files."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest

from tests.network.serving import KEY, http_registry
from tests.scripted import scripted
from tests.transfer.bucket import entry_of
from typed_artifacts import Api, AsyncApi, Client, RequestEvent, RetryPolicy, ServerError
from typed_artifacts._transfer import FixedUrls, download, read_bytes

both = pytest.mark.parametrize("flavour", ["sync", "async"])


async def round_trip(flavour: str, port: int, folder: Path) -> list[RequestEvent]:
    events: list[RequestEvent] = []
    url = f"http://127.0.0.1:{port}"
    files = {"a.txt": b"x" * 1000}
    if flavour == "sync":
        with Api(base_url=url, api_key=KEY, entity="local", on_request=events.append) as api:
            api.log_artifact("demo/c", type="dataset", files=files).download(folder)
    else:
        async with AsyncApi(
            base_url=url, api_key=KEY, entity="local", on_request=events.append
        ) as api:
            logged = await api.log_artifact("demo/c", type="dataset", files=files)
            await logged.download(folder)
    return events


@both
async def test_each_attempt_is_one_line_and_one_event(
    flavour: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with http_registry(tmp_path / "registry") as port:
        events = await round_trip(flavour, port, tmp_path / "out")
    lines = [r.getMessage() for r in caplog.records if r.name == "typed_artifacts"]
    assert len(lines) == len(events)
    by_operation = {event.operation: event for event in events}
    assert {"CreateArtifact", "CommitArtifact", "upload", "download"} <= by_operation.keys()
    upload = next(e for e in events if e.operation == "upload" and e.subject == "a.txt")
    download = next(e for e in events if e.operation == "download" and e.subject == "a.txt")
    assert (upload.status, upload.sent) == (200, 1000)
    assert (download.status, download.received) == (200, 1000)
    assert any(
        re.fullmatch(r"download a\.txt: 200, 0 bytes sent, 1000 received, \d+ ms \(attempt 1\)", x)
        for x in lines
    )
    # No key and no signature, whichever library logs.
    everything = "\n".join(record.getMessage() for record in caplog.records)
    assert KEY not in everything
    assert "signature=" not in everything
    assert not re.search(r"/storage/\S+\?", everything)


def test_a_name_makes_no_line_of_its_own(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "typed_artifacts")
    entry = entry_of("x\nCRITICAL forged\x1b[2J", b"right")
    replies = [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + x for x in (b"wrong", b"right")]
    with scripted(replies) as (url, _), Client(url, KEY) as client:
        urls = FixedUrls({entry.path: f"{url}/x"})
        assert read_bytes(entry, urls, source=client.byte_source()) == b"right"
    lines = [record.getMessage() for record in caplog.records]
    assert len(lines) == 3
    assert all(r"x\nCRITICAL forged\x1b[2J" in line and line.isprintable() for line in lines)


@pytest.mark.parametrize("way", ["read_bytes", "download"])
def test_a_second_try_after_wrong_bytes_is_told(
    way: str, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "typed_artifacts")
    entry = entry_of("x", b"right")
    replies = [b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n" + x for x in (b"wrong", b"right")]
    events: list[RequestEvent] = []
    with (
        scripted(replies) as (url, heard),
        Client(url, KEY, on_request=events.append) as client,
    ):
        urls, source = FixedUrls({"x": f"{url}/x?signature=1"}), client.byte_source()
        if way == "read_bytes":
            assert read_bytes(entry, urls, source=source) == b"right"
        else:
            download([entry], tmp_path, urls, source=source)
            assert (tmp_path / "x").read_bytes() == b"right"
    assert len(heard) == 2
    assert [event.attempt for event in events] == [1, 2]
    assert [record.getMessage() for record in caplog.records] == ["x waits 0.0 s: IntegrityError"]


def test_what_is_waited_for_is_told(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "typed_artifacts")
    busy = b"HTTP/1.1 503 X\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    policy = RetryPolicy(tries=2, first_wait=0.01, longest_wait=0.01)
    with (
        scripted(busy, busy) as (url, _),
        Client(url, KEY, retry=policy) as client,
        pytest.raises(ServerError),
    ):
        client.queries.viewer()
    assert [record.getMessage() for record in caplog.records] == ["Viewer waits 0.0 s: ServerError"]
