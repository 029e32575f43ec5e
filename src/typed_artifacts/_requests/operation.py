"""An operation: its name, its document, and the model of its response.

Nothing here imports pydantic until a reply is parsed: the model's module is named, not imported,
so that a program pays for the operations it sends and for no others.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING, Generic, Literal, TypedDict, TypeVar

from .._values.json_values import within
from .._values.surrogates import HALF_PAIR, has_half_pair
from ..errors import (
    ArtifactsError,
    ConflictError,
    GraphQLError,
    GraphQLErrorItem,
    InvalidInput,
    NotFoundError,
    ServerError,
)
from .optional_members import Cut, Member, check_given, document_without, refused_members
from .reply_errors import (
    FORBIDDEN_ADVICE,
    error_items,
    errors_in,
    excerpt,
    is_forbidden,
    messages_of,
    part_at,
    raw_data,
)

if TYPE_CHECKING:
    from pydantic import BaseModel

    from .._values.json_values import JsonValue
    from .envelope import Envelope
    from .response import RequestContext

DataT = TypeVar("DataT", bound="BaseModel")
DataT_co = TypeVar("DataT_co", bound="BaseModel", covariant=True)
# What an operation takes: a TypedDict of ``_operations.variables``.
VariablesT_contra = TypeVar("VariablesT_contra", bound=Mapping[str, object], contravariant=True)


class NoVariables(TypedDict):
    """What an operation without variables takes."""


NO_VARIABLES: NoVariables = {}


@dataclass(frozen=True, slots=True)
class Reply(Generic[DataT_co]):
    """The data and the errors of one reply; either may be missing, partial data comes with both."""

    operation: str
    data: DataT_co | None
    errors: tuple[GraphQLErrorItem, ...]
    raw: bytes
    status: int = 200

    def require(self, subject: str | None = None) -> DataT_co:
        """The data, or the errors raised.

        Raises:
            GraphQLError: the server reports errors.
            NotFoundError: it reports them with status 404, as W&B's does for some.
            ConflictError: the same with status 409.
            ServerError: there is neither data nor an error.
        """
        if self.errors:
            raise self.failure(subject)
        if self.data is None:
            about = f" for {subject}" if subject else ""
            raise ServerError(
                f"The server answered {self.operation}{about} with no data and no error; "
                "is something other than a W&B server behind this address?",
                operation=self.operation,
                subject=subject,
            )
        return self.data

    def failure(self, subject: str | None = None) -> ArtifactsError:
        """The reply's errors as one exception."""
        message = messages_of(self.errors)
        about = f" for {subject}" if subject else ""
        if self.status == 404:
            return NotFoundError(
                f"The server did not find what {self.operation}{about} needs, or this key may not "
                f"see it: {message}",
                missing=part_at(self.errors[0].path),
                operation=self.operation,
                subject=subject,
                server_says=message,
            )
        if self.status == 409:
            return ConflictError(
                f"The server answered {self.operation}{about} with 409: {message.rstrip('.')}. "
                "Load it anew, then decide.",
                operation=self.operation,
                subject=subject,
                server_says=message,
            )
        advice = f"{message.rstrip('.')}. {FORBIDDEN_ADVICE}"
        reason = advice if is_forbidden(self.errors) else message
        return GraphQLError(
            f"The server refused {self.operation}{about}: {reason}",
            errors=self.errors,
            data=raw_data(self.raw),
            operation=self.operation,
            subject=subject,
            server_says=message,
        )


@dataclass(frozen=True)
class Operation(Generic[DataT, VariablesT_contra]):
    """One operation of ``queries/``, as the generator found it.

    Whoever only reads its reply takes an ``Operation[DataT, Never]``: any variables will do.
    """

    name: str
    kind: Literal["query", "mutation"]
    document: str
    module: str
    """The module below ``typed_artifacts._graphql`` that holds the reply's model."""
    members: tuple[Member, ...] = ()
    """What an older server may lack of it."""
    cuts: tuple[Cut, ...] = ()
    """The spans of the document that go with each of them."""

    @cached_property
    def _envelope(self) -> type[Envelope[DataT]]:
        from .._values.gc_pause import PAUSE

        # Loading and building makes no garbage: the collector would only cost time.
        with PAUSE:
            from .._graphql.base_model import BUILDING
            from .envelope import envelope

            module = import_module(f"typed_artifacts._graphql.{self.module}")
            model: type[DataT] = getattr(module, self.name)
            with BUILDING.get():
                made: type[Envelope[DataT]] | None = vars(self).get("_envelope")
                if made is None:  # else another thread has built it meanwhile
                    made = vars(self)["_envelope"] = envelope(model)
            return made

    @cached_property
    def _document(self) -> str:
        """The document in JSON: more than half of what it takes to write a body."""
        return _json(self.document)

    def body(self, variables: VariablesT_contra, lacking: frozenset[str] = frozenset()) -> bytes:
        """The request's body; a variable that is ``None`` is left out, not sent as null.

        Args:
            variables: by GraphQL name.
            lacking: members of the schema that the server is known not to have.

        Raises:
            InvalidInput: a variable is nothing that JSON, or UTF-8, can say.
            UnsupportedByServer: a variable is given that such a server cannot take.
        """
        given = {name: value for name, value in variables.items() if value is not None}
        document = _json(self._without(lacking, given)) if lacking else self._document
        try:
            text = (
                f'{{"query":{document},"variables":{_json(given)},"operationName":"{self.name}"}}'
            )
            return text.encode()
        except (TypeError, ValueError, RecursionError) as error:
            location = (
                _half_pair_in(json.loads(_json(given))) if isinstance(error, UnicodeError) else ""
            )
            why = (
                f"{location} {HALF_PAIR}" if location else f"what it was given is no JSON: {error}"
            )
            raise InvalidInput(
                f"{self.name} cannot be sent: {why}.", operation=self.name
            ) from error

    def _without(self, lacking: frozenset[str], given: Mapping[str, object]) -> str:
        removed = [member for member in self.members if member.name in lacking]
        check_given(removed, given, self.name)
        locations = frozenset(self.members.index(member) for member in removed)
        return document_without(self.document, self.cuts, locations)

    def refused(self, reply: Reply[DataT]) -> frozenset[str]:
        """The members that the server refused the document for; it has executed nothing then."""
        if reply.data is not None or not reply.errors:
            return frozenset()
        return refused_members(reply.errors, self.members)

    def parse(self, content: bytes, context: RequestContext | None = None) -> Reply[DataT]:
        """Validate a reply from its bytes, envelope and data in one pass.

        Args:
            content: the body.
            context: what was asked, and of whom, for errors.

        Raises:
            ServerError: the bytes are not a GraphQL reply, or not of this operation's shape.
        """
        model = self._envelope  # first: it loads pydantic while no garbage is looked for
        from .envelope import validate

        parsed = validate(model, content)
        if isinstance(parsed, str):
            return self._unparsed(content, parsed, context)
        errors = error_items(parsed.errors) or error_items(parsed.error)
        return Reply(self.name, parsed.data, errors, content)

    def _unparsed(
        self, content: bytes, problem: str, context: RequestContext | None
    ) -> Reply[DataT]:
        errors = errors_in(content)
        if errors:
            return Reply(self.name, None, errors, content)
        answer = (
            f"{context.base_url} answered {context}" if context else f"{self.name} was answered"
        )
        raise ServerError(
            f"{answer} with something that is not its reply: {excerpt(content)} ({problem}). Is "
            "this the address of a W&B server, and no proxy or login page in between?",
            operation=self.name,
            subject=context.subject if context else None,
            server_says=excerpt(content),
        )


def _json(value: object) -> str:
    return json.dumps(
        value, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain
    )


def _half_pair_in(value: JsonValue, location: str = "") -> str:
    """The place of a text in variables that UTF-8 cannot say; none, the empty string."""
    if isinstance(value, str):
        return location if has_half_pair(value) else ""
    if isinstance(value, dict):
        inner = [_half_pair_in(item, within(location, key)) for key, item in value.items()]
    elif isinstance(value, list):
        inner = [_half_pair_in(item, f"{location}[{index}]") for index, item in enumerate(value)]
    else:
        return ""
    return next(filter(None, inner), "")


def _plain(value: object) -> object:
    """An input model, or another sequence, as JSON."""
    dump = getattr(value, "model_dump", None)
    if dump is not None:
        return dump(by_alias=True, exclude_none=True)
    if isinstance(value, Sequence):
        return [*value]  # pyright: ignore[reportUnknownVariableType]  # json encodes what is in it
    raise TypeError(f"{type(value).__name__} cannot be sent as a variable")
