"""One request that changes several things: which parts were applied, and what to raise if not all.

Each part of a save is a field of the mutation, switched on by a variable. The server runs the
fields one after the other, and a refused one does not stop the next.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from ..errors import PartialSaveError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from .._requests.operation import Reply
    from ..errors import GraphQLErrorItem


class Step(Protocol):
    """What one request of a save changes."""

    @property
    def parts(self) -> Mapping[str, str]:
        """Field of the reply → the words for what it changes; only what is switched on."""
        ...


def applied_fields(step: Step, reply: Reply[BaseModel]) -> list[str]:
    """The fields that a request switched on and that its answer has a result for."""
    return [part for part in step.parts if getattr(reply.data, part, None) is not None]


def words_for(step: Step, parts: Sequence[str]) -> list[str]:
    """What these parts change, in words."""
    return [step.parts[part] for part in parts]


def raise_if_partial(
    step: Step, reply: Reply[BaseModel], subject: str, before: Sequence[str] = ()
) -> None:
    """Raise what a save's errors mean: nothing for none.

    Args:
        step: what the request changes.
        reply: its answer.
        subject: what is saved, for the message.
        before: the words for what earlier requests of the same save have applied.

    Raises:
        GraphQLError: nothing was applied.
        PartialSaveError: something was.
    """
    if not reply.errors:
        reply.require(subject)
        return
    applied = [*before, *words_for(step, applied_fields(step, reply))]
    if not applied:
        raise reply.failure(subject)
    failed = {_part_of(step, item): item.message for item in reply.errors}
    raise PartialSaveError(
        f"{subject} was saved in part. Applied: {', '.join(applied)}. "
        f"Refused: {'; '.join(f'{part} ({words})' for part, words in failed.items())}. "
        "Mend what was refused and save() again: only that is sent.",
        applied=applied,
        failed=failed,
        errors=reply.errors,
        operation=reply.operation,
        subject=subject,
        server_says="; ".join(failed.values()),
    )


def _part_of(step: Step, item: GraphQLErrorItem) -> str:
    if not item.path:
        return "the request"
    wire = {_camel(part): words for part, words in step.parts.items()}
    return wire.get(str(item.path[0]), str(item.path[0]))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
