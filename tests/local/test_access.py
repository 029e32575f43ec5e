"""Permissions: users, actions and projects; a user without permissions finds nothing."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from tests.local.shared_mutations import base64_md5, mutations_at_private
from tests.local.shared_world import PLACES, USERS, Template, World
from typed_artifacts.local.accounts.permissions import EVERYONE_READS
from typed_artifacts.local.database import tables as t
from typed_artifacts.local.database.ids import global_id
from typed_artifacts.local.graph.schema import executable_schema
from typed_artifacts.local.json_values import is_array, is_object

NOTHING, READ, WRITE, ALL = range(4)
SCHEMA = executable_schema(frozenset[str]())
NODE = ("edges", "node")
NAMED = ("artifact", "artifactCollection", "artifactCollectionMembership")
# What each user may do in each place, in the order of the users: ann, bob, cat, eve.
MAY = {
    "ann/private": (ALL, NOTHING, READ, NOTHING),
    "ann/shown": (ALL, READ, READ, READ),
    "ann/opened": (ALL, WRITE, WRITE, WRITE),
    "ann/unknown": (ALL, NOTHING, NOTHING, NOTHING),
    "acme/team": (ALL, ALL, NOTHING, NOTHING),
    "acme/kept": (NOTHING, ALL, NOTHING, NOTHING),
    "acme/read": (READ, READ, NOTHING, NOTHING),
    "ann-org/wandb-registry-models": (ALL, READ, NOTHING, NOTHING),
    "ann-org/wandb-registry-old": (ALL, READ, NOTHING, NOTHING),
    "ann-org/wandb-registry-closed": (ALL, NOTHING, WRITE, NOTHING),
}


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    return Template(tmp_path_factory.mktemp("template"))


@pytest.fixture
def world(template: Template) -> Iterator[World]:
    with template.copied() as world:
        yield world


class Attempt:
    """One user in one place: what works."""

    def __init__(self, world: World, user: str, place: str) -> None:
        self.world, self.user, self.place = world, user, place
        self.entity, _, self.project = place.partition("/")
        self.version = world.versions[place].id

    def send(self, query: str, **variables: object) -> dict[str, Any]:
        return self.world.send(self.user, query, **variables)

    def works(self, mutation: str, **input_: object) -> bool:
        fields = SCHEMA.mutation_type.fields  # type: ignore[union-attr]
        kind = str(fields[mutation].args["input"].type)
        query = f"mutation($input: {kind}) {{ {mutation}(input: $input) {{ __typename }} }}"
        body = self.send(query, input=input_)
        assert ("errors" in body) == (body["data"] is None or body["data"][mutation] is None)
        return "errors" not in body

    @property
    def project_id(self) -> str:
        key = t.projects.c.name == self.project
        return self.world.id_of("Project", t.projects, key)


def _reads(at: Attempt) -> list[bool]:
    """Every way to the one version, and to its bytes."""
    named = "project(entityName: $e, name: $p)"
    query = f"""query($e: String, $p: String, $id: ID!) {{
      byId: artifact(id: $id) {{ files {{ edges {{ node {{ directUrl }} }} }} }}
      {named} {{ artifact(name: "c:best") {{ id }} artifactCollection(name: "c") {{ id }}
        artifactCollections {{ edges {{ node {{ name }} }} }} run(name: "run") {{ id
          outputArtifacts {{ edges {{ node {{ id }} }} }} }}
        artifactCollectionMembership(name: "p:best") {{ id }} }}
      entity(name: $e) {{ project(name: $p) {{ id }} projects {{ edges {{ node {{ name }} }} }}
        artifactCollections {{ edges {{ node {{ project {{ name }} }} }} }}
        artifactMemberships {{ edges {{ node {{ artifactCollection {{ project {{ name }} }} }} }} }}
      }} }}"""
    data = at.send(query, e=at.entity, p=at.project, id=at.version)["data"]
    return [
        data["byId"] is not None,
        *(bool(_found(data, "project", name, "id")) for name in NAMED),
        len(_found(data, "project", "artifactCollections", "edges")) == 2,
        bool(_found(data, "project", "run", "outputArtifacts", "edges")),
        bool(_found(data, "entity", "project", "id")),
        at.project in _found(data, "entity", "projects", "edges", "node", "name"),
        at.project in _found(data, "entity", "artifactCollections", *NODE, "project", "name"),
        at.project
        in _found(
            *(data, "entity", "artifactMemberships", *NODE, "artifactCollection", "project"),
            "name",
        ),
    ]


def _found(value: object, *path: str) -> list[object]:
    """What is at a path, through lists; nothing where there is nothing."""
    if is_array(value):
        return [each for item in value for each in _found(item, *path)]
    if not path or value is None:
        return [] if value is None else [value]
    return _found(value[path[0]], *path[1:]) if is_object(value) else []


def _logs(at: Attempt) -> bool:
    names = {"entityName": at.entity, "projectName": at.project}
    return at.works(
        "createArtifact",
        **names,
        artifactTypeName="dataset",
        artifactCollectionName="c",
        digest="0" * 32,
        digestAlgorithm="MANIFEST_MD5",
    )


def _aliases(at: Attempt) -> bool:
    alias = {
        "entityName": at.entity,
        "projectName": at.project,
        "artifactCollectionName": "c",
        "alias": "taken",
    }
    return at.works("addAliases", artifactID=at.version, aliases=[alias])


def _describes(at: Attempt) -> bool:
    return at.works("updateArtifact", artifactID=at.version, description="changed")


def _links(at: Attempt) -> bool:
    names = {"entityName": at.entity, "projectName": at.project, "artifactPortfolioName": "new"}
    return at.works("linkArtifact", artifactID=at.version, **names)


def _runs(at: Attempt) -> bool:
    return at.works("upsertBucket", entityName=at.entity, modelName=at.project, name="new")


def _deletes(at: Attempt) -> bool:
    return at.works("deleteArtifact", artifactID=at.version, deleteAliases=True)


def _opens(at: Attempt) -> bool:
    return at.works("upsertModel", id=at.project_id, access="USER_READ")


def _renames(at: Attempt) -> bool:
    names = {"entityName": at.entity, "oldProjectName": at.project}
    return at.works("renameProject", **names, newProjectName=f"{at.project}2")


WRITES: tuple[Callable[[Attempt], bool], ...] = (
    *(_logs, _aliases, _describes, _links, _runs, _deletes),
)


@pytest.mark.each(3)
@pytest.mark.parametrize("place", PLACES)
def test_a_user_does_what_the_place_allows_and_nothing_else(template: Template, place: str) -> None:
    for user, may in zip(USERS, MAY[place], strict=True):
        with template.copied() as world:
            at = Attempt(world, user, place)
            before = world.rows()
            assert _reads(at) == [may >= READ] * 10, (user, place)
            for action in WRITES:
                assert action(at) == (may >= WRITE), (user, place, action.__name__)
            if may < WRITE:
                assert world.rows() == before
            before = world.rows()
            for action in (_opens, _renames):
                assert action(at) == (may == ALL), (user, place, action.__name__)
            if may < ALL:
                assert world.rows() == before


@pytest.mark.parametrize("user", USERS)
def test_an_organization_lists_the_registries_that_its_member_may_read(
    world: World, user: str
) -> None:
    """One who was invited to a registry, and belongs to no team, gets there by its name."""
    query = """{ organization(name: "ann-org") { orgEntity { name
      projects(filters: "{\\"name\\": {\\"$regex\\": \\"^wandb-registry-\\"}}") {
        edges { node { name } } }
      artifactCollections(collectionTypes: [PORTFOLIO]) { totalCount
        edges { node { project { name } } } }
      artifactMemberships { edges { node { artifactCollection { project { name } } } } } } } }"""
    entity = world.send(user, query)["data"]["organization"]
    place = {"ann": ["closed", "models", "old"], "bob": ["models", "old"]}.get(user)
    if place is None:
        assert entity is None
        return
    entity, names = entity["orgEntity"], [f"wandb-registry-{each}" for each in place]
    assert sorted(map(str, _found(entity, "projects", *NODE, "name"))) == names
    collections = _found(entity, "artifactCollections", *NODE, "project", "name")
    assert sorted(map(str, collections)) == names
    assert entity["artifactCollections"]["totalCount"] == len(names)
    versions = _found(entity, "artifactMemberships", *NODE, "artifactCollection", "project", "name")
    assert sorted({*map(str, versions)}) == names


@pytest.mark.each(3)
@pytest.mark.parametrize("user", ["bob", "cat", "eve"])
def test_no_mutation_changes_what_is_not_the_users(world: World, user: str) -> None:
    draft = Attempt(world, "ann", "ann/private")
    names = {"entityName": "ann", "projectName": "private", "runName": ""}
    manifest = {"digest": base64_md5("x"), "name": "m", **names}
    assert draft.works("createArtifactManifest", artifactID=draft.version, **manifest)
    mutations = mutations_at_private(world)
    assert SCHEMA.mutation_type is not None
    assert set(mutations) == set(SCHEMA.mutation_type.fields)  # a new one gets its line above
    before = world.rows()
    at = Attempt(world, user, "ann/private")
    for name, input_ in mutations.items():
        assert not at.works(name, **input_) or name == "deleteRun", name
        assert world.rows() == before, name


def test_what_is_hidden_is_answered_like_what_is_not_there(world: World) -> None:
    known = Attempt(world, "eve", "ann/private")
    mutations = mutations_at_private(world)
    text = json.dumps(mutations).replace('"private"', '"missing"')
    for name, input_ in json.loads(text).items():
        if input_ == mutations[name]:
            continue
        kind = SCHEMA.mutation_type.fields[name].args["input"].type  # type: ignore[union-attr]
        query = f"mutation($input: {kind}) {{ {name}(input: $input) {{ __typename }} }}"
        hidden = known.send(query, input=mutations[name])["errors"][0]["message"]
        missing = known.send(query, input=input_)["errors"][0]["message"]
        assert hidden.replace("private", "missing") == missing, name
    lost = world.send("eve", '{ entity(name: "acme") { id } nobody: entity(name: "x") { id } }')
    assert lost["data"] == {"entity": None, "nobody": None}


def test_the_id_of_what_is_hidden_is_answered_like_the_id_of_nothing(world: World) -> None:
    known = Attempt(world, "eve", "ann/private")
    nobodys = {
        global_id(kind, key): global_id(kind, 999_999)
        for kind in ("Artifact", "ArtifactCollection", "Project", "Run")
        for key in range(1, 100)
    }
    compared = 0
    for name, input_ in mutations_at_private(world).items():
        text = json.dumps(input_)
        replaced = re.sub(r'"([^"]+)"', lambda it: f'"{nobodys.get(it[1], it[1])}"', text)
        if replaced == text:
            continue
        kind = SCHEMA.mutation_type.fields[name].args["input"].type  # type: ignore[union-attr]
        query = f"mutation($input: {kind}) {{ {name}(input: $input) {{ __typename }} }}"
        hidden, missing = (known.send(query, input=json.loads(it)) for it in (text, replaced))
        assert hidden == missing, name
        compared += 1
    assert compared > 10


def test_a_link_shows_the_version_but_not_the_project_that_it_comes_from(world: World) -> None:
    world.registry.link(world.versions["ann/private"], "ann/shown/q", aliases=["linked"])
    query = """{ project(entityName: "ann", name: "shown") { artifact(name: "q:linked") {
      id digest state artifactType { name } versionIndex aliases { alias }
      artifactMemberships { edges { node { artifactCollection { name } } } }
      artifactSequence { id name description project { name } tags { edges { node { id } } }
        aliases { edges { node { id } } } artifacts { edges { node { id } } }
        artifactMembership(aliasName: "best") { id }
        ... on ArtifactSequence { latestArtifact { id } } }
      createdBy { __typename } usedBy { edges { node { name } } } } } }"""
    found = world.send("eve", query)["data"]["project"]["artifact"]
    assert found["id"] == world.versions["ann/private"].id
    assert [alias["alias"] for alias in found["aliases"]] == ["linked", "latest"]
    members = found["artifactMemberships"]["edges"]
    assert [edge["node"]["artifactCollection"]["name"] for edge in members] == ["q"]
    sequence = found["artifactSequence"]
    assert (sequence["name"], sequence["project"]) == ("c", None)
    for name in ("tags", "aliases", "artifacts"):
        assert sequence[name]["edges"] == []
    assert sequence["artifactMembership"] is None
    assert sequence["latestArtifact"] is None
    assert (found["createdBy"], found["usedBy"]["edges"]) == (None, [])
    edit = """mutation($input: UpdateArtifactInput!) { updateArtifact(input: $input) {
      artifact { id } } }"""
    refused = world.send("eve", edit, input={"artifactID": found["id"], "description": "mine"})
    assert refused["errors"][0]["extensions"]["code"] == "PERMISSION_ERROR"  # it is there
    assert "eve' may not change this artifact version" in refused["errors"][0]["message"]
    own = world.send("ann", query)["data"]["project"]["artifact"]
    assert own["artifactSequence"]["project"] == {"name": "private"}
    assert own["usedBy"]["edges"] == [{"node": {"name": "run"}}]


def test_aliases_of_a_link_are_those_of_its_collection(world: World) -> None:
    """Who owns the version may change that, and not what it is called elsewhere."""
    own = world.registry.log_version("eve/p/c", type="dataset", files={"a": "1"})
    world.registry.link(own, "ann/shown/taken", aliases=["theirs"])
    before = world.rows()
    edit = """mutation($input: UpdateArtifactInput!) { updateArtifact(input: $input) {
      artifact { id } } }"""
    alias = {"artifactCollectionName": "taken", "alias": "mine"}
    for more in ({}, {"description": "mine"}):
        refused = world.send("eve", edit, input={"artifactID": own.id, "aliases": [alias], **more})
        assert "errors" in refused
        assert world.rows() == before
    alias["artifactCollectionName"] = "c"
    wrong = {**alias, "alias": "a/b"}
    assert "errors" in world.send("eve", edit, input={"artifactID": own.id, "aliases": [wrong]})
    assert "errors" not in world.send("eve", edit, input={"artifactID": own.id, "aliases": [alias]})


def test_a_version_that_is_hidden_is_linked_to_nowhere(world: World) -> None:
    link = """mutation($input: LinkArtifactInput!) { linkArtifact(input: $input) {
      versionIndex } }"""
    target = {"entityName": "eve", "projectName": "p", "artifactPortfolioName": "got"}
    before = world.rows()
    hidden = {"artifactID": world.versions["ann/private"].id, **target}
    refused = world.send("eve", link, input=hidden)
    assert "no committed artifact version to link" in refused["errors"][0]["message"]
    assert world.rows() == before
    shown = {"artifactID": world.versions["ann/shown"].id, **target}
    assert world.send("eve", link, input=shown)["data"]["linkArtifact"] == {"versionIndex": 0}


def test_a_project_takes_no_name_of_another(world: World) -> None:
    rename = """mutation($input: RenameProjectInput!) { renameProject(input: $input) {
      project { name } } }"""
    before = world.rows()
    for name, words in (("opened", "There is a project ann/opened already"), ("a/b", "name")):
        asked = {"entityName": "ann", "oldProjectName": "shown", "newProjectName": name}
        refused = world.send("ann", rename, input=asked)
        assert words in refused["errors"][0]["message"]
        assert world.rows() == before


def test_who_takes_the_name_of_an_organization_before_gets_nothing_of_it(world: World) -> None:
    team = 'mutation { createTeam(input: {teamName: "dan-org"}) { entity { id } } }'
    assert "errors" not in world.send("eve", team)
    user = 'mutation { createUser(input: {email: "fay-org@x.org"}) { user { id } } }'
    assert "errors" not in world.send("eve", user)
    for name, organization in (("dan", "dan-org-2"), ("fay", "fay-org")):
        world.add_user(name)
        registry = """mutation($e: String) { upsertModel(input: {entityName: $e,
          name: "wandb-registry-m", access: "PRIVATE"}) { inserted } }"""
        assert "errors" in world.send("eve", registry, e=organization)
        made = world.send(name, registry, e=organization)
        assert made["data"]["upsertModel"] == {"inserted": True}, made
        found = 'query($e: String) { project(entityName: $e, name: "wandb-registry-m") { id } }'
        assert world.send("eve", found, e=organization)["data"]["project"] is None


def test_users_are_shown_to_companions(world: World) -> None:
    everyone = "{ users { edges { node { username email } } } }"

    def names(user: str) -> list[str]:
        edges = world.send(user, everyone)["data"]["users"]["edges"]
        return [edge["node"]["username"] for edge in edges]

    assert names("ann") == ["ann", "bob"]
    assert names("eve") == ["eve"]
    by_name = '{ users(usernames: ["ann"]) { edges { node { email } } } }'
    assert world.send("eve", by_name)["data"]["users"]["edges"] == [{"node": {"email": None}}]
    members = '{ entity(name: "ann") { members { name } } }'
    assert world.send("eve", members)["data"]["entity"]["members"] == []
    organization = '{ organization(name: "ann-org") { id } }'
    assert world.send("eve", organization)["data"]["organization"] is None
    assert world.send("bob", organization)["data"]["organization"] is not None


def test_what_a_run_says_is_kept_only_of_who_may_write_there(world: World) -> None:
    query = '{ project(entityName: "ann", name: "shown") { run(name: "run") { state } } }'

    def told(user: str, state: str) -> tuple[int, bool]:
        said = {"complete": True, "exitcode": 0 if state == "finished" else 1}
        reply = world.clients[user].post("/files/ann/shown/run/file_stream", json=said)
        found = world.send("ann", query)["data"]["project"]["run"]["state"]
        return reply.status_code, found == state

    assert told("ann", "finished") == (200, True)
    assert told("eve", "failed") == (404, False)
    assert told("ann", "failed") == (200, True)


def test_an_update_that_changes_nothing_needs_the_same_permission(world: World) -> None:
    update = "mutation($i: UpdateArtifactInput!) { updateArtifact(input: $i) { __typename } }"
    nothing = {"artifactID": world.versions["ann/shown"].id}  # but the time of the last update
    assert "errors" not in world.send("ann", update, i=nothing)
    (error,) = world.send("eve", update, i=nothing)["errors"]
    assert error["message"].startswith("Permission denied: the user 'eve' may not change")


def test_who_is_no_companion_finds_a_user_by_name_but_not_by_mail(world: World) -> None:
    with world.registry.store.write() as connection:
        named = sa.update(t.users).where(t.users.c.username == "ann")
        connection.execute(named.values(email="ann@registry.test"))

    def found(user: str, query: str) -> list[str]:
        document = "query F($q: String!) { users(query: $q) { edges { node { username } } } }"
        edges = world.send(user, document, q=query)["data"]["users"]["edges"]
        return [edge["node"]["username"] for edge in edges]

    assert found("bob", "ann@registry.test") == ["ann"]
    assert found("eve", "ann@registry.test") == []
    assert (found("eve", "ann"), found("eve", "an")) == (["ann"], [])


def test_with_one_user_nothing_is_kept_from_them(world: World) -> None:
    for user in ("ann", "bob", "cat"):
        world.registry.revoke_keys(user=user)
    assert _reads(Attempt(world, "eve", "ann/private")) == [True] * 10
    assert _logs(Attempt(world, "eve", "ann/private"))


def test_a_registry_reads_its_access_as_its_organization() -> None:
    assert {PLACES[place] for place in ("ann/shown", "ann/opened")} == set(EVERYONE_READS)
