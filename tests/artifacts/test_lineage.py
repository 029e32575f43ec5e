"""Where versions come from and go to: runs, what they logged and what they used."""

from __future__ import annotations

from tests.artifacts.bench import DATA, NET, PROJECT, names_of
from tests.artifacts.wire import Wire
from typed_artifacts import AsyncApi
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
