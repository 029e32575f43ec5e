"""Bytes through any httpx transport, and transfers that run beside an event loop."""

import asyncio
import os
import re
import threading
from pathlib import Path

import httpx
import pytest
from typing_extensions import override

from tests.transfer.bucket import Bucket
from tests.transfer.sources import make_source
from typed_artifacts import errors
from typed_artifacts._requests.retry import RetryPolicy
from typed_artifacts._transfer import (
    Cancellation,
    FixedUrls,
    ManifestEntry,
    UploadItem,
    UploadTarget,
    build_manifest,
    download,
    read_bytes,
    upload,
)
from typed_artifacts._transfer.concurrency.async_bridge import from_loop, in_thread
from typed_artifacts._transfer.http.httpx_async_source import AsyncTransportSource
from typed_artifacts._transfer.http.httpx_source import TransportSource

BIG = os.urandom(1_500_000)


class Through(httpx.AsyncBaseTransport):
    """A user's own async transport."""

    def __init__(self) -> None:
        self.inner = httpx.AsyncHTTPTransport()
        self.count = 0

    @override
    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.count += 1
        return await self.inner.handle_async_request(request)


def scenario(bucket: Bucket, tmp_path: Path) -> tuple[list[ManifestEntry], UploadItem]:
    entries = [bucket.put("big", BIG), bucket.put("deep/small", b"x"), bucket.put("flaky", BIG)]
    bucket.faults["flaky"] = ["cut", "503", "corrupt", "redirect"]
    (tmp_path / "up").mkdir()
    (tmp_path / "up" / "file").write_bytes(BIG)
    draft = build_manifest(tmp_path / "up")
    bucket.faults["file"] = ["503", "cut"]
    item = UploadItem(
        draft.manifest.entries["file"],
        draft.contents["file"],
        UploadTarget(bucket.url("file"), ("X-Given: yes",)),
    )
    return entries, item


def check(bucket: Bucket, root: Path) -> None:
    assert (root / "big").read_bytes() == BIG
    assert (root / "flaky").read_bytes() == BIG
    assert (root / "deep" / "small").read_bytes() == b"x"
    assert bucket.files["file"] == BIG
    assert bucket.requests[-1][2]["x-given"] == "yes"
    assert not any(bucket.faults.values())


def test_an_httpx_transport_carries_the_bytes(
    tmp_path: Path, bucket: Bucket, quick: RetryPolicy
) -> None:
    entries, item = scenario(bucket, tmp_path)
    with httpx.HTTPTransport() as transport:
        source = TransportSource(transport)
        download(entries, tmp_path / "out", bucket.urls, source=source, retry=quick)
        upload([item], source=source, retry=quick)
    check(bucket, tmp_path / "out")


async def test_an_async_httpx_transport_carries_the_bytes(
    tmp_path: Path, bucket: Bucket, quick: RetryPolicy
) -> None:
    entries, item = scenario(bucket, tmp_path)
    transport = Through()
    source = AsyncTransportSource(transport)

    async def urls(paths: object) -> dict[str, str]:
        del paths
        await asyncio.sleep(0)
        return {entry.path: bucket.url(entry.path) for entry in entries}

    provider = from_loop(urls)

    def both(cancel: Cancellation) -> None:
        root = tmp_path / "out"
        download(entries, root, provider, source=source, retry=quick, cancel=cancel)
        upload([item], source=source, retry=quick, cancel=cancel)

    await in_thread(both)
    await transport.inner.aclose()
    check(bucket, tmp_path / "out")
    assert transport.count == len(bucket.requests)


async def test_a_transport_that_fails_is_our_error(tmp_path: Path, bucket: Bucket) -> None:
    def fail(request: httpx.Request) -> httpx.Response:
        raise httpx.ReadTimeout("too slow", request=request)

    source = TransportSource(httpx.MockTransport(fail))
    once = RetryPolicy(tries=1)
    entry = bucket.put("x", b"x")
    with pytest.raises(errors.RequestTimeout, match="in time"):
        download([entry], tmp_path, bucket.urls, source=source, retry=once)


@pytest.mark.parametrize("flavour", ["sync", "async"])
async def test_a_host_that_has_no_name_is_our_error(flavour: str) -> None:
    entry, urls = ManifestEntry("x", "", 1), FixedUrls({"x": f"http://{'a' * 70}.test/x?secret"})
    source = (
        TransportSource(httpx.HTTPTransport())
        if flavour == "sync"
        else AsyncTransportSource(httpx.AsyncHTTPTransport())
    )
    once = RetryPolicy(tries=1)
    with pytest.raises(errors.ConnectionFailed, match="aaa") as caught:
        await in_thread(
            lambda cancel: read_bytes(entry, urls, source=source, retry=once, cancel=cancel)
        )
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("fault", ["hang", "stall", "503"])
@pytest.mark.parametrize("kind", ["sockets", "transport"])
async def test_cancelling_the_task_stops_the_transfer(
    tmp_path: Path, bucket: Bucket, fault: str, kind: str
) -> None:
    entry = bucket.put("file", BIG)
    bucket.always["file"] = fault
    transport = Through()
    source = make_source() if kind == "sockets" else AsyncTransportSource(transport)
    patient = RetryPolicy(tries=99, first_wait=30, longest_wait=30)

    task = asyncio.ensure_future(
        in_thread(
            lambda cancel: download(
                [entry], tmp_path, bucket.urls, source=source, retry=patient, cancel=cancel
            )
        )
    )
    await asyncio.to_thread(bucket.asked_for_something.wait)
    await asyncio.sleep(0.05)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert not any(names for _, _, names in os.walk(tmp_path))
    assert not any(re.match(r"typed-artifacts-\d", t.name) for t in threading.enumerate())
    source.close()
    await transport.inner.aclose()


async def test_an_error_in_the_thread_reaches_the_task() -> None:
    def fail(cancel: Cancellation) -> None:
        del cancel
        raise errors.NotFoundError("nothing there")

    with pytest.raises(errors.NotFoundError, match="nothing there"):
        await in_thread(fail)
