"""Plans carried out: what goes, what is left alone, how often it may be stopped."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from typing_extensions import override

from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Script, Sent, Tap, Unsteady
from tests.retention.test_plans import fill
from typed_artifacts import (
    Api,
    ArtifactsError,
    AsyncApi,
    GraphQLError,
    InvalidInput,
    PrunePlan,
    PruneProgress,
    PruneReport,
    RetryPolicy,
)
from typed_artifacts.local import Registry, open_local


def left(tap: Tap, path: str = "local/p/data") -> list[str]:
    """The versions that a collection has, oldest first."""
    with Api(
        base_url="http://localhost", api_key=tap.server.api_key, transport=tap.server.transport
    ) as api:
        return [each.version for each in api.artifacts("dataset", path, order="+version_index")]


def outcomes(report: PruneReport) -> dict[str, str]:
    return {each.row.name: each.outcome for each in report.outcomes}


async def test_what_is_planned_goes(api: AsyncApi, registry: Registry, tap: Tap) -> None:
    fill(registry, 6)
    registry.link("local/p/data:v0", "local/p/shelf")
    registry.link("local/p/data:v5", "local/p/shelf")
    plan = await api.plan_prune("p", keep_last=2)
    tap.sent.clear()
    told: list[PruneProgress] = []
    report = await plan.apply(api, progress=told.append)
    assert tap.operations == [
        "CollectionInventoryBatch",  # which are the newest now
        *["ArtifactHoldersBatch", "DeleteArtifactBatch"],
    ]
    assert outcomes(report) == {f"data:v{number}": "deleted" for number in range(1, 4)}
    assert report.freed == plan.frees > 3000
    assert left(tap) == ["v0", "v4", "v5"]  # two links are the newest of the shelf
    assert [(event.done, event.total, event.freed) for event in told] == [(3, 3, plan.frees)]
    assert str(report) == "3 versions deleted; freed 3.02 kB."


async def test_a_link_goes_before_its_source(api: AsyncApi, registry: Registry, tap: Tap) -> None:
    fill(registry, 3)
    for number in range(3):
        registry.link(f"local/p/data:v{number}", "local/p/shelf")
    plan = await api.plan_prune("p")
    report = await plan.apply(api)
    assert [(each.row.name, each.outcome) for each in report.outcomes] == [
        ("shelf:v0", "unlinked"),
        ("shelf:v1", "unlinked"),
        ("data:v0", "deleted"),
        ("data:v1", "deleted"),
    ]
    assert left(tap) == ["v2"]
    assert left(tap, "local/p/shelf") == ["v2"]


async def test_a_link_goes_though_its_source_has_an_alias(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry, 2)
    registry.log_version("local/p/more", type="dataset", files={"f": "1"}, aliases=["gold"])
    registry.link("local/p/more:v0", "local/p/shelf")
    registry.link("local/p/data:v1", "local/p/shelf")
    plan = await api.plan_prune("p", collection="shelf")
    assert outcomes(await plan.apply(api)) == {"shelf:v0": "unlinked"}
    assert left(tap, "local/p/shelf") == ["v1"]
    assert left(tap, "local/p/more") == ["v0"]


async def test_many_go_in_few_requests(api: AsyncApi, registry: Registry, tap: Tap) -> None:
    registry.bulk.versions("local/p/data", type="dataset", count=230, alias_every=1000)
    plan = await api.plan_prune("p", keep_last=10, exact=False)
    tap.sent.clear()
    report = await plan.apply(api)
    assert len(report.done) == 219  # the oldest has an alias
    assert tap.operations == [
        "CollectionInventoryBatch",
        *["ArtifactHoldersBatch", "DeleteArtifactBatch"] * 5,
    ]
    assert len(left(tap)) == 11


async def test_twice_is_once(api: AsyncApi, registry: Registry, tap: Tap, tmp_path: Path) -> None:
    fill(registry, 5)
    plan = await api.plan_prune("p")
    journal = tmp_path / "journal"
    first = await plan.apply(api, journal=journal)
    tap.sent.clear()
    again = await plan.apply(api, journal=journal)
    assert tap.sent == []
    assert again == first
    without = await plan.apply(api)
    assert set(outcomes(without).values()) == {"gone"}
    assert without.freed == 0
    assert left(tap) == ["v4"]


Change = Callable[[Registry], object]


CHANGES: list[tuple[Change, str]] = [
    (
        lambda registry: registry.log_version(
            "local/p/data",
            type="dataset",
            files={"a.bin": b"x" * 1000 + b"data-1"},
            aliases=["best"],
        ),
        "the alias (best|latest)",
    ),
    (
        lambda registry: registry.log_version(
            "local/p/data",
            type="dataset",
            files={"a.bin": b"x" * 1000 + b"data-1"},
            tags=["gold"],
        ),
        "the (tag gold|alias latest)",
    ),
    (lambda registry: registry.use("local/p/run", "local/p/data:v1"), "run has used it"),
    (lambda registry: registry.link("local/p/data:v1", "local/p/shelf"), "p/shelf:v0"),
]


@pytest.mark.parametrize(("change", "said"), CHANGES)
async def test_what_changed_since_the_plan_stays(
    api: AsyncApi, registry: Registry, tap: Tap, change: Change, said: str
) -> None:
    fill(registry, 4)
    plan = await api.plan_prune("p")
    change(registry)
    report = await plan.apply(api)
    (kept,) = report.changed
    assert kept.row.name == "data:v1"
    assert re.search(said, kept.reason)
    assert left(tap) == ["v1", "v3"]


async def test_an_edit_since_the_plan_keeps(api: AsyncApi, registry: Registry, tap: Tap) -> None:
    fill(registry, 3)
    plan = await api.plan_prune("p")
    artifact = await api.artifact("p/data:v0")
    artifact.metadata["keep"] = "please"
    await artifact.save()
    report = await plan.apply(api)
    assert outcomes(report) == {"data:v0": "changed", "data:v1": "deleted"}
    assert left(tap) == ["v0", "v2"]


async def test_an_alias_that_comes_at_the_last_moment_keeps(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    """Between the look and the deletion there is a moment; the server guards it."""
    fill(registry, 4)
    plan = await api.plan_prune("p")

    def hurry(sent: Sent, _: JsonObject) -> None:
        if sent.operation == "ArtifactHoldersBatch":
            artifact = registry.log_version(
                "local/p/data", type="dataset", files={"a.bin": b"x" * 1000 + b"data-2"}
            )
            assert not artifact.created

    tap.sent.clear()
    tap.rewrite = hurry
    report = await plan.apply(api)
    tap.rewrite = None
    assert outcomes(report) == {"data:v0": "deleted", "data:v1": "deleted", "data:v2": "changed"}
    assert report.changed[0].reason == "it has got the alias latest since the plan"
    assert left(tap) == ["v2", "v3"]


async def test_an_alias_at_the_last_moment_keeps_a_version_that_had_some(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    """The aliases of the plan go by name; the version that gets another keeps them all."""
    for number in range(4):
        log_named(registry, number, f"old-{number}", f"older-{number}")
    plan = await api.plan_prune("p", keep_aliases=("best", "latest"))

    def hurry(sent: Sent, _: JsonObject) -> None:
        if sent.operation == "ArtifactHoldersBatch":
            tap.rewrite = None
            log_named(registry, 1, "new")

    tap.sent.clear()
    tap.rewrite = hurry
    report = await plan.apply(api)
    assert tap.operations == [
        *["CollectionInventoryBatch", "ArtifactHoldersBatch", "DeleteNamedArtifactBatch"],
        *["ArtifactHoldersBatch", "SaveArtifact"],
    ]
    assert outcomes(report) == {"data:v0": "deleted", "data:v1": "changed", "data:v2": "deleted"}
    assert re.fullmatch(
        "it has got the alias (new|latest) since the plan", report.changed[0].reason
    )
    kept = await api.artifact("p/data:v1")
    assert sorted(kept.aliases) == ["latest", "new", "old-1", "older-1"]
    assert left(tap) == ["v1", "v3"]
    again = await plan.apply(api)
    assert outcomes(again) == {"data:v0": "gone", "data:v1": "changed", "data:v2": "gone"}


async def test_versions_with_aliases_go_where_no_batch_is_taken(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    for number in range(3):
        log_named(registry, number, f"n{number}")
    plan = await api.plan_prune("p", keep_aliases=())

    def refuse(sent: Sent, _: JsonObject) -> JsonObject | None:
        many = "id_1" in sent.variables and sent.operation == "DeleteNamedArtifactBatch"
        return {"data": None, "errors": [{"message": "one at a time"}]} if many else None

    tap.rewrite = refuse
    report = await plan.apply(api)
    assert set(outcomes(report).values()) == {"deleted"}
    assert left(tap) == ["v2"]


class Mirroring(Tap):
    """Gives an answer the status of the error in it, as W&B's server does."""

    @override
    def _rewritten(self, sent: Sent, response: httpx.Response) -> httpx.Response:
        found = super()._rewritten(sent, response)
        status = 409 if found.json().get("errors") else found.status_code
        return httpx.Response(status, content=found.content, headers=found.headers)


async def test_a_batch_of_which_one_is_refused_with_the_status_of_a_conflict(
    flavour: Flavour, tap: Tap, registry: Registry
) -> None:
    """The others were deleted, and it is looked up what has become of the one."""
    fill(registry, 4)
    wire = Mirroring(tap.server)
    api = flavour.api(wire, api_key=tap.server.api_key)
    plan = await api.plan_prune("p", keep_last=1)

    def refuse(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "DeleteArtifactBatch":
            root = next(name for name in reply["data"] if name.endswith("_1"))
            reply["data"][root] = None
            reply["errors"] = [{"message": "gone already", "path": [root]}]

    wire.rewrite = refuse
    report = await plan.apply(api)
    assert list(outcomes(report).values()) == ["deleted"] * 3
    assert left(tap) == ["v3"]


async def test_progress_tells_how_much_of_the_plan_is_done(
    api: AsyncApi, registry: Registry
) -> None:
    fill(registry, 4)
    registry.link("local/p/data:v0", "local/p/shelf")
    plan = await api.plan_prune("p", keep_last=0, keep_aliases=())
    told: list[PruneProgress] = []
    await plan.apply(api, progress=told.append)
    assert [(event.done, event.total, event.name) for event in told] == [
        (1, 5, "shelf:v0"),
        (5, 5, "data:v3"),
    ]
    assert [event.freed for event in told] == [0, plan.frees]


async def test_a_source_goes_though_taking_its_link_away_dated_it(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    """What the plan itself does to a version is no change by somebody else."""
    fill(registry, 3)
    for number in range(3):
        registry.link(f"local/p/data:v{number}", "local/p/shelf")
    plan = await api.plan_prune("p")

    def date(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "ArtifactHoldersBatch" and "UnlinkArtifactBatch" in tap.operations:
            for found in reply["data"].values():
                found["updatedAt"] = "2099-01-01T00:00:00Z"

    tap.sent.clear()
    tap.rewrite = date
    report = await plan.apply(api)
    tap.rewrite = None
    assert set(outcomes(report).values()) == {"unlinked", "deleted"}
    assert left(tap) == ["v2"]


async def test_progress_counts_only_the_bytes_of_what_was_deleted(
    api: AsyncApi, registry: Registry, tmp_path: Path
) -> None:
    fill(registry, 4)
    plan = await api.plan_prune("p")
    await (await api.artifact("p/data:v0")).delete()
    kept = await api.artifact("p/data:v1")
    kept.aliases.append("best")
    await kept.save()
    told: list[PruneProgress] = []
    report = await plan.apply(api, journal=tmp_path / "journal", progress=told.append)
    assert outcomes(report) == {"data:v0": "gone", "data:v1": "changed", "data:v2": "deleted"}
    (deleted,) = (each.row for each in report.done)
    assert told[-1].freed == report.freed == deleted.frees > 1000
    told.clear()
    again = await plan.apply(api, journal=tmp_path / "journal", progress=told.append)
    assert [event.freed for event in told] == [deleted.frees]
    assert again.freed == deleted.frees


def log_named(registry: Registry, number: int, *aliases: str) -> None:
    registry.log_version(
        "local/p/data", type="dataset", files={"own": str(number)}, aliases=aliases
    )


async def test_latest_goes_on_to_what_is_left(api: AsyncApi, registry: Registry) -> None:
    registry.log_version("local/p/data", type="dataset", files={"a": "a"}, tags=["gold"])
    registry.log_version("local/p/data", type="dataset", files={"b": "b"}, aliases=["new"])
    plan = await api.plan_prune("p", keep_last=0, keep_aliases=(), keep_tags=["gold"])
    report = await plan.apply(api)
    assert outcomes(report) == {"data:v1": "deleted"}
    assert (await api.artifact("p/data:latest")).version == "v0"


async def test_the_newest_stay_though_newer_ones_went(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry, 6)
    plan = await api.plan_prune("p", keep_last=2, keep_aliases=())
    for version in ("v4", "v5"):
        artifact = await api.artifact(f"p/data:{version}")
        await artifact.delete(delete_aliases=True)
    report = await plan.apply(api)
    assert outcomes(report) == {
        "data:v0": "deleted",
        "data:v1": "deleted",
        "data:v2": "changed",
        "data:v3": "changed",
    }
    assert left(tap) == ["v2", "v3"]


async def test_the_newest_links_stay_though_newer_ones_went(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry, 4)
    for number in range(4):
        registry.link(f"local/p/data:v{number}", "local/p/shelf")
    plan = await api.plan_prune("p", collection="shelf", keep_last=2, keep_aliases=())
    await (await api.artifact("p/shelf:v3")).unlink()
    assert outcomes(await plan.apply(api)) == {"shelf:v0": "unlinked", "shelf:v1": "changed"}
    assert left(tap, "local/p/shelf") == ["v1", "v2"]


async def test_the_newest_get_no_time_to_live_though_newer_ones_went(
    api: AsyncApi, registry: Registry
) -> None:
    fill(registry, 4)
    plan = await api.plan_ttl("p", ttl=timedelta(days=1), keep_last=2, keep_aliases=())
    await (await api.artifact("p/data:v3")).delete(delete_aliases=True)
    assert outcomes(await plan.apply(api)) == {"data:v0": "expiring", "data:v1": "changed"}
    assert (await api.artifact("p/data:v1")).ttl is None


async def test_an_alias_of_the_plan_goes_with_its_version(
    api: AsyncApi, registry: Registry, tap: Tap
) -> None:
    fill(registry, 2)
    registry.log_version("local/p/data", type="dataset", files={"x": "x"}, aliases=["old"])
    fill(registry, 1, name="other")
    registry.log_version("local/p/data", type="dataset", files={"y": "y"})
    plan = await api.plan_prune("p", keep_aliases=["best"], collection="data")
    await plan.apply(api)
    assert left(tap) == ["v3"]
    everything = await api.plan_prune("p", keep_aliases=(), keep_last=0, collection="data")
    await everything.apply(api)
    assert left(tap) == []


async def test_batches_that_a_gateway_did_not_pass_on_are_sent_again(
    flavour: Flavour, tap: Tap, registry: Registry
) -> None:
    fill(registry, 3)
    registry.link("local/p/data:v0", "local/p/shelf")
    registry.link("local/p/data:v2", "local/p/shelf")
    batches = ["SetArtifactTtlBatch", "UnlinkArtifactBatch", "DeleteArtifactBatch"]
    wire = Unsteady(tap.server, *batches)
    retry = RetryPolicy(tries=2, first_wait=0.001)
    api = flavour.api(wire, api_key=tap.server.api_key, retry=retry)
    plan = await api.plan_ttl("p", ttl=timedelta(days=30), collection="data")
    assert set(outcomes(await plan.apply(api)).values()) == {"expiring"}
    prune = await api.plan_prune("p")
    assert set(outcomes(await prune.apply(api)).values()) == {"unlinked", "deleted"}
    assert [each for each in wire.operations if each in batches] == [
        each for each in batches for _ in range(2)
    ]


async def test_a_refusal_is_told_by_version(
    api: AsyncApi, registry: Registry, tap: Tap, tmp_path: Path
) -> None:
    fill(registry, 4)
    plan = await api.plan_prune("p")

    def refuse(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "DeleteArtifactBatch":
            reply["data"]["deleteArtifact_1"] = None
            reply["errors"] = [{"message": "storage is busy", "path": ["deleteArtifact_1"]}]

    def there(sent: Sent, reply: JsonObject) -> None:
        refuse(sent, reply)
        found = [sent for sent in tap.sent if sent.operation == "DeleteArtifactBatch"]
        if sent.operation == "ArtifactHoldersBatch" and found:
            reply["data"]["artifact_0"]["state"] = "COMMITTED"

    tap.rewrite = there
    journal = tmp_path / "journal"
    report = await plan.apply(api, journal=journal)
    tap.rewrite = None
    assert outcomes(report) == {"data:v0": "deleted", "data:v1": "failed", "data:v2": "deleted"}
    assert report.failed[0].reason == "storage is busy"
    with pytest.raises(ArtifactsError, match=r"1 of 3 versions failed: data:v1: storage is busy"):
        report.raise_if_failed()
    # What failed is tried again; here it turns out to be gone.
    again = await plan.apply(api, journal=journal)
    assert outcomes(again) == {"data:v0": "deleted", "data:v1": "gone", "data:v2": "deleted"}


async def test_a_server_that_takes_no_batch(api: AsyncApi, registry: Registry, tap: Tap) -> None:
    fill(registry, 4)
    plan = await api.plan_prune("p")

    def refuse(sent: Sent, _: JsonObject) -> JsonObject | None:
        many = "id_1" in sent.variables and sent.operation == "DeleteArtifactBatch"
        return {"data": None, "errors": [{"message": "one at a time"}]} if many else None

    tap.rewrite = refuse
    # The transport has carried out what it says it refused, which is then gone.
    report = await plan.apply(api)
    assert set(outcomes(report).values()) == {"deleted"}
    assert left(tap) == ["v3"]
    assert tap.operations.count("DeleteArtifactBatch") == 1 + 3


async def test_a_journal_goes_on_after_an_error(
    api: AsyncApi, registry: Registry, tap: Tap, tmp_path: Path
) -> None:
    registry.bulk.versions("local/p/data", type="dataset", count=121, alias_every=1000)
    plan = await api.plan_prune("p", exact=False)
    journal = tmp_path / "journal"

    def fail(sent: Sent, _: JsonObject) -> JsonObject | None:
        second = tap.operations.count("DeleteArtifactBatch") == 1
        if sent.operation == "ArtifactHoldersBatch" and second:
            return {"data": None, "errors": [{"message": "down"}]}
        return None

    tap.sent.clear()
    tap.rewrite = fail
    with pytest.raises(GraphQLError, match="down"):
        await plan.apply(api, journal=journal)
    tap.rewrite = None
    assert len(left(tap)) == 71
    with journal.open("a", encoding="utf-8") as out:
        out.write('{"id": "cut o')  # as a killed process leaves it
    tap.sent.clear()
    report = await plan.apply(api, journal=journal)
    assert tap.operations == [
        "CollectionInventoryBatch",
        *["ArtifactHoldersBatch", "DeleteArtifactBatch"] * 2,
    ]
    assert len(report.done) == 119
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert lines[0] == {"plan": plan.id}
    assert len({line["id"] for line in lines[1:]}) == len(lines) - 1 == 119


async def test_another_journal_or_no_journal_is_refused(
    api: AsyncApi, registry: Registry, tap: Tap, tmp_path: Path
) -> None:
    fill(registry, 3)
    plan, other = await api.plan_prune("p"), await api.plan_prune("p")
    journal = tmp_path / "journal"
    await plan.apply(api, journal=journal)
    tap.sent.clear()
    with pytest.raises(InvalidInput, match="not the journal of this plan"):
        await other.apply(api, journal=journal)
    journal.write_text("Dear diary\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="no journal of a plan"):
        await plan.apply(api, journal=journal)
    journal.write_text("[1]\n", encoding="utf-8")
    with pytest.raises(InvalidInput, match="not the journal of this plan"):
        await plan.apply(api, journal=journal)
    journal.write_bytes(b"{}")  # without an end of a line, too
    with pytest.raises(InvalidInput, match="no journal of a plan"):
        await plan.apply(api, journal=journal)
    assert journal.read_bytes() == b"{}"
    with pytest.raises(ArtifactsError, match="cannot be used"):
        await plan.apply(api, journal=tmp_path)
    assert tap.sent == []


async def test_a_plan_for_another_server_deletes_nothing(
    flavour: Flavour, api: AsyncApi, registry: Registry
) -> None:
    fill(registry, 4)
    plan = await api.plan_prune("p")
    with open_local() as elsewhere:
        fill(elsewhere.registry, 4, name="precious")
        theirs = Tap(elsewhere)
        other = flavour.api(theirs, api_key=elsewhere.api_key)
        report = await plan.apply(other)
        assert {each.outcome for each in report.outcomes} == {"changed"}
        assert "another server" in report.changed[0].reason
        assert left(theirs, "local/p/precious") == ["v0", "v1", "v2", "v3"]


async def test_a_time_to_live_is_given(api: AsyncApi, registry: Registry) -> None:
    fill(registry, 3)
    plan = await api.plan_ttl("p", ttl=timedelta(days=30))
    report = await plan.apply(api)
    assert outcomes(report) == {"data:v0": "expiring", "data:v1": "expiring"}
    ttls = {each.version: each.ttl async for each in api.artifacts("dataset", "p/data")}
    assert ttls == {"v0": timedelta(days=30), "v1": timedelta(days=30), "v2": None}
    again = await plan.apply(api)
    assert set(outcomes(again).values()) == {"gone"}
    assert str(again) == "2 versions done already; freed 0 B."  # they still exist
    assert (await api.plan_ttl("p", ttl=timedelta(days=30))).going == ()
    assert PrunePlan.from_jsonl(plan.to_jsonl()) == plan


async def test_empty_collections_are_dropped_on_request(api: AsyncApi, registry: Registry) -> None:
    fill(registry, 2, name="ends")
    fill(registry, 2, name="stays")
    registry.link("local/p/ends:v0", "local/p/shelf")
    fill(registry, 1, name="grow")
    rules: dict[str, Any] = {"keep_last": 0, "keep_aliases": ()}
    plan = await api.plan_prune("p", **rules, filters={"size": {"$lt": 1007}})
    going = {row.collection for row in plan.going}
    assert going == {"ends", "grow", "shelf"}
    registry.log_version("local/p/grow", type="dataset", files={"new": "1"})
    report = await plan.apply(api, drop_empty=True)
    assert sorted(report.dropped) == ["ends", "shelf"]
    names = {each.name async for each in api.project("p").collections()}
    assert names == {"stays", "grow"}
    assert len(await listed(api.artifacts("dataset", "p/grow"))) == 1


async def test_a_collection_is_dropped_though_others_deleted_some_of_it(
    api: AsyncApi, registry: Registry
) -> None:
    fill(registry, 2)
    plan = await api.plan_prune("p", keep_last=0, keep_aliases=())
    await (await api.artifact("p/data:v0")).delete()
    report = await plan.apply(api, drop_empty=True)
    assert outcomes(report) == {"data:v0": "gone", "data:v1": "deleted"}
    assert report.dropped == ("data",)


@pytest.mark.parametrize("pace", [0, -1, True, "fast"])
async def test_a_pace_that_is_none_is_refused(flavour: Flavour, pace: Any) -> None:  # noqa: ANN401 - the mistake
    plan = PrunePlan.from_jsonl(PLAN)
    silent = Script()
    with pytest.raises(InvalidInput, match="pace"):
        await plan.apply(flavour.api(silent), pace=pace)
    assert silent.sent == []


async def test_a_flag_that_is_none_deletes_no_collections(flavour: Flavour) -> None:
    given: Any = "no"
    silent = Script()
    with pytest.raises(InvalidInput, match=r"drop_empty is 'no'; it must be True or False\."):
        await PrunePlan.from_jsonl(PLAN).apply(flavour.api(silent), drop_empty=given)
    assert silent.sent == []


async def test_the_pace_is_kept(
    api: AsyncApi, registry: Registry, tap: Tap, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []

    async def waited(seconds: float) -> None:
        waits.append(seconds)

    monkeypatch.setattr("typed_artifacts._sync.retention.sleep_for", waits.append)
    monkeypatch.setattr("typed_artifacts._async.retention.async_sleep_for", waited)
    registry.bulk.versions("local/p/data", type="dataset", count=81, alias_every=1000)
    plan = await api.plan_prune("p", exact=False)
    await plan.apply(api, pace=0.1)
    assert [round(wait / 100) for wait in waits] == [5, 3]
    assert len(left(tap)) == 2


PLAN = (
    '{"kind": "typed-artifacts prune plan", "format": 1, "id": "x", "entity": "local", '
    '"project": "p", "created_at": "2026-01-01T00:00:00+00:00", "rows": 0, "rules": {"keep_last": '
    '1, "keep_aliases": ["*"], "keep_tags": [], "keep_used": true, "older_than": null, "filters": '
    "null}}"
)
