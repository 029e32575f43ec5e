"""Applying a plan, without requests: the next rows, whether they still may go, the outcome."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from .._values.arguments import check_flags
from ..errors import InvalidInput
from .checking import change_since, is_gone, new_holder
from .progress import PruneProgress
from .report import PruneOutcome, PruneReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Literal

    from ..holdings import Holders
    from .journal import Journal
    from .plan import PrunePlan, PruneRow

_DONE: dict[str, Literal["deleted", "unlinked", "expiring"]] = {
    "delete": "deleted",
    "unlink": "unlinked",
    "expire": "expiring",
}
_NEWEST_UNKNOWN = "the server does not say which versions of its collection are the newest now"


class Refusal(NamedTuple):
    """Why something was not done, in the server's words if it has any, and what holds it now."""

    words: str
    now: Holders


def check_plan(plan: object) -> None:
    """Refuse what is no plan."""
    if not hasattr(plan, "going"):
        raise InvalidInput(
            f"plan is {plan!r:.100}; it must be a PrunePlan, as api.plan_prune() gives, or "
            "PrunePlan.from_jsonl()."
        )


def check_options(pace: object, drop_empty: object) -> None:
    """Refuse a pace that is no number above 0, and a flag that is none."""
    check_flags(drop_empty=drop_empty)
    usable = isinstance(pace, int | float) and not isinstance(pace, bool) and pace > 0
    if pace is not None and not usable:
        raise InvalidInput(f"pace is {pace!r}; it must be a number of versions a second, above 0.")


class Application:
    """A plan that is being carried out.

    Links go before sources, so that a source is not held by a link that the plan takes away; the
    oldest go first, so that ``latest`` never falls back to a version that is still to go.
    """

    def __init__(
        self,
        plan: PrunePlan,
        journal: Journal,
        on_event: Callable[[PruneProgress], None] | None = None,
    ) -> None:
        self.plan = plan
        self._journal = journal
        self._on_event = on_event
        to_change = [row for row in plan.rows if row.goes]
        self._going = sorted(to_change, key=lambda row: row.action != "unlink")
        self._freed = sum(
            each.row.frees for each in journal.known.values() if each.outcome == "deleted"
        )
        self._changed = {row.id for row in to_change if row.action == "unlink"}
        self._newest_unknown: set[str] = set()

    def shrinking_collections(self) -> list[str]:
        """The collections that lose versions, and of which the newest are to stay."""
        rows = self._open() if self.plan.rules.keep_last else []
        return list(dict.fromkeys(row.collection_id for row in rows))

    def keep_newest(self, newest: Mapping[str, Collection[str]]) -> None:
        """Leave alone what has become one of the newest, as newer ones went since the plan.

        Args:
            newest: collection → the ids of its newest versions, as many as are to stay. Of a
                collection that is missing, nothing may go: what is there now may be the newest.
        """
        self._newest_unknown = {key for key in self.shrinking_collections() if key not in newest}
        reason = "it is one of the newest now: what was newer is gone since the plan"
        self._note(
            PruneOutcome(row, "changed", reason)
            for row in self._open()
            if row.id in newest.get(row.collection_id, ())
        )

    def batches(self, size: int) -> Iterator[list[PruneRow]]:
        """What is to be carried out, so many rows of one action at a time."""
        rows = self._open()
        for kind in ("unlink", "delete", "expire"):
            some = [row for row in rows if row.action == kind]
            for start in range(0, len(some), size):
                yield some[start : start + size]

    def settle(self, rows: Sequence[PruneRow], now: Mapping[str, Holders]) -> list[PruneRow]:
        """The rows that still may be carried out; of the others, what became is noted."""
        ready: list[PruneRow] = []
        out: list[PruneOutcome] = []
        rules = self.plan.rules
        for row in rows:
            holders, path = now[row.id], self.plan.path(row)
            if is_gone(row, holders):
                out.append(PruneOutcome(row, "gone"))
                continue
            if row.collection_id in self._newest_unknown:
                out.append(PruneOutcome(row, "failed", _NEWEST_UNKNOWN))
                continue
            why = change_since(row, holders, path, rules=rules, changed_here=self._changed)
            if why is None:
                ready.append(row)
            else:
                out.append(PruneOutcome(row, "changed", why))
        self._note(out)
        return ready

    def carried_out(
        self, rows: Sequence[PruneRow], refused: Mapping[tuple[str, str], Refusal]
    ) -> None:
        """Note what became of rows that were sent.

        Args:
            rows: the rows.
            refused: by collection and version those that the server did not carry out.
        """
        refusals = ((row, refused.get((row.collection_id, row.id))) for row in rows)
        self._note(
            PruneOutcome(row, _DONE[row.action]) if refusal is None else self._refused(row, refusal)
            for row, refusal in refusals
        )

    def _refused(self, row: PruneRow, refusal: Refusal) -> PruneOutcome:
        """The outcome of a refused row: unchanged, if a rule keeps the version now."""
        why = new_holder(row, refusal.now, self.plan.rules)
        if why is not None:
            return PruneOutcome(row, "changed", why)
        return PruneOutcome(row, "failed", refusal.words)

    def empty_collections(self) -> list[PruneRow]:
        """A row of each collection of which, by this plan, everything is gone."""
        remaining = {row.collection_id for row in self.plan.rows if not self._is_gone(row)}
        ended = {
            row.collection_id: row for row in self.plan.rows if row.collection_id not in remaining
        }
        return list(ended.values())

    def report(self, dropped: Iterable[str] = ()) -> PruneReport:
        """What became of everything."""
        known = self._journal.known
        keys = ((row.collection_id, row.id) for row in self._going)
        return PruneReport(tuple(known[key] for key in keys if key in known), tuple(dropped))

    def _is_gone(self, row: PruneRow) -> bool:
        known = self._journal.known.get((row.collection_id, row.id))
        return known is not None and known.outcome in {"deleted", "unlinked", "gone"}

    def _is_open(self, row: PruneRow) -> bool:
        return (row.collection_id, row.id) not in self._journal.known

    def _open(self) -> list[PruneRow]:
        return [row for row in self._going if self._is_open(row)]

    def _note(self, outcomes: Iterable[PruneOutcome]) -> None:
        noted = list(outcomes)
        self._journal.note(noted)
        self._freed += sum(each.row.frees for each in noted if each.outcome == "deleted")
        if self._on_event is not None and noted:
            done, total = len(self._journal.known), len(self._going)
            self._on_event(PruneProgress(done, total, self._freed, noted[-1].row.name))
