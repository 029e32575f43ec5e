"""The result of a pull: the new text of schema.graphql, and what changed."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass
class PullResult:
    """The new text of the file, and its added, changed and removed members."""

    text: str = ""
    added: list[str] = field(default_factory=list[str])
    changed: list[str] = field(default_factory=list[str])
    removed: list[str] = field(default_factory=list[str])
    kept_constraints: int = 0

    def and_then(self, later: PullResult) -> PullResult:
        """The result of two steps, with each member reported once."""
        return PullResult(
            later.text,
            [*dict.fromkeys([*self.added, *later.added])],
            [*dict.fromkeys([*self.changed, *later.changed])],
            [*dict.fromkeys([*self.removed, *later.removed])],
            later.kept_constraints,
        )
