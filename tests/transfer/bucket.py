"""A small file server that misbehaves on request."""

from __future__ import annotations

import base64
import hashlib
import ssl
import threading
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote, unquote, urlsplit

import xxhash
from typing_extensions import override

from typed_artifacts._transfer import ManifestEntry, UploadTarget


class Bucket:
    """Files by name, over HTTP; a fault per request can be queued for each name.

    Faults: ``cut`` (half the body), ``corrupt`` (right size, wrong bytes), ``short`` and ``long``
    (a wrong Content-Length that the body keeps), ``chunked-short``, ``no-range`` (a whole 200),
    ``wrong-range`` (a 206 from elsewhere), ``half-range`` (a 206 of half the range), ``slow``,
    ``garbage``, ``redirect``, ``loop``, ``etag`` (a wrong one after a PUT), ``hang`` (no answer),
    or a status, with ``;seconds`` or ``;date`` as its Retry-After.
    """

    def __init__(self, tls: ssl.SSLContext | None = None) -> None:
        self._scheme = "https" if tls else "http"
        self.files: dict[str, bytes] = {}
        self.faults: defaultdict[str, list[str]] = defaultdict(list)
        self.always: dict[str, str] = {}
        self.requests: list[tuple[str, str, Mapping[str, str]]] = []
        self.connections = 0
        self.asked: list[tuple[str, ...]] = []
        self.generation = 0
        self.released = threading.Event()
        self.asked_for_something = threading.Event()
        bucket = self

        class Handler(_Handler):
            owner = bucket

        self._server = _Quiet(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        if tls is not None:
            self._server.socket = tls.wrap_socket(self._server.socket, server_side=True)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()

    @property
    def origin(self) -> str:
        return f"{self._scheme}://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def put(self, name: str, data: bytes, *, alg: str = "MD5") -> ManifestEntry:
        self.files[name] = data
        return entry_of(name, data, alg=alg)

    def url(self, name: str) -> str:
        return f"{self.origin}/{quote(name)}?sig={self.generation}"

    def urls(self, paths: Sequence[str], /) -> dict[str, str]:
        self.asked.append(tuple(paths))
        return {path: self.url(path) for path in paths}

    def target(self, name: str, *headers: str) -> UploadTarget:
        return UploadTarget(self.url(name), headers)

    def expire(self) -> None:
        self.generation += 1

    def count(self, name: str) -> int:
        return sum(path == name for _, path, _ in self.requests)


class _Quiet(ThreadingHTTPServer):
    @override
    def handle_error(self, request: object, client_address: object) -> None:
        """Nothing: clients hang up on this server all the time."""


def entry_of(name: str, data: bytes, *, alg: str = "MD5") -> ManifestEntry:
    raw = xxhash.xxh128(data).digest() if alg == "XXH128" else hashlib.md5(data).digest()  # noqa: S324
    digest = base64.b64encode(raw).decode()
    return ManifestEntry(name, digest, len(data), extra={"alg": alg} if alg != "MD5" else {})


class _Handler(BaseHTTPRequestHandler):
    owner: Bucket
    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16

    @override
    def setup(self) -> None:
        self.owner.connections += 1
        super().setup()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Nothing: tests look at ``Bucket.requests``."""

    def _begin(self) -> tuple[str, str, bool]:
        parts = urlsplit(self.path)
        name = unquote(parts.path[1:])
        headers = {key.lower(): value for key, value in self.headers.items()}
        self.owner.requests.append((self.command, name, headers))
        self.owner.asked_for_something.set()
        queue = self.owner.faults[name]
        fault = queue.pop(0) if queue else self.owner.always.get(name, "")
        fresh = parts.query in {f"sig={self.owner.generation}", "moved"}
        return name, fault, fresh

    def _answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def _refuse(self, fault: str) -> None:
        status, _, wait = fault.partition(";")
        headers = {"Retry_After": wait} if wait else {}
        self._answer(int(status), b"<html>no such luck</html>", **headers)

    def do_PUT(self) -> None:
        name, fault, fresh = self._begin()
        if fault == "early":
            self.close_connection = True
            self._answer(403, b"refused unread", Connection="close")
            return
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if not fresh:
            self._answer(403, b"Request has expired")
        elif fault[:1].isdigit():
            self._refuse(fault)
        elif fault == "redirect":
            self._answer(307, Location=f"/{quote(name)}?moved")
        elif fault == "cut":
            self.close_connection = True
        else:
            self.owner.files[name] = body
            etag = hashlib.md5(b"other" if fault == "etag" else body).hexdigest()  # noqa: S324
            self._answer(200, ETag=f'"{etag}"')

    def do_GET(self) -> None:
        name, fault, fresh = self._begin()
        data = self.owner.files.get(name)
        if fault == "redirect":
            self._answer(302, Location=f"/{quote(name)}?moved")
        elif fault == "loop":
            self._answer(302, Location=self.path)
        elif fault == "elsewhere":
            self._answer(302, Location="file:///etc/passwd")
        elif not fresh:
            self._answer(403, b"Request has expired")
        elif data is None:
            self._answer(404, b"no such file")
        elif fault[:1].isdigit():
            self._refuse(fault)
        else:
            self._send(data, fault)

    def _send(self, data: bytes, fault: str) -> None:
        etag = f'"{hashlib.md5(data).hexdigest()}"'  # noqa: S324
        start, stop, status, extra = 0, len(data), 200, {"ETag": etag}
        wanted = self.headers.get("Range", "")
        if wanted and fault != "no-range" and self.headers.get("If-Range", etag) == etag:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, status = int(first), 206
            stop = min(int(last) + 1, stop) if last else stop
            stop = (start + stop + 1) // 2 if fault == "half-range" else stop
            stop = start if fault == "empty-range" else stop
            shown = start + 1 if fault == "wrong-range" else start
            extra["Content-Range"] = f"bytes {shown}-{stop - 1}/{len(data)}"
        body = data[start:stop]
        if fault == "corrupt" and body:
            body = bytes([body[0] ^ 1]) + body[1:]
        elif fault == "short":
            body = body[:-1]
        elif fault == "long":
            body += b"!"
        if fault == "garbage":
            self.close_connection = True
            self.wfile.write(b"\x16\x03\x01 this is no HTTP\r\n\r\n")
        elif fault == "hang":
            self.close_connection = True
            self.owner.released.wait(30)
        elif fault == "chunked-short":
            self._send_chunked(body[:-1])
        else:
            self._send_body(status, body, extra, fault)

    def _send_body(self, status: int, body: bytes, extra: dict[str, str], fault: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        for key, value in extra.items():
            self.send_header(key, value)
        self.end_headers()
        if fault == "cut":
            self.close_connection = True
            self.wfile.write(body[: len(body) // 2])
        elif fault == "slow":
            self._drip(body)
        elif fault == "stall":
            self.close_connection = True
            self.wfile.write(body[: len(body) // 2])
            self.wfile.flush()
            self.owner.released.wait(30)
        else:
            self.wfile.write(body)

    def _drip(self, body: bytes) -> None:
        step = max(1, len(body) // 10)
        for start in range(0, len(body), step):
            self.wfile.write(body[start : start + step])
            self.wfile.flush()
            time.sleep(0.01)

    def _send_chunked(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        self.wfile.write(b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body))
