"""Routes addresses to pages, and errors."""

from collections.abc import Mapping
from urllib.parse import parse_qs

from sqlalchemy.exc import DataError, StatementError

from ..._values.names import REGISTRY_PREFIX
from ..accounts.permissions import Caller
from ..errors import (
    OperationStopped,
    RegistryError,
    RegistryNotFound,
    RegistryRefused,
    RegistryStorageError,
)
from ..messages import FAILURES, UNKNOWN_KEY, Reply, Request, failure, problem
from ..service import Service
from ..store import explained
from . import addresses, files, listings, runs, versions
from .files import SendFile
from .held_versions import held_version
from .page_request import PageRequest
from .rendering import Page, redirection, render, static_file
from .sessions import key_digest_in, signed_in, signed_out

_OVERVIEWS = ("overview", "metadata", "usage")
_MOST_FORM_FIELDS = 10


def respond_page(service: Service, request: Request, body: bytes, send: SendFile) -> Reply:
    """The reply to a request that is for a page.

    Args:
        service: the registry's.
        request: what is asked for: GET, or POST from the forms to sign in and out.
        body: of a form.
        send: makes a reply of a stored file.
    """
    names = addresses.names_in(request.path)
    if names[:1] == ["~"]:
        return _own(service, request, names[1:], body)
    caller = _caller(service, request)
    if caller is None:
        return _unknown(request)
    page_request = PageRequest(service, request, caller)
    try:
        with service.running(page_request.context):
            return _respond(page_request, names, send)
    except StatementError as error:
        return _failed(_reason(error))
    except FAILURES as error:
        return _failed(error)


def _failed(error: Exception) -> Reply:
    """A page without the name of who asks: nothing more can be read."""
    if isinstance(error, RegistryStorageError | OSError):
        return render(_message_page(failure(error).status, "Not now", str(error)), user="")
    return render(_message_page(400, "Not understood", str(error)), user="")


def _reason(error: StatementError) -> Exception:
    """What the database has against a statement, or against a value that an address brought."""
    if isinstance(error, DataError):
        return RegistryRefused("The address has text in it that no name has.")
    return error.orig if isinstance(error.orig, RegistryError) else explained(error)


def _respond(page_request: PageRequest, names: list[str], send: SendFile) -> Reply:
    try:
        return _shown(page_request, _page(page_request, names, send))
    except RegistryNotFound as error:
        return _shown(page_request, _message_page(404, "Not found", str(error)))
    except RegistryRefused as error:
        return _shown(page_request, _message_page(400, "Not understood", str(error)))
    except OperationStopped as error:
        return render(_message_page(503, "Too much", f"The page is not shown: {error}."), user="")


def _shown(page_request: PageRequest, found: Page | Reply) -> Reply:
    return render(found, user=page_request.user) if isinstance(found, Page) else found


def _own(service: Service, request: Request, names: list[str], body: bytes) -> Reply:
    """What is for everybody: the sign-in page, and the files that pages are made with."""
    match names:
        case ["static", name]:
            found = static_file(name)
        case ["sign-in"]:
            found = _sign_in(service, request, body)
        case ["sign-out"] if request.method == "POST":
            secure = request.base_url.startswith("https:")
            cookie = signed_out(service.store.secret, secure=secure)
            found = redirection(addresses.SIGN_IN, set_cookie=cookie)
        case _:
            found = None
    return found or problem(404, "There is nothing at this address.")


def _message_page(status: int, title: str, text: str) -> Page:
    return Page("message.html", title, [listings.HOME], {"text": text}, status)


def _caller(service: Service, request: Request) -> Caller | None:
    """Who asks: by the key of the request, as for the API, or by the cookie of a browser."""
    if "authorization" in request.headers:
        return service.sign_in.caller_of(request)
    digest = key_digest_in(request.headers, service.store.secret)
    return None if digest is None else service.sign_in.caller_of_digest(digest)


def _unknown(request: Request) -> Reply:
    """For a person the sign-in page; for a program what the API says."""
    if "text/html" not in request.headers.get("accept", ""):
        return problem(401, UNKNOWN_KEY)
    target = request.path + (f"?{request.query}" if request.query else "")
    return redirection(addresses.sign_in_address(target))


def _sign_in(service: Service, request: Request, body: bytes) -> Reply:
    given = _fields(body if request.method == "POST" else request.query.encode())
    next_ = addresses.own_path(given.get("next", "/"))
    values = {"next": next_, "wrong": False, "open": service.sign_in.takes_any_key}
    if request.method == "POST":
        key = given.get("key", "").strip()
        if key and service.sign_in.caller_of_key(key) is not None:
            secure = request.base_url.startswith("https:")
            return redirection(
                next_, set_cookie=signed_in(service.store.secret, key, secure=secure)
            )
        values["wrong"] = True
    status = 403 if values["wrong"] else 200
    return render(Page("sign_in.html", "Sign in", [], values, status), user="")


def _fields(text: bytes) -> Mapping[str, str]:
    try:
        found = parse_qs(text.decode(), max_num_fields=_MOST_FORM_FIELDS)
    except ValueError:
        return {}
    return {name: values[-1] for name, values in found.items()}


def _page(page_request: PageRequest, names: list[str], send: SendFile) -> Page | Reply:  # noqa: PLR0911  (a table)
    match names:
        case []:
            return listings.home(page_request)
        case [entity]:
            return listings.entity(page_request, entity)
        case ["orgs", organization, "registry", registry]:
            return _registry(page_request, organization, REGISTRY_PREFIX + registry)
        case [_, "registry", "model"] if page_request.query.get("selectionPath"):
            entity, _, rest = page_request.query["selectionPath"].partition("/")
            return _registry(page_request, entity, rest.partition("/")[0])
        case [entity, project] | [entity, project, "artifacts" | "workspace" | "overview"]:
            return listings.project(page_request, entity, project)
        case [entity, project, "artifacts", kind]:
            return listings.kind(page_request, entity, project, kind)
        case [entity, project, "artifacts", kind, collection, *rest]:
            return _artifact(page_request, (entity, project), kind, collection, rest, send)
        case [entity, project, "runs"]:
            return listings.runs(page_request, entity, project)
        case [entity, project, "runs", run] | [entity, project, "runs", run, "overview"]:
            return runs.run(page_request, entity, project, run)
        case _:
            raise RegistryNotFound("There is no page at this address.")


def _registry(page_request: PageRequest, entity: str, project: str) -> Reply:
    """Registries are projects: their pages are those of the project."""
    page_request.project(entity, project)
    selected = versions.selected(page_request, entity, project)
    return redirection(selected or addresses.address(entity, project))


def _artifact(  # noqa: PLR0911  (a table)
    page_request: PageRequest,
    path: tuple[str, str],
    kind: str,
    collection_name: str,
    rest: list[str],
    send: SendFile,
) -> Page | Reply:
    collection = page_request.collection(page_request.project(*path), collection_name)
    actual = page_request.type_name(collection)
    if kind != actual:  # a name is a collection's, whatever its type
        return redirection(addresses.address(*path, "artifacts", actual, collection_name, *rest))
    if not rest:
        return listings.collection(page_request, path, collection)
    at = held_version(page_request, path, collection, rest[0])
    match rest[1:]:
        case []:
            return versions.version(page_request, at)
        case [room] if room in _OVERVIEWS:
            return versions.version(page_request, at)
        case ["lineage"]:
            return versions.lineage(page_request, at)
        case ["files", *file]:
            slash = "/" if file and page_request.request.path.endswith("/") else ""  # a folder
            return files.files(page_request, at, "/".join(file) + slash)
        case ["raw", *file] if file:
            return files.raw(page_request, at, "/".join(file), send)
        case _:
            raise RegistryNotFound("There is no page at this address.")
