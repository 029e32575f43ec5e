"""What is served besides GraphQL: stored files, and the little that runs send."""

import json
from collections.abc import Iterator
from urllib.parse import unquote

import sqlalchemy as sa

from . import accounts
from .blobs import CHUNK
from .creating import stored_blobs
from .faults import RegistryError
from .jsonvalues import is_object
from .running import find_run
from .service import FAILURES, JSON, Reply, Request, Service, failure, problem
from .store import Store
from .streaming import record_stream
from .tables import blobs

HEALTH = b'{"status":"ok"}'


def answer(service: Service, request: Request, body: bytes = b"") -> Reply:
    """The reply to everything but GraphQL and uploads."""
    try:
        return _answer(service, request, body)
    except FAILURES as error:
        return failure(error)
    except RegistryError as error:
        return problem(500, str(error))


def _answer(service: Service, request: Request, body: bytes) -> Reply:
    parts = request.path.strip("/").split("/")
    if request.method in ("GET", "HEAD"):
        if request.path in ("/healthz", "/ready"):
            return Reply(200, dict(JSON), HEALTH)
        if parts[:2] == ["storage", "blobs"] and len(parts) > 3:
            return service.unsigned("GET", request) or _file(service, request, parts[2])
        if parts[0] == "artifacts" and len(parts) == 3:
            return _keyed_file(service, request, parts[2])
        if parts[0] == "artifactsV2" and len(parts) >= 7:
            return _keyed_file(service, request, parts[-2])
    if request.method == "POST" and parts[0] == "files" and parts[-1] == "file_stream":
        return _file_stream(service, request, [unquote(part) for part in parts[1:-1]], body)
    return problem(404, f"There is nothing at {request.method} {request.path[:200]}.")


def _file(service: Service, request: Request, md5: str) -> Reply:
    return stored_file(service.store, md5, request.headers.get("range", ""))


def _keyed_file(service: Service, request: Request, digest: str) -> Reply:
    """A file by its digest in hex, as the storage policies of manifests address it."""
    if service.user_of(request) is None:
        return problem(401, "The API key is missing or not known to this registry.")
    with service.store.read() as connection:
        blob = stored_blobs(connection, [digest]).get(digest)
    return (
        problem(404, "There is no such file.")
        if blob is None
        else _file(service, request, blob.md5)
    )


def _file_stream(service: Service, request: Request, path: list[str], body: bytes) -> Reply:
    """What a run says while it runs: its summary, and that it ended, are kept."""
    if service.user_of(request) is None:
        return problem(401, "The API key is missing or not known to this registry.")
    try:
        said: object = json.loads(body or b"{}")
    except ValueError:
        return problem(400, "The request is not JSON.")
    if len(path) == 3 and is_object(said) and (said.get("files") or said.get("complete")):
        with service.store.write() as connection:
            project = accounts.find_project(connection, path[0], path[1])
            record_stream(connection, find_run(connection, project or 0, path[2]), said)
    return Reply(200, dict(JSON), b"{}")


def stored_file(store: Store, md5: str, wanted: str) -> Reply:
    """The bytes of a blob; `wanted` is a Range header."""
    size = _known_size(store, md5)
    if size is None:
        return problem(404, "There is no such file.")
    if not store.blobs.has(md5, size):
        return problem(500, f"The stored file {md5} is missing or damaged; log it again.")
    headers = {
        "content-type": "application/octet-stream",
        "accept-ranges": "bytes",
        "etag": f'"{md5}"',
    }
    span = byte_range(wanted, size)
    if span is None:
        headers["content-length"] = str(size)
        return Reply(200, headers, _content(store, md5, 0, size))
    start, length = span
    headers["content-length"] = str(length)
    if length == 0:
        return Reply(416, {**headers, "content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {start}-{start + length - 1}/{size}"
    return Reply(206, headers, _content(store, md5, start, length))


def _known_size(store: Store, md5: str) -> int | None:
    size = store.sizes.get(md5)
    if size is None:
        with store.read() as connection:
            size = connection.scalar(sa.select(blobs.c.size).where(blobs.c.md5 == md5))
        if size is not None:
            store.sizes[md5] = size
    return size


def _content(store: Store, md5: str, start: int, length: int) -> bytes | Iterator[bytes]:
    """What fits into one piece is read at once: streaming costs more than reading it."""
    pieces = store.blobs.read(md5, start, length)
    return b"".join(pieces) if length <= CHUNK else pieces


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """Start and length of a single range; of no length if there is nothing there.

    None: the whole, because no range is asked for, or one that is to be ignored (RFC 9110).
    """
    unit, _, spec = header.partition("=")
    first, dash, last = spec.strip().partition("-")
    plain = all(part == "" or (part.isascii() and part.isdigit()) for part in (first, last))
    if unit.strip() != "bytes" or not dash or not plain or not (first or last):
        return None
    if not first:
        length = min(int(last), size)
        return size - length, length
    start, end = int(first), min(int(last), size - 1) if last else size - 1
    if last and int(last) < start:
        return None
    return start, max(end - start + 1, 0)
