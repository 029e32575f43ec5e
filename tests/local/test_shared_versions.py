"""A version that several runs write together: the official client's upsert and finish."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.local.wire import Wire, manifest, md5, version_digest
from typed_artifacts import Api
from typed_artifacts.local import LocalServer

LATEST = """query($name: String!) { project(entityName: "local", name: "p") {
  artifactCollection(name: $name) { ... on ArtifactSequence { latestArtifact { id } } } } }"""
NO_FILES = version_digest({})
FIRST = {"first.txt": b"of the first"}
SECOND = {"second.txt": b"of the second"}


@pytest.fixture
def wire(wire: Wire, server: LocalServer) -> Wire:
    for run in ("one", "two", "last"):
        server.registry.run(f"local/p/{run}")
    return wire


def _add(wire: Wire, files: Mapping[str, bytes], name: str = "c", **more: object) -> dict[str, Any]:
    """What one of the writers sends: a patch, whose base is the latest version as for any other."""
    digests = {path: md5(data) for path, data in files.items()}
    given = {"distributedID": "job", "enableDigestDeduplication": True, "runName": "one"}
    made = wire.create(version_digest(digests), name, **(given | more))
    wire.upload(made["id"], files)
    contents = {path: {"digest": digests[path], "size": len(files[path])} for path in files}
    found = wire.ask(LATEST, name=name)["project"]["artifactCollection"]
    latest = found["latestArtifact"]
    base = {"baseArtifactID": latest["id"]} if latest else {}
    wire.put_manifest(made["id"], manifest(contents), type="PATCH", **base)
    return made


def _alias(*names: str) -> list[dict[str, str]]:
    return [{"artifactCollectionName": "c", "alias": name} for name in names]


def test_it_holds_what_its_runs_have_written_and_nothing_else(wire: Wire) -> None:
    wire.commit(wire.begin({"before.txt": b"in the version before"}))
    _add(wire, FIRST)
    _add(wire, SECOND, runName="two")
    made = _add(wire, {}, runName="last")
    assert wire.commit(made["id"])["versionIndex"] == 1
    assert wire.contents(made["id"]) == FIRST | SECOND


def test_every_run_gives_aliases_and_tags_and_has_made_it(wire: Wire, server: LocalServer) -> None:
    _add(wire, FIRST, aliases=_alias("a"), tags=[{"tagName": "x"}])
    _add(wire, SECOND, runName="two", aliases=_alias("b", "a"), tags=[{"tagName": "y"}])
    last = _add(wire, {}, runName="last", aliases=_alias("done"))
    with Api.local(server.root) as api:
        runs = [api.run(f"local/p/{name}") for name in ("one", "two", "last")]
        assert [len(run.logged_artifacts()) for run in runs] == [0, 0, 0]
        wire.commit(last["id"])
        found = wire.found(last["id"])
        assert [each["alias"] for each in found["aliases"]] == ["a", "b", "done", "latest"]
        assert {each["name"] for each in found["tags"]} == {"x", "y"}
        assert [[each.name for each in run.logged_artifacts()] for run in runs] == [["c:v0"]] * 3
        creator = api.artifact("local/p/c:v0").logged_by()
        assert creator is not None
        assert creator.id == "one"


def test_an_id_is_of_one_collection(wire: Wire) -> None:
    """A group of runs, whose name is the id by default, may write several."""
    made = [_add(wire, files, name) for name, files in (("c", FIRST), ("d", SECOND))]
    for each in made:
        wire.commit(each["id"])
    assert [wire.contents(each["id"]) for each in made] == [FIRST, SECOND]


def test_what_comes_after_the_end_is_another_version(wire: Wire) -> None:
    first = _add(wire, FIRST)
    wire.commit(first["id"])
    again = _add(wire, SECOND)
    assert again["state"] == "PENDING"
    assert wire.commit(again["id"])["versionIndex"] == 1
    assert wire.contents(again["id"]) == SECOND


def test_an_id_is_free_when_another_version_stands_for_it(wire: Wire) -> None:
    plain = wire.begin(FIRST, enableDigestDeduplication=True)
    shared = wire.begin(FIRST, enableDigestDeduplication=True, distributedID="job")
    assert [wire.commit(key)["id"] for key in (plain, shared)] == [plain, plain]
    later = _add(wire, SECOND)
    assert wire.commit(later["id"])["versionIndex"] == 1
    assert wire.contents(later["id"]) == SECOND


@pytest.mark.parametrize("before", [FIRST, {}], ids=["a part", "nothing"])
def test_a_part_that_is_a_version_already_is_a_part_all_the_same(
    wire: Wire, before: dict[str, bytes]
) -> None:
    wire.commit(wire.begin(before))
    first, *others = [_add(wire, files) for files in (before, FIRST, SECOND)]
    assert first["state"] == "PENDING"
    assert others == [first, first]
    assert wire.commit(first["id"])["versionIndex"] == 1
    assert wire.contents(first["id"]) == FIRST | SECOND


def test_an_empty_entity_is_that_of_who_asks(wire: Wire, server: LocalServer) -> None:
    """So the official client sends it for a run that began offline."""
    made = wire.create(NO_FILES, entityName="", runName="one")
    wire.put_manifest(made["id"], manifest({}))
    assert wire.commit(made["id"])["versionIndex"] == 0
    again = wire.create(NO_FILES, entityName="", runName="two", enableDigestDeduplication=True)
    assert again == made | {"state": "COMMITTED", "versionIndex": 0}
    use = """mutation($input: UseArtifactInput!) { useArtifact(input: $input) {
      artifact { id } } }"""
    given = {"entityName": "", "projectName": "p", "runName": "two", "artifactID": made["id"]}
    assert wire.ask(use, input=given)["useArtifact"]["artifact"]["id"] == made["id"]
    with Api.local(server.root) as api:
        assert [run.id for run in api.artifact("local/p/c:v0").used_by()] == ["two"]
