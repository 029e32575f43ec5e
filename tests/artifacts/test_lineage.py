"""Lineage: the versions and runs before and after a version, in few requests."""

from __future__ import annotations

import html
import json
import re

import pytest

from tests.artifacts.bench import DATA, NET, PROJECT, SHELF
from tests.artifacts.wire import Wire
from tests.client.taps import JsonObject, Sent
from typed_artifacts import (
    AsyncApi,
    InvalidInput,
    Lineage,
    LineageEdge,
    LineageRun,
    LineageVersion,
    NotFoundError,
    PaginationError,
)
from typed_artifacts.lineage import Direction
from typed_artifacts.local import Registry

STEPS = "local/steps"


def paths(found: Lineage) -> tuple[list[str], list[str]]:
    """The paths of versions and of runs, in order."""
    return [each.path for each in found.versions], [each.path for each in found.runs]


def arrows(found: Lineage) -> set[str]:
    """Every edge as a text."""
    return {f"{row['source']} {row['kind']} {row['target']}" for row in found.to_rows()}


def chain(registry: Registry, length: int) -> list[str]:
    """Versions s0, s1, …, each made of the one before by a run r1, r2, …."""
    names = [f"{STEPS}/s{number}:v0" for number in range(length)]
    with registry.batch():
        registry.log_version(f"{STEPS}/s0", type="dataset", files={"x": b"0"})
        for number in range(1, length):
            registry.use(f"{STEPS}/r{number}", names[number - 1])
            registry.log_version(
                f"{STEPS}/s{number}",
                type="dataset",
                files={"x": bytes([number])},
                run=f"{STEPS}/r{number}",
            )
    return names


async def test_up_is_what_it_was_made_of(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{NET}:v0")
    wire.forget()
    found = await artifact.lineage(direction="up")
    assert wire.count() == ["ArtifactLineageBatch", "RunLineageBatch"]
    assert paths(found) == ([f"{NET}:v0", f"{DATA}:v1"], [f"{PROJECT}/train"])
    assert arrows(found) == {
        f"{PROJECT}/train logged {NET}:v0",
        f"{DATA}:v1 used {PROJECT}/train",
    }
    run = found.runs[0]
    assert (run.name, run.job_type, run.state) == ("Train", "training", "finished")
    assert (found.root.path, found.depth, found.direction) == (f"{NET}:v0", 1, "up")


async def test_down_is_what_was_made_of_it(api: AsyncApi) -> None:
    found = await (await api.artifact(f"{DATA}:v1")).lineage(direction="down")
    versions, runs = paths(found)
    assert (versions[0], sorted(versions[1:])) == (f"{DATA}:v1", [f"{NET}:v0", f"{NET}:v1"])
    assert sorted(runs) == [f"{PROJECT}/eval", f"{PROJECT}/train"]
    assert f"{DATA}:v1 used {PROJECT}/eval" in arrows(found)


async def test_both_leaves_out_what_is_only_beside_it(api: AsyncApi, registry: Registry) -> None:
    chain(registry, 3)
    registry.log_version(f"{STEPS}/twin", type="x", files={"x": b"twin"}, run=f"{STEPS}/r1")
    found = await (await api.artifact(f"{STEPS}/s1:v0")).lineage(depth=5)
    assert paths(found) == (
        [f"{STEPS}/s1:v0", f"{STEPS}/s0:v0", f"{STEPS}/s2:v0"],
        [f"{STEPS}/r1", f"{STEPS}/r2"],
    )


@pytest.mark.parametrize(("depth", "versions"), [(1, 2), (2, 3), (3, 4), (9, 6), (10**30, 6)])
async def test_depth_counts_steps_from_version_to_version(
    api: AsyncApi, wire: Wire, registry: Registry, depth: int, versions: int
) -> None:
    last = chain(registry, 6)[-1]
    artifact = await api.artifact(last)
    wire.forget()
    found = await artifact.lineage(depth=depth, direction="up")
    assert len(found.versions) == versions
    assert found.versions[-1].path == f"{STEPS}/s{6 - versions}:v0"
    asked = 2 * depth if depth < 6 else 2 * 5 + 1  # the first of all was made by no run
    assert len(wire.count()) == asked


async def test_a_link_has_the_lineage_of_its_source(api: AsyncApi) -> None:
    found = await (await api.artifact(f"{SHELF}:gold")).lineage(direction="up")
    assert found.root.path == f"{NET}:v1"
    assert f"{DATA}:v1 used {PROJECT}/train" in arrows(found)


@pytest.mark.long
async def test_two_hundred_runs_are_few_requests(
    api: AsyncApi, wire: Wire, registry: Registry
) -> None:
    with registry.batch():
        registry.log_version(f"{STEPS}/seed", type="dataset", files={"x": b"seed"})
        for number in range(200):
            registry.use(f"{STEPS}/first-{number}", f"{STEPS}/seed:v0")
            made = registry.log_version(
                f"{STEPS}/made-{number}",
                type="model",
                files={"x": str(number)},
                run=f"{STEPS}/first-{number}",
            )
            registry.use(f"{STEPS}/second-{number % 3}", made)
        registry.log_version(
            f"{STEPS}/report", type="report", files={"x": b"r"}, run=f"{STEPS}/second-0"
        )
    artifact = await api.artifact(f"{STEPS}/seed:v0")
    wire.forget()
    found = await artifact.lineage(depth=3)
    assert wire.count() == ["ArtifactLineageBatch", "RunLineageBatch"] * 2 + [
        "ArtifactLineageBatch"  # nobody used the report
    ]
    assert (len(found.versions), len(found.runs), len(found.edges)) == (202, 203, 601)
    assert found.versions[-1].path == f"{STEPS}/report:v0"


async def test_what_has_many_pages_is_read_to_its_end(
    api: AsyncApi, wire: Wire, registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typed_artifacts._domain.projects.lineage._LARGEST_PAGE", 3)
    monkeypatch.setattr("typed_artifacts._domain.projects.lineage._ROOTS", 2)
    with registry.batch():
        for number in range(7):
            registry.use(f"{STEPS}/user-{number}", f"{NET}:v0")
            registry.use(
                f"{STEPS}/user-0",
                registry.log_version(f"{STEPS}/in-{number}", type="x", files={"x": f"in {number}"}),
            )
            registry.log_version(
                f"{STEPS}/out-{number}",
                type="x",
                files={"x": f"out {number}"},
                run=f"{STEPS}/user-0",
            )
    artifact = await api.artifact(f"{NET}:v0")
    wire.forget()
    found = await artifact.lineage(direction="down")
    assert wire.operations.count("ArtifactLineageBatch") == 3
    assert {each.path for each in found.runs} == {f"{STEPS}/user-{n}" for n in range(7)}
    assert {each.path for each in found.versions[1:]} == {f"{STEPS}/out-{n}:v0" for n in range(7)}
    up = await (await api.artifact(f"{STEPS}/out-0:v0")).lineage(direction="up")
    assert {each.path for each in up.versions[1:]} == {
        f"{NET}:v0",
        *(f"{STEPS}/in-{number}:v0" for number in range(7)),
    }


async def test_a_loop_ends(api: AsyncApi, wire: Wire, registry: Registry) -> None:
    names = chain(registry, 3)
    registry.use(f"{STEPS}/r1", names[2])  # what it led to is what it was made of
    artifact = await api.artifact(names[1])
    wire.forget()
    found = await artifact.lineage(depth=50)
    assert len(wire.count()) <= 8
    assert paths(found)[1] == [f"{STEPS}/r1", f"{STEPS}/r2"]
    assert arrows(found) == {
        f"{names[0]} used {STEPS}/r1",
        f"{names[2]} used {STEPS}/r1",
        f"{STEPS}/r1 logged {names[1]}",
        f"{names[1]} used {STEPS}/r2",
        f"{STEPS}/r2 logged {names[2]}",
    }
    assert len(found.edges) == len(set(found.edges))


async def test_a_version_that_nothing_made_or_used(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v0")
    wire.forget()
    found = await artifact.lineage(depth=3)
    assert wire.count() == ["ArtifactLineageBatch"]
    assert (paths(found), found.to_rows()) == (([f"{DATA}:v0"], []), [])


async def test_what_is_out_of_sight_is_met(api: AsyncApi, wire: Wire) -> None:
    def hide(_: Sent, reply: JsonObject) -> JsonObject:
        hidden = re.sub(
            r'"project": \{[^{}]*"entityName"[^{}]*\}', '"project": null', json.dumps(reply)
        )
        found: JsonObject = json.loads(hidden)
        return found

    artifact = await api.artifact(f"{NET}:v0")
    wire.forget()
    wire.rewrite = hide
    found = await artifact.lineage(depth=3, direction="up")
    assert wire.count() == ["ArtifactLineageBatch"]  # such a run cannot be asked about
    assert paths(found) == ([f"{NET}:v0"], ["train"])
    wire.rewrite = lambda sent, reply: (
        hide(sent, reply) if sent.operation == "RunLineageBatch" else None
    )
    found = await artifact.lineage(depth=1, direction="up")
    assert paths(found) == ([f"{NET}:v0", "data:v1"], [f"{PROJECT}/train"])


@pytest.mark.parametrize("gone", [None, {"run": None}])
async def test_a_run_that_is_gone_meanwhile_stays_without(
    api: AsyncApi, wire: Wire, gone: JsonObject | None
) -> None:
    artifact = await api.artifact(f"{NET}:v0")
    wire.rewrite = lambda sent, _: (
        {"data": {"project_0": gone}} if sent.operation == "RunLineageBatch" else None
    )
    assert paths(await artifact.lineage(direction="up")) == ([f"{NET}:v0"], [f"{PROJECT}/train"])


async def test_the_version_itself_is_gone(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{NET}:v0")
    wire.rewrite = lambda _, __: {"data": {"artifact_0": None}}
    with pytest.raises(NotFoundError, match=f'no artifact "{NET}:v0"'):
        await artifact.lineage()


async def test_a_cursor_that_leads_back_ends_it(api: AsyncApi, wire: Wire) -> None:
    def again(_: Sent, reply: JsonObject) -> JsonObject:
        text = json.dumps(reply).replace('"hasNextPage": false', '"hasNextPage": true')
        found: JsonObject = json.loads(text)
        return found

    artifact = await api.artifact(f"{DATA}:v1")
    wire.rewrite = again
    with pytest.raises(PaginationError) as told:
        await artifact.lineage(direction="down")
    assert told.value.operation == "ArtifactLineage"


@pytest.mark.parametrize("depth", [0, -1, True, 1.5, "3", None])
async def test_a_depth_is_a_whole_number(api: AsyncApi, wire: Wire, depth: int) -> None:
    artifact = await api.artifact(f"{NET}:v0")
    wire.forget()
    with pytest.raises(InvalidInput, match="depth is"):
        await artifact.lineage(depth)
    assert wire.count() == []


@pytest.mark.parametrize("direction", ["sideways", "", None, 1])
async def test_a_direction_is_one_of_three(api: AsyncApi, wire: Wire, direction: Direction) -> None:
    artifact = await api.artifact(f"{NET}:v0")
    wire.forget()
    with pytest.raises(InvalidInput, match="direction is"):
        await artifact.lineage(direction=direction)
    assert wire.count() == []


HOSTILE = 'a"b]) --> x; click v0 "javascript:1" <img src=x>#quot;`|\\&%%{init}%%\nend'


def test_mermaid_shows_names_as_they_are() -> None:
    root, made = LineageVersion("1", "e/p/c:v0", HOSTILE), LineageVersion("2", "e/p/é_ß:v1", "x")
    run = LineageRun("3", "e/p/r", HOSTILE, None, "finished")
    edges = (LineageEdge("1", "3", "used"), LineageEdge("3", "2", "logged"))
    text = Lineage(root, 1, "down", (root, made), (run,), edges).to_mermaid()
    lines = text.splitlines()
    assert [lines[0], *lines[4:]] == [
        "flowchart LR",
        "  v0 --> r0",
        "  r0 --> v1",
        "  classDef root stroke-width:3px",
    ]
    assert lines[2] == '  v1["e/p/é_ß:v1<br/>x"]'
    boxes = re.fullmatch(r'  v0\["e/p/c:v0<br/>(.*)"\]:::root', lines[1])
    rounded = re.fullmatch(r'  r0\(\["e/p/r<br/>(.*)"\]\)', lines[3])
    for found in (boxes, rounded):
        assert found is not None
        assert not re.search(r"[^\w ./:@+#;-]", found[1])
        shown = html.unescape(re.sub(r"#(\d+);", r"&#\1;", found[1]))
        assert shown == HOSTILE.replace("\n", " ")


def test_rows_and_json_say_the_same() -> None:
    root, run = LineageVersion("1", "e/p/c:v0", "t"), LineageRun("3", "e/p/r", "R", "train", None)
    found = Lineage(root, 2, "down", (root,), (run,), (LineageEdge("1", "3", "used"),))
    assert found.to_rows() == [
        {
            "source": "e/p/c:v0",
            "source_type": "t",
            "kind": "used",
            "target": "e/p/r",
            "target_type": "train",
        }
    ]
    assert found.to_dict() == {
        "root": "1",
        "depth": 2,
        "direction": "down",
        "versions": [{"id": "1", "path": "e/p/c:v0", "type": "t"}],
        "runs": [
            {"id": "3", "path": "e/p/r", "name": "R", "job_type": "train", "state": None},
        ],
        "edges": [{"source": "1", "target": "3", "kind": "used"}],
    }
