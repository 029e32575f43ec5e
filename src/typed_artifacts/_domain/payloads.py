"""What the result of a mutation says: whether the change was made. Pure.

By the schema every result may be null, and a server that refuses says so with an error beside the
null. Null, or ``success: false``, without an error is an answer that no server should give: nothing
tells that the change was made, so it does not count as made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from ..errors import ServerError

if TYPE_CHECKING:
    from pydantic import BaseModel

    PayloadT = TypeVar("PayloadT", bound=BaseModel)


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
