"""What is served besides GraphQL: stored files, and the little that runs send."""

from collections.abc import Iterator
from urllib.parse import unquote

import sqlalchemy as sa

from . import accounts
from .access import rights_of
from .blobs import CHUNK
from .creating import stored_blobs
from .faults import RegistryError
from .graph.context import Context
from .graph.possession import known_blobs
from .ids import timestamp
from .jsonvalues import is_object, parsed_json
from .links import Links
from .running import find_run
from .service import FAILURES, JSON, UNKNOWN_KEY, Reply, Request, Service, failure, problem
from .store import Store
from .tables import blobs, projects, runs

HEALTH = b'{"status":"ok"}'


def health(request: Request) -> Reply | None:
    """The reply to who only asks whether the server is there."""
    if request.method in ("GET", "HEAD") and request.path in ("/healthz", "/ready"):
        return Reply(200, dict(JSON), HEALTH)
    return None


def takes_body(request: Request) -> bool:
    """Whether a request has a body to read; it also needs a key."""
    parts = request.path.strip("/").split("/")
    return request.method == "POST" and parts[0] == "files" and parts[-1] == "file_stream"


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
    healthy = health(request)
    if healthy is not None:
        return healthy
    if request.method in ("GET", "HEAD"):
        if parts[:2] == ["storage", "blobs"] and len(parts) > 3:
            return service.unsigned("GET", request) or _file(service, request, parts[2])
        if parts[0] == "artifacts" and len(parts) == 3:
            return _keyed_file(service, request, parts[2])
        if parts[0] == "artifactsV2" and len(parts) >= 7:
            return _keyed_file(service, request, parts[-2])
    if takes_body(request):
        return _file_stream(service, request, [unquote(part) for part in parts[1:-1]], body)
    return problem(404, f"There is nothing at {request.method} {request.path[:200]}.")


def _file(service: Service, request: Request, md5: str) -> Reply:
    return stored_file(service.store, md5, request.headers.get("range", ""))


def _keyed_file(service: Service, request: Request, digest: str) -> Reply:
    """A file by its digest in hex, as the storage policies of manifests address it."""
    caller = service.caller_of(request)
    if caller is None:
        return problem(401, UNKNOWN_KEY)
    context = Context(service.store, caller, Links("", b""), service.features)
    try:
        found = stored_blobs(context.connection, [digest])
        blob = known_blobs(context, found).get(digest)
    finally:
        context.close()
    return (
        problem(404, "There is no such file.")
        if blob is None
        else _file(service, request, blob.md5)
    )


def _file_stream(service: Service, request: Request, path: list[str], body: bytes) -> Reply:
    """What a run says while it runs: only that it ended is kept."""
    caller = service.caller_of(request)
    if caller is None:
        return problem(401, UNKNOWN_KEY)
    try:
        said = parsed_json(body or b"{}")
    except ValueError:
        return problem(400, "The request is not JSON.")
    if len(path) == 3 and is_object(said) and said.get("complete"):
        state = "failed" if said.get("exitcode") else "finished"
        with service.store.write() as connection:
            project = accounts.find_project(connection, path[0], path[1])
            writable = rights_of(connection, caller).writable()
            allowed = sa.select(projects.c.id).where(projects.c.id == project, writable)
            if connection.scalar(allowed) is None:
                return problem(404, "There is no such project.")
            run = find_run(connection, project or 0, path[2])
            values = {"state": state, "updated_at": timestamp()}
            connection.execute(sa.update(runs).where(runs.c.id == run).values(**values))
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
    first, dash, last = (part.strip() for part in spec.partition("-"))
    if unit.strip() != "bytes" or not dash or not (first or last):
        return None
    if any(part and not _is_number(part) for part in (first, last)):
        return None
    if not first:
        length = min(_number(last), size)
        return size - length, length
    start, end = _number(first), min(_number(last), size - 1) if last else size - 1
    if last and _number(last) < start:
        return None
    return start, max(end - start + 1, 0)


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit()


def _number(digits: str) -> int:
    """The number, or one that is larger than any file: Python refuses thousands of digits."""
    short = digits.lstrip("0")
    return int(short or "0") if len(short) <= 18 else 10**18
