"""What each cell of the matrix must come to, and what an error shows."""

from __future__ import annotations

import traceback
from pathlib import Path

from tests.reliability.calls import BEFORE, Call, State, contents
from tests.reliability.faults import Fault
from tests.reliability.tabling import Mode
from typed_artifacts import ArtifactsError, AuthenticationError, GraphQLError
from typed_artifacts.testing.fault_proxy import FaultProxy


def wrong_outcome(
    fault: Fault, call: Call, mode: Mode, seen: object, error: BaseException | None
) -> list[str]:
    """Whether the call ended as it should."""
    expected = expectation(fault, call, mode)
    if error is None:
        if seen != call.expected:
            return [f"It gave {seen!r}, not {call.expected!r}."]
        return [] if expected is None else [f"It went well, where {expected.__name__} is due."]
    if not isinstance(error, ArtifactsError):
        return [f"It ended with the foreign {error!r}."]
    if expected is None:
        return [f"It ended with {error!r}, where it can go well."]
    if type(error) is not expected:
        return [f"It ended with {error!r}, not with {expected.__name__}."]
    text = str(error)
    wrong = [] if call.operation in text or error.subject else [f"In what? {text!r}"]
    if not isinstance(error, GraphQLError) and not text.endswith((".", "?")):  # the server's words
        wrong.append(f"It has no end: {text!r}.")
    return wrong


def expectation(fault: Fault, call: Call, mode: Mode) -> type[ArtifactsError] | None:
    """The error that a cell must end with; ``None`` where the call must go well."""
    if call.name in fault.well:
        return None
    if call.is_exchange and fault.refuses:
        return AuthenticationError
    again = {"always": True, "never": False}.get(fault.again, call.repeats)
    if call.is_file:
        return None if mode == "once" and fault.file_again else fault.file_error
    return None if mode == "once" and again else fault.error


def wrong_state(
    fault: Fault, call: Call, error: BaseException | None, state: State | None, proxy: FaultProxy
) -> list[str]:
    """Whether the server has what it should: all of the change, or nothing of it."""
    if state is None:
        return []
    wrong: list[str] = []
    # An error after the server did its work cannot undo it; but all or nothing it must be.
    ran = fault.ran and call.operation in {"SaveArtifact", "DeleteArtifact", "CommitArtifact"}
    right = [call.changes] if error is None else [call.changes, BEFORE] if ran else [BEFORE]
    if state not in right:
        wrong.append(f"The server has {state!r}.")
    times = proxy.forwarded.count(call.operation)
    if not call.repeats and times > 1:
        wrong.append(f"The server was told {times} times.")
    return wrong


def wrong_files(root: Path, right: dict[str, bytes]) -> list[str]:
    """Whether every file that has its name is right."""
    return [
        f"The file {name!r} is wrong."
        for name, content in contents(root).items()
        if right.get(name) != content
    ]


def shown(error: BaseException) -> str:
    """Everything that an error shows: itself, its causes, and the local variables of ours."""
    parts = ["".join(traceback.format_exception(error))]
    pending: list[BaseException | None] = [error]
    while pending:
        each = pending.pop()
        if each is None:
            continue
        parts += [repr(each), repr(vars(each))]
        for frame, _ in traceback.walk_tb(each.__traceback__):
            if "typed_artifacts" in frame.f_code.co_filename:
                parts += [f"{name} = {_shown(value)}" for name, value in frame.f_locals.items()]
        pending += [each.__cause__, each.__context__]
    return "\n".join(parts)


def _shown(value: object) -> str:
    """The value as a traceback shows it, half made as it may be."""
    try:
        return repr(value)
    except AttributeError as error:
        return f"{type(value)}: {error}"
