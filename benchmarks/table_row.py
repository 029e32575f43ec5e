"""A row of the table: the figures of each side, and the goals."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .sides import Figures, Rounds


@dataclass(frozen=True)
class Goal:
    """A goal: the compared figure, its value, and whether it is met."""

    words: str
    figure: float
    met: bool
    unit: str = "x"


@dataclass
class Row:
    """A row of the table."""

    work: str
    rounds: Rounds
    """The figures of each round, by side."""
    goals: list[Goal] = field(default_factory=list[Goal])
    growth: dict[str, float] = field(default_factory=dict[str, float])
    """Number of items → seconds per item, if measured."""

    @staticmethod
    def once(work: str, sides: Mapping[str, Figures]) -> Row:
        """A row that was measured once."""
        return Row(work, {side: [figures] for side, figures in sides.items()})

    @cached_property
    def sides(self) -> dict[str, Figures]:
        """The median of each figure, by side."""
        return {
            side: {name: statistics.median(each[name] for each in found) for name in found[0]}
            for side, found in self.rounds.items()
        }

    def at_least(self, words: str, figure: float, goal: float, unit: str = "x") -> None:
        """Add a goal: the figure is at least this."""
        self.goals.append(Goal(f"{words} >= {goal:g}{unit}", figure, figure >= goal, unit))

    def at_most(self, words: str, figure: float, goal: float, unit: str = "x") -> None:
        """Add a goal: the figure is at most this."""
        self.goals.append(Goal(f"{words} <= {goal:g}{unit}", figure, figure <= goal, unit))

    def ratio(self, name: str, over: str, under: str = "ours") -> float:
        """The ratio of two sides' figures: the median over the rounds.

        The ratio is taken in each round, because the machine's speed changes between rounds.
        """
        pairs = zip(self.rounds[over], self.rounds[under], strict=True)
        return statistics.median(one[name] / max(other[name], 1e-9) for one, other in pairs)
