"""Pickling of clients: by their settings, never with the key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, NoReturn, TypeVar

from ...errors import InvalidInput

if TYPE_CHECKING:
    from ..._requests.retry import RetryPolicy
    from ...settings import Settings

T = TypeVar("T")

Reduced = tuple[Callable[..., T], tuple[type[T], Mapping[str, object]]]


def made_anew(kind: type[T], arguments: Mapping[str, object]) -> T:
    """Call a class with keywords: how a pickled client begins its other life."""
    return kind(**arguments)


def reduced_client(
    kind: type[T],
    settings: Settings,
    retry: RetryPolicy,
    *,
    allow_http: bool,
    given: Mapping[str, object],
) -> Reduced[T]:
    """What pickle keeps of a client.

    Args:
        kind: its class.
        settings: what it was settled on; the key is found anew where it is made again.
        retry: how patient it is.
        allow_http: whether its key may travel unencrypted.
        given: arguments that cannot go along, by name; ``None`` for those that were not given.

    Raises:
        InvalidInput: such an argument was given.
    """
    for name, value in given.items():
        if value is not None:
            refuse(f"it was made with {name}=")
    arguments = {
        "base_url": settings.base_url,
        "entity": settings.entity,
        "project": settings.project,
        "timeout": settings.timeout,
        "retry": retry,
        "allow_http": allow_http,
        "offline": settings.offline,
    }
    return made_anew, (kind, arguments)


def refuse(why: str) -> NoReturn:
    """Raise ``InvalidInput`` for something that cannot go to another process."""
    raise InvalidInput(
        f"A client, and what came from it, cannot be pickled: {why}, which stays in this process. "
        "Make one Api for each worker, from the environment, and hand over paths."
    )
