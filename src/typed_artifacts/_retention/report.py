"""The report of an applied plan, by row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .._values.guards import override
from ..errors import ArtifactsError
from .plan import PruneRow


@dataclass(frozen=True, slots=True)
class PruneOutcome:
    """The outcome of a row.

    Attributes:
        row: the plan's row.
        outcome: ``deleted``, ``unlinked`` or ``expiring``: done; ``gone``: already done before;
            ``changed``: skipped, because it has changed since the plan; ``failed``: the server
            refused it, did not confirm it, or did not return what is needed to decide.
        reason: why it was not done; otherwise "".
    """

    row: PruneRow
    outcome: Literal["deleted", "unlinked", "expiring", "gone", "changed", "failed"]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PruneReport:
    """The report of an applied plan.

    Attributes:
        outcomes: the outcome of each row, including earlier runs with the same journal.
        dropped: the names of collections that ended up empty and were deleted (``drop_empty``).
    """

    outcomes: tuple[PruneOutcome, ...]
    dropped: tuple[str, ...] = ()

    @property
    def done(self) -> tuple[PruneOutcome, ...]:
        """Versions that were deleted, unlinked or given a time to live."""
        return self._of("deleted", "unlinked", "expiring")

    @property
    def gone(self) -> tuple[PruneOutcome, ...]:
        """Versions that no longer existed, or were unlinked or had the time to live already."""
        return self._of("gone")

    @property
    def changed(self) -> tuple[PruneOutcome, ...]:
        """Versions that were skipped because they have changed since the plan."""
        return self._of("changed")

    @property
    def failed(self) -> tuple[PruneOutcome, ...]:
        """Versions that failed."""
        return self._of("failed")

    @property
    def freed(self) -> int:
        """The bytes that were freed: those of the deleted rows, as planned."""
        return sum(each.row.frees for each in self._of("deleted"))

    def raise_if_failed(self) -> None:
        """Raise an error that names the failed rows, if there are any.

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
