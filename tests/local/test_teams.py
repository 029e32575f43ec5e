"""Teams, organizations and registries: who belongs to them, and who sees what a link comes from."""

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from typed_artifacts.local import LocalServer
from typed_artifacts.local.http.transports import LocalTransport
from typed_artifacts.local.service import Service

AskAs = Callable[..., dict[str, Any]]

TEAM = "mutation T($input: CreateTeamInput!) { createTeam(input: $input) { entity { name } } }"
INVITE = """mutation I($input: CreateInviteInput!) { createInvite(input: $input) {
  invite { name toUser { username } } } }"""
LEAVE = "mutation D($input: DeleteInviteInput!) { deleteInvite(input: $input) { success } }"
DEFAULT = (
    "mutation U($name: String) { updateUser(input: {defaultEntity: $name}) { user { entity } } }"
)
USER = """mutation U($email: String!) { createUser(input: {email: $email, admin: true}) {
  user { username email admin } } }"""
ENTITY = """query E($name: String) { entity(name: $name) { entityType defaultAccess
  members { id username role admin accountType pending } } }"""
VIEWER = """{ viewer { id entity teams { edges { node { name } } } organizations { name } }
  entity { name } }"""
REGISTRY = """mutation R($access: String) { upsertModel(input: {entityName: "ann-org",
  name: "wandb-registry-m", access: $access}) { inserted project { id
  members { username role { name } } } } }"""
LINKED = """query L { project(entityName: "ann-org", name: "wandb-registry-m") {
  artifactCollectionMembership(name: "chosen") { artifact { artifactSequence { name
    project { name entity { name } } } createdBy { __typename ... on Run { name } }
    artifactMemberships { edges { node { artifactCollection { name } } } }
    usedBy { edges { node { name } } } } } } }"""


@pytest.fixture
def ask_as(server: LocalServer) -> AskAs:
    """Sends a document as a user of this name, as to `serve --open`; the whole reply comes back."""
    transport = LocalTransport(Service(server.registry.store, open_=True))

    def ask(user: str, query: str, **variables: object) -> dict[str, Any]:
        content = json.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json"}
        with httpx.Client(transport=transport, auth=("api", user)) as client:
            url = f"{server.base_url}/graphql"
            body: dict[str, Any] = client.post(url, content=content, headers=headers).json()
        return body

    return ask


def _said(body: dict[str, Any]) -> str:
    return "\n".join(error["message"] for error in body["errors"])


def _members(body: dict[str, Any]) -> dict[str, str]:
    return {each["username"]: each["role"] for each in body["data"]["entity"]["members"]}


def test_a_team_is_made_joined_and_left(ask_as: AskAs) -> None:
    ask_as("bob", VIEWER)
    assert ask_as("ann", TEAM, input={"teamName": "crew"})["data"]["createTeam"]
    assert _members(ask_as("ann", ENTITY, name="crew")) == {"ann": "admin"}
    for user in ("ann", "bob"):
        assert "name is taken" in _said(ask_as(user, TEAM, input={"teamName": "crew"}))
    invite = {"entityName": "crew", "username": "bob"}
    assert "Only a member" in _said(ask_as("bob", INVITE, input=invite))
    assert ask_as("ann", INVITE, input=invite)["data"]["createInvite"]["invite"] == {
        "name": "bob",
        "toUser": {"username": "bob"},
    }
    assert "already" in _said(ask_as("ann", INVITE, input={**invite, "admin": True}))
    assert _members(ask_as("ann", ENTITY, name="crew")) == {"ann": "admin", "bob": "member"}
    teams = ask_as("bob", VIEWER)["data"]["viewer"]["teams"]["edges"]
    assert [edge["node"]["name"] for edge in teams] == ["bob", "crew"]
    bob = ask_as("bob", VIEWER)["data"]["viewer"]["id"]
    leave = {"entityName": "crew", "id": bob}
    ask_as("eve", VIEWER)
    assert "Only a member" in _said(ask_as("eve", LEAVE, input=leave))
    assert ask_as("ann", LEAVE, input=leave)["data"]["deleteInvite"] == {"success": True}
    assert "no such member" in _said(ask_as("ann", LEAVE, input=leave))
    assert _members(ask_as("ann", ENTITY, name="crew")) == {"ann": "admin"}


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"entityName": "crew", "username": "nobody"}, "no user 'nobody'"),
        ({"entityName": "crew", "email": "nobody@x"}, "no user 'nobody@x'"),
        ({"entityName": "crew"}, "needs the name or the e-mail"),
        ({"entityName": "none", "username": "bob"}, "no team 'none'"),
        ({"entityName": "bob", "username": "ann"}, "no team 'bob'"),
    ],
)
def test_an_invitation_that_leads_nowhere_is_refused(
    ask_as: AskAs, given: dict[str, str], said: str
) -> None:
    ask_as("bob", VIEWER)
    ask_as("ann", TEAM, input={"teamName": "crew", "teamAdminUserName": "ann"})
    assert said in _said(ask_as("ann", INVITE, input=given))


def test_a_user_is_made_and_found_by_the_address(ask_as: AskAs) -> None:
    made = ask_as("ann", USER, email="some+one@example.com")["data"]["createUser"]["user"]
    assert made == {"username": "some-one", "email": "some+one@example.com", "admin": False}
    for email in ("some+one@example.com", "some+one@other.org", "none", "@example.com"):
        assert _said(ask_as("ann", USER, email=email))
    ask_as("ann", TEAM, input={"teamName": "crew"})
    ask_as("ann", INVITE, input={"entityName": "crew", "email": "some+one@example.com"})
    assert "some-one" in _members(ask_as("ann", ENTITY, name="crew"))


def test_a_default_entity_is_where_things_go_that_name_none(ask_as: AskAs) -> None:
    ask_as("ann", TEAM, input={"teamName": "crew"})
    ask_as("bob", VIEWER)
    assert ask_as("ann", DEFAULT, name="crew")["data"]["updateUser"]["user"]["entity"] == "crew"
    found = ask_as("ann", VIEWER)["data"]
    assert (found["viewer"]["entity"], found["entity"]["name"]) == ("crew", "crew")
    made = ask_as("ann", 'mutation { upsertModel(input: {name: "p"}) { project { entityName } } }')
    assert made["data"]["upsertModel"]["project"]["entityName"] == "crew"
    assert ask_as("ann", '{ project(name: "p") { access } }')["data"]["project"] == {
        "access": "PRIVATE"
    }
    for name in ("crew", "ann", "nobody"):
        assert "cannot be the default entity" in _said(ask_as("bob", DEFAULT, name=name))
    assert ask_as("ann", DEFAULT, name=None)["data"]["updateUser"]["user"]["entity"] == "crew"
    assert ask_as("ann", DEFAULT, name="ann")["data"]["updateUser"]["user"]["entity"] == "ann"


def test_who_belongs_to_an_entity_of_each_kind(server: LocalServer, ask_as: AskAs) -> None:
    server.registry.team("crew", ["ann", "bob"])
    me = ask_as("ann", ENTITY, name="ann")["data"]["entity"]
    member = {"username": "ann", "role": "admin", "admin": True, "accountType": "USER"}
    assert me["members"] == [{"id": me["members"][0]["id"], **member, "pending": False}]
    assert me["defaultAccess"] == "USER_READ"
    crew = ask_as("ann", ENTITY, name="crew")
    assert crew["data"]["entity"]["defaultAccess"] == "PRIVATE"
    assert _members(crew) == {"ann": "member", "bob": "member"}
    assert _members(ask_as("ann", ENTITY, name="ann-org")) == {"ann": "member"}


def test_who_makes_a_registry_belongs_to_it_and_who_makes_a_project_needs_not(
    ask_as: AskAs,
) -> None:
    made = ask_as("ann", REGISTRY, access="PRIVATE")["data"]["upsertModel"]
    assert made["inserted"] is True
    assert made["project"]["members"] == [{"username": "ann", "role": {"name": "admin"}}]
    again = ask_as("bob", REGISTRY, access="RESTRICTED")["data"]["upsertModel"]
    assert (again["inserted"], again["project"]["members"]) == (False, made["project"]["members"])
    plain = """mutation { upsertModel(input: {name: "p"}) { project { members { username } } } }"""
    assert ask_as("ann", plain)["data"]["upsertModel"]["project"]["members"] == []


def _source(body: dict[str, Any]) -> list[Any]:
    """What is shown of the other side of a link: project, run, collections, users."""
    member = body["data"]["project"]["artifactCollectionMembership"]["artifact"]
    project = member["artifactSequence"]["project"]
    collections = [
        edge["node"]["artifactCollection"]["name"]
        for edge in member["artifactMemberships"]["edges"]
    ]
    runs = [edge["node"]["name"] for edge in member["usedBy"]["edges"]]
    return [project and project["name"], bool(member["createdBy"]), collections, runs]


ALL = ["p", True, ["c", "chosen"], ["uses"]]
NOTHING = [None, False, ["chosen"], []]


@pytest.mark.parametrize(
    ("entity", "access", "expected"),
    [
        ("crew", None, {"ann": ALL, "bob": ALL, "eve": NOTHING, "guest": ALL, "mate": ALL}),
        ("crew", "USER_READ", {"ann": ALL, "eve": ALL}),
        ("crew", "RESTRICTED", {"ann": NOTHING, "eve": NOTHING, "guest": ALL, "mate": ALL}),
        ("ann", None, {"ann": ALL, "eve": ALL}),
        ("ann", "PRIVATE", {"ann": ALL, "bob": NOTHING, "eve": NOTHING, "guest": ALL}),
    ],
)
def test_where_a_link_comes_from_is_shown_to_those_who_may_see_it(
    server: LocalServer,
    ask_as: AskAs,
    entity: str,
    access: str | None,
    expected: dict[str, list[Any]],
) -> None:
    registry = server.registry
    for team, user in (("crew", "bob"), ("mates", "mate")):
        registry.team(team, ["ann", user] if team == "crew" else [user])
    guest, mates = (
        ask_as("guest", VIEWER)["data"]["viewer"]["id"],
        ask_as("mate", '{ entity(name: "mates") { id } }')["data"]["entity"]["id"],
    )
    made = registry.log_version(f"{entity}/p/c", type="t", files={}, run=f"{entity}/p/made")
    registry.use(f"{entity}/p/uses", made)
    ask_as("ann", REGISTRY, access="PRIVATE")
    registry.link(made, "ann-org/wandb-registry-m/chosen")
    source = ask_as("ann", f'{{ project(entityName: "{entity}", name: "p") {{ id access }} }}')
    key = source["data"]["project"]["id"]
    if access is not None:
        change = "mutation($id: String, $to: String) { upsertModel(input: {id: $id, access: $to}) "
        ask_as("ann", change + "{ inserted } }", id=key, to=access)
    add = """mutation($p: ID!, $u: [ID!], $t: [ID!]) { createProjectMembers(input: {projectId: $p,
      userIds: $u, teamIds: $t}) { success } }"""
    ask_as("ann", add, p=key, u=[guest], t=[mates])
    assert {user: _source(ask_as(user, LINKED)) for user in expected} == expected


@pytest.mark.parametrize("project", ["crew/q", "crew/fresh", "ann-org/wandb-registry-m"])
def test_a_link_is_told_with_the_project_that_it_went_to(
    server: LocalServer, ask_as: AskAs, project: str
) -> None:
    """The official client failed at a link that was made, where who asks is no member there."""
    registry = server.registry
    registry.team("crew", ["bob"])
    registry.link(registry.log_version("eve/p/c", type="t", files={}), "crew/q/other")
    ask_as("ann", REGISTRY, access="RESTRICTED")
    made = registry.log_version("eve/p/d", type="t", files={})
    link = """mutation L($input: LinkArtifactInput!) { linkArtifact(input: $input) {
      artifactMembership { artifactCollection { name project { name entityName } } } } }"""
    entity, name = project.split("/")
    given = {"artifactID": made.id, "entityName": entity, "projectName": name}
    body = ask_as("eve", link, input=given | {"artifactPortfolioName": "port"})
    found = body["data"]["linkArtifact"]["artifactMembership"]["artifactCollection"]
    assert found == {"name": "port", "project": {"name": name, "entityName": entity}}


def test_who_administers_an_entity_is_shown_links_into_its_restricted_projects(
    server: LocalServer, ask_as: AskAs
) -> None:
    registry = server.registry
    ask_as("ann", VIEWER)
    ask_as("bob", REGISTRY, access="RESTRICTED")  # of ann's organization
    made = registry.log_version("ann/p/c", type="t", files={})
    registry.link(made, "ann-org/wandb-registry-m/chosen")
    query = """query V($id: ID!) { artifact(id: $id) { artifactMemberships { edges { node {
      artifactCollection { name } } } } } }"""

    def shown(user: str) -> list[str]:
        found = ask_as(user, query, id=made.id)["data"]["artifact"]["artifactMemberships"]
        return [edge["node"]["artifactCollection"]["name"] for edge in found["edges"]]

    assert {user: shown(user) for user in ("ann", "bob", "eve")} == {
        "ann": ["c", "chosen"],
        "bob": ["c", "chosen"],  # who made it
        "eve": ["c"],
    }


def test_within_a_team_everything_is_shown(server: LocalServer, ask_as: AskAs) -> None:
    registry = server.registry
    registry.team("crew", ["ann"])
    made = registry.log_version("crew/p/c", type="t", files={}, run="crew/p/made")
    registry.link(made, "crew/p/port")
    found = ask_as(
        "ann",
        """{ project(entityName: "crew", name: "p") { artifactCollection(name: "port") {
          project { name } artifacts { edges { node { artifactSequence { name project { name } }
          createdBy { __typename } } } } } } }""",
    )["data"]["project"]["artifactCollection"]
    node = found["artifacts"]["edges"][0]["node"]
    assert found["project"] == {"name": "p"}
    assert node["artifactSequence"] == {"name": "c", "project": {"name": "p"}}
    assert node["createdBy"] == {"__typename": "Run"}


@pytest.mark.parametrize(
    ("mutation", "given", "noun"),
    [
        ("createProjectMembers", {"userIds": ["VXNlcjo5OQ=="]}, "user"),
        ("createProjectMembers", {"teamIds": ["RW50aXR5Ojk5"]}, "team"),
        ("updateProjectMember", {"userId": "VXNlcjo5OQ==", "userProjectRole": "admin"}, "user"),
        ("updateProjectTeamMember", {"teamId": "RW50aXR5Ojk5", "teamProjectRole": "x"}, "team"),
    ],
)
def test_a_member_of_a_project_that_does_not_exist(
    ask_as: AskAs, mutation: str, given: dict[str, object], noun: str
) -> None:
    project = ask_as("ann", REGISTRY)["data"]["upsertModel"]["project"]["id"]
    kind = f"{mutation[:1].upper()}{mutation[1:]}Input"
    query = f"mutation M($input: {kind}!) {{ {mutation}(input: $input) {{ success }} }}"
    body = ask_as("ann", query, input={"projectId": project, **given})
    assert _said(body) == f"There is no such {noun}."
