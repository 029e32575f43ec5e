"""Every member of schema.graphql can be asked for: each field of each type, and each mutation.

Nothing is listed that the schema says itself: the types are walked from `Query`, each field once
for every field that leads to its type, and a field that nobody has an argument for is a failure.
"""

# graphql-core leaves out the parameter of its wrapping types (`[T]`, `T!`): unknown to pyright.
# pyright: reportUnknownVariableType=false

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLUnionType,
    build_schema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

from tests.local.conftest import Ask
from typed_artifacts.local import LocalServer
from typed_artifacts.local.graph.schema import schema_text

SCHEMA = build_schema(schema_text())
# Types that no query leads to: this server has none, or an upload alone has them.
NEVER = {
    "ApiKey",
    "ApiKeyEdge",
    "FeatureFlag",
    "LocalVersionInfo",
    "UploadMultipartUrls",
    "UploadUrlPart",
}
REFUSED = {"completeMultipartUploadArtifact": "The storage path is not that of the upload"}


class World(NamedTuple):
    """Ids of what is there."""

    version: str
    spare: str
    sequence: str
    portfolio: str
    project: str
    user: str
    team: str
    run: str


@pytest.fixture
def world(server: LocalServer, ask: Ask) -> World:
    """One of everything."""
    registry = server.registry
    registry.team("crew", ["local", "friend"])
    registry.run("local/p/r", display_name="r", config={"a": 1})
    version = registry.log_version(
        *("local/p/c",),
        type="dataset",
        files={"a.txt": "a"},
        references={"far": "s3://bucket/far"},
        aliases=["best"],
        tags=["t"],
        run="local/p/r",
    )
    registry.log_version("crew/p/c", type="dataset", files={"a.txt": "b"})
    registry.describe_collection("local/p/c", tags=["t"])
    registry.use("local/p/r", version)
    registry.link(version, "local/p/port")
    registry.log_version("local/p/c", type="dataset", files={"a.txt": "unmade"})
    spare = registry.log_version("local/p/spare", type="dataset", files={"a.txt": "spare"})
    ask(CLIENT_ID)
    made = ask(REGISTRY)["upsertModel"]["project"]["id"]
    registry.link(version, "local-org/wandb-registry-m/c")
    found = ask(IDS)
    user, team = found["viewer"]["id"], found["entity"]["id"]
    ask(MEMBERS, project=made, team=team)
    sequence, portfolio, run = (
        found["project"][name]["id"] for name in ("sequence", "portfolio", "run")
    )
    return World(version.id, spare.id, sequence, portfolio, made, user, team, run)


CLIENT_ID = """mutation { createArtifact(input: {entityName: "local", projectName: "p", digest: "d",
  artifactTypeName: "dataset", artifactCollectionName: "other", digestAlgorithm: MANIFEST_MD5,
  clientID: "client"}) { artifact { id } } }"""
REGISTRY = """mutation { upsertModel(input: {entityName: "local-org", name: "wandb-registry-m",
  access: "PRIVATE"}) { project { id } } }"""
MEMBERS = """mutation M($project: ID!, $team: ID!) { createProjectMembers(input: {
  projectId: $project, teamIds: [$team]}) { success } }"""
IDS = """{ viewer { id } entity(name: "crew") { id } project(entityName: "local", name: "p") {
  sequence: artifactCollection(name: "c") { id } portfolio: artifactCollection(name: "port") { id }
  run(name: "r") { id } } }"""


def _arguments(world: World) -> dict[str, str]:
    """Of fields that need them: by type and field, or by field."""
    entry = '{name: "a.txt", digest: "DMF1ucDxtqgxw5niaXcmYQ=="}'
    layout = 'manifestVersion: "1", storageLayout: "V2"'
    return {
        "Query.artifact": f'id: "{world.version}"',
        "Query.artifactCollection": f'id: "{world.sequence}"',
        "Query.clientIDMapping": 'clientID: "client"',
        "Query.entity": 'name: "crew"',
        "Query.model": 'entityName: "local", name: "p"',
        "Query.models": 'entityName: "local"',
        "Query.organization": 'name: "local-org"',
        "Query.project": 'entityName: "local-org", name: "wandb-registry-m"',
        "Entity.project": 'name: "p"',
        "Project.artifactType": 'name: "dataset"',
        "artifact": 'name: "c:v0"',
        "artifactCollection": 'name: "c"',
        "artifactCollectionMembership": 'name: "c:v0"',
        "artifactMembership": 'aliasName: "latest"',
        "artifactSequence": 'name: "c"',
        "bucket": 'name: "r"',
        "run": 'name: "r"',
        "filesByManifestEntries": f"entries: [{entry}], {layout}",
    }


def _given(arguments: dict[str, str], owner: str, name: str, member: GraphQLField) -> str:
    given = member.args and (arguments.get(f"{owner}.{name}") or arguments.get(name))
    needed = [each for each, one in member.args.items() if is_required_argument(one)]
    assert given or not needed, f"{owner}.{name} needs arguments for {needed}"
    return f"({given})" if given else ""


def _selection(kind: GraphQLObjectType, arguments: dict[str, str]) -> str:
    fields: list[str] = []
    for name, member in kind.fields.items():
        inner = "" if is_leaf_type(get_named_type(member.type)) else " { __typename }"
        fields.append(f"{name}{_given(arguments, kind.name, name, member)}{inner}")
    return " ".join(fields)


def _first(value: Any) -> Any:  # noqa: ANN401 - any piece of a reply
    return (value[0] if value else None) if isinstance(value, list) else value


def _inside(kind: GraphQLObjectType, found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """The fields that lead to an object, and the type of that."""
    for name, member in kind.fields.items():
        if not is_leaf_type(get_named_type(member.type)) and _first(found[name]) is not None:
            yield name, _first(found[name])["__typename"]


def _walk(ask: Ask, arguments: dict[str, str]) -> set[str]:
    """Asks for every field of every type, wherever it comes from; the types that were found."""
    seen: set[tuple[str, str]] = set()
    waiting: deque[tuple[str, tuple[tuple[str, str], ...]]] = deque([("Query", ())])
    while waiting:
        type_name, path = waiting.popleft()
        kind = SCHEMA.type_map[type_name]
        assert isinstance(kind, GraphQLObjectType)
        document = f"... on {type_name} {{ {_selection(kind, arguments)} }}"
        for owner, step in reversed(path):
            document = f"... on {owner} {{ {step} {{ {document} }} }}"
        value: Any = ask(f"{{ {document} }}")
        for _, step in path:
            value = _first(value[step.partition("(")[0]])
        for name, inner in _inside(kind, value):
            if (f"{type_name}.{name}", inner) not in seen:
                seen.add((f"{type_name}.{name}", inner))
                step = name + _given(arguments, type_name, name, kind.fields[name])
                waiting.append((inner, (*path, (type_name, step))))
    return {inner for _, inner in seen}


def _objects() -> set[str]:
    """The types of the schema that a query can lead to."""
    found: set[str] = set()
    waiting = deque(["Query"])
    while waiting:
        kind = SCHEMA.type_map[waiting.popleft()]
        assert isinstance(kind, GraphQLObjectType)
        for member in kind.fields.values():
            inner = get_named_type(member.type)
            kinds = [inner] if isinstance(inner, GraphQLObjectType) else []
            if isinstance(inner, GraphQLInterfaceType | GraphQLUnionType):
                kinds = list(SCHEMA.get_possible_types(inner))
            waiting.extend(each.name for each in kinds if each.name not in found)
            found.update(each.name for each in kinds)
    return found


def test_every_field_of_every_type_can_be_asked_for(world: World, ask: Ask) -> None:
    assert _walk(ask, _arguments(world)) == _objects() - NEVER


def _inputs(world: World) -> dict[str, Mapping[str, object]]:
    """What each mutation is asked, in an order in which all can be done."""
    named = {"entityName": "local", "projectName": "p"}
    collection = {**named, "artifactCollectionName": "c"}
    alias = {**collection, "alias": "new"}
    member = {"projectId": world.project}
    file = {"artifactID": world.version, "name": "a.txt", "md5": "DMF1ucDxtqgxw5niaXcmYQ=="}
    tags = {**collection, "tags": [{"tagName": "u"}]}
    link = {**named, "artifactID": world.version, "artifactPortfolioName": "port2"}
    pending = {"digest": "e", "digestAlgorithm": "MANIFEST_MD5", "artifactTypeName": "dataset"}
    manifest = {**named, "artifactID": world.version, "digest": "e", "name": "m", "runName": "r"}
    parts = {"completeMultipartAction": "Complete", "completedParts": [], "storagePath": "s"}
    return {
        "createTeam": {"teamName": "fresh", "teamAdminUserName": "local"},
        "createUser": {"email": "some.one@example.com", "admin": True},
        "createInvite": {"entityName": "fresh", "username": "friend", "admin": True},
        "updateUser": {"defaultEntity": "crew"},
        "deleteInvite": {"entityName": "crew", "id": world.user},
        "createProjectMembers": {**member, "userIds": [world.user], "teamIds": [world.team]},
        "updateProjectMember": {**member, "userId": world.user, "userProjectRole": "viewer"},
        "updateProjectTeamMember": {**member, "teamId": world.team, "teamProjectRole": "viewer"},
        "deleteProjectMembers": {**member, "userIds": [world.user]},
        "upsertModel": {"entityName": "local", "name": "new-project"},
        "renameProject": {
            "entityName": "local",
            "oldProjectName": "new-project",
            "newProjectName": "newer",
        },
        "upsertBucket": {"entityName": "local", "modelName": "p", "name": "r2"},
        "createRunFiles": {**named, "runName": "r", "files": ["log.txt"]},
        "createArtifact": {**named, **pending, "artifactCollectionName": "c"},
        "createArtifactManifest": manifest,
        "updateArtifactManifest": {"artifactManifestID": "QXJ0aWZhY3RNYW5pZmVzdDox"},
        "createArtifactFiles": {"artifactFiles": [file]},
        "commitArtifact": {"artifactID": world.version},
        "completeMultipartUploadArtifact": {
            **parts,
            "artifactID": world.version,
            "uploadID": "u",
        },
        "updateArtifact": {"artifactID": world.version, "description": "d"},
        "useArtifact": {**named, "artifactID": world.version, "runName": "r2"},
        "addAliases": {"artifactID": world.version, "aliases": [alias]},
        "deleteAliases": {"artifactID": world.version, "aliases": [alias]},
        "createArtifactCollectionTagAssignments": tags,
        "deleteArtifactCollectionTagAssignments": tags,
        "updateArtifactSequence": {"artifactSequenceID": world.sequence, "description": "d"},
        "updateArtifactPortfolio": {"artifactPortfolioID": world.portfolio, "description": "d"},
        "moveArtifactSequence": {
            "artifactSequenceID": world.sequence,
            "destinationArtifactTypeName": "model",
        },
        "linkArtifact": link,
        "unlinkArtifact": {
            "artifactID": world.version,
            "artifactPortfolioID": world.portfolio,
        },
        "deleteArtifact": {"artifactID": world.spare, "deleteAliases": True},
        "deleteRun": {"id": world.run, "deleteArtifacts": False, "clientMutationId": "x"},
        "deleteArtifactPortfolio": {"artifactPortfolioID": world.portfolio},
        "deleteArtifactSequence": {"artifactSequenceID": world.sequence},
        "deleteModel": {"id": world.project},
    }


def test_every_mutation_answers_with_every_field_of_its_payload(world: World, send: Ask) -> None:
    inputs = _inputs(world)
    mutations = SCHEMA.type_map["Mutation"]
    assert isinstance(mutations, GraphQLObjectType)
    assert sorted(inputs) == sorted(mutations.fields)
    for name, given in inputs.items():
        member = mutations.fields[name]
        kind = get_named_type(member.type)
        assert isinstance(kind, GraphQLObjectType)
        fields = _payload(kind, _arguments(world))
        document = f"mutation M($input: {member.args['input'].type}) {{ {name}(input: $input) {{"
        body = send(f"{document} {fields} }} }}", input=given)
        said = [error["message"] for error in body.get("errors", [])]
        if name in REFUSED:
            assert REFUSED[name] in said[0]
        else:
            assert said == [], name
            assert body["data"][name] is not None, name


def _payload(kind: GraphQLObjectType, arguments: dict[str, str]) -> str:
    fields: list[str] = []
    for name, member in kind.fields.items():
        inner = get_named_type(member.type)
        if is_leaf_type(inner):
            fields.append(name)
        elif isinstance(inner, GraphQLObjectType):
            fields.append(f"{name} {{ {_selection(inner, arguments)} }}")
        else:
            fields.append(f"{name} {{ id }}")
    return " ".join(fields)
