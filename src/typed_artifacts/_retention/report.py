"""The report of an applied plan, by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from .._values.guards import override
from ..errors import ArtifactsError

if TYPE_CHECKING:
    from .plan import PruneRow


@dataclass(frozen=True, slots=True)
class PruneOutcome:
    """What became of a row.

    Attributes:
        row: the plan's row.
        outcome: ``deleted``, ``unlinked`` or ``expiring``: done; ``gone``: it was done before;
            ``changed``: left alone, as it changed since the plan; ``failed``: the server refused
            it, did not say that it did it, or did not tell what has to be known for it.
        reason: why it was not done, in words; else "".
    """

    row: PruneRow
    outcome: Literal["deleted", "unlinked", "expiring", "gone", "changed", "failed"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PruneReport:
    """What became of a plan.

    Attributes:
        outcomes: of each row that the plan carries out, also of earlier runs of its journal.
        dropped: the names of collections that ended empty and were deleted, as was asked.
    """

    outcomes: tuple[PruneOutcome, ...]
    dropped: tuple[str, ...] = ()

    @property
    def done(self) -> tuple[PruneOutcome, ...]:
        """What was deleted, unlinked or given a time to live."""
        return self._of("deleted", "unlinked", "expiring")

    @property
    def gone(self) -> tuple[PruneOutcome, ...]:
        """What was there no more."""
        return self._of("gone")

    @property
    def changed(self) -> tuple[PruneOutcome, ...]:
        """What was left alone because it changed since the plan."""
        return self._of("changed")

    @property
    def failed(self) -> tuple[PruneOutcome, ...]:
        """What the server refused."""
        return self._of("failed")

    @property
    def freed(self) -> int:
        """The bytes that came free: those of the plan's rows that were deleted."""
        return sum(each.row.frees for each in self._of("deleted"))

    def raise_if_failed(self) -> None:
        """Raise an error that names what the server refused, if it refused anything.

        Raises:
            ArtifactsError: some rows failed.
        """
        if not self.failed:
            return
        some = "; ".join(f"{each.row.name}: {each.reason}" for each in self.failed[:3])
        more = f"; and {len(self.failed) - 3:,} more" if len(self.failed) > 3 else ""
        raise ArtifactsError(
            f"{len(self.failed):,} of {len(self.outcomes):,} versions failed: {some}{more}. "
            "Apply the plan again to try these once more."
        )

    def _of(self, *outcomes: str) -> tuple[PruneOutcome, ...]:
        return tuple(each for each in self.outcomes if each.outcome in outcomes)

    def _repr_html_(self) -> str:
        from .showing import report_html

        return report_html(self)

    @override
    def __str__(self) -> str:
        from .showing import report_summary

        return report_summary(self)
