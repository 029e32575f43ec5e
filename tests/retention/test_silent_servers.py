"""Plans carried out on servers that do not say what they did: a row is done only if it was."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from graphql import FieldNode, OperationDefinitionNode, parse
from typing_extensions import override

from tests.client.flavours import Flavour
from tests.client.taps import Intercepting, JsonObject, Sent, Tap
from tests.retention.test_applying import left, log_named, outcomes
from tests.retention.test_plans import fill
from typed_artifacts import Api, AsyncApi, PrunePlan, ServerError
from typed_artifacts.local import Registry


class Idle(Intercepting):
    """The embedded server, but mutations are not carried out: a function answers them."""

    def __init__(self, tap: Tap, answer: Callable[[list[str]], JsonObject]) -> None:
        super().__init__(tap.server)
        self._answer = answer

    @override
    def intercept(self, request: httpx.Request) -> httpx.Response | None:
        document = parse(json.loads(request.content)["query"])
        (operation, *_) = document.definitions
        assert isinstance(operation, OperationDefinitionNode)
        if operation.operation.value == "query":
            return None
        self._note(request)
        fields = [
            each for each in operation.selection_set.selections if isinstance(each, FieldNode)
        ]
        return httpx.Response(
            200, json=self._answer([(each.alias or each.name).value for each in fields])
        )


def null(roots: list[str]) -> JsonObject:
    return {"data": dict.fromkeys(roots)}


def missing(_: list[str]) -> JsonObject:
    return {"data": {}}


def no_data(_: list[str]) -> JsonObject:
    return {"data": None}


def false(roots: list[str]) -> JsonObject:
    """Where a result says whether it was done; the others have no such field, and are null."""
    has = ("unlinkArtifact", "deleteAliases")
    return {"data": {root: {"success": False} if root.startswith(has) else None for root in roots}}


def nameless(roots: list[str]) -> JsonObject:
    return {**null(roots), "errors": [{"message": "", "path": [root]} for root in roots]}


async def deletions(api: AsyncApi, registry: Registry) -> PrunePlan:
    fill(registry, 3)
    return await api.plan_prune("p")


async def named_deletions(api: AsyncApi, registry: Registry) -> PrunePlan:
    for number in range(3):
        log_named(registry, number, f"n{number}")
    return await api.plan_prune("p", keep_aliases=())


async def unlinkings(api: AsyncApi, registry: Registry) -> PrunePlan:
    fill(registry, 3)
    for number in range(3):
        registry.link(f"local/p/data:v{number}", "local/p/shelf")
    return await api.plan_prune("p", collection="shelf")


async def expirations(api: AsyncApi, registry: Registry) -> PrunePlan:
    fill(registry, 3)
    return await api.plan_ttl("p", ttl=timedelta(days=30))


PLANS: dict[str, Callable[[AsyncApi, Registry], Awaitable[PrunePlan]]] = {
    "deleted": deletions,
    "deleted with aliases": named_deletions,
    "unlinked": unlinkings,
    "expiring": expirations,
}
each_plan = pytest.mark.parametrize(("done", "make"), PLANS.items(), ids=PLANS.keys())


@pytest.mark.each(2)
@each_plan
@pytest.mark.parametrize("answer", [null, missing, no_data, false, nameless])
async def test_what_is_not_said_to_be_done_is_not_told_as_done(
    flavour: Flavour,
    api: AsyncApi,
    registry: Registry,
    tap: Tap,
    answer: Callable[[list[str]], JsonObject],
    done: str,
    make: Callable[[AsyncApi, Registry], Awaitable[PrunePlan]],
) -> None:
    plan = await make(api, registry)
    report = await plan.apply(flavour.api(Idle(tap, answer), api_key=tap.server.api_key))
    assert len(plan.going) == 2
    assert set(outcomes(report).values()) == {"failed"}
    assert report.done == ()
    assert report.freed == 0
    assert all(each.reason for each in report.failed)
    again = await plan.apply(api)
    assert [each.outcome for each in again.outcomes] == [done.partition(" ")[0]] * 2


@each_plan
async def test_what_was_done_without_a_word_is_done(
    api: AsyncApi,
    registry: Registry,
    tap: Tap,
    done: str,
    make: Callable[[AsyncApi, Registry], Awaitable[PrunePlan]],
) -> None:
    plan = await make(api, registry)

    def silent(_: Sent, reply: JsonObject) -> None:
        for root in reply["data"]:
            if not root.startswith(("artifact", "artifactCollection")):
                reply["data"][root] = None

    tap.rewrite = silent
    report = await plan.apply(api)
    assert [each.outcome for each in report.outcomes] == [done.partition(" ")[0]] * 2


async def test_each_of_two_links_to_a_version_has_an_outcome_of_its_own(
    flavour: Flavour, api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry, 1)
    for portfolio in ("rack", "shelf"):
        registry.link("local/p/data:v0", f"local/p/{portfolio}")
    plan = await api.plan_prune("p", keep_last=0, keep_aliases=())

    def half(roots: list[str]) -> JsonObject:
        key = tap.server.api_key
        with Api(base_url="http://localhost", api_key=key, transport=tap.server.transport) as other:
            other.artifact("local/p/shelf:v0").unlink()
        return null(roots)

    report = await plan.apply(flavour.api(Idle(tap, half), api_key=tap.server.api_key))
    assert outcomes(report) == {"rack:v0": "failed", "shelf:v0": "unlinked", "data:v0": "changed"}


async def test_the_reason_says_what_came_back(
    flavour: Flavour, api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    plan = await unlinkings(api, registry)

    def mixed(roots: list[str]) -> JsonObject:
        return {"data": {roots[0]: None, roots[1]: {"success": False}}}

    report = await plan.apply(flavour.api(Idle(tap, mixed), api_key=tap.server.api_key))
    assert [each.reason for each in report.failed] == [
        "the server answered with no result and no error",
        "the server answered with success: false and no error",
    ]


async def test_aliases_that_are_not_given_back_are_an_error(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    plan = await named_deletions(api, registry)

    def hurry(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "ArtifactHoldersBatch" and "DeleteNamedArtifactBatch" not in (
            tap.operations
        ):
            log_named(registry, 1, "new")
        if sent.operation == "SaveArtifact":
            reply["data"]["addAliases"] = None

    tap.rewrite = hurry
    with pytest.raises(ServerError, match=r"SaveArtifact for the aliases n1 of local/p/data:v1"):
        await plan.apply(api)
    assert left(tap) == ["v1", "v2"]


@pytest.mark.parametrize("linked", [False, True])
async def test_a_collection_that_is_not_said_to_be_deleted_is_not_dropped(
    api: AsyncApi, registry: Registry, tap: Tap, *, linked: bool
) -> None:
    fill(registry, 1)
    registry.link("local/p/data:v0", "local/p/shelf")
    rules: dict[str, Any] = {"keep_last": 0, "keep_aliases": ()}
    plan = await api.plan_prune("p", collection="shelf" if linked else "data", **rules)
    if not linked:
        await (await api.artifact_collection("dataset", "p/shelf")).delete()
        plan = await api.plan_prune("p", collection="data", **rules)

    def silent(sent: Sent, reply: JsonObject) -> None:
        if sent.operation.startswith(("DeleteArtifactSequence", "DeleteArtifactPortfolio")):
            reply["data"] = dict.fromkeys(reply["data"])

    tap.rewrite = silent
    with pytest.raises(ServerError, match="was answered with no result and no error"):
        await plan.apply(api, drop_empty=True)
