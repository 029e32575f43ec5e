"""Plans beside a plain model: whatever a project holds, nothing goes that a rule keeps."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from typed_artifacts import Api, PrunePlan, RetentionRules
from typed_artifacts._retention.making import PlanInMaking
from typed_artifacts.holdings import HeldCollection, HeldVersion, Holders, VersionMembership
from typed_artifacts.local import Registry, open_local

pytestmark = pytest.mark.long

NOW = datetime(2026, 6, 1, tzinfo=UTC)
FILES = {"a": 1, "b": 10, "c": 100, "d": 1000}


@dataclass
class Version:
    """A version of the model: what its content is and what holds it."""

    id: str
    number: int
    files: frozenset[str]
    aliases: tuple[str, ...]
    tags: tuple[str, ...]
    age: int
    used: bool
    links: list[tuple[str, int, tuple[str, ...]]] = field(
        default_factory=list[tuple[str, int, tuple[str, ...]]]
    )

    @property
    def digest(self) -> str:
        return "".join(sorted(self.files))


@st.composite
def worlds(draw: st.DrawFn) -> list[list[Version]]:
    """Some sequences, with versions, some of which are linked into two portfolios."""
    sequences: list[list[Version]] = []
    numbers = {"shelf": 0, "far": 0}
    for sequence in range(draw(st.integers(1, 3))):
        versions: list[Version] = []
        for number in range(draw(st.integers(0, 6))):
            made = Version(
                f"{sequence}-{number}",
                number,
                frozenset(draw(st.sets(st.sampled_from(sorted(FILES)), max_size=3))),
                tuple(draw(st.sets(st.sampled_from(["best", "step-1", "old"]), max_size=2))),
                tuple(draw(st.sets(st.sampled_from(["gold", "tin"]), max_size=2))),
                draw(st.integers(0, 60)),
                draw(st.booleans()) and draw(st.booleans()),
            )
            for portfolio in draw(st.sets(st.sampled_from(["shelf", "far"]), max_size=2)):
                alias = tuple(draw(st.sets(st.sampled_from(["prod"]), max_size=1)))
                made.links.append((portfolio, numbers[portfolio], alias))
                numbers[portfolio] += 1
            versions.append(made)
        sequences.append(versions)
    return sequences


RULES = st.builds(
    RetentionRules,
    keep_last=st.integers(0, 3),
    keep_aliases=st.sampled_from([("*",), (), ("best",), ("step-*", "prod")]),
    keep_tags=st.sampled_from([(), ("gold",), ("*",)]),
    keep_used=st.booleans(),
    older_than=st.sampled_from([None, timedelta(days=30)]),
)


def held(version: Version, number: int, aliases: tuple[str, ...], *, link: bool) -> HeldVersion:
    size = sum(FILES[name] for name in version.files)
    created = NOW - timedelta(days=version.age)
    return HeldVersion(
        *(version.id, f"v{number}", version.digest, size, len(version.files), created, None, None),
        *(version.tags, aliases, link, False),
    )


def planned(world: list[list[Version]], rules: RetentionRules, *, exact: bool) -> PrunePlan:
    """What is planned of a world; "far" is a portfolio of another project."""
    making = PlanInMaking(rules, now=NOW)
    shelf = HeldCollection("shelf", "shelf", "t", is_sequence=False)
    making.add(shelf, [])
    for index, versions in enumerate(world):
        collection = HeldCollection(str(index), f"seq-{index}", "t", is_sequence=True)
        making.add(collection, [])
        for version in versions:
            making.add(collection, [held(version, version.number, version.aliases, link=False)])
            for portfolio, number, aliases in version.links:
                if portfolio == "shelf":
                    making.add(shelf, [held(version, number, aliases, link=True)])
    making.decide()
    every = {version.id: version for versions in world for version in versions}
    making.hold(holders(every[key]) for key in making.to_check())
    contents = {v.digest: {name: FILES[name] for name in v.files} for v in every.values()}
    making.count_freed(
        {digest: contents[digest] for digest in making.contents_to_read()} if exact else None
    )
    return making.plan("e", "p")


def holders(version: Version) -> Holders:
    sequence = version.id.partition("-")[0]
    memberships = [
        VersionMembership(sequence, f"e/p/seq-{sequence}:v{version.number}", version.aliases)
    ]
    for portfolio, number, aliases in version.links:
        memberships.append(VersionMembership(portfolio, f"e/x/{portfolio}:v{number}", aliases))
    used = "run" if version.used else None
    return Holders(
        version.id,
        gone=False,
        digest=version.digest,
        tags=version.tags,
        used_by=used,
        memberships=tuple(memberships),
    )


def kept_by_rule(
    version: Version, rank: int, aliases: tuple[str, ...], rules: RetentionRules
) -> bool:
    """What the documentation says, word for word."""
    patterns = rules.keep_aliases
    return (
        rank < rules.keep_last
        or ("*" in patterns and bool(aliases))
        or ("best" in patterns and "best" in aliases)
        or ("step-*" in patterns and bool({"step-1", "prod"} & set(aliases)))
        or ("*" in rules.keep_tags and bool(version.tags))
        or ("gold" in rules.keep_tags and "gold" in version.tags)
        or (rules.keep_used and version.used)
        or (rules.older_than is not None and version.age < 30)
    )


def model(world: list[list[Version]], rules: RetentionRules) -> tuple[set[str], set[str]]:
    """The ids of versions that go, and those of links on the shelf that go."""
    everything = [version for versions in world for version in versions]
    shelved = [
        (number, version, aliases)
        for version in everything
        for portfolio, number, aliases in version.links
        if portfolio == "shelf"
    ]
    unlinked = {
        version.id
        for number, version, aliases in shelved
        if not kept_by_rule(
            version, sum(1 for other, _, _ in shelved if other > number), aliases, rules
        )
    }
    going = {
        version.id
        for versions in world
        for version in versions
        if not kept_by_rule(version, len(versions) - 1 - version.number, version.aliases, rules)
        and all(
            portfolio == "shelf" and version.id in unlinked for portfolio, _, _ in version.links
        )
    }
    return going, unlinked


@settings(max_examples=100, deadline=None)
@given(worlds(), RULES)
def test_a_plan_is_what_the_model_says(world: list[list[Version]], rules: RetentionRules) -> None:
    plan = planned(world, rules, exact=True)
    going, unlinked = model(world, rules)
    assert {row.id for row in plan.rows if row.action == "delete"} == going
    assert {row.id for row in plan.rows if row.action == "unlink"} == unlinked
    everything = [version for versions in world for version in versions]
    before = {name for version in everything for name in version.files}
    after = {name for version in everything if version.id not in going for name in version.files}
    assert plan.frees == sum(FILES[name] for name in before - after)
    assert all(row.frees == 0 for row in plan.rows if row.action != "delete")
    assert len(plan.rows) == len(everything) + sum(
        1 for version in everything for link in version.links if link[0] == "shelf"
    )
    assert PrunePlan.from_jsonl(plan.to_jsonl()) == plan
    rough = planned(world, rules, exact=False)
    assert [row.action for row in rough.rows] == [row.action for row in plan.rows]
    assert rough.frees >= plan.frees


def built(registry: Registry, world: list[list[Version]]) -> dict[str, str]:
    """The world in a registry: each version has a file of its own, too; its paths by id."""
    paths: dict[str, str] = {}
    with registry.batch():
        for index, versions in enumerate(world):
            for version in versions:
                path = f"local/p/seq-{index}"
                files = {name: name * FILES[name] for name in version.files}
                stored = registry.log_version(
                    path,
                    type="t",
                    files={**files, "own": version.id},
                    aliases=[f"{alias}-{version.id}" for alias in version.aliases],
                    tags=version.tags,
                    created_at=NOW - timedelta(days=version.age),
                )
                paths[version.id] = stored.path
                for portfolio, _, aliases in version.links:
                    project = "p" if portfolio == "shelf" else "x"
                    names = [f"{alias}-{version.id}" for alias in aliases]
                    registry.link(stored, f"local/{project}/{portfolio}", aliases=names)
                if version.used:
                    registry.use("local/p/run", stored)
    return paths


@settings(max_examples=5, deadline=None)
@given(worlds(), st.integers(0, 2), st.sampled_from([(), ("best-*",), ("*",)]))
def test_a_plan_carried_out_leaves_what_it_said(
    world: list[list[Version]], keep_last: int, keep_aliases: tuple[str, ...]
) -> None:
    with open_local() as server:
        paths = built(server.registry, world)
        with Api(
            base_url="http://localhost", api_key=server.api_key, transport=server.transport
        ) as api:
            if not paths:
                return
            plan = api.plan_prune("local/p", keep_last=keep_last, keep_aliases=keep_aliases)
            report = plan.apply(api)
            assert not report.failed
            assert not report.changed
            there = {
                version.qualified_name
                for kind in api.artifact_types("local/p")
                for collection in kind.collections()
                for version in collection.artifacts()
            }
            assert there == {plan.path(row) for row in plan.staying}
            for path in there:
                assert api.artifact(path).file_count >= 1
            again = api.plan_prune("local/p", keep_last=keep_last, keep_aliases=keep_aliases)
            # `latest` has moved to a version that stayed anyway, so that nothing more goes.
            assert not {row.name for row in again.going} - {row.name for row in plan.staying}
