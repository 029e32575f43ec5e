"""Reads the errors in the body of a reply, and quotes bodies that are no reply."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from .._values.json_values import json_or_none
from .._values.shown import readable
from ..errors import GraphQLErrorItem

if TYPE_CHECKING:
    from .._values.json_values import JsonValue

_TITLE: Final = re.compile(rb"<title[^>]*>([^<]{1,200})</title", re.IGNORECASE)
_MESSAGES: Final = 5
_CHARACTERS: Final = 2_000
_OF_A_BODY: Final = 200
_MOST_ERRORS: Final = 10_000
# The last field of an error's path → the part of a path that it stands for.
_PARTS: Final = {
    "project": "project",
    "artifactType": "artifact type",
    "artifactCollection": "artifact collection",
    "artifactCollectionMembership": "artifact version",
    "artifact": "artifact",
    "run": "run",
    "organization": "organization",
}
TOO_LARGE_ADVICE: Final = (
    "This is larger than the server, or a proxy before it, accepts: have the limit raised."
)
FORBIDDEN_ADVICE: Final = "The key is known but may not do this; ask the owner, or use another key."


def messages_of(errors: Sequence[GraphQLErrorItem]) -> str:
    """The first of what errors say, each once, for the text of one error.

    A server may refuse each of a hundred aliases of a document, mostly with the same words.
    """
    distinct = [*dict.fromkeys(item.message for item in errors)]
    shown = [
        f"{text[:_CHARACTERS]}…" if len(text) > _CHARACTERS else text
        for text in distinct[:_MESSAGES]
    ]
    more = len(distinct) - len(shown)
    return "; ".join(shown) + (f"; and {more:,} more" if more else "")


def is_forbidden(errors: Sequence[GraphQLErrorItem]) -> bool:
    """Whether a server says that the key does not permit this."""
    return any(item.extensions.get("code") == "PERMISSION_ERROR" for item in errors)


def error_items(errors: object) -> tuple[GraphQLErrorItem, ...]:
    """Whatever a server calls its errors: a list of objects or of strings, one object, a text.

    Of a list the first ones: a small compressed reply may hold millions, and each takes its time.
    """
    if not errors:
        return ()
    items: list[object] = [*errors] if isinstance(errors, list) else [errors]  # pyright: ignore[reportUnknownVariableType]  # JSON
    return tuple(_error_item(item) for item in items[:_MOST_ERRORS])


def errors_in(content: bytes) -> tuple[GraphQLErrorItem, ...]:
    """The errors of a reply whose data cannot be trusted; none where it is not even JSON."""
    reply = json_or_none(content)
    if not isinstance(reply, dict):
        return ()
    return error_items(reply.get("errors")) or error_items(reply.get("error"))


def is_graphql(content: bytes) -> bool:
    """Whether a body is a reply of GraphQL with errors; others have errors, but no data or path."""
    reply = json_or_none(content)
    if not isinstance(reply, dict):
        return False
    errors = error_items(reply.get("errors"))
    return bool(errors) and ("data" in reply or any(item.path for item in errors))


def part_at(path: Sequence[str | int]) -> str | None:
    """Which part of what was asked for a path leads to; ``None`` where it is another."""
    return next((_PARTS.get(step) for step in reversed(path) if isinstance(step, str)), None)


def is_cut(content: bytes) -> bool:
    """Whether a body is the beginning of a JSON text, and not the whole of one."""
    from pydantic_core import from_json

    try:
        from_json(content)
    except ValueError as error:
        return str(error).startswith("EOF while parsing")
    return False


def page_title(content: bytes) -> str | None:
    """The title of an HTML page that came instead of a reply, on one line."""
    title = _TITLE.search(content[:4096])
    return excerpt(title[1]) if title else None


def excerpt(content: bytes) -> str:
    """The beginning of a body, on one line, for an error message."""
    text = readable(" ".join(content[: _OF_A_BODY * 4].decode("utf-8", "replace").split()))
    if not text:
        return "an empty body"
    return f"{text[:_OF_A_BODY]}…" if len(text) > _OF_A_BODY else text


def _error_item(item: object) -> GraphQLErrorItem:
    if not isinstance(item, dict):
        return GraphQLErrorItem(_readable_text(item))
    fields: dict[str, JsonValue] = item  # pyright: ignore[reportUnknownVariableType]  # JSON
    message, path, extensions = (fields.get(key) for key in ("message", "path", "extensions"))
    return GraphQLErrorItem(
        _readable_text(message if isinstance(message, str) and message.strip() else fields),
        tuple(step for step in path if isinstance(step, str | int))
        if isinstance(path, list)
        else (),
        extensions if isinstance(extensions, dict) else {},
    )


def _readable_text(message: object) -> str:
    """A server's message in printable characters; as JSON where it is no text."""
    if not isinstance(message, str):
        try:
            message = json.dumps(message, ensure_ascii=False)
        except RecursionError:  # nested as deeply as JSON can just be read, and not be written
            message = "what is nested too deeply to be shown"
    return readable(message)


def raw_data(content: bytes) -> JsonValue:
    """The data of a reply as it came; ``None`` where there is none."""
    reply = json_or_none(content)
    return reply.get("data") if isinstance(reply, dict) else None
