"""The doctor and servers of other schemas: it tells what validation tells, and no more."""

import httpx
import pytest
from graphql import (
    GraphQLSchema,
    build_schema,
    graphql_sync,  # pyright: ignore[reportUnknownVariableType]  # it leaves types open
    introspection_from_schema,
    parse,
    validate,
)

from tests.codegen.projects import ROOT
from typed_artifacts import Client
from typed_artifacts._domain.doctor.call_checks import diagnose
from typed_artifacts._domain.doctor.findings import Health
from typed_artifacts._domain.doctor.introspection import SERVER_TYPES, ServerTypes
from typed_artifacts._operations import catalog
from typed_artifacts._requests.operation import NO_VARIABLES, Operation

SDL = (ROOT / "schema.graphql").read_text("utf-8")
DOCUMENTS = {it.name: it.document for it in vars(catalog).values() if isinstance(it, Operation)}


def changed(*changes: tuple[str, str]) -> GraphQLSchema:
    """The schema with texts in it replaced, wherever they are."""
    text = SDL
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    return build_schema(text)


def diagnosed(schema: GraphQLSchema) -> dict[str, tuple[str, list[str]]]:
    """The calls that do not simply work; whatever the schema refuses is among the broken ones."""
    reply = graphql_sync(schema, SERVER_TYPES.document)
    assert reply.errors is None
    found = diagnose(ServerTypes.model_validate(reply.data))
    refused = {name for name, document in DOCUMENTS.items() if validate(schema, parse(document))}
    broken = {name for it in found if it.health is Health.BROKEN for name in it.operations}
    assert refused <= broken
    return {
        it.call: (it.health.name.lower(), [each.words for each in it.findings])
        for it in found
        if it.health is not Health.WORKS
    }


def only(words: str, health: str, *calls: str) -> dict[str, tuple[str, list[str]]]:
    return dict.fromkeys(calls, (health, [words]))


@pytest.mark.each(3)
@pytest.mark.parametrize(
    ("old", "new", "found"),
    [
        (
            "artifactType(name: String!): ArtifactType",
            "artifactType(name: ID!): ArtifactType",
            only(
                "Project.artifactType(name) is ID! there, not String!",
                "broken",
                *("ArtifactCollection", "ArtifactCollections", "ArtifactType", "Artifacts"),
            ),
        ),
        (
            "artifactTypes(after: String, before: String, first: Int,",
            "artifactTypes(after: String, before: String, first: String,",
            {
                "Api.inventory": (
                    "broken",
                    ["Project.artifactTypes(first) is String there, which 1000 is not"],
                ),
                "ArtifactTypes": (
                    "broken",
                    ["Project.artifactTypes(first) is String there, not Int!"],
                ),
            },
        ),
        (
            "organizations(emailDomain: String)",
            "organizations(emailDomain: String, region: String!)",
            only(
                "User.organizations needs the argument region there",
                "broken",
                "Client.organization",
            ),
        ),
        (
            "  destinationArtifactTypeName: String!",
            "  destinationArtifactTypeName: ID!",
            only(
                "MoveArtifactSequenceInput.destinationArtifactTypeName is ID! there, not String!",
                "broken",
                "ArtifactCollection.save",
            ),
        ),
        (
            "  description: String\n  labels: JSONString\n  metadata: JSONString\n  tagsToAdd",
            "  description: String!\n  labels: JSONString\n  metadata: JSONString\n  tagsToAdd",
            only(
                "UpdateArtifactInput needs description there",
                "broken",
                "Api.apply_plan",
                "Artifact.save",
            ),
        ),
        (
            "names: [String!]): FileConnection\n  id: ID!\n  versionIndex",
            "names: [ID!]): FileConnection\n  id: ID!\n  versionIndex",
            only(
                "ArtifactCollectionMembership.files(names) is [ID!] there, not [String!]",
                "broken",
                *("Artifact.download", "ArtifactFiles", "File.download", "File.open"),
                "File.read_bytes",
            ),
        ),
    ],
    ids=[
        "a variable's",
        "a number's",
        "one is required",
        "a member's",
        "a member is required",
        "a list's",
    ],
)
def test_types_of_what_is_sent(old: str, new: str, found: dict[str, tuple[str, list[str]]]) -> None:
    said = diagnosed(changed((old, new)))
    assert {call: said.get(call) for call in found} == found
    assert {words for _, listed in said.values() for words in listed} == {
        words for _, listed in found.values() for words in listed
    }


@pytest.mark.each(3)
@pytest.mark.parametrize(
    ("now", "words", "health"),
    [
        ("String", ": it is read where it holds times", "degraded"),
        ("ID!", ": it is read where it holds times", "degraded"),
        ("Float", ": it is read where it holds times", "degraded"),
        ("JSONString", "", "broken"),
        ("ArtifactState", "", "broken"),
        ("[String!]", "", "broken"),
        ("Boolean", "", "broken"),
    ],
)
def test_a_time_that_is_of_another_type(now: str, words: str, health: str) -> None:
    line = "  updatedAt: {}\n  uploadHeaders"
    said = diagnosed(changed((line.format("DateTime"), line.format(now))))
    assert "ArtifactFiles" in said
    assert said == only(f"File.updatedAt is {now} there, not DateTime{words}", health, *said)


_LOGGING = ("Api.copy", "Api.log_artifact", "ArtifactDraft")


@pytest.mark.each(3)
@pytest.mark.parametrize(
    ("old", "new", "words", "health"),
    [
        (
            "  historyStep: Int64\n  labels",
            "  historyStep: String\n  labels",
            "CreateArtifactInput.historyStep is String there, not Int64: not to be given",
            "degraded",
        ),
        (
            "  artifactTypeName: String!\n  clientID",
            "  artifactTypeName: Int!\n  clientID",
            "CreateArtifactInput.artifactTypeName is Int! there, not String!",
            "broken",
        ),
        (
            "  tagName: String! @con",
            "  tagName: Int! @con",
            "TagInput.tagName is Int! there, not String!",
            "broken",
        ),
        (
            "  MANIFEST_XXH128\n",
            "",
            "the server's ArtifactDigestAlgorithm has no MANIFEST_XXH128: not to be given",
            "degraded",
        ),
        (
            "  MANIFEST_MD5\n",
            "  MANIFEST_SHA\n",
            "the server's ArtifactDigestAlgorithm has no MANIFEST_MD5",
            "broken",
        ),
        (
            "  FULL\n  INCREMENTAL\n",
            "  FULL\n",
            "the server's ArtifactManifestType has no INCREMENTAL: not to be given",
            "degraded",
        ),
        (
            "  V1\n  V2\n",
            "  V1\n  V3\n",
            "the server's ArtifactStorageLayout has no V2",
            "broken",
        ),
    ],
)
def test_members_and_values_that_logging_sends(old: str, new: str, words: str, health: str) -> None:
    said = diagnosed(changed((old, new)))
    assert {call: said.get(call) for call in _LOGGING} == only(words, health, *_LOGGING)


def test_an_enum_that_a_document_names() -> None:
    schema = changed(
        ("enum ArtifactCollectionType {\n  PORTFOLIO\n", "enum ArtifactCollectionType {\n")
    )
    words = "the server's ArtifactCollectionType has no PORTFOLIO"
    assert diagnosed(schema) == only(words, "broken", "RegistryCollections")


def test_a_union_that_loses_what_is_asked_for() -> None:
    schema = changed(("union Initiator = Run | User", "union Initiator = Tag | User"))
    words = "Initiator is never Run there"
    assert diagnosed(schema) == only(words, "broken", "Artifact.lineage", "Artifact.logged_by")


def test_an_interface_that_loses_a_type() -> None:
    schema = changed(
        ("createdBy: Initiator", "createdBy: Maker"),
        ("union Initiator = Run | User", "interface Maker {\n  id: ID!\n}"),
        ("type User implements Node", "type User implements Node & Maker"),
    )
    words = "Maker is never Run there"
    assert diagnosed(schema) == only(words, "broken", "Artifact.lineage", "Artifact.logged_by")


def test_root_types_of_other_names() -> None:
    schema = changed(
        (
            "type Query {",
            "schema {\n  query: RootQuery\n  mutation: RootMutation\n}\n\ntype RootQuery {",
        ),
        ("type Mutation {", "type RootMutation {"),
    )
    assert diagnosed(schema) == {}
    lacking = changed(
        (
            "type Query {",
            "schema {\n  query: RootQuery\n  mutation: Mutation\n}\n\ntype RootQuery {",
        ),
        ("  serverInfo: ServerInfo\n", ""),
    )
    said = diagnosed(lacking)
    assert said["Api.whoami"] == ("broken", ["the server has no RootQuery.serverInfo"])


def test_a_server_without_mutations() -> None:
    start = SDL.index("type Mutation {")
    schema = changed((SDL[start : SDL.index("}", start) + 1], ""))
    assert diagnosed(schema)["Artifact.link"] == ("broken", ["the server has no type Mutation"])


@pytest.mark.each(4)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        (
            "order: String): ArtifactCollectionConnection",
            'order: String = "-id"): ArtifactCollectionConnection',
        ),
        ("artifactType(name: String!)", "artifactType(name: String, id: ID)"),
        ("artifactType(name: String!)", 'artifactType(name: String! = "dataset")'),
        ("  size: Int64!\n  state", "  size: Int!\n  state"),
        ("  COMMITTED\n", "  COMMITTED\n  ARCHIVED\n"),
        ("  DELETED\n  READY\n", "  READY\n"),
        ("union Initiator = Run | User", "union Initiator = Run | User | Tag"),
        ("FileEdge", "FileConnectionEdge"),
        ("UpdateArtifactInput", "UpdateArtifactParameters"),
        (
            "  labels: JSONString\n  metadata: JSONString\n  tagsToAdd",
            "  metadata: JSONString\n  tagsToAdd",
        ),
        ("  storageRegion: String\n  tags", "  storageRegion: [String!]\n  tags"),
        ("  historyStep: Int64\n  id", "  historyStep: Int64 @deprecated\n  id"),
        (
            "filters: JSONString, first: Int, last: Int, order: String)",
            "filters: JSONString @deprecated, first: Int, last: Int, order: String)",
        ),
        (
            "  runName: String\n  sequenceClientID",
            "  runName: String @deprecated\n  sequenceClientID",
        ),
        ("type Tag {", '"""Words."""\ntype Tag {'),
    ],
)
def test_what_is_harmless_is_not_told(old: str, new: str) -> None:
    assert diagnosed(changed((old, new))) == {}


def test_a_type_that_may_be_another_there() -> None:
    start = SDL.index("type ArtifactTypeEdge {")
    edge = SDL[start : SDL.index("}", start) + 1]
    schema = changed(
        (edge, edge.replace("ArtifactType\n", "Kind\n") + "\nunion Kind = Tag | ArtifactType")
    )
    words = "ArtifactType may be something else there (Kind)"
    assert diagnosed(schema)["ArtifactTypes"] == ("degraded", [words])


def test_a_server_that_hides_nothing_of_deprecated_inputs() -> None:
    """An older one, whose introspection has no such argument: it is asked again without it."""
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        document = request.read().decode()
        asked.append(document)
        if "args(includeDeprecated" in document:
            said = 'Unknown argument "includeDeprecated" on field "args" of type "__Field".'
            return httpx.Response(400, json={"errors": [{"message": said}]})
        schema = introspection_from_schema(build_schema(SDL))
        return httpx.Response(200, json={"data": schema})

    transport = httpx.MockTransport(answer)
    with Client("http://localhost", "k" * 40, transport=transport) as client:
        found = diagnose(client.execute(SERVER_TYPES, NO_VARIABLES))
    assert len(asked) == 2
    assert {item.health for item in found} == {Health.WORKS}
