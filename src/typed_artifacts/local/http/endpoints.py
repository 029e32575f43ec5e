"""HTTP endpoints other than GraphQL: stored files, and data of runs."""

from collections.abc import Iterator
from functools import partial
from urllib.parse import unquote

import sqlalchemy as sa

from ..accounts import accounts
from ..accounts.permissions import rights_of
from ..database.tables import blobs, entries, manifests, projects, versions
from ..errors import RegistryError, RegistryNotFound
from ..graph.context import Context
from ..graph.possession import known_blobs
from ..json_values import is_object, parsed_json
from ..messages import FAILURES, JSON, TOKEN_PATH, UNKNOWN_KEY, Reply, Request, failure, problem
from ..service import Service
from ..storage.blobs import CHUNK, Blob, damaged
from ..storage.signed_urls import Links
from ..store import Store
from ..versions.pending_versions import stored_blob
from ..versions.run_streams import record_stream
from ..versions.runs import find_run
from .file_conditions import failed_condition, wanted_range

# Made once: to put a statement together takes longer than to run it.
_LISTED = (
    sa.select(entries.c.manifest_id, entries.c.path)
    .join(versions, versions.c.manifest_id == entries.c.manifest_id)
    .where(entries.c.blob == sa.bindparam("wanted"), versions.c.state == "COMMITTED")
    .limit(1)
)
_MANIFEST = (
    sa.select(blobs.c.md5, blobs.c.xxh128, blobs.c.size)
    .join(manifests, manifests.c.blob == blobs.c.md5)
    .join(versions, versions.c.manifest_id == manifests.c.id)
    .where(blobs.c.md5 == sa.bindparam("wanted"), versions.c.state == "COMMITTED")
    .limit(1)
)
# A client that downloads a file mostly downloads the next ones of its manifest, too.
_NEXT_FILES = (
    sa.select(blobs.c.md5, blobs.c.xxh128, blobs.c.size)
    .join(entries, entries.c.blob == blobs.c.md5)
    .where(
        entries.c.manifest_id == sa.bindparam("manifest"), entries.c.path >= sa.bindparam("path")
    )
    .order_by(entries.c.path)
    .limit(500)
)
# The lines of a run's history are texts, which have commas as well.
_MOST_STREAMED = 4_000_000
# The forms of the sign-in page, see pages/addresses.py.
SIGN_IN, SIGN_OUT = "/~/sign-in", "/~/sign-out"
# What clients ask for begins so: no page does.
_NO_PAGES = ("files", "graphql", "oidc", "storage")
HEALTH = b'{"status":"ok"}'


def health(request: Request) -> Reply | None:
    """The reply to who only asks whether the server is there."""
    if request.method in ("GET", "HEAD") and request.path == "/healthz":
        return Reply(200, dict(JSON), HEALTH)
    return None


def signs_in(request: Request) -> bool:
    """Whether the request signs in or out: it has a body, but no key."""
    return request.method == "POST" and request.path in (TOKEN_PATH, SIGN_IN, SIGN_OUT)


def takes_body(request: Request) -> bool:
    """Whether a request has a body to read; it also needs a key."""
    parts = request.path.strip("/").split("/")
    return request.method == "POST" and parts[0] == "files" and parts[-1] == "file_stream"


def respond(service: Service, request: Request, body: bytes = b"") -> Reply:
    """The reply to everything but GraphQL and uploads."""
    try:
        if request.method == "POST" and request.path == TOKEN_PATH:
            return service.sign_in.exchange(body)
        return _respond(service, request, body)
    except FAILURES as error:
        return failure(error)
    except RegistryNotFound as error:
        return problem(404, str(error))
    except RegistryError as error:
        return problem(500, str(error))


def _respond(service: Service, request: Request, body: bytes) -> Reply:
    healthy = health(request)
    if healthy is not None:
        return healthy
    if request.method in ("GET", "HEAD"):
        if request.path == "/ready":
            return _readiness(service)
        return _got(service, request)
    if signs_in(request):
        return _page(service, request, body)
    if takes_body(request):
        path = request.path.strip("/").split("/")[1:-1]
        return _file_stream(service, request, [unquote(part) for part in path], body)
    return _nothing(request)


def _got(service: Service, request: Request) -> Reply:
    """A file where the address is one of a file, and otherwise a page."""
    parts = request.path.strip("/").split("/")
    if parts[:2] == ["storage", "blobs"] and len(parts) > 3:
        return service.unsigned("GET", request) or _file(service, request, parts[2])
    if parts[0] == "artifacts" and len(parts) == 3:
        return _keyed_file(service, request, parts[2])
    if parts[0] == "artifactsV2" and len(parts) >= 7:
        return _keyed_file(service, request, parts[-2])
    return _nothing(request) if parts[0] in _NO_PAGES else _page(service, request, b"")


def _nothing(request: Request) -> Reply:
    return problem(404, f"There is nothing at {request.method} {request.path[:200]}.")


def _page(service: Service, request: Request, body: bytes) -> Reply:
    from ..pages import respond_page  # most servers show none, and Jinja takes time to import

    return respond_page(service, request, body, partial(stored_file, service.store, request))


def _readiness(service: Service) -> Reply:
    """Whether requests can be answered: not while the database is away, or of another release."""
    if service.store.database.is_current():
        return Reply(200, dict(JSON), HEALTH)
    return problem(503, "The database is not there, or its tables are not those of this release.")


def _file(service: Service, request: Request, md5: str) -> Reply:
    return stored_file(service.store, request, md5)


def _keyed_file(service: Service, request: Request, digest: str) -> Reply:
    """A file by its digest in hex, as the storage policies of manifests address it."""
    caller = service.sign_in.caller_of(request)
    if caller is None:
        return problem(401, UNKNOWN_KEY)
    context = Context(service.store, caller, Links("", b""), service.features)
    try:
        found = stored_blob(context.connection, digest)
        blob = None if found is None else known_blobs(context, [found]).get(found.md5)
    finally:
        context.close()
    return (
        problem(404, "There is no such file.")
        if blob is None
        else _file(service, request, blob.md5)
    )


def _file_stream(service: Service, request: Request, path: list[str], body: bytes) -> Reply:
    """What a run says while it runs: its summary, and that it ended, are kept."""
    caller = service.sign_in.caller_of(request)
    if caller is None:
        return problem(401, UNKNOWN_KEY)
    try:
        document = parsed_json(body or b"{}", _MOST_STREAMED)
    except ValueError as error:
        return problem(400, f"The request is not JSON: {error}.")
    if (
        len(path) == 3
        and is_object(document)
        and (document.get("files") or document.get("complete"))
    ):
        with service.store.write() as connection:
            project = accounts.find_project(connection, path[0], path[1])
            writable = rights_of(connection, caller).writable()
            allowed = sa.select(projects.c.id).where(projects.c.id == project, writable)
            if project is None or connection.scalar(allowed) is None:
                return problem(404, "There is no such project.")
            record_stream(connection, find_run(connection, project, path[2]), document)
    return Reply(200, dict(JSON), b"{}")


def stored_file(store: Store, request: Request, md5: str) -> Reply:
    """The bytes of a blob, or what the request's headers ask for of them."""
    blob = store.blob_facts.get(md5, lambda key: _committed_blobs(store, key))
    if blob is None:
        return problem(404, "There is no such file, or its version was deleted.")
    size = blob.size
    if not store.blobs.has(md5, size):
        return failure(damaged(md5))
    tag = f'"{md5}"'
    headers = {"accept-ranges": "bytes", "etag": tag}
    failed = failed_condition(request, tag)
    if failed is not None:
        return Reply(failed, headers if failed == 304 else {**headers, "content-length": "0"})
    headers["content-type"] = "application/octet-stream"
    span = wanted_range(request, tag, size)
    if span is None:
        headers["content-length"] = str(size)
        return Reply(200, headers, _content(store, blob, 0, size))
    start, length = span
    headers["content-length"] = str(length)
    if length == 0:
        return Reply(416, {**headers, "content-range": f"bytes */{size}"})
    headers["content-range"] = f"bytes {start}-{start + length - 1}/{size}"
    return Reply(206, headers, _content(store, blob, start, length))


def _committed_blobs(store: Store, md5: str) -> dict[str, Blob]:
    """A blob that belongs to a committed version, as a file or as its manifest; and those next."""
    with store.read() as connection:
        location = connection.execute(_LISTED, {"wanted": md5}).one_or_none()
        if location is None:
            rows = connection.execute(_MANIFEST, {"wanted": md5}).all()
        else:
            location_keys = {"manifest": location.manifest_id, "path": location.path}
            rows = connection.execute(_NEXT_FILES, location_keys).all()
    return {row.md5: Blob(*row) for row in rows}


def _content(store: Store, blob: Blob, start: int, length: int) -> bytes | Iterator[bytes]:
    """What fits into one piece is read at once: streaming costs more than reading it."""
    pieces = store.blobs.read(blob, start, length)
    return b"".join(pieces) if length <= CHUNK else pieces
