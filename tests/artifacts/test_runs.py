"""Runs: which versions they logged and used."""

from __future__ import annotations

from typing import cast

import pytest

from tests.artifacts.bench import DATA, NET, PROJECT, names_of
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from tests.client.taps import JsonObject, Sent, Unsteady
from typed_artifacts import (
    AsyncApi,
    AsyncArtifact,
    AsyncArtifactFiles,
    AsyncRun,
    GraphQLError,
    InvalidInput,
    NotFoundError,
    RetryPolicy,
    ServerError,
)
from typed_artifacts.local import Registry


async def test_logged_by_is_the_run(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{NET}:v0")
    wire.forget()
    run = await artifact.logged_by()
    assert wire.count() == ["ArtifactCreatedBy"]
    assert run is not None
    assert run.path == ["local", "bench", "train"]
    assert (run.name, run.job_type) == ("Train", "training")
    assert wire.count() == []


async def test_logged_by_is_none_where_no_run_was(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v0")
    wire.forget()
    assert await artifact.logged_by() is None
    assert wire.count() == ["ArtifactCreatedBy"]


@pytest.mark.parametrize(("told", "step"), [(None, None), (0, 0), (1, 0), (8, 7)])
async def test_the_last_step_of_the_history_is_one_less_than_the_server_counts(
    api: AsyncApi, wire: Wire, told: int | None, step: int | None
) -> None:
    def count(_sent: Sent, reply: JsonObject) -> None:
        found = reply["data"]["project"]["artifactCollectionMembership"]["artifact"]
        found["historyStep"] = told

    wire.rewrite = count
    assert (await api.artifact(f"{NET}:v0")).history_step == step


async def test_the_runs_of_a_version_that_is_gone_are_not_there(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{NET}:v0")

    def forget(_sent: Sent, reply: JsonObject) -> None:
        reply["data"]["artifact"] = None

    wire.rewrite = forget
    for ask in (artifact.logged_by, artifact.used_by):
        with pytest.raises(NotFoundError, match=r'no artifact "net:v0"') as caught:
            await ask()
        assert caught.value.missing == "artifact"


async def test_used_by_is_every_run(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.forget()
    assert sorted(run.run_id for run in await artifact.used_by()) == ["eval", "train"]
    assert wire.count() == ["ArtifactUsedBy"]
    assert await (await api.artifact(f"{NET}:v0")).used_by() == []


async def test_more_than_a_hundred_users_are_two_requests(
    api: AsyncApi, wire: Wire, registry: Registry
) -> None:
    with registry.batch():
        for number in range(99):
            registry.use(f"{PROJECT}/more-{number}", f"{DATA}:v1")
    artifact = await api.artifact(f"{DATA}:v1")
    wire.forget()
    found = [run.run_id for run in await artifact.used_by()]
    assert len(found) == len(set(found)) == 101
    assert wire.count() == ["ArtifactUsedBy"] * 2


async def test_a_run_and_what_it_did(api: AsyncApi, wire: Wire) -> None:
    run = await api.run("local/bench/train")
    assert wire.count() == ["Run"]
    assert await names_of(run.logged_artifacts()) == ["net:v0", "net:v1"]
    assert wire.count() == ["RunOutputArtifacts"]
    assert await names_of(run.used_artifacts()) == ["data:v1"]
    assert wire.count() == ["RunInputArtifacts"]


async def test_a_run_by_its_path_lists_without_being_loaded(api: AsyncApi, wire: Wire) -> None:
    run = AsyncRun(api.client, "local", "bench", "train")
    assert run.id == "train"
    assert await names_of(run.logged_artifacts()) == ["net:v0", "net:v1"]
    assert await names_of(run.used_artifacts()) == ["data:v1"]
    assert wire.count() == ["RunOutputArtifacts", "RunInputArtifacts"]
    nobody = AsyncRun(api.client, "local", "bench", "nobody")
    with pytest.raises(NotFoundError, match='no run "nobody"'):
        await names_of(nobody.logged_artifacts())


async def test_use_artifact_is_one_request(api: AsyncApi, wire: Wire) -> None:
    run = await api.run("local/bench/eval")
    artifact = await api.artifact(f"{NET}:v1")
    wire.forget()
    used = await run.use_artifact(artifact, use_as="candidate")
    assert wire.count() == ["UseArtifact"]
    assert used.qualified_name == artifact.qualified_name
    assert sorted(await names_of(run.used_artifacts())) == ["data:v1", "net:v1"]
    assert [user.run_id for user in await artifact.used_by()] == ["eval"]
    await run.use_artifact(artifact)
    assert len(await artifact.used_by()) == 1


async def test_use_artifact_is_sent_again_where_a_gateway_did_not_pass_it_on(
    flavour: Flavour, wire: Wire
) -> None:
    unsteady = Unsteady(wire.server, "UseArtifact")
    retry = RetryPolicy(tries=2, first_wait=0.001)
    api = flavour.api(unsteady, api_key=wire.server.api_key, retry=retry)
    run = await api.run(f"{PROJECT}/eval")
    artifact = await api.artifact(f"{DATA}:v0")
    await run.use_artifact(artifact)
    assert unsteady.operations.count("UseArtifact") == 2
    assert [each.run_id for each in await artifact.used_by()] == ["eval"]


async def test_a_collection_is_no_version(api: AsyncApi, wire: Wire, flavour: Flavour) -> None:
    run = await api.run("local/bench/eval")
    collection = await api.artifact_collection("dataset", DATA)
    wire.forget()
    words = (
        rf'ArtifactCollection .*; it must be a version, as api.artifact\("{DATA}:latest"\) gives'
    )
    with pytest.raises(InvalidInput, match=words):
        await run.use_artifact(cast("AsyncArtifact", collection))
    with pytest.raises(InvalidInput, match=words):
        flavour.attempt(AsyncArtifactFiles, api.client, collection)
    assert wire.count() == []


async def test_a_run_that_is_not_there_logs_nothing(api: AsyncApi, wire: Wire) -> None:
    for path, name in ((PROJECT, f"{PROJECT}/nobody"), ("local/fresh", "local/fresh/nobody")):
        wire.forget()
        with pytest.raises(NotFoundError, match='no run "nobody"') as caught:
            await api.log_artifact(f"{path}/new", type="dataset", files={"a": b"1"}, run=name)
        assert (caught.value.missing, caught.value.subject) == ("run", name)
        assert wire.count() == ["CreateArtifact", "Run"]
        assert not await api.artifact_exists(f"{path}/new:v0")
    with pytest.raises(NotFoundError, match='no project "local/fresh"'):
        assert await names_of(api.artifact_types("fresh"))
    before = await api.artifact(f"{DATA}:latest")
    with pytest.raises(NotFoundError, match='no run "nobody"'):
        async with before.edit(run=f"{PROJECT}/nobody") as draft:
            draft["more"] = b"2"
    assert (await api.artifact(f"{DATA}:latest")).version == before.version


async def test_another_refusal_of_a_run_s_version_is_told_as_it_is(
    api: AsyncApi, wire: Wire
) -> None:
    with pytest.raises(GraphQLError, match="type"):
        await api.log_artifact(NET, type="other", files={"a": b"1"}, run=f"{PROJECT}/train")
    assert wire.count() == ["CreateArtifact", "Run"]


async def test_parameters_and_results_are_one_request(
    api: AsyncApi, wire: Wire, registry: Registry
) -> None:
    path = registry.run(
        f"{PROJECT}/tuned",
        config={"lr": 0.1, "net": {"value": 3, "layers": [1, None]}, "value": "deep"},
        summary={"loss": 0.25, "best": {"acc": 1}},
    )
    run = await api.run(path)
    assert wire.count() == ["Run"]
    assert await run.config() == {
        "lr": 0.1,
        "net": {"value": 3, "layers": [1, None]},
        "value": "deep",
    }
    assert await run.summary() == {"loss": 0.25, "best": {"acc": 1}}
    (await run.summary())["loss"] = "changed by the caller"
    assert (await run.summary())["loss"] == 0.25
    assert wire.count() == ["RunDetails"]
    registry.run(path, summary={"loss": 0.125})
    await run.load()
    assert await run.summary() == {"loss": 0.125}
    assert wire.count() == ["Run", "RunDetails"]


async def test_a_run_that_says_nothing_has_empty_details(api: AsyncApi) -> None:
    run = await api.run(f"{PROJECT}/eval")
    assert (await run.config(), await run.summary()) == ({}, {})


async def test_what_clients_note_of_themselves_is_no_parameter(api: AsyncApi, wire: Wire) -> None:
    kept = '{"_wandb": {"value": {"t": 1}}, "wandb_version": 1, "lr": {"desc": null, "value": 2}}'
    wire.rewrite = lambda sent, _: _with_details(sent, config=kept, summaryMetrics=None)
    run = await api.run(f"{PROJECT}/eval")
    assert await run.config() == {"lr": 2}
    assert await run.summary() == {}


async def test_a_parameter_without_a_value_is_as_it_is_kept(api: AsyncApi, wire: Wire) -> None:
    kept = '{"lr": {"desc": "none"}, "plain": 5, "empty": {}}'
    wire.rewrite = lambda sent, _: _with_details(sent, config=kept, summaryMetrics=None)
    run = await api.run(f"{PROJECT}/eval")
    assert await run.config() == {"lr": {"desc": "none"}, "plain": 5, "empty": {}}


@pytest.mark.parametrize("kept", ["[1]", "{", '"text"'])
async def test_details_that_are_no_object_are_an_error(
    api: AsyncApi, wire: Wire, kept: str
) -> None:
    wire.rewrite = lambda sent, _: _with_details(sent, config=kept, summaryMetrics=kept)
    run = await api.run(f"{PROJECT}/eval")
    with pytest.raises(ServerError, match="config of the run is"):
        await run.config()
    with pytest.raises(ServerError, match="summary of the run is"):
        await run.summary()


async def test_the_details_of_a_run_that_is_gone(api: AsyncApi, wire: Wire) -> None:
    run = await api.run(f"{PROJECT}/eval")
    wire.rewrite = lambda sent, _: (
        {"data": {"project": {"run": None}}} if sent.operation == "RunDetails" else None
    )
    with pytest.raises(NotFoundError, match='no run "eval"') as gone:
        await run.config()
    assert gone.value.missing == "run"
    wire.rewrite = lambda sent, _: (
        {"data": {"project": None}} if sent.operation == "RunDetails" else None
    )
    with pytest.raises(NotFoundError, match='no project "local/bench"'):
        await run.summary()


async def test_the_page_of_a_run(api: AsyncApi, wire: Wire) -> None:
    run = await api.run(f"{PROJECT}/eval")
    wire.forget()
    assert (run.entity, run.project, run.url) == (
        "local",
        "bench",
        "http://localhost/local/bench/runs/eval",
    )
    assert wire.count() == []


def _with_details(sent: Sent, **details: str | None) -> JsonObject | None:
    """An answer about a run, with these details of it."""
    if sent.operation != "RunDetails":
        return None
    return {"data": {"project": {"run": dict(details)}}}
