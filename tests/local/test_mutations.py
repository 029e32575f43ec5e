"""Mutations: what they change, what they refuse, and that a refusal changes nothing."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.local.wire import Wire
from typed_artifacts.local import LocalServer, StoredVersion

Ask = Callable[..., dict[str, Any]]

COLLECTION = """query C($name: String!) { project(entityName: "local", name: "p") {
  artifactCollection(name: $name) { __typename id name description state
    defaultArtifactType { name } tags { edges { node { name tagCategoryName } } }
    aliases { edges { node { alias } } } artifacts { totalCount edges { version } } } } }"""
VERSION = """query V($name: String!) { project(entityName: "local", name: "p") {
  artifactCollectionMembership(name: $name) { id versionIndex aliases { alias }
    artifactCollection { name } artifact { id versionIndex description metadata
    ttlDurationSeconds ttlIsInherited state tags { name }
    aliases { alias artifactCollection { name } } } } } }"""
UPDATE = """mutation U($input: UpdateArtifactSequenceInput!) {
  updateArtifactSequence(input: $input) { artifactCollection { name description } } }"""
MOVE = """mutation M($input: MoveArtifactSequenceInput!) {
  moveArtifactSequence(input: $input) { artifactCollection { defaultArtifactType { name } } } }"""
EDIT = """mutation E($input: UpdateArtifactInput!) { updateArtifact(input: $input) {
  artifact { description metadata ttlDurationSeconds ttlIsInherited tags { name } } } }"""
LINK = """mutation L($input: LinkArtifactInput!) { linkArtifact(input: $input) {
  versionIndex artifactMembership { versionIndex createdAt aliases { alias }
    artifactCollection { __typename name } artifact { id } } } }"""
DELETE = """mutation D($id: ID!, $all: Boolean) {
  deleteArtifact(input: {artifactID: $id, deleteAliases: $all}) { artifact { state } } }"""


def _log(server: LocalServer, number: int = 0, collection: str = "c") -> StoredVersion:
    return server.registry.log_version(
        f"local/p/{collection}", type="dataset", files={"n": str(number)}
    )


def _collection(ask: Ask, name: str = "c") -> dict[str, Any]:
    found: dict[str, Any] = ask(COLLECTION, name=name)["project"]["artifactCollection"]
    return found


def _member(ask: Ask, name: str) -> dict[str, Any]:
    found: dict[str, Any] = ask(VERSION, name=name)["project"]["artifactCollectionMembership"]
    return found


def _names(found: dict[str, Any], key: str, leaf: str) -> list[str]:
    return [edge["node"][leaf] for edge in found[key]["edges"]]


def _aliases(node: dict[str, Any]) -> list[str]:
    return [alias["alias"] for alias in node["aliases"]]


def test_a_description_is_set_left_alone_and_emptied(server: LocalServer, ask: Ask) -> None:
    _log(server)
    key = _collection(ask)["id"]
    for given, expected in (
        ({"description": "about"}, "about"),
        ({"name": "c"}, "about"),
        ({"description": None}, "about"),
        ({"description": ""}, ""),
    ):
        data = ask(UPDATE, input={"artifactSequenceID": key, **given})
        found = data["updateArtifactSequence"]["artifactCollection"]
        assert found == {"name": "c", "description": expected}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"name": "taken"}, "taken"),
        ({"name": "x" * 129}, "128"),
        ({"name": "a/b"}, "'/'"),
        ({"name": ""}, "not empty"),
    ],
)
def test_a_refused_change_changes_nothing(
    server: LocalServer, send: Ask, ask: Ask, given: dict[str, str], said: str
) -> None:
    _log(server)
    _log(server, collection="taken")
    key = _collection(ask)["id"]
    body = send(UPDATE, input={"artifactSequenceID": key, "description": "new", **given})
    assert body["data"] == {"updateArtifactSequence": None}
    assert said in body["errors"][0]["message"]
    assert body["errors"][0]["path"] == ["updateArtifactSequence"]
    assert _collection(ask)["description"] is None


def test_a_sequence_moves_to_another_type_but_not_to_a_reserved_one(
    server: LocalServer, send: Ask, ask: Ask
) -> None:
    _log(server)
    key = _collection(ask)["id"]
    given = {"artifactSequenceID": key, "destinationArtifactTypeName": "model"}
    ask(MOVE, input=given)
    assert _collection(ask)["defaultArtifactType"] == {"name": "model"}
    for reserved in ("wandb-history", "job", "no/slash", "bad!"):
        body = send(MOVE, input={**given, "destinationArtifactTypeName": reserved})
        assert body["data"] == {"moveArtifactSequence": None}
    assert _collection(ask)["defaultArtifactType"] == {"name": "model"}


def test_a_reserved_type_is_not_left(ask: Ask, send: Ask) -> None:
    """The official client makes jobs; their type is kept for them."""
    ask(
        "mutation($i: CreateArtifactInput!) { createArtifact(input: $i) { artifact { id } } }",
        i={
            "entityName": "local",
            "projectName": "p",
            "artifactTypeName": "job",
            "artifactCollectionName": "c",
            "digest": "0" * 32,
            "digestAlgorithm": "MANIFEST_MD5",
        },
    )
    given = {"artifactSequenceID": _collection(ask)["id"], "destinationArtifactTypeName": "model"}
    assert "'job' is reserved" in send(MOVE, input=given)["errors"][0]["message"]
    assert _collection(ask)["defaultArtifactType"] == {"name": "job"}


def test_a_client_id_of_a_deleted_version_is_free_again(wire: Wire) -> None:
    key = wire.begin({"a": b"1"}, clientID="x")
    wire.commit(key)
    wire.ask(DELETE, id=key, all=True)
    again = wire.begin({"a": b"2"}, clientID="x")
    assert wire.commit(again)["versionIndex"] == 1


def test_tags_are_added_once_and_taken_away(server: LocalServer, send: Ask, ask: Ask) -> None:
    _log(server)
    mutation = """mutation T($add: [TagInput!]!, $gone: [TagInput!]!) {
      a: createArtifactCollectionTagAssignments(input: {entityName: "local", projectName: "p",
        artifactCollectionName: "c", tags: $add}) { tags { name } }
      b: deleteArtifactCollectionTagAssignments(input: {entityName: "local", projectName: "p",
        artifactCollectionName: "c", tags: $gone}) { success } }"""
    add = [{"tagName": name} for name in ("x", "two words", "x")]
    data = ask(mutation, add=add, gone=[{"tagName": "x"}, {"tagName": "never"}])
    assert [tag["name"] for tag in data["a"]["tags"]] == ["x", "two words"]
    assert _names(_collection(ask), "tags", "name") == ["two words"]
    body = send(mutation, add=[{"tagName": f"t{n}"} for n in range(21)], gone=[])
    assert "at most 20 items" in body["errors"][0]["message"]
    assert body["errors"][0]["path"] == ["a"]
    assert body["data"]["b"] == {"success": True}
    assert _names(_collection(ask), "tags", "name") == ["two words"]


def test_a_tag_is_its_name_and_its_category_of_one_collection(
    server: LocalServer, ask: Ask
) -> None:
    mutation = """mutation T($c: String!, $tags: [TagInput!]!) {
      MUTATION(input: {entityName: "local", projectName: "p",
        artifactCollectionName: $c, tags: $tags}) { __typename } }"""
    give = mutation.replace("MUTATION", "createArtifactCollectionTagAssignments")
    take = mutation.replace("MUTATION", "deleteArtifactCollectionTagAssignments")
    plain, kind = {"tagName": "x"}, {"tagName": "x", "tagCategoryName": "kind"}
    for name in ("c", "d"):
        _log(server, collection=name)
        ask(give, c=name, tags=[plain, kind])
        assert _names(_collection(ask, name), "tags", "tagCategoryName") == ["", "kind"]
    ask(take, c="c", tags=[kind])
    assert _names(_collection(ask, "c"), "tags", "tagCategoryName") == [""]
    assert _names(_collection(ask, "d"), "tags", "tagCategoryName") == ["", "kind"]


def test_each_field_of_a_mutation_is_a_transaction(
    server: LocalServer, send: Ask, ask: Ask
) -> None:
    _log(server)
    key = _collection(ask)["id"]
    body = send(
        """mutation S($id: ID!) {
          one: updateArtifactSequence(input: {artifactSequenceID: $id, description: "done"}) {
            artifactCollection { description } }
          two: moveArtifactSequence(input: {artifactSequenceID: $id,
            destinationArtifactTypeName: "job"}) { artifactCollection { id } }
          three: updateArtifactSequence(input: {artifactSequenceID: $id, name: "after"}) {
            artifactCollection { name description } } }""",
        id=key,
    )
    assert body["data"]["two"] is None
    assert body["data"]["three"]["artifactCollection"] == {"name": "after", "description": "done"}
    assert [error["path"] for error in body["errors"]] == [["two"]]


def test_a_version_is_edited(server: LocalServer, ask: Ask, send: Ask) -> None:
    key = _log(server).id
    given = {
        "artifactID": key,
        "description": "d",
        "metadata": json.dumps({"a": 1}),
        "ttlDurationSeconds": 60,
        "tagsToAdd": [{"tagName": "x"}, {"tagName": "y"}],
        "tagsToDelete": [{"tagName": "y"}],
    }
    found = ask(EDIT, input=given)["updateArtifact"]["artifact"]
    assert found == {
        "description": "d",
        "metadata": '{"a": 1}',
        "ttlDurationSeconds": 60,
        "ttlIsInherited": False,
        "tags": [{"name": "x"}],
    }
    cleared = {"artifactID": key, "description": "", "metadata": "{}", "ttlDurationSeconds": -1}
    found = ask(EDIT, input=cleared)["updateArtifact"]["artifact"]
    assert (found["description"], found["metadata"], found["ttlIsInherited"]) == ("", None, True)
    for wrong in ({"metadata": "[1]"}, {"metadata": '{"a": NaN}'}, {"ttlDurationSeconds": 0}):
        body = send(EDIT, input={"artifactID": key, "description": "lost", **wrong})
        assert body["data"] == {"updateArtifact": None}
    most = json.dumps({str(n): n for n in range(100)})
    assert ask(EDIT, input={"artifactID": key, "metadata": most})
    many = json.dumps({str(n): n for n in range(101)})
    assert "100" in send(EDIT, input={"artifactID": key, "metadata": many})["errors"][0]["message"]
    assert _member(ask, "c:v0")["artifact"]["description"] == ""


def test_an_alias_moves_and_the_virtual_ones_are_refused(
    server: LocalServer, ask: Ask, send: Ask
) -> None:
    first, second = _log(server, 1), _log(server, 2)
    add = """mutation A($id: ID!, $alias: String!) { addAliases(input: {artifactID: $id, aliases: [
      {entityName: "local", projectName: "p", artifactCollectionName: "c", alias: $alias}]}) {
      success } }"""
    ask(add, id=first.id, alias="best")
    ask(add, id=second.id, alias="best")
    assert _aliases(_member(ask, "c:v0")) == []
    assert _member(ask, "c:best")["versionIndex"] == 1
    for wrong in ("v7", "a/b", "a:b", "", "x" * 129):
        assert send(add, id=first.id, alias=wrong)["data"] == {"addAliases": None}
    ask(add.replace("addAliases", "deleteAliases"), id=second.id, alias="best")
    assert ask(VERSION, name="c:best")["project"]["artifactCollectionMembership"] is None


def test_aliases_of_an_update_replace_those_in_their_collection(
    server: LocalServer, ask: Ask
) -> None:
    registry = server.registry
    version = registry.log_version(
        "local/p/c", type="dataset", files={"n": "0"}, aliases=["old", "kept"]
    )
    registry.link("local/p/c:v0", "local/p/board", aliases=["old"])
    wanted = [
        {"artifactCollectionName": "c", "alias": alias} for alias in ("kept", "latest", "new")
    ]
    ask(EDIT, input={"artifactID": version.id, "aliases": wanted})
    assert sorted(_aliases(_member(ask, "c:v0"))) == ["kept", "latest", "new"]
    assert sorted(_aliases(_member(ask, "board:v0"))) == ["latest", "old"]


def test_aliases_of_an_update_are_those_of_its_own_collection_and_of_no_link_of_that_name(
    server: LocalServer, ask: Ask
) -> None:
    version = _log(server)
    for project in ("board", "other"):
        server.registry.link("local/p/c:v0", f"local/{project}/c")
    wanted = [{"artifactCollectionName": "c", "alias": "best"}]
    ask(EDIT, input={"artifactID": version.id, "aliases": wanted})
    assert _aliases(_member(ask, "c:v0")) == ["best"]
    for project in ("board", "other"):
        found = ask(VERSION.replace('"p"', f'"{project}"'), name="c:v0")["project"]
        assert _aliases(found["artifactCollectionMembership"]) == ["latest"]


def test_a_link_has_its_own_number_and_aliases(server: LocalServer, ask: Ask) -> None:
    _log(server, 0)
    key = _log(server, 1).id
    given = {"artifactID": key, "artifactPortfolioName": "port", "entityName": "local"}
    given |= {"projectName": "p"}
    alias = {"artifactCollectionName": "port", "alias": "prod"}
    made = ask(LINK, input={**given, "aliases": [alias]})["linkArtifact"]["artifactMembership"]
    assert made["versionIndex"] == 0
    assert _aliases(made) == ["prod", "latest"]
    assert made["artifactCollection"] == {"__typename": "ArtifactPortfolio", "name": "port"}
    again = ask(LINK, input=given)["linkArtifact"]
    assert again["versionIndex"] == 0
    assert _collection(ask, "port")["artifacts"]["totalCount"] == 1
    everywhere = _member(ask, "c:v1")["artifact"]["aliases"]
    assert {(a["alias"], a["artifactCollection"]["name"]) for a in everywhere} == {
        ("latest", "c"),
        ("prod", "port"),
        ("latest", "port"),
    }


def test_unlinking_leaves_the_source_alone(server: LocalServer, ask: Ask, send: Ask) -> None:
    version = _log(server)
    server.registry.link(version, "local/p/port")
    portfolio = _collection(ask, "port")["id"]
    unlink = """mutation U($a: ID!, $p: ID!) {
      unlinkArtifact(input: {artifactID: $a, artifactPortfolioID: $p}) { success } }"""
    assert send(unlink, a=version.id, p=_collection(ask)["id"])["errors"]
    ask(unlink, a=version.id, p=portfolio)
    assert _collection(ask, "port")["artifacts"]["totalCount"] == 0
    assert _member(ask, "c:v0")["artifact"]["state"] == "COMMITTED"
    assert send(unlink, a=version.id, p=portfolio)["data"] == {"unlinkArtifact": None}


def test_deleting_moves_latest_back_and_keeps_numbers(
    server: LocalServer, ask: Ask, send: Ask
) -> None:
    versions = [_log(server, number) for number in range(3)]
    body = send(DELETE, id=versions[2].id)
    assert "latest" in body["errors"][0]["message"]
    ask(DELETE, id=versions[2].id, all=True)
    assert _member(ask, "c")["versionIndex"] == 1
    assert _log(server, 9).version == "v3"
    ask(DELETE, id=versions[0].id)
    found = _collection(ask)
    assert [edge["version"] for edge in found["artifacts"]["edges"]] == ["v3", "v1"]
    assert found["artifacts"]["totalCount"] == 2
    assert send(DELETE, id=versions[0].id)["data"] == {"deleteArtifact": None}


def test_deleting_another_leaves_latest_where_it_is(server: LocalServer, ask: Ask) -> None:
    versions = [_log(server, number) for number in range(3)]
    _log(server, 0)  # the content of the first again: it is the latest now
    ask(DELETE, id=versions[1].id)
    assert _member(ask, "c:latest")["versionIndex"] == 0


def test_deleting_a_sequence_takes_its_links_along(server: LocalServer, ask: Ask) -> None:
    kept = _log(server, 1, "kept")
    server.registry.link(kept, "local/p/port")
    server.registry.link(_log(server, 2), "local/p/port")
    delete = """mutation D($id: ID!) { deleteArtifactSequence(input: {artifactSequenceID: $id}) {
      artifactCollection { __typename state } } }"""
    data = ask(delete, id=_collection(ask)["id"])["deleteArtifactSequence"]
    assert data["artifactCollection"] == {"__typename": "ArtifactSequence", "state": "DELETED"}
    assert ask(COLLECTION, name="c")["project"]["artifactCollection"] is None
    left = _collection(ask, "port")["artifacts"]
    assert left["totalCount"] == 1
    assert _member(ask, "port:latest")["artifact"]["id"] == kept.id


def test_deleting_a_project_takes_its_links_along(server: LocalServer, ask: Ask) -> None:
    registry = server.registry
    kept = _log(server, collection="kept")
    registry.link(kept, "local/p/port")
    for number in range(3):
        there = registry.log_version("local/q/c", type="dataset", files={"n": f"q{number}"})
        for portfolio in ("local/p/port", "local/p/other", "local/q/own"):
            registry.link(there, portfolio, aliases=["best"])
    assert _collection(ask, "port")["artifacts"]["totalCount"] == 4
    project = ask('{ project(entityName: "local", name: "q") { id } }')["project"]["id"]
    delete = "mutation D($id: String!) { deleteModel(input: {id: $id}) { success } }"
    assert ask(delete, id=project)["deleteModel"] == {"success": True}
    port, other = _collection(ask, "port"), _collection(ask, "other")
    assert port["artifacts"] == {"totalCount": 1, "edges": [{"version": "v0"}]}
    assert _names(port, "aliases", "alias") == ["latest"]
    assert other["artifacts"] == {"totalCount": 0, "edges": []}
    assert registry.maintenance.verify().wrong == []


def test_a_portfolio_is_not_deleted_as_a_sequence(server: LocalServer, ask: Ask, send: Ask) -> None:
    server.registry.link(_log(server), "local/p/port")
    delete = """mutation D($id: ID!) { deleteArtifactSequence(input: {artifactSequenceID: $id}) {
      artifactCollection { id } } }"""
    body = send(delete, id=_collection(ask, "port")["id"])
    assert "no such sequence" in body["errors"][0]["message"]


def test_a_registry_takes_only_its_types(server: LocalServer, ask: Ask, send: Ask) -> None:
    key = _log(server).id
    made = ask(
        """mutation R { upsertModel(input: {entityName: "local-org", name: "wandb-registry-m",
          access: "PRIVATE", allowAllArtifactTypesInRegistry: false,
          artifactTypes: [{name: "model"}]}) { inserted project { name access
          allowAllArtifactTypesInRegistry artifactTypes(includeAll: true) {
            edges { node { name } } } } } }"""
    )["upsertModel"]
    assert made["inserted"] is True
    assert made["project"]["allowAllArtifactTypesInRegistry"] is False
    given = {"artifactID": key, "artifactPortfolioName": "x", "entityName": "local-org"}
    body = send(LINK, input={**given, "projectName": "wandb-registry-m"})
    assert "does not take type 'dataset'" in body["errors"][0]["message"]
    body = send(LINK, input={**given, "projectName": "wandb-registry-zz"})
    assert "no project" in body["errors"][0]["message"]


def test_a_run_makes_no_registry(send: Ask) -> None:
    bucket = """mutation B { upsertBucket(input: {entityName: "local-org",
      modelName: "wandb-registry-zz", name: "r"}) { inserted } }"""
    assert "no project" in send(bucket)["errors"][0]["message"]


def test_what_is_searched_of_an_organization_are_its_registries(
    server: LocalServer, ask: Ask
) -> None:
    """The official client asks for all, and takes nothing else for one."""
    registry = server.registry
    for project in ("wandb-registry-m", "plain"):
        stored = registry.log_version("local/p/c", type="t", files={"a": "1"})
        registry.link(stored, f"local-org/{project}/port")
    found = ask(
        """{ organization(name: "local-org") { orgEntity { projects { edges { node { name } } }
          artifactCollections { totalCount edges { node { project { name } } } }
          artifactMemberships { edges { node { artifactCollection { project { name } } } } } } }
          entity(name: "local") { projects { edges { node { name } } } } }"""
    )
    owner = found["organization"]["orgEntity"]
    only = {"name": "wandb-registry-m"}
    assert owner == {
        "projects": {"edges": [{"node": only}]},
        "artifactCollections": {"totalCount": 1, "edges": [{"node": {"project": only}}]},
        "artifactMemberships": {"edges": [{"node": {"artifactCollection": {"project": only}}}]},
    }
    assert found["entity"] == {"projects": {"edges": [{"node": {"name": "p"}}]}}


def test_what_a_run_used_and_made(server: LocalServer, ask: Ask, send: Ask) -> None:
    registry = server.registry
    version = registry.log_version("local/p/c", type="dataset", files={"a": "1"}, run="local/p/r1")
    bucket = """mutation B { upsertBucket(input: {entityName: "local", modelName: "p", name: "r2",
      displayName: "second"}) { inserted bucket { name displayName project { name } } } }"""
    assert ask(bucket)["upsertBucket"]["inserted"] is True
    assert ask(bucket)["upsertBucket"]["inserted"] is False
    use = """mutation U($id: ID!, $as: String) { useArtifact(input: {artifactID: $id,
      entityName: "local", projectName: "p", runName: "r2", usedAs: $as}) { artifact { id } } }"""
    for role in ("train", "eval", "train", None):
        ask(use, id=version.id, **{"as": role})
    data = ask(
        """query R($id: ID!) { project(entityName: "local", name: "p") {
          one: run(name: "r1") { outputArtifacts { totalCount edges { node { id } } } }
          two: run(name: "r2") { inputArtifacts { totalCount edges { usedAs node { id } } } } }
          artifact(id: $id) { createdBy { __typename ... on Run { name } }
            usedBy { edges { node { name } } } } }""",
        id=version.id,
    )
    assert data["project"]["one"]["outputArtifacts"]["edges"] == [{"node": {"id": version.id}}]
    used = data["project"]["two"]["inputArtifacts"]
    assert used == {
        "totalCount": 1,
        "edges": [{"usedAs": ["train", "eval"], "node": {"id": version.id}}],
    }
    assert data["artifact"]["createdBy"] == {"__typename": "Run", "name": "r1"}
    assert data["artifact"]["usedBy"]["edges"] == [{"node": {"name": "r2"}}]
    assert send(use.replace('"r2"', '"zz"'), id=version.id)["data"] == {"useArtifact": None}


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        ({"ttlDurationSeconds": 1 << 70}, "64 bits"),
        ({"ttlDurationSeconds": "60"}, "Int64"),
        ({"description": "\ud800"}, "Unicode"),
        ({"metadata": "[" * 100_000}, "JSON"),
    ],
)
def test_odd_values_are_refused(
    server: LocalServer, send: Ask, variables: dict[str, object], said: str
) -> None:
    body = send(EDIT, input={"artifactID": _log(server).id, **variables})
    assert said in body["errors"][0]["message"]


_CREATE = """mutation C($input: CreateArtifactInput!) {
  createArtifact(input: $input) { artifact { id state } } }"""
_USE = "mutation U($input: UseArtifactInput!) { useArtifact(input: $input) { artifact { id } } }"
_PORTFOLIO = {"entityName": "local", "projectName": "p", "artifactPortfolioName": "board"}


def test_a_version_that_is_not_committed_is_neither_linked_nor_used(
    server: LocalServer, ask: Ask, send: Ask
) -> None:
    server.registry.run("local/p/r")
    names = {"entityName": "local", "projectName": "p"}
    given = {"digest": "0" * 32, "digestAlgorithm": "MANIFEST_MD5"}
    named = {"artifactTypeName": "dataset", "artifactCollectionName": "c"}
    made = ask(_CREATE, input={**names, **named, **given})["createArtifact"]["artifact"]
    assert made["state"] == "PENDING"
    for document, more in ((LINK, _PORTFOLIO), (_USE, {**names, "runName": "r"})):
        (error,) = send(document, input={"artifactID": made["id"], **more})["errors"]
        assert "committed artifact version" in error["message"]


def test_a_portfolio_takes_versions_of_its_own_type(
    server: LocalServer, ask: Ask, send: Ask
) -> None:
    _log(server)
    model = server.registry.log_version("local/p/m", type="model", files={"n": "1"})
    server.registry.link("local/p/c:v0", "local/p/board")
    board = _collection(ask, "board")["id"]
    given = {"artifactID": model.id, "artifactPortfolioID": board}
    (error,) = send(LINK, input=given)["errors"]
    assert error["message"] == "Collection 'board' holds artifacts of type 'dataset', not 'model'."


def test_the_aliases_in_one_of_the_collections_of_a_version(server: LocalServer, ask: Ask) -> None:
    version = _log(server)
    server.registry.link("local/p/c:v0", "local/p/board", aliases=["gold"])
    query = """query A($id: ID!, $name: String) {
      artifact(id: $id) { aliases(artifactCollectionName: $name) { alias } } }"""
    found = [
        sorted(_aliases(ask(query, id=version.id, name=name)["artifact"]))
        for name in ("c", "board", "other", None)
    ]
    assert found == [["latest"], ["gold", "latest"], [], ["gold", "latest", "latest"]]


def test_a_run_that_is_not_there_is_deleted(ask: Ask) -> None:
    key = base64.b64encode(b"Run:999999").decode()
    document = "mutation D($id: ID!) { deleteRun(input: {id: $id}) { clientMutationId } }"
    assert ask(document, id=key) == {"deleteRun": {"clientMutationId": None}}
