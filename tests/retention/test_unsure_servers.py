"""Plans carried out on servers that page oddly or tell too little: what is not told, stays."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.client.taps import JsonObject, Rewrite, Sent, Tap
from tests.retention.test_applying import left, outcomes
from tests.retention.test_plans import fill
from typed_artifacts import AsyncApi, PaginationError, PrunePlan
from typed_artifacts.local import Registry

INVENTORY, HOLDERS = "CollectionInventoryBatch", "ArtifactHoldersBatch"


async def shrunk_plan(api: AsyncApi, registry: Registry) -> PrunePlan:
    """A plan that deletes v0 to v2, of whose collection the three newest are v0 to v2 by now."""
    fill(registry, 5)
    plan = await api.plan_prune("p", keep_last=2, keep_aliases=())
    for version in ("v3", "v4"):
        await (await api.artifact(f"p/data:{version}")).delete(delete_aliases=True)
    return plan


def paged(change: Callable[[JsonObject], None]) -> Rewrite:
    """The first page of a collection changed, and each later one as the server sent the first."""
    first: list[JsonObject] = []

    def rewrite(sent: Sent, reply: JsonObject) -> JsonObject | None:
        if not sent.operation.startswith("CollectionInventory"):
            return None
        if first:
            return first[0]
        first.append(reply)
        root = next(iter(reply["data"]))
        page: JsonObject = {**reply["data"][root]["artifacts"]}
        change(page)
        return {"data": {root: {"artifacts": page}}}

    return rewrite


def empty_first(page: JsonObject) -> None:
    page["edges"] = []
    page["pageInfo"] = {"endCursor": "more", "hasNextPage": True}


async def test_an_empty_page_does_not_end_the_newest(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    plan = await shrunk_plan(api, registry)
    tap.rewrite = paged(empty_first)
    report = await plan.apply(api)
    assert outcomes(report) == {"data:v0": "deleted", "data:v1": "changed", "data:v2": "changed"}
    assert left(tap) == ["v1", "v2"]


@pytest.mark.parametrize("root", ["deleteArtifact_\u00b2", "deleteArtifact_" + "9" * 5000, ""])
async def test_an_error_about_no_part_of_a_batch_is_one_about_all_of_it(
    api: AsyncApi, registry: Registry, tap: Tap, root: str
) -> None:
    fill(registry, 3)
    plan = await api.plan_prune("p", keep_last=1, keep_aliases=())

    def refuse(sent: Sent, reply: JsonObject) -> JsonObject | None:
        del reply
        if not sent.operation.startswith("DeleteNamedArtifact"):
            return None
        return {"data": None, "errors": [{"message": "not today", "path": [root]}]}

    tap.rewrite = refuse
    report = await plan.apply(api)
    # They are gone, as a look shows: only the answer said otherwise.
    assert set(outcomes(report).values()) == {"deleted"}


@pytest.mark.parametrize("cursor", ["same", None])
async def test_a_cursor_that_leads_nowhere_deletes_nothing(
    api: AsyncApi, registry: Registry, tap: Tap, cursor: str | None
) -> None:
    plan = await shrunk_plan(api, registry)

    def again(sent: Sent, _: JsonObject) -> JsonObject | None:
        if sent.operation != INVENTORY:
            return None
        assert tap.operations.count(INVENTORY) < 5, "the same page is asked for again and again"
        edge: JsonObject = {"version": "v2", "node": {"id": plan.going[-1].id, "size": 1}}
        info = {"endCursor": cursor, "hasNextPage": True}
        return {
            "data": {"artifactCollection_0": {"artifacts": {"edges": [edge], "pageInfo": info}}}
        }

    tap.rewrite = again
    with pytest.raises(PaginationError, match=r"local/p") as told:
        await plan.apply(api)
    assert told.value.operation == "CollectionInventory"
    assert left(tap) == ["v0", "v1", "v2"]


@pytest.mark.parametrize("told", [None, {"artifacts": None}])
async def test_nothing_goes_where_the_newest_are_not_told(
    api: AsyncApi, registry: Registry, tap: Tap, told: JsonObject | None
) -> None:
    fill(registry, 3)
    fill(registry, 3, name="other")
    plan = await api.plan_prune("p")
    (data,) = {row.collection_id for row in plan.going if row.collection == "data"}

    def silent(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == INVENTORY:
            number = next(
                name.rpartition("_")[2] for name, value in sent.variables.items() if value == data
            )
            reply["data"][f"artifactCollection_{number}"] = told

    tap.rewrite = silent
    report = await plan.apply(api)
    assert outcomes(report) == {
        "data:v0": "failed",
        "data:v1": "failed",
        "other:v0": "deleted",
        "other:v1": "deleted",
    }
    assert {each.reason for each in report.failed} == {
        "the server does not say which versions of its collection are the newest now"
    }
    assert left(tap) == ["v0", "v1", "v2"]
    tap.rewrite = None
    assert set(outcomes(await plan.apply(api)).values()) == {"deleted", "gone"}
    assert left(tap) == ["v2"]


async def test_a_collection_that_is_not_told_does_not_hide_the_newest_of_the_others(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry, 4)
    fill(registry, 4, name="other")
    plan = await api.plan_prune("p", keep_last=2, keep_aliases=())
    await (await api.artifact("p/other:v3")).delete(delete_aliases=True)

    def silent(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == INVENTORY:
            reply["data"]["artifactCollection_0"] = None  # by name, "data" is the first

    tap.rewrite = silent
    assert outcomes(await plan.apply(api)) == {
        "data:v0": "failed",
        "data:v1": "failed",
        "other:v0": "deleted",
        "other:v1": "changed",  # one of the newest, as v3 is gone
    }


async def test_what_is_gone_with_its_collection_is_gone(api: AsyncApi, registry: Registry) -> None:
    fill(registry, 3)
    plan = await api.plan_prune("p")
    await (await api.artifact_collection("dataset", "p/data")).delete()
    assert set(outcomes(await plan.apply(api)).values()) == {"gone"}


@pytest.mark.parametrize("change", ["empty", "null"])
async def test_a_collection_is_dropped_only_when_it_is_known_to_be_empty(
    api: AsyncApi, registry: Registry, tap: Tap, change: str
) -> None:
    fill(registry, 2)
    rules: dict[str, Any] = {"keep_last": 0, "keep_aliases": ()}
    plan = await api.plan_prune("p", **rules)
    registry.log_version("local/p/data", type="dataset", files={"new": "1"})

    def silent(sent: Sent, reply: JsonObject) -> None:
        if sent.operation.startswith("CollectionInventory"):
            for root in reply["data"]:
                reply["data"][root] = {"artifacts": None}

    tap.rewrite = paged(empty_first) if change == "empty" else silent
    report = await plan.apply(api, drop_empty=True)
    assert report.dropped == ()
    assert left(tap) == ["v2"]


async def test_an_empty_page_of_users_does_not_make_a_version_unused(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry, 4)
    plan = await api.plan_prune("p")
    for version in ("v0", "v2"):
        registry.use(f"local/p/run-{version}", f"local/p/data:{version}")
    first: list[JsonObject] = []

    def empty_first(sent: Sent, reply: JsonObject) -> JsonObject | None:
        if sent.operation != HOLDERS or "cursor_0" in sent.variables:
            return first.pop() if sent.operation == HOLDERS else None
        info = {"endCursor": "more", "hasNextPage": True}
        first.append({"data": dict(reply["data"])})
        return {
            "data": {
                root: {**found, "usedBy": {"edges": [], "pageInfo": info}}
                for root, found in reply["data"].items()
            }
        }

    tap.rewrite = empty_first
    report = await plan.apply(api)
    assert outcomes(report) == {"data:v0": "changed", "data:v1": "deleted", "data:v2": "changed"}
    assert report.changed[0].reason == "the run run-v0 has used it since the plan"
    assert left(tap) == ["v0", "v2", "v3"]


async def test_users_whose_pages_lead_nowhere_delete_nothing(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry, 3)
    plan = await api.plan_prune("p")

    def endless(sent: Sent, reply: JsonObject) -> None:
        for found in reply["data"].values() if sent.operation == HOLDERS else ():
            found["usedBy"] = {"edges": [], "pageInfo": {"endCursor": None, "hasNextPage": True}}

    tap.rewrite = endless
    with pytest.raises(PaginationError, match="no cursor") as told:
        await plan.apply(api)
    assert told.value.operation == "ArtifactHolders"
    assert left(tap) == ["v0", "v1", "v2"]


@pytest.mark.parametrize("hidden", ["node", "collection"])
@pytest.mark.parametrize("when", ["planned", "applied"])
async def test_a_link_in_a_collection_that_is_not_shown_keeps_its_source(
    api: AsyncApi, registry: Registry, tap: Tap, hidden: str, when: str
) -> None:
    fill(registry, 3)
    plan = await api.plan_prune("p")
    for version in ("v0", "v2"):  # of which the last one takes the alias from the first
        registry.link(f"local/p/data:{version}", "local/q/secret")

    def hide(sent: Sent, reply: JsonObject) -> None:
        for found in reply["data"].values() if sent.operation == HOLDERS else ():
            for edge in found["artifactMemberships"]["edges"]:
                if edge["node"]["artifactCollection"]["name"] != "secret":
                    continue
                if hidden == "node":
                    edge["node"] = None
                else:
                    edge["node"]["artifactCollection"] = None

    tap.rewrite = hide
    if when == "planned":
        plan = await api.plan_prune("p")
        assert [row.name for row in plan.going] == ["data:v1"]
        assert plan.rows[0].reason == "linked as a version of a collection that you cannot see"
    else:
        report = await plan.apply(api)
        assert outcomes(report) == {"data:v0": "changed", "data:v1": "deleted"}
        assert left(tap) == ["v0", "v2"]
