"""What docs/upstream.md shows of logging, before and after, leaves the same on a server."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.examples import DOCS, examples_of
from tests.referee.differences import DIFFERENCES
from tests.referee.official import run_official
from tests.referee.servers import serving
from tests.referee.world import PROJECT, USER
from typed_artifacts import Api
from typed_artifacts.local import Registry

pytestmark = [pytest.mark.referee, pytest.mark.long]


def test_both_ways_to_log_make_one_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before, after = (example.text for example in examples_of(DOCS / "upstream.md"))
    home, work = tmp_path / "home", tmp_path / "work"
    home.mkdir()
    (work / "data").mkdir(parents=True)
    (work / "data" / "digits.csv").write_text("1,2\n")
    with serving(tmp_path / "root") as server:
        run_official("official_page", server.url, home, before, str(work))
        monkeypatch.chdir(work)
        monkeypatch.setenv("WANDB_BASE_URL", server.url)
        monkeypatch.setenv("WANDB_API_KEY", USER)
        with Api() as api:
            (logged,) = api.artifacts("dataset", "vision/mnist")
            exec(after, {})  # noqa: S102  # an example of our own page
            (kept,) = api.artifacts("dataset", "vision/mnist")
    assert (kept.id, set(kept.aliases), kept.metadata) == (
        logged.id,
        {"latest", "raw"},
        {"rows": 60000},
    )


def _seed(root: Path) -> None:
    project = f"{USER}/{PROJECT}"
    with Registry(root) as registry:
        registry.run(f"{project}/mover")
        for number in range(2):
            registry.log_version(
                f"{project}/data",
                type="dataset",
                files={"a.csv": str(number), "sub/b.csv": "b"},
                metadata={"number": number},
            )
        registry.log_version(f"{project}/weights", type="model", files={"w.bin": "w"})
        registry.log_version(f"{project}/kept", type="dataset", files={"k.csv": "k"})


def _left(api: Api) -> list[object]:
    """All versions that a server has, with what matters of them."""
    return [
        [
            artifact.qualified_name,
            artifact.type,
            artifact.source_qualified_name,
            sorted(artifact.aliases),
            sorted(artifact.manifest.entries),
            artifact.metadata,
            (run := artifact.logged_by()) and run.id,
            [run.id for run in artifact.used_by()],
        ]
        for project in (PROJECT, "model-registry")
        for collection in api.project(project, USER).collections(order="name")
        for artifact in collection.artifacts()
    ]


def test_both_ways_to_call_a_run_leave_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("home", "theirs", "ours"):
        (tmp_path / name).mkdir()
    for name in ("theirs", "ours"):
        (tmp_path / name / "w.pt").write_text("weights")
    _seed(tmp_path / "root")
    shutil.copytree(tmp_path / "root", tmp_path / "root-of-ours")
    with serving(tmp_path / "root") as server, Api(base_url=server.url, api_key=USER) as api:
        run_official("official_run_calls", server.url, tmp_path / "home", str(tmp_path / "theirs"))
        theirs = _left(api)
    monkeypatch.chdir(tmp_path / "ours")
    with (
        serving(tmp_path / "root-of-ours") as server,
        Api(base_url=server.url, api_key=USER) as api,
    ):
        project = f"{USER}/{PROJECT}"
        names = {"api": api, "run": api.run(f"{project}/mover"), "E": USER, "P": project}
        for _, after in DIFFERENCES.run_calls:
            exec(after, names | {"Path": Path})  # noqa: S102  # a row of our own page
        ours = _left(api)
    assert len(ours) > 8
    assert ours == theirs
