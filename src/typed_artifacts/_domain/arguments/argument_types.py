"""Checks arguments that must be objects or functions of some type.

By what they have, not by their class: a stand-in of a test's will do.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Mapping
from inspect import iscoroutinefunction
from typing import TYPE_CHECKING, TypeVar

from ..._values.guards import is_text
from ...errors import InvalidInput
from .checks import check_workers
from .lookups import subject_of

if TYPE_CHECKING:
    from .lookups import ArtifactLike, RunLike

ItemT = TypeVar("ItemT")


def check_client(client: object, wanted: str) -> None:
    """Raise ``InvalidInput`` for what is no client of a flavour, such as the other flavour's.

    Args:
        client: what was given.
        wanted: the name of the class of this flavour.
    """
    execute = getattr(client, "execute", None)
    if callable(execute) and iscoroutinefunction(execute) == wanted.startswith("Async"):
        return
    raise InvalidInput(
        f"client is {client!r:.100}; it must be of the type {wanted}, such as the client of an "
        f"{wanted.replace('Client', 'Api')}."
    )


def check_client_options(
    transport: object, method: str, ssl_context: object, retry: object, on_request: object
) -> None:
    """Raise ``InvalidInput`` for what a client could not send with.

    Args:
        transport: an httpx transport, or ``None``.
        method: what a transport of this flavour has: "handle_request" or "handle_async_request".
        ssl_context: an ``ssl.SSLContext``, or ``None``.
        retry: a ``RetryPolicy``, or ``None``.
        on_request: something to call, or ``None``.
    """
    if transport is not None and not hasattr(transport, method):
        raise InvalidInput(
            f"transport is {transport!r:.100}; it must be an httpx transport with {method}()."
        )
    if ssl_context is not None and not hasattr(ssl_context, "wrap_socket"):
        raise InvalidInput(f"ssl_context is {ssl_context!r:.100}; it must be an ssl.SSLContext.")
    if retry is not None and not hasattr(retry, "tries"):
        raise InvalidInput(f"retry is {retry!r:.100}; it must be a RetryPolicy.")
    check_callable(on_request, "on_request")


def check_request(operation: object, variables: object) -> None:
    """Raise ``InvalidInput`` for what is no operation of this package, or are no variables."""
    if not hasattr(operation, "body"):
        raise InvalidInput(
            f"operation is {operation!r:.100}; it must be one of this package's, as queries sends."
        )
    if not isinstance(variables, Mapping):
        raise InvalidInput(f"variables is {variables!r:.100}; it must be a mapping.")


def check_callable(function: object, argument: str) -> None:
    """Raise ``InvalidInput`` for what can neither be called nor is ``None``."""
    if function is not None and not callable(function):
        raise InvalidInput(f"{argument} is {function!r:.100}; it must be a function, or None.")


def check_transfer(max_workers: int, progress: object, path_prefix: object = None) -> None:
    """Raise ``InvalidInput`` for what no download or upload could be done with."""
    check_workers(max_workers)
    if not isinstance(progress, bool) and not callable(progress):
        raise InvalidInput(
            "progress is True for a bar, False for none, or a callable that gets the events; not "
            f"{progress!r:.100}."
        )
    check_prefix(path_prefix)


def check_prefix(path_prefix: object) -> None:
    """Raise ``InvalidInput`` for what no name begins with."""
    if path_prefix is not None and not is_text(path_prefix):
        raise InvalidInput(f"path_prefix is {path_prefix!r:.100}; it must be a string, or None.")


async def async_given_items(items: AsyncIterable[ItemT] | Iterable[ItemT]) -> Iterable[ItemT]:
    """What was given, read where that takes coroutines."""
    return [item async for item in items] if isinstance(items, AsyncIterable) else items


def given_items(items: Iterable[ItemT]) -> Iterable[ItemT]:
    """The argument, to be iterated by the caller."""
    return items


def listed_items(items: Iterable[ItemT], argument: str, attribute: str) -> list[ItemT]:
    """The items of an iterable that was given, each of which must have an attribute.

    Raises:
        InvalidInput: it is no iterable, or of other things.
    """
    if is_text(items) or isinstance(items, bytes | Mapping) or not hasattr(items, "__iter__"):
        raise InvalidInput(f"{argument} is {items!r:.100}; it must be a list.")
    found = [*items]
    for index, item in enumerate(found):
        if not hasattr(item, attribute):
            raise InvalidInput(
                f"{argument}[{index}] is {item!r:.100}, which has no {attribute!r}; "
                f"{argument} must be a list of artifacts or collections."
            )
    return found


def subject_of_run(run: RunLike) -> str:
    """The path of a run, or ``InvalidInput`` for any other object."""
    entity, project, name = (getattr(run, part, None) for part in ("entity", "project", "id"))
    if not (is_text(entity) and is_text(project) and is_text(name)):
        raise InvalidInput(f"run is {run!r:.100}; it must be a run, such as api.run(path) gives.")
    return subject_of(entity=entity, project=project, run=name)


def subject_of_artifact(artifact: ArtifactLike) -> str:
    """The path of a version, or ``InvalidInput`` for any other object."""
    parts = ("entity", "project", "name")
    entity, project, name = (getattr(artifact, part, None) for part in parts)
    is_known = is_text(entity) and is_text(project) and is_text(name)
    is_collection = hasattr(type(artifact), "is_sequence")
    if not is_known or is_collection:
        path = f'"{entity}/{project}/{name}:latest"' if is_known and is_collection else "path"
        raise InvalidInput(
            f"artifact is {artifact!r:.100}; it must be a version, as api.artifact({path}) gives."
        )
    return subject_of(entity=entity, project=project, name=name)
