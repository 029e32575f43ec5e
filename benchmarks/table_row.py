"""A line of the table: the figures of each side, and whether they are good enough."""

from __future__ import annotations

from dataclasses import dataclass, field

from .sides import Figures


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
    sides: dict[str, Figures]
    goals: list[Goal] = field(default_factory=list[Goal])
    growth: dict[str, float] = field(default_factory=dict[str, float])
    """Seconds an item, by the number of items, where that was measured."""

    def at_least(self, words: str, figure: float, goal: float, unit: str = "x") -> None:
        """A figure that should be large."""
        self.goals.append(Goal(f"{words} >= {goal:g}{unit}", figure, figure >= goal, unit))

    def at_most(self, words: str, figure: float, goal: float, unit: str = "x") -> None:
        """A figure that should be small."""
        self.goals.append(Goal(f"{words} <= {goal:g}{unit}", figure, figure <= goal, unit))

    def ratio(self, name: str, over: str, under: str = "ours") -> float:
        """How many times one side's figure is another's."""
        return self.sides[over][name] / max(self.sides[under][name], 1e-9)
