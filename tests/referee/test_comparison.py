"""Call by call: the official client and ours see the same, or docs/upstream.md says why not."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.referee.conftest import Comparison
from tests.referee.differences import DIFFERENCES
from tests.referee.edits import EDITS, FINALLY
from tests.referee.evaluating import Json
from tests.referee.looking import Membership
from tests.referee.probes import PROBES
from tests.referee.subjects import SUBJECTS
from tests.referee.world import TWINS

pytestmark = [pytest.mark.referee, pytest.mark.long]


def raised(outcome: Json) -> str | None:
    """The kind of error that an outcome is, if it is one."""
    return str(outcome["raises"]) if isinstance(outcome, dict) and "raises" in outcome else None


def same(official: Json, ours: Json) -> bool:
    """Whether outcomes are equal; how errors differ has a table of its own."""
    return official == ours or (raised(official) is not None and raised(ours) is not None)


def outcomes(comparison: Comparison) -> Iterator[tuple[str, Json, Json]]:
    """Every expression with what came of it, there and here."""
    for part in ("probes", "edits", "finally_"):
        official: dict[str, Json] = getattr(comparison.official, part)
        ours: dict[str, Json] = getattr(comparison.ours, part)
        assert official.keys() == ours.keys()
        yield from ((key, official[key], ours[key]) for key in official)


def missing_members(comparison: Comparison) -> set[str]:
    """`Class.member` for what only upstream has, `Class.member()` for other parameters."""
    found: set[str] = set()
    for name, members in comparison.official.members.items():
        here = comparison.ours.members[name]
        for member, parameters in members.items():
            if member not in here:
                found.add(f"{name}.{member}")
                continue
            ours = here[member]
            if parameters is not None and (ours is None or ours[: len(parameters)] != parameters):
                found.add(f"{name}()" if member == "__init__" else f"{name}.{member}()")
    return found


def test_what_is_seen_is_equal_or_listed(comparison: Comparison) -> None:
    unlisted = {
        key: (official, ours)
        for key, official, ours in outcomes(comparison)
        if not same(official, ours) and key not in DIFFERENCES.values
    }
    assert not unlisted


def test_members_are_here_or_listed(comparison: Comparison) -> None:
    assert not missing_members(comparison) - DIFFERENCES.values


def test_nothing_is_listed_that_is_equal(comparison: Comparison) -> None:
    differing = {key for key, official, ours in outcomes(comparison) if not same(official, ours)}
    assert not DIFFERENCES.values - differing - missing_members(comparison)


def test_errors_differ_as_listed(comparison: Comparison) -> None:
    pairs = {
        (there, here)
        for _, official, ours in outcomes(comparison)
        if (there := raised(official)) and (here := raised(ours)) and there != here
    }
    assert pairs == DIFFERENCES.errors


def test_an_error_here_says_what_was_asked(comparison: Comparison) -> None:
    for probe, outcome in comparison.ours.probes.items():
        if raised(outcome) == "NotFoundError":
            assert isinstance(outcome, dict)
            assert re.search("nothing|nobody|v99|data", str(outcome["says"])), probe


def test_every_member_is_looked_at(comparison: Comparison) -> None:
    """What both classes have is named by a probe or an edit, on an object of that class."""
    text = "\n".join([*PROBES, *SUBJECTS.values(), *FINALLY, *(e.does + e.sees for e in EDITS)])
    unseen = {
        f"{name}.{member}"
        for name, members in comparison.official.members.items()
        for member in members
        if member != "__init__"
        and not {f"{name}.{member}", f"{name}.{member}()"} & DIFFERENCES.values
        and not re.search(rf"(?:{OBJECTS[name]})\.{member}\b", text)
    }
    assert not unseen


def test_a_call_before_gives_what_the_call_after_gives(comparison: Comparison) -> None:
    for (before, after), there, here in zip(
        DIFFERENCES.moves, comparison.official.moves, comparison.ours.moves, strict=True
    ):
        assert raised(there) is None, (before, there)
        assert there == here, (before, after)


@pytest.mark.parametrize("part", ["probes", "edits", "finally_"])
def test_both_flavours_see_the_same(comparison: Comparison, part: str) -> None:
    ours: dict[str, Json] = getattr(comparison.ours, part)
    in_async: dict[str, Json] = getattr(comparison.ours_async, part)
    differing = {
        key: (one, other)
        for key, one in ours.items()
        if (other := in_async[key]) != one and (raised(one) is None or raised(one) != raised(other))
    }
    assert not differing


def test_all_edited_alike(comparison: Comparison) -> None:
    """An edit by one is seen by the other, and comes to the same."""
    seen: Membership
    for seen in comparison:
        for text in FINALLY:
            first, *others = (seen.finally_[f"{whose}: {text}"] for whose in TWINS)
            assert raised(first) is None
            assert all(other == first for other in others)


#: How the probes write objects of a class.
OBJECTS = {
    "Api": "api",
    "Artifact": r"artifact|latest|link|away|alone|version|\b[ab]|artifact\(f'[^']*'\)",
    "ArtifactCollection": r"collection|portfolio|\bc|artifact_collection\([^)]*\)",
    "ArtifactCollections": r"collections|artifact_collections\([^)]*\)",
    "ArtifactFiles": r"files|files\(\)",
    "ArtifactType": "kind",
    "ArtifactTypes": r"kinds|artifact_types\(P\)",
    "Artifacts": r"versions|artifacts\('dataset', f'{P}/data'\)",
    "File": "file",
    "Project": "project",
    "ProjectArtifactCollections": r"all_collections|E\)\.collections\(\)",
    "Registries": r"registries|registries\(f'{E}-org'\)",
    "Registry": "registry",
    "Run": r"run|run\(f'[^']*'\)",
    "RunArtifacts": r"logged|logged_artifacts\(\)",
}
