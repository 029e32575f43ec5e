"""The server's logic: from requests to responses, without a web framework.

`http/app.py` puts it behind HTTP, `http/transports.py` behind httpx in the same process.
"""

import json
from collections.abc import Collection, Generator, Mapping
from contextlib import contextmanager

from graphql import (
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationType,
    execute,  # pyright: ignore[reportUnknownVariableType]  # middleware's type
    get_operation_ast,
)
from sqlalchemy.exc import StatementError

from .accounts.identity import TrustedIssuer
from .accounts.permissions import Caller
from .accounts.sign_in import SignIn
from .arguments import check_serving
from .errors import (
    OperationStopped,
    RegistryError,
    RegistryForbidden,
    RegistryStorageError,
)
from .features import FEATURES
from .graph.context import Context
from .graph.documents import known_variables, prepare
from .graph.execution import FastExecution
from .graph.older_clients import needs_numbers
from .graph.schema import executable_schema
from .json_values import is_object, parsed_json
from .messages import (
    FAILURES,
    JSON,
    MOST_BODY_BYTES,
    MOST_FILE_BYTES,
    MOST_PUT_BYTES,
    UNKNOWN_KEY,
    Reply,
    Request,
    failure,
    problem,
)
from .storage.signed_urls import Links
from .store import DATABASE_ERRORS, Store, explained


class Service:
    """Answers requests for a registry: GraphQL, and what the other endpoints need."""

    def __init__(
        self,
        store: Store,
        *,
        open_: bool = False,
        features: frozenset[str] = frozenset(FEATURES),
        keys: Mapping[str, int] | None = None,
        makes_entities: bool = False,
        most_file_bytes: int = MOST_FILE_BYTES,
        most_put_bytes: int = MOST_PUT_BYTES,
        regions: Collection[str] = (),
        issuer: TrustedIssuer | None = None,
    ) -> None:
        """`keys` are good for this process only, and for everything: key → user.

        With `makes_entities` a project may be made in an entity that is new, as `Registry` does.
        """
        check_serving(most_put_bytes, regions)
        self.store = store
        self._makes_entities = makes_entities
        self.features = features
        self.most_file_bytes = most_file_bytes
        self.most_put_bytes = most_put_bytes
        self._regions = regions
        self.schema: GraphQLSchema = executable_schema(features)
        self.sign_in: SignIn = SignIn(store, open_=open_, keys=keys or {}, issuer=issuer)
        self._running: set[Context] = set()

    def graphql(self, request: Request, body: bytes, caller: Caller | None = None) -> Reply:
        """POST /graphql; `caller` is the user, if the key was checked already."""
        try:
            return self._graphql(request, body, caller or self.sign_in.caller_of(request))
        except FAILURES as error:
            return failure(error)

    def _graphql(self, request: Request, body: bytes, caller: Caller | None) -> Reply:
        if caller is None:
            return problem(401, UNKNOWN_KEY)
        if len(body) > MOST_BODY_BYTES:
            return problem(413, f"The request is larger than {MOST_BODY_BYTES} bytes.")
        try:
            document = parsed_json(body)
        except ValueError as error:
            return problem(400, f"The request is not JSON: {error}.")
        query = document.get("query") if is_object(document) else None
        if not is_object(document) or not isinstance(query, str):
            return problem(400, "The request has no 'query'.")
        variables, name = document.get("variables"), document.get("operationName")
        if variables is None:
            variables = dict[str, object]()
        if not is_object(variables):
            return problem(400, "'variables' must be an object.")
        links = Links(request.base_url, self.store.secret, request.in_process)
        context = Context(
            self.store,
            caller,
            links,
            self.features,
            makes_entities=self._makes_entities,
            regions=self._regions,
            most_file_bytes=self.most_file_bytes,
            numbers=needs_numbers(request.headers.get("user-agent", "")),
        )
        with self.running(context):
            try:
                result = self._execute(context, query, variables, name)
            except OperationStopped as stopped:
                refusal = GraphQLError(f"The operation is refused: {stopped}.")
                result = ExecutionResult(None, [refusal])
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
        operation_node = get_operation_ast(prepared.document, operation)
        _refuse_busy(
            result,
            changes=operation_node is not None
            and operation_node.operation is OperationType.MUTATION,
        )
        return result

    @contextmanager
    def running(self, context: Context) -> Generator[None]:
        """Counts an operation among those that run, and closes its view of the data at the end."""
        self._running.add(context)
        try:
            yield
        finally:
            self._running.discard(context)
            context.close()

    def end_within(self, seconds: float) -> None:
        """Ends the operations that run now and take longer than this."""
        for context in tuple(self._running):
            context.end_within(seconds)

    def unsigned(self, method: str, request: Request) -> Reply | None:
        """The refusal of a file URL that is not ours or too old; None if it is good."""
        if Links("", self.store.secret).allows(method, request.path, request.query):
            return None
        return problem(403, "This file URL is not signed by this registry, or it has expired.")


def _never(_value: object) -> bool:
    return False


def _refuse_busy(result: ExecutionResult, *, changes: bool) -> None:
    """Raises what may go well a moment later: by the status of the reply, clients know that.

    Not where some changes of a request were made: the reply tells which.
    """
    if changes and any(value is not None for value in (result.data or {}).values()):
        return
    for error in result.errors or ():
        original = error.original_error
        found = explained(original) if isinstance(original, DATABASE_ERRORS) else original
        if isinstance(found, RegistryStorageError) and found.busy:
            raise found


def _error(error: GraphQLError) -> dict[str, object]:
    original = error.original_error
    if isinstance(original, StatementError) and isinstance(original.orig, RegistryError):
        original = original.orig  # a value that the database cannot represent
    shown: dict[str, object] = dict(error.formatted)
    if isinstance(original, RegistryForbidden):
        shown["extensions"] = {"code": "PERMISSION_ERROR"}
    if isinstance(original, RegistryError):
        shown["message"] = str(original)
    if isinstance(original, DATABASE_ERRORS):
        shown["message"] = str(explained(original))
    elif isinstance(original, UnicodeEncodeError):
        shown["message"] = "The request has text in it that is not valid Unicode."
    elif original is not None and not isinstance(original, RegistryError | GraphQLError):
        shown["message"] = f"Internal error of the registry: {type(original).__name__}."
    return shown
