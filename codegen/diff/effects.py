"""The effects of changes of the schema on this release, as text and as JSON."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from dataclasses import asdict, dataclass
from enum import IntEnum

from typed_artifacts._values.quantities import count_text


class Effect(IntEnum):
    """The effect of a change on this release; a greater value is worse."""

    NOTHING = 0
    ADDITIVE = 1
    DEGRADED = 2
    BREAKING = 3


@dataclass(frozen=True)
class Impact:
    """A change and its effect."""

    effect: Effect
    kind: str
    member: str
    words: str
    operations: tuple[str, ...]
    surface: tuple[str, ...]
    """Documented classes and attributes that show it."""

    @property
    def as_json(self) -> dict[str, object]:
        return {**asdict(self), "effect": self.effect.name.lower()}


def exit_code(found: list[Impact]) -> int:
    """0: nothing to do; 1: something is degraded; 2: something breaks."""
    worst = max((item.effect for item in found), default=Effect.NOTHING)
    return max(0, worst - Effect.ADDITIVE)


def text_lines(found: list[Impact]) -> list[str]:
    """The impacts as lines of text; unused types are only counted."""
    new = {"TYPE_ADDED", "IMPLEMENTATION_ADDED"}
    listed = [it for it in found if it.operations or it.kind not in new]
    lines: list[str] = []
    for item in listed:
        lines.append(f"{item.effect.name.lower():<9} {item.member}: {item.words}")
        if item.operations:
            lines.append(f"{'':<9} in {', '.join(item.operations)}")
        if item.surface:
            lines.append(f"{'':<9} seen in {', '.join(item.surface)}")
    if count := len(found) - len(listed):
        lines.append(f"additive  {count_text(count, 'new type')} that nothing here asks for.")
    return lines or ["nothing changed"]
