"""The same actions and reads with either client."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from tests.referee.edits import EDITS, FINALLY
from tests.referee.evaluating import Json, Names
from tests.referee.members import Members
from tests.referee.probes import PROBES
from tests.referee.world import TWINS


class Membership(NamedTuple):
    """What a client sees: by probe, by edit, of each twin in the end, by move; and what it has."""

    probes: dict[str, Json]
    edits: dict[str, Json]
    finally_: dict[str, Json]
    moves: list[Json]
    members: dict[str, Members]


def edit(names: Names, whose: str) -> dict[str, Json]:
    """Change a client's twin; what it sees after each edit, by the edit."""
    names["T"] = TWINS[whose]
    seen = {does.strip(): names.outcome(sees, does) for does, sees in EDITS}
    return {does: same_twin(outcome) for does, outcome in seen.items()}


def same_twin(outcome: Json) -> Json:
    """An outcome in which both twins have one name."""
    if isinstance(outcome, str):
        for twin in TWINS.values():
            outcome = outcome.replace(twin, "twin")
        return outcome
    if isinstance(outcome, list):
        return [same_twin(item) for item in outcome]
    if isinstance(outcome, Mapping):
        return {key: same_twin(item) for key, item in outcome.items()}
    return outcome


def look(names: Names) -> dict[str, Json]:
    """The outcome of every probe."""
    return {probe: names.outcome(probe) for probe in PROBES}


def move(names: Names, expressions: Iterable[str]) -> list[Json]:
    """The outcomes of one side of the table of calls before and after."""
    return [names.outcome(expression) for expression in expressions]


def look_finally(names: Names) -> dict[str, Json]:
    """What is left of each twin, by twin and expression."""
    found: dict[str, Json] = {}
    for whose, twin in TWINS.items():
        names["T"] = twin
        found |= {f"{whose}: {text}": same_twin(names.outcome(text)) for text in FINALLY}
    return found
