"""Registries and lineage from a shell."""

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run, command_on
from tests.registries.conftest import ORGANIZATION, build
from typed_artifacts.local import open_local


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registries") / "registry"
    with open_local(folder) as server:
        build(server)
        registry = server.registry
        registry.run("local/lab/train", display_name="Train", job_type="training")
        registry.use("local/lab/train", "local/lab/rows:v0")
        registry.log_version(
            "local/lab/made", type="model", files={"m": "m"}, run="local/lab/train"
        )
    return folder


@pytest.fixture
def run(root: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.delenv("WANDB_ORGANIZATION", raising=False)
    return command_on(root)


@pytest.mark.parametrize("organization", [[ORGANIZATION], []])
def test_the_registries_of_an_organization(run: Run, organization: list[str]) -> None:
    code, out, _ = run("registries", *organization, "--order", "name")
    assert code == 0
    assert [line.split()[0] for line in out.splitlines()[2:5]] == ["data", "empty", "model"]
    assert out.splitlines()[-1] == "3 registries"
    _, names, _ = run("registries", *organization, "--quiet", "--order=-name", "--limit", "1")
    assert names == "model\n"


def test_registries_as_json_and_rows(run: Run) -> None:
    _, out, _ = run("registries", ORGANIZATION, "--json", "--order", "name")
    found = json.loads(out)
    assert found[0]["path"] == f"{ORGANIZATION}/wandb-registry-data"
    assert found[0]["artifact_types"] == ["dataset", "table"]
    assert [each["visibility"] for each in found] == ["restricted", "organization", "organization"]
    _, csv, _ = run("registries", ORGANIZATION, "--csv", "--columns", "name,description")
    assert csv.splitlines() == ["name,description", "empty,", "data,", "model,Models."]


def test_the_paths_of_a_registry_are_taken_by_the_other_listings(run: Run) -> None:
    _, out, _ = run("collections", f"{ORGANIZATION}/wandb-registry-model", "--quiet")
    assert sorted(out.split()) == ["card", "shadow"]
    _, out, _ = run("versions", f"{ORGANIZATION}/wandb-registry-model/card", "--quiet")
    assert out.split() == ["card:v1", "card:v0"]
    code, out, _ = run("show", f"{ORGANIZATION}/wandb-registry-model/card:prod", "--json")
    assert (code, json.loads(out)["is_link"]) == (0, True)


def test_an_unknown_organization_is_one_line(run: Run) -> None:
    code, out, err = run("registries", "nobody")
    assert (code, out, err.count("\n")) == (1, "", 1)
    assert 'no organization "nobody"' in err


def test_the_lineage_of_a_version(run: Run) -> None:
    code, out, _ = run("lineage", "local/lab/made:v0")
    assert code == 0
    lines = [line.split() for line in out.splitlines()]
    assert ["local/lab/train", "training", "logged", "local/lab/made:v0", "model"] in lines
    assert ["local/lab/rows:v0", "dataset", "used", "local/lab/train", "training"] in lines
    assert out.splitlines()[-1] == "local/lab/made:v0: 1 run and 1 other version"
    _, out, _ = run("lineage", "local/lab/made:v0", "--direction", "down", "--depth", "3")
    assert out == "local/lab/made:v0: 0 runs and 0 other versions\n"


def test_a_lineage_for_programs_and_as_a_drawing(run: Run) -> None:
    _, out, _ = run("lineage", "local/lab/rows:v0", "--direction", "down", "--json")
    found = json.loads(out)
    assert [each["path"] for each in found["versions"]] == [
        "local/lab/rows:v0",
        "local/lab/made:v0",
    ]
    assert [each["kind"] for each in found["edges"]] == ["used", "logged"]
    _, drawn, _ = run("lineage", "local/lab/rows:v0", "--mermaid")
    assert drawn.splitlines()[:2] == [
        "flowchart LR",
        '  v0["local/lab/rows:v0<br/>dataset"]:::root',
    ]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["--mermaid", "--json"], 2),
        (["--depth", "0"], 2),
        (["--direction", "sideways"], 2),
    ],
)
def test_wrong_options_are_refused(run: Run, arguments: list[str], code: int) -> None:
    found, out, _ = run("lineage", "local/lab/made:v0", *arguments)
    assert (found, out) == (code, "")
