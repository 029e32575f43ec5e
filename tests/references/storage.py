"""Where references lead in these tests: an HTTP server, moto's S3, and mocks of GCS and Azure.

The first two are servers on this machine that real clients talk to. The mocks are file systems of
fsspec's, made here: they say what gcsfs and adlfs say of an object, and keep versions as these do.
"""

from __future__ import annotations

import hashlib
import io
import logging
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from typing import Any, ClassVar

from moto.server import ThreadedMotoServer
from typing_extensions import override

fsspec: Any = import_module("fsspec")  # it brings no types


@contextmanager
def s3_server() -> Generator[str]:
    """An S3 of moto's, over HTTP; gives its address."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server.start()
    host, port = server.get_host_and_port()
    try:
        yield f"http://{host}:{port}"
    finally:
        server.stop()


def md5_hex(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


@dataclass
class Web:
    """An HTTP server whose files have ETags."""

    url: str = ""
    files: dict[str, bytes] = field(default_factory=dict[str, bytes])
    #: Paths that answer without an ETag.
    untagged: set[str] = field(default_factory=set[str])
    #: Path → where it redirects to.
    moved: dict[str, str] = field(default_factory=dict[str, str])
    #: The Authorization that came with each of them.
    authorized: list[str | None] = field(default_factory=list[str | None])
    #: The paths that were asked for.
    asked: list[str] = field(default_factory=list[str])


@contextmanager
def web_server() -> Generator[Web]:
    web = Web()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            web.asked.append(path)
            web.authorized.append(self.headers.get("Authorization"))
            content = web.files.get(path)
            self.send_response(302 if path in web.moved else 404 if content is None else 200)
            if path in web.moved:
                self.send_header("Location", web.moved[path])
            elif content is not None and path not in web.untagged:
                self.send_header("ETag", f'"{md5_hex(content)}"')
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            self.wfile.write(content or b"")

        @override
        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        web.url = f"http://127.0.0.1:{server.server_port}"
        try:
            yield web
        finally:
            server.shutdown()
            thread.join()


class Bucket(fsspec.AbstractFileSystem):  # type: ignore[misc]  # as above
    """A mock of what gcsfs and adlfs have in common: objects with versions."""

    #: Path → its contents, the oldest first.
    objects: ClassVar[dict[str, list[bytes]]]
    mark: ClassVar[str]

    def __init__(self, *, version_aware: bool = False, **options: Any) -> None:  # noqa: ANN401 -- as fsspec gives them
        super().__init__(**options)  # pyright: ignore[reportUnknownMemberType]  # as above
        assert version_aware

    @classmethod
    def keep(cls, path: str, content: bytes) -> None:
        cls.objects.setdefault(path, []).append(content)

    def described(self, path: str, number: int) -> dict[str, object]:
        raise NotImplementedError

    def _version(self, path: str) -> tuple[str, int]:
        path, _, version = path.partition(self.mark)
        if path not in self.objects:
            raise FileNotFoundError(path)
        return path, int(version) - 1 if version else len(self.objects[path]) - 1

    def info(self, path: str, **_options: object) -> dict[str, object]:
        if any(name.startswith(f"{path.rstrip('/')}/") for name in self.objects):
            return {"name": path, "size": 0, "type": "directory"}
        return self.described(*self._version(path))

    def find(self, path: str, *_places: object, **_options: object) -> dict[str, object]:
        below = [name for name in self.objects if name.startswith(f"{path.rstrip('/')}/")]
        return {name: self.info(name) for name in below}

    def open(self, path: str, *_more: object, **_options: object) -> io.BytesIO:
        name, number = self._version(path)
        return io.BytesIO(self.objects[name][number])


class Gcs(Bucket):
    protocol = "gs"
    objects: ClassVar[dict[str, list[bytes]]] = {}
    mark = "#"

    @override
    def described(self, path: str, number: int) -> dict[str, object]:
        content = self.objects[path][number]
        etag = f"C{number + 1}/{md5_hex(content)[:6]}="
        return {
            "name": path,
            "size": len(content),
            "type": "file",
            "etag": etag,
            "generation": str(number + 1),
        }


class Azure(Bucket):
    protocol = "az"
    objects: ClassVar[dict[str, list[bytes]]] = {}
    mark = "?versionid="

    @override
    def described(self, path: str, number: int) -> dict[str, object]:
        content = self.objects[path][number]
        return {
            "name": path,
            "size": len(content),
            "type": "file",
            "etag": f'"0x{md5_hex(content)[:8]}"',
            "version_id": str(number + 1),
        }


@contextmanager
def mocked_buckets() -> Generator[None]:
    for kind in (Gcs, Azure):
        kind.objects.clear()
        fsspec.register_implementation(str(kind.protocol), kind, clobber=True)
    yield
