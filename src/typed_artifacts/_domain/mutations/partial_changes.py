"""A request with several changes: which were applied, and the error if not all.

Each part of a save is a field of the mutation, switched on by a variable. The server runs the
fields one after the other, and a refused one does not stop the next.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Protocol

from ..._requests.reply_errors import messages_of
from ...errors import PartialSaveError, ServerError
from .payloads import is_done, no_result

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pydantic import BaseModel

    from ..._requests.operation import Reply
    from ...errors import GraphQLErrorItem


class Step(Protocol):
    """What one request of a save changes."""

    @property
    def parts(self) -> Mapping[str, str]:
        """Field of the reply → the words for what it changes; only what is switched on."""
        ...


def applied_fields(step: Step, reply: Reply[BaseModel]) -> list[str]:
    """The fields that a request switched on and whose results say that they were done."""
    return [part for part in step.parts if is_done(_result(reply, part))]


def words_for(step: Step, parts: Sequence[str]) -> list[str]:
    """What these parts change, in words."""
    return [step.parts[part] for part in parts]


def follow(edits: object, attribute: str, before: object, now: object) -> None:
    """Have an attribute of a draft follow what the server has.

    One that is as the server had it was not edited, and must not undo what others did. Nothing is
    written where that is the same: another thread may edit it at any moment.

    Args:
        edits: the draft.
        attribute: the attribute's name.
        before: what the server had when the draft was made.
        now: what the server has.
    """
    if before != now and getattr(edits, attribute) == before:
        setattr(edits, attribute, now)


def follow_list(wanted: list[str], before: Sequence[str], now: Sequence[str]) -> None:
    """The same for a list, in place: what its user adds and deletes stays added and deleted.

    Item by item, and sorted in one step: another thread may add or delete one at any moment.
    """
    there = [*wanted]
    for index, item in enumerate(there):
        is_repeated = item in now and item in there[:index]
        if is_repeated or (item in before and item not in now):
            with suppress(ValueError):
                wanted.remove(item)
    wanted += [item for item in now if item not in before and item not in there]
    with suppress(KeyError, TypeError):  # there is one more meanwhile, or one that is no text
        ranks = dict.fromkeys(wanted, len(now)) | {item: rank for rank, item in enumerate(now)}
        wanted.sort(key=ranks.__getitem__)


def raise_if_partial(
    step: Step, reply: Reply[BaseModel], subject: str, before: Sequence[str] = ()
) -> None:
    """Raise what the reply to a save means: nothing where all of it was applied.

    A part that has neither a result nor an error was not applied either, as far as is known.

    Args:
        step: what the request changes.
        reply: its answer.
        subject: what is saved, for the message.
        before: the words for what earlier requests of the same save have applied.

    Raises:
        GraphQLError: nothing was applied.
        ServerError: nothing was applied, and there is no error that says why.
        PartialSaveError: something was.
    """
    done = applied_fields(step, reply)
    if not reply.errors and len(done) == len(step.parts):
        return
    applied = [*before, *words_for(step, done)]
    failed = _failed(step, reply, done)
    why = "; ".join(f"{part} ({message})" for part, message in failed.items())
    if not applied:
        reply.require(subject)
        raise _not_said(reply.operation, subject, why)
    refused = "Refused" if reply.errors else "Not applied"
    mend = "Mend what was refused and " if reply.errors else ""
    raise PartialSaveError(
        f"{subject} was saved in part. Applied: {', '.join(applied)}. {refused}: {why}. "
        f"{mend}save() again: only that is sent.",
        applied=applied,
        failed=failed,
        errors=reply.errors,
        operation=reply.operation,
        subject=subject,
        server_says=messages_of(reply.errors) or None,
    )


def _not_said(operation: str, subject: str, why: str) -> ServerError:
    return ServerError(
        f"{operation} for {subject} was answered with no error, and yet does not say that anything "
        f"was saved: {why}. The edits are kept: save() again sends them.",
        operation=operation,
        subject=subject,
    )


def _failed(step: Step, reply: Reply[BaseModel], done: Sequence[str]) -> dict[str, str]:
    """The words for what was not applied → the server's error, or what came in place of one."""
    failed = {_part_of(step, item): item.message for item in reply.errors}
    for part, label in step.parts.items():
        if part not in done:
            failed.setdefault(label, no_result(_result(reply, part)))
    return failed


def _result(reply: Reply[BaseModel], part: str) -> BaseModel | None:
    result: BaseModel | None = getattr(reply.data, part, None)
    return result


def _part_of(step: Step, item: GraphQLErrorItem) -> str:
    if not item.path:
        return "the request"
    from pydantic.alias_generators import to_camel

    labels = {to_camel(part): label for part, label in step.parts.items()}
    return labels.get(str(item.path[0]), str(item.path[0]))
