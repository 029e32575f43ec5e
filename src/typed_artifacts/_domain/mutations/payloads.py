"""Checks the result of a mutation: whether the change was made. Pure.

By the schema every result may be null, and a server that refuses says so with an error beside the
null. Null, or ``success: false``, without an error is an answer that no server should give: nothing
tells that the change was made, so it does not count as made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..._values.quantities import whole_number
from ...errors import ServerError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pydantic import BaseModel

    from ..._requests.batch_data import BatchData
    from ..._requests.operation import Reply
    from ...errors import GraphQLErrorItem

    DataT = TypeVar("DataT", bound=BaseModel)
    PayloadT = TypeVar("PayloadT", bound=BaseModel)

#: In place of the number of a mutation: all of the batch.
WHOLE_BATCH = -1


def is_done(payload: BaseModel | None) -> bool:
    """Whether the result of a mutation says that the change was made.

    Args:
        payload: the result; most have no ``success``, and for these it is enough to be there.
    """
    return payload is not None and getattr(payload, "success", True) is not False


def no_result(payload: BaseModel | None) -> str:
    """What came back in place of a result, in words."""
    return "no result" if payload is None else "success: false"


def require_done(payload: PayloadT | None, operation: str, subject: str) -> PayloadT:
    """The result of a mutation that was answered without an error.

    Args:
        payload: the result.
        operation: the name of the mutation's operation.
        subject: what was to be changed.

    Raises:
        ServerError: it does not say that the change was made.
    """
    if payload is None or not is_done(payload):
        raise ServerError(
            f"{operation} for {subject} was answered with {no_result(payload)} and no error, so "
            "the change does not count as made. Load it anew, then decide.",
            operation=operation,
            subject=subject,
        )
    return payload


def refusals(
    reply: Reply[BatchData[DataT]], count: int, payload: Callable[[DataT], BaseModel | None]
) -> dict[int, str]:
    """What a batch of mutations is not known to have done: the reason, by the mutation's number.

    Args:
        reply: what the batch was answered with.
        count: how many mutations there are in it.
        payload: gives the result of one.

    Returns:
        The server's words, or what came back in place of a result; under ``WHOLE_BATCH`` what it
        says of all of them.
    """
    found = _errors_by_part(reply.errors)
    if WHOLE_BATCH in found:
        return found
    parts = [None] * count if reply.data is None else [payload(part) for part in reply.data.parts]
    silent = {
        number: f"the server answered with {no_result(part)} and no error"
        for number, part in enumerate(parts)
        if not is_done(part)
    }
    return silent | found


def _errors_by_part(errors: Iterable[GraphQLErrorItem]) -> dict[int, str]:
    found: dict[int, str] = {}
    for error in errors:
        root = str(error.path[0]) if error.path else ""
        number = whole_number(root.rpartition("_")[2])
        message = error.message or "the server refused it without a word"
        found.setdefault(WHOLE_BATCH if number is None else number, message)
    return found
