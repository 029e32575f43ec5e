"""The pipelines in examples/, run against the embedded server."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from examples import (
    audit_tags,
    compare_runs,
    keep_what_matters,
    mirror_project,
    mirror_releases,
    newest_dataset,
    train_and_log,
)
from typed_artifacts import Api, AsyncApi, PrunePlan, PruneReport
from typed_artifacts.cli.demo.project import SMALL, build, package_sources
from typed_artifacts.local import Registry


@pytest.fixture
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    root = tmp_path_factory.mktemp("registry")
    with Registry(root) as registry:
        build(registry, SMALL, "team/search")
        registry.describe_collection("team/search/tokenizer", tags=["Gold"])
        for run, version in (("first", "v0"), ("second", "v1")):
            registry.use(f"team/search/{run}", "team/search/training-set:v0")
            registry.use(f"team/search/{run}", f"team/search/tokenizer:{version}")
        registry.use("team/search/second", "team/search/anyio-source:v1")
    with Api.local(root) as opened:
        yield opened


def test_newest_dataset(api: Api) -> None:
    choice = newest_dataset.main(api, "team/search/training-set")
    assert choice.artifact.qualified_name == "team/search/training-set:v2"
    assert "production" in choice.artifact.aliases
    assert choice.kinds[".json"] == 1
    assert (
        0 < choice.kinds[".py"] <= len(package_sources("anyio")) + len(package_sources("ariadne"))
    )


def test_newest_dataset_that_is_not_there(api: Api) -> None:
    with pytest.raises(LookupError, match="No version of team/search/training-set has the tag"):
        newest_dataset.main(api, "team/search/training-set", "sparkling")


def test_audit_tags(api: Api) -> None:
    report = audit_tags.main(api, "team/search", "gold", "source", "retrieval", "clean")
    assert {(finding.collection, finding.problem) for finding in report} == {
        ("released-models", "has the unknown tag 'released'"),
        ("retrieval-scores", "has no tag"),
    }
    assert api.artifact_collection("model", "team/search/tokenizer").tags == ["gold"]


def test_compare_runs(api: Api) -> None:
    changes = compare_runs.main(api, "team/search/first", "team/search/second")
    assert [(change.collection, change.before, change.after) for change in changes] == [
        ("team/search/anyio-source", None, "v1"),
        ("team/search/tokenizer", "v0", "v1"),
    ]


def test_train_and_log(tmp_path: Path) -> None:
    with Registry(tmp_path) as registry:
        for texts in ({"a.txt": b"one two"}, {"a.txt": b"one two", "b.txt": b"three"}):
            registry.log_version("team/words/texts", type="dataset", files=texts)
    paths = ("team/words/counts", "team/words/best-counts")
    with Api.local(tmp_path) as api:
        good = train_and_log.main(api, "team/words/texts", *paths)
        assert (good.tags, good.ttl, good.metadata["words"]) == (["promoted"], None, 3)
        worse = train_and_log.main(api, "team/words/texts:v0", *paths)
        assert worse.tags == ["candidate"]
        assert worse.ttl is not None
        best = api.artifact("team/words/best-counts:best")
        assert best.source_qualified_name == good.qualified_name == "team/words/counts:v0"
        assert best.files()[0].read_bytes() == b'{"one": 1, "three": 1, "two": 1}'


async def test_mirror_releases(tmp_path: Path) -> None:
    root, folder = tmp_path / "registry", tmp_path / "mirror"
    with Registry(root) as registry:
        for name in ("one", "two"):
            files = {"name.txt": name, "empty.txt": b""}
            registry.log_version(f"team/p/{name}", type="t", files=files, aliases=["best"])
        registry.log_version("team/p/three", type="t", files={"name.txt": b"three"})
    async with AsyncApi.local(root) as api:
        tally = await mirror_releases.main(api, "team/p", "best", folder)
        assert (len(tally.fetched), len(tally.kept)) == (4, 0)
        again = await mirror_releases.main(api, "team/p", "best", folder)
        assert (len(again.fetched), len(again.kept)) == (0, 4)
    assert (folder / "one/name.txt").read_text() == "one"
    assert not (folder / "three").exists()


def test_keep_what_matters(api: Api, tmp_path: Path) -> None:
    file = str(tmp_path / "plan.jsonl")
    plan = keep_what_matters.main(api, "team/search", file)
    assert isinstance(plan, PrunePlan)
    assert PrunePlan.from_jsonl(file) == plan
    report = keep_what_matters.main(api, "team/search", file, "--apply")
    assert isinstance(report, PruneReport)
    assert len(report.done) == len(plan.going)
    assert report.freed == plan.frees


@pytest.mark.long
def test_mirror_project(api: Api, tmp_path: Path) -> None:
    with Api.local(tmp_path / "mirror") as mirror:
        report, different = mirror_project.main(api, mirror, "team/search")
        assert different == []
        assert {each.outcome for each in report.versions} == {"copied", "linked"}
        again, _ = mirror_project.main(api, mirror, "team/search")
        assert {each.outcome for each in again.versions} <= {"there", "linked"}
        assert again.sent == 0
