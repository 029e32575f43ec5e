"""Filters and orders as expressions: the mappings that they make, and early errors."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.client.flavours import listed
from tests.client.world import MANY, PROJECT
from typed_artifacts import ArtifactState, AsyncApi, InvalidInput
from typed_artifacts.filters import Condition, field

TIME = datetime(2026, 1, 2, tzinfo=UTC)
WRITTEN: list[tuple[Condition, dict[str, object]]] = [
    (field.metadata["accuracy"] > 0.9, {"metadata.accuracy": {"$gt": 0.9}}),
    (field.metadata["a"]["b"] == "x", {"metadata.a.b": "x"}),
    (field.metadata["flag"] == True, {"metadata.flag": True}),  # noqa: E712 - a value
    (field.size <= 10, {"size": {"$lte": 10}}),
    (field.version != 3, {"version_index": {"$ne": 3}}),
    (field.tags.contains("gold"), {"tag": "gold"}),
    (field.aliases.contains_any(["a", "b"]), {"alias": {"$in": ["a", "b"]}}),
    (field.created_at >= TIME, {"created_at": {"$gte": "2026-01-02T00:00:00+00:00"}}),
    (field.digest.is_in(["x", "y"]), {"digest": {"$in": ["x", "y"]}}),
    (field.name.matches("^m"), {"name": {"$regex": "^m"}}),
    (field.description.exists(), {"description": {"$exists": True}}),
    (field.state == ArtifactState.PENDING, {"state": "PENDING"}),
    (
        (field.size > 1) & (field.size < 9) & field.tags.contains("t"),
        {"$and": [{"size": {"$gt": 1}}, {"size": {"$lt": 9}}, {"tag": "t"}]},
    ),
    (
        ~(field.size > 1) | field.metadata["l"].contains(2),
        {"$or": [{"$nor": [{"size": {"$gt": 1}}]}, {"metadata.l": {"$contains": 2}}]},
    ),
]


@pytest.mark.parametrize(("condition", "document"), WRITTEN)
def test_it_is_the_mapping_that_one_would_write(
    condition: Condition, document: dict[str, object]
) -> None:
    assert dict(condition) == document


async def test_listings_take_it(api: AsyncApi) -> None:
    async def versions(condition: Condition, order: str | None = None) -> list[str]:
        found = await listed(api.artifacts("dataset", MANY, order, filters=condition))
        return [each.version for each in found]

    number = field.metadata["number"]
    assert await versions((number >= 3) & (number < 6)) == ["v5", "v4", "v3"]
    assert await versions((number >= 3) & (number < 6), field.version.asc()) == ["v3", "v4", "v5"]
    assert await versions(field.tags.contains("rare")) == ["v111", "v60"]
    assert await versions(field.tags.contains("rare") & ~field.tags.contains("even")) == ["v111"]
    assert await versions(field.aliases.contains_any(["alias-10", "alias-20"])) == ["v20", "v10"]
    assert await versions(field.metadata["nested"]["half"] == 2.5) == ["v5"]
    assert len(await versions(field.created_at < datetime.now(UTC) + timedelta(days=1))) == 120
    named = api.project(PROJECT).collections(
        filters=field.name.matches("^set-[01]$"), order=field.created_at.desc()
    )
    assert {each.name for each in await listed(named)} == {"set-0", "set-1"}
    plan = await api.plan_prune(PROJECT, collection="many", filters=number < 5)
    assert {row.version for row in plan.going} == set()  # used, or with an alias


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(InvalidInput, match="&"):
        _ = field.size > 1 and field.size < 3
    with pytest.raises(InvalidInput, match="&"):
        _ = 1 < field.size < 3
    with pytest.raises(InvalidInput, match="time zone"):
        _ = field.created_at > datetime(2026, 1, 1)  # noqa: DTZ001 - the mistake
    with pytest.raises(InvalidInput, match="without dots"):
        _ = field.metadata["a.b"]
    with pytest.raises(InvalidInput, match="cannot be compared"):
        _ = field.size > [1]  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]  # the mistake
    with pytest.raises(InvalidInput, match=r"with None; exists\(False\) finds what has no value\."):
        _ = field.description == None  # noqa: E711 - the mistake
    with pytest.raises(InvalidInput, match="list of"):
        _ = field.digest.is_in("abc")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # the mistake
    with pytest.raises(InvalidInput, match="with another"):
        _ = (field.size > 1) & {"tag": "t"}  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]  # the mistake
    with pytest.raises(AttributeError):
        _ = field.colour  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # the mistake
