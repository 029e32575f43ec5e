"""What the server answers, without a server: requests in, replies out, no framework, no I/O loop.

`app.py` puts it behind HTTP, `transports.py` behind httpx in the same process.
"""

import binascii
import json
import threading
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    execute,  # pyright: ignore[reportUnknownVariableType]  # middleware's type
)

from . import accounts, names
from .faults import RegistryError, RegistryStorageError
from .features import FEATURES
from .graph.context import Context
from .graph.documents import known_variables, prepare
from .graph.execution import FastExecution
from .graph.schema import executable_schema
from .jsonvalues import is_object
from .links import Links
from .store import Store

MOST_BODY_BYTES = 64 << 20
JSON = {"content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Request:
    """A request as both shells bring it. `path` is raw: still percent-encoded."""

    method: str
    path: str
    query: str
    headers: Mapping[str, str]
    base_url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer: bytes at once, or a stream of known length."""

    status: int
    headers: dict[str, str] = field(default_factory=dict[str, str])
    body: bytes | Iterator[bytes] = b""


def problem(status: int, text: str) -> Reply:
    """A refusal outside GraphQL, in the shape the official client reads."""
    headers = (
        {**JSON, "www-authenticate": 'Basic realm="typed-artifacts"'} if status == 401 else JSON
    )
    return Reply(status, dict(headers), json.dumps({"error": text}).encode())


# What may happen to any request, and is nobody's mistake.
FAILURES = (OSError, RegistryStorageError)


def failure(error: Exception) -> Reply:
    """A disk or database that refuses, as a reply."""
    if isinstance(error, RegistryStorageError):
        return problem(507 if error.full else 503 if error.busy else 500, str(error))
    return problem(500, "The registry can not reach its files.")


class Service:
    """The registry behind its wire."""

    def __init__(
        self,
        store: Store,
        *,
        open_: bool = False,
        features: frozenset[str] = frozenset(FEATURES),
        keys: Mapping[str, int] | None = None,
        makes_entities: bool = False,
    ) -> None:
        """`keys` are good for this process only: key → user.

        With `makes_entities` a project may be made in an entity that is new, as `Registry` does.
        """
        self.store = store
        self._makes_entities = makes_entities
        self.features = features
        self.schema: GraphQLSchema = executable_schema(features)
        self._open = open_
        self._users = {accounts.key_digest(key): user for key, user in (keys or {}).items()}
        self._lock = threading.Lock()

    def user_of(self, request: Request) -> int | None:
        """Who asks, by the key in the Authorization header; None if nobody known."""
        key = _presented_key(request.headers.get("authorization", ""))
        if key is None:
            return None
        digest = accounts.key_digest(key)
        known = self._users.get(digest)
        if known is None:
            known = self._find_user(key)
            if known is not None:
                self._users[digest] = known
        return known

    def _find_user(self, key: str) -> int | None:
        with self.store.read() as connection:
            found = accounts.user_of_key(connection, key)
        if found is None and self._open:
            try:
                name = names.entity_name(key)
            except RegistryError:
                return None
            with self._lock, self.store.write() as connection:
                accounts.ensure_entity(connection, name)
                found = accounts.user_of_entity(connection, name)
        return found

    def graphql(self, request: Request, body: bytes) -> Reply:
        """POST /graphql."""
        try:
            return self._graphql(request, body)
        except FAILURES as error:
            return failure(error)

    def _graphql(self, request: Request, body: bytes) -> Reply:
        user = self.user_of(request)
        if user is None:
            return problem(401, "The API key is missing or not known to this registry.")
        if len(body) > MOST_BODY_BYTES:
            return problem(413, f"The request is larger than {MOST_BODY_BYTES} bytes.")
        try:
            document: object = json.loads(body)
        except (ValueError, RecursionError):
            return problem(400, "The request is not JSON.")
        query = document.get("query") if is_object(document) else None
        if not is_object(document) or not isinstance(query, str):
            return problem(400, "The request has no 'query'.")
        variables, name = document.get("variables"), document.get("operationName")
        if variables is None:
            variables = dict[str, object]()
        if not is_object(variables):
            return problem(400, "'variables' must be an object.")
        links = Links(request.base_url, self.store.secret)
        context = Context(
            self.store, user, links, self.features, makes_entities=self._makes_entities
        )
        try:
            result = self._execute(context, query, variables, name)
        finally:
            context.close()
        payload: dict[str, object] = {"data": result.data}
        if result.errors:
            payload["errors"] = [_error(error) for error in result.errors]
        return Reply(200, dict(JSON), json.dumps(payload, separators=(",", ":")).encode())

    def _execute(
        self, context: Context, query: str, variables: dict[str, object], name: object
    ) -> ExecutionResult:
        prepared = prepare(self.schema, query)
        if prepared.errors:
            return ExecutionResult(None, list(prepared.errors))
        # The official client's core sends an empty name for an operation without one.
        operation = name if isinstance(name, str) and name else None
        values = known_variables(self.schema, prepared.document, operation, variables)
        result = execute(
            self.schema,
            prepared.document,
            None,
            context,
            values,
            operation,
            execution_context_class=FastExecution,
            is_awaitable=_never,
        )
        if not isinstance(result, ExecutionResult):
            raise TypeError("A resolver of the registry is not synchronous.")
        return result

    def unsigned(self, method: str, request: Request) -> Reply | None:
        """The refusal of a file URL that is not ours or too old; None if it is good."""
        query = dict(parse_qsl(request.query))
        links = Links("", self.store.secret)
        if links.allows(method, request.path, query.get("expires", ""), query.get("signature", "")):
            return None
        return problem(403, "This file URL is not signed by this registry, or it has expired.")


def _never(_value: object) -> bool:
    return False


def _presented_key(header: str) -> str | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        user, _, key = b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return key if user == "api" and key else None


def _error(error: GraphQLError) -> dict[str, object]:
    original = error.original_error
    shown: dict[str, object] = dict(error.formatted)
    if isinstance(original, UnicodeEncodeError):
        shown["message"] = "The request has text in it that is not valid Unicode."
    elif original is not None and not isinstance(original, RegistryError | GraphQLError):
        shown["message"] = f"Internal error of the registry: {type(original).__name__}."
    return shown
