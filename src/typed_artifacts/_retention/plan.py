"""A plan: a frozen row per version, with its action and the reason."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias, TypeVar, overload

from .._values.guards import override
from .rules import RetentionRules

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.table import Table

    from .progress import PruneProgress

PruneAction: TypeAlias = Literal["keep", "delete", "unlink", "expire"]
"""What becomes of a version: it stays, goes, stays while its link goes, or gets a time to live."""

ReportT = TypeVar("ReportT", covariant=True)  # noqa: PLC0105 -- what applying gives, or awaits


@dataclass(frozen=True, slots=True)
class PruneRow:
    """The planned action for a version in a collection.

    Attributes:
        id: the version's id.
        collection_id: the collection's id.
        collection: its name.
        type: the name of its artifact type.
        version: the version in this collection, such as ``v3``.
        is_link: whether it was logged to another collection, so that deleting it frees nothing.
        action: ``keep``, ``delete``, ``unlink`` (delete a link, keep its source), or ``expire``.
        reason: the reason, as a text.
        size: the size of the version in bytes.
        frees: the bytes that deleting it frees. Shared files count once, for the first version that
            is deleted, and not at all if a version with them is kept.
        aliases: the aliases that it has in this collection.
        tags: its tags.
        digest: the digest of its content.
        created_at: when it was logged.
        updated_at: when it was last changed, if ever.
        ttl: the time to live that it gets, in seconds; ``None`` if the plan sets none.
    """

    id: str
    collection_id: str
    collection: str
    type: str
    version: str
    is_link: bool
    action: PruneAction
    reason: str
    size: int
    frees: int
    aliases: tuple[str, ...]
    tags: tuple[str, ...]
    digest: str
    created_at: datetime
    updated_at: datetime | None
    ttl: int | None = None

    @property
    def name(self) -> str:
        """``collection:v3``."""
        return f"{self.collection}:{self.version}"

    @property
    def goes(self) -> bool:
        """Whether ``apply()`` changes this version."""
        return self.action != "keep"


class AppliesPlans(Protocol[ReportT]):
    """An ``Api`` or ``AsyncApi``, which applies a plan and returns its report."""

    def apply_plan(
        self,
        plan: PrunePlan,
        *,
        journal: Path | str | None = None,
        progress: bool | Callable[[PruneProgress], None] = False,
        pace: float | None = None,
        drop_empty: bool = False,
    ) -> ReportT: ...


@dataclass(frozen=True, slots=True)
class PrunePlan:
    """Which versions to keep and to delete, made by ``api.plan_prune()`` or ``api.plan_ttl()``.

    A plan changes nothing until ``apply()``. ``to_jsonl()`` saves it to a file.

    Attributes:
        id: the id of the plan, which its journal records.
        entity: the user or team that owns the project.
        project: the project.
        created_at: when the plan was made.
        rules: the rules of the plan.
        rows: a row for each version of each collection, including links; ordered by the name of the
            collection, oldest version first.
    """

    id: str
    entity: str
    project: str
    created_at: datetime
    rules: RetentionRules
    rows: tuple[PruneRow, ...]

    @property
    def going(self) -> tuple[PruneRow, ...]:
        """The rows that ``apply()`` changes."""
        return tuple(row for row in self.rows if row.goes)

    @property
    def staying(self) -> tuple[PruneRow, ...]:
        """The rows of versions that are kept."""
        return tuple(row for row in self.rows if not row.goes)

    @property
    def frees(self) -> int:
        """The bytes that the plan frees; shared files count once."""
        return sum(row.frees for row in self.rows)

    def path(self, row: PruneRow) -> str:
        """``entity/project/collection:v3`` of a row."""
        return f"{self.entity}/{self.project}/{row.name}"

    def apply(
        self,
        api: AppliesPlans[ReportT],
        *,
        journal: Path | str | None = None,
        progress: bool | Callable[[PruneProgress], None] = False,
        pace: float | None = None,
        drop_empty: bool = False,
    ) -> ReportT:
        """Apply the plan, by ``Api.apply_plan()``, which describes the arguments and requests.

        With an ``AsyncApi``, await the result.
        """
        return api.apply_plan(
            self, journal=journal, progress=progress, pace=pace, drop_empty=drop_empty
        )

    @overload
    def to_jsonl(self, path: Path | str) -> Path: ...
    @overload
    def to_jsonl(self, path: None = None) -> str: ...
    def to_jsonl(self, path: Path | str | None = None) -> Path | str:
        """Write the plan as JSON lines: first its rules, then a line for each row.

        Args:
            path: the file to write; by default the text is returned.

        Returns:
            The file's path, or the text.
        """
        from .lines import plan_text, write_plan

        return plan_text(self) if path is None else write_plan(self, path)

    @classmethod
    def from_jsonl(cls, source: Path | str) -> PrunePlan:
        """Read a plan that ``to_jsonl()`` wrote.

        Args:
            source: the file, or the text itself.

        Raises:
            InvalidInput: it is not a plan, or was written by a newer release.
        """
        from .lines import read_plan

        return read_plan(source)

    @override
    def __str__(self) -> str:
        from .showing import plan_summary

        return plan_summary(self)

    def __rich__(self) -> Table:
        """A table of the planned changes, for rich."""
        from .showing import plan_table

        return plan_table(self)

    def _repr_html_(self) -> str:
        from .showing import plan_html

        return plan_html(self)
