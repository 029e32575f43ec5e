"""A line of the table: the figures of each side, and whether they are good enough."""

from __future__ import annotations

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from .sides import Figures, Rounds


@dataclass(frozen=True)
class Goal:
    """What is compared, what came out, and whether that is good enough."""

    words: str
    figure: float
    met: bool
    unit: str = "x"


@dataclass
class Row:
    """A line of the table."""

    work: str
    rounds: Rounds
    """The figures of each round, by side."""
    goals: list[Goal] = field(default_factory=list[Goal])
    growth: dict[str, float] = field(default_factory=dict[str, float])
    """Seconds an item, by the number of items, where that was measured."""

    @staticmethod
    def once(work: str, sides: Mapping[str, Figures]) -> Row:
        """A line of what was measured once."""
        return Row(work, {side: [figures] for side, figures in sides.items()})

    @cached_property
    def sides(self) -> dict[str, Figures]:
        """The median of each figure, by side."""
        return {
            side: {name: statistics.median(each[name] for each in found) for name in found[0]}
            for side, found in self.rounds.items()
        }

    def at_least(self, words: str, figure: float, goal: float, unit: str = "x") -> None:
        """A figure that should be large."""
        self.goals.append(Goal(f"{words} >= {goal:g}{unit}", figure, figure >= goal, unit))

    def at_most(self, words: str, figure: float, goal: float, unit: str = "x") -> None:
        """A figure that should be small."""
        self.goals.append(Goal(f"{words} <= {goal:g}{unit}", figure, figure <= goal, unit))

    def ratio(self, name: str, over: str, under: str = "ours") -> float:
        """How many times one side's figure is another's: the median over the rounds.

        What both did in one round met the same machine, which is faster in one minute than in
        another.
        """
        pairs = zip(self.rounds[over], self.rounds[under], strict=True)
        return statistics.median(one[name] / max(other[name], 1e-9) for one, other in pairs)
