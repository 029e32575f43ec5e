"""The pipelines in examples/, run against the embedded server."""

from collections.abc import Iterator

import pytest

from examples import audit_tags, compare_runs, newest_dataset
from typed_artifacts import Api
from typed_artifacts.cli.demo_world import SMALL, build, package_sources
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
