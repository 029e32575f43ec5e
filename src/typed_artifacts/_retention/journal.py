"""The journal: a file with the outcome of each row of a plan, to resume after an interruption."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TextIO

from .._environment.paths import user_path
from ..errors import ArtifactsError, InvalidInput
from .report import PruneOutcome

if TYPE_CHECKING:
    from .._values.json_values import JsonValue
    from .plan import PrunePlan, PruneRow

#: What need not be looked at again.
_FINAL: dict[str, Literal["deleted", "unlinked", "expiring", "gone"]] = {
    "deleted": "deleted",
    "unlinked": "unlinked",
    "expiring": "expiring",
    "gone": "gone",
}

#: The first line of a journal; of a process that was killed there may be only a part.
_BEGINS = b'{"plan": "'


class Journal:
    """The journal of a plan that is carried out; without a file, it only remembers."""

    def __init__(self, plan: PrunePlan, known: dict[tuple[str, str], PruneOutcome]) -> None:
        self.plan = plan
        self.known = known
        self._out: TextIO | None = None

    @classmethod
    @contextmanager
    def opened(cls, plan: PrunePlan, path: Path | str | None) -> Generator[Journal]:
        """Read what is there, and go on writing behind it.

        Raises:
            InvalidInput: it is the journal of another plan, or no journal.
            ArtifactsError: the file cannot be written.
        """
        if path is None:
            yield cls(plan, {})
            return
        target = user_path(path, "The journal")
        try:
            lines, end = _complete_lines(target)
            known = _outcomes(lines, plan, target)
            with target.open("a+", encoding="utf-8", newline="\n") as out:
                out.truncate(end)  # the last line of a process that was killed
                journal = cls(plan, known)
                journal._out = out
                if not lines:
                    journal._write([{"plan": plan.id}])
                yield journal
        except (OSError, UnicodeDecodeError) as error:
            raise ArtifactsError(f"The journal {target} cannot be used: {error}.") from error

    def note(self, outcomes: Iterable[PruneOutcome]) -> None:
        """Write what became of some rows; it is in the file when this returns."""
        written = list(outcomes)
        self.known |= {(each.row.collection_id, each.row.id): each for each in written}
        self._write(
            [
                {
                    "id": each.row.id,
                    "collection_id": each.row.collection_id,
                    "name": each.row.name,
                    "outcome": each.outcome,
                    "reason": each.reason,
                }
                for each in written
            ]
        )

    def _write(self, lines: list[dict[str, JsonValue]]) -> None:
        if self._out is not None and lines:
            self._out.write("".join(json.dumps(line) + "\n" for line in lines))
            self._out.flush()


def _complete_lines(path: Path) -> tuple[list[str], int]:
    """The lines that are whole, and where they end in the file."""
    if not path.exists():
        return [], 0
    content = path.read_bytes()
    end = content.rfind(b"\n") + 1
    if not end and content[: len(_BEGINS)] != _BEGINS[: len(content)]:
        raise InvalidInput(f"{path} is no journal of a plan; it is left as it is.")
    return content[:end].decode("utf-8").splitlines(), end


def _outcomes(lines: list[str], plan: PrunePlan, path: Path) -> dict[tuple[str, str], PruneOutcome]:
    if not lines:
        return {}
    try:
        read: list[JsonValue] = [json.loads(line) for line in lines]
    except ValueError as error:
        raise InvalidInput(f"{path} is no journal of a plan: {error}.") from error
    head, *rest = (line if isinstance(line, dict) else {} for line in read)
    if head.get("plan") != plan.id:
        raise InvalidInput(
            f"{path} is not the journal of this plan; give a new file, or the plan that it is of."
        )
    rows: dict[tuple[JsonValue, JsonValue], PruneRow] = {
        (row.collection_id, row.id): row for row in plan.rows
    }
    known: dict[tuple[str, str], PruneOutcome] = {}
    for line in rest:
        row = rows.get((line.get("collection_id"), line.get("id")))
        outcome = _FINAL.get(str(line.get("outcome")))
        if row is not None and outcome is not None:
            known[row.collection_id, row.id] = PruneOutcome(row, outcome, str(line.get("reason")))
    return known
