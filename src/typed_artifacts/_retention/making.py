"""Makes a plan from the versions of a project: what to keep, what to delete. Pure."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from .plan import PruneAction, PrunePlan, PruneRow
from .rules import RetentionRules, keep_reason, link_alias

if TYPE_CHECKING:
    from ..holdings import HeldCollection, HeldVersion, Holders

NO_RULE = "no rule keeps it"


@dataclass
class PlanInMaking:
    """A plan, from the first page of the listing to the last answer.

    Attributes:
        rules: what keeps a version.
        ttl: the time to live, in seconds, that takes the place of deletion.
        kind: only collections of this type are planned; the others are weighed.
        name: only the collection of this name.
        now: the present time.
    """

    rules: RetentionRules
    ttl: int | None = None
    kind: str | None = None
    name: str | None = None
    now: datetime = field(default_factory=lambda: datetime.now(UTC))
    _held: dict[str, tuple[HeldCollection, list[HeldVersion]]] = field(
        default_factory=dict[str, "tuple[HeldCollection, list[HeldVersion]]"]
    )
    _outside: dict[str, str] = field(default_factory=dict[str, str])
    _rows: list[PruneRow] = field(default_factory=list[PruneRow])

    def add(self, collection: HeldCollection, versions: Sequence[HeldVersion]) -> None:
        """Take in a page of what a collection holds."""
        if self.name in {None, collection.name} and self.kind in {None, collection.type}:
            self._held.setdefault(collection.id, (collection, []))[1].extend(versions)
        elif collection.is_sequence:
            self._outside |= {each.digest: each.id for each in versions}

    @property
    def collection_ids(self) -> list[str]:
        """The collections that are planned."""
        return [*self._held]

    def decide(self, matching: Mapping[str, AbstractSet[str]] | None = None) -> None:
        """Decide by what the listings told; collections by name, the oldest version first.

        Args:
            matching: by id of the collection, the ids of its versions that the filter matches:
                a link has another number and other aliases than its source. ``None``: no filter.
        """
        for collection, versions in sorted(self._held.values(), key=lambda held: held[0].name):
            ranked = sorted(versions, key=lambda each: each.number, reverse=True)
            matched = None if matching is None else matching.get(collection.id, frozenset())
            rows = [
                self._row(collection, each, keep_reason(self.rules, each, rank, self.now, matched))
                for rank, each in enumerate(ranked)
            ]
            self._rows += reversed(rows)
        self._held.clear()

    def _row(self, collection: HeldCollection, version: HeldVersion, kept: str | None) -> PruneRow:
        action, reason = self._action(version, kept)
        return PruneRow(
            id=version.id,
            collection_id=collection.id,
            collection=collection.name,
            type=collection.type,
            version=version.version,
            is_link=version.is_link,
            action=action,
            reason=reason,
            size=version.size,
            frees=0,
            aliases=version.aliases,
            tags=version.tags,
            digest=version.digest,
            created_at=version.created_at,
            updated_at=version.updated_at,
            ttl=self.ttl,
        )

    def _action(self, version: HeldVersion, kept: str | None) -> tuple[PruneAction, str]:
        if kept is not None:
            return "keep", kept
        if self.ttl is None:
            return "unlink" if version.is_link else "delete", NO_RULE
        if version.is_link:
            return "keep", "a link: its source has the time to live"
        if version.ttl == self.ttl:
            return "keep", "has this time to live already"
        return "expire", NO_RULE

    def to_check(self) -> list[str]:
        """The ids of versions to delete, whose holders have to be requested."""
        return list(dict.fromkeys(row.id for row in self._rows if row.goes))

    def hold(self, found: Iterable[Holders]) -> None:
        """Keep versions that a run used, that are linked elsewhere, or that are deleted."""
        known = {each.id: each for each in found}
        self._rows = [self._after_use(row, known.get(row.id)) for row in self._rows]
        unlinked = {(row.collection_id, row.id) for row in self._rows if row.action == "unlink"}
        self._rows = [self._after_links(row, known.get(row.id), unlinked) for row in self._rows]

    def _after_use(self, row: PruneRow, now: Holders | None) -> PruneRow:
        if not row.goes or now is None:
            return row
        if now.gone:
            return replace(row, action="keep", reason="deleted meanwhile")
        if self.rules.keep_used and now.used_by is not None:
            return replace(row, action="keep", reason=f"used by the run {now.used_by}")
        return row

    def _after_links(
        self, row: PruneRow, now: Holders | None, unlinked: set[tuple[str, str]]
    ) -> PruneRow:
        """A link that is kept keeps its source version; from expiring, a link with an alias."""
        if row.action == "expire" and now is not None:
            alias = link_alias(self.rules, now, row.collection_id)
            return row if alias is None else replace(row, action="keep", reason=alias)
        if row.action != "delete" or now is None:
            return row
        for membership in now.memberships:
            if (
                membership.collection_id != row.collection_id
                and (
                    membership.collection_id,
                    row.id,
                )
                not in unlinked
            ):
                return replace(row, action="keep", reason=f"linked as {membership.path}")
        return row

    def contents_to_read(self) -> dict[str, str]:
        """Digest → a version with that content, if their files are needed to count freed bytes."""
        if not any(row.action == "delete" for row in self._rows):
            return {}
        return self._outside | {row.digest: row.id for row in self._rows if not row.is_link}

    def count_freed(self, contents: Mapping[str, Mapping[str, int]] | None = None) -> None:
        """Compute what each row frees: content is deleted with the last version that has it.

        Args:
            contents: digest of a version → digest of a file → its bytes; without it, versions of
                the same digest share everything, and others nothing.
        """
        sources = [row for row in self._rows if not row.is_link]
        stays = {row.digest for row in sources if row.action != "delete"} | self._outside.keys()
        kept_files = {file for digest in stays for file in (contents or {}).get(digest, ())}
        counted = set(stays)

        def freed(row: PruneRow) -> int:
            if row.action != "delete" or row.digest in counted:
                return 0
            counted.add(row.digest)
            if contents is None:
                return row.size
            files = contents.get(row.digest, {})
            new = {file: size for file, size in files.items() if file not in kept_files}
            kept_files.update(new)
            return sum(new.values())

        weighed = ((row, freed(row)) for row in self._rows)
        self._rows = [replace(row, frees=frees) if frees else row for row, frees in weighed]

    def plan(self, entity: str, project: str) -> PrunePlan:
        """The plan."""
        return PrunePlan(
            secrets.token_hex(16), entity, project, self.now, self.rules, tuple(self._rows)
        )
