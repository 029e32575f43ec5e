"""What `queries/` ask for is what servers are known to have, or docs/upstream.md says why."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false
# (graphql-core leaves type arguments open)

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from graphql import (
    DocumentNode,
    FieldNode,
    GraphQLInputObjectType,
    GraphQLSchema,
    GraphQLType,
    ObjectFieldNode,
    OperationDefinitionNode,
    TypeInfo,
    TypeInfoVisitor,
    Visitor,
    build_schema,
    get_named_type,
    parse,
    type_from_ast,
    visit,
)
from typing_extensions import override

from tests.referee.differences import DIFFERENCES
from tests.referee.evaluating import Json
from typed_artifacts import Api
from typed_artifacts.local import open_local

ROOT = Path(__file__).parents[2]
SCHEMA = build_schema((ROOT / "schema.graphql").read_text())
DOCUMENT = parse("\n".join(p.read_text() for p in sorted((ROOT / "queries").glob("*.graphql"))))


class Members(Visitor):
    """Every `Type.member` that a document names: fields, and fields of input objects."""

    def __init__(self, types: TypeInfo) -> None:
        super().__init__()
        self._types = types
        self.found: set[str] = set()

    def enter_field(self, node: FieldNode, *_: object) -> None:
        parent = self._types.get_parent_type()
        if parent is not None and not node.name.value.startswith("__"):
            self.found.add(f"{parent.name}.{node.name.value}")

    def enter_object_field(self, node: ObjectFieldNode, *_: object) -> None:
        parent = self._types.get_parent_input_type()
        if parent is not None:
            self.found.add(f"{get_named_type(parent)}.{node.name.value}")


def named_members(schema: GraphQLSchema, document: DocumentNode) -> set[str]:
    """What the documents name."""
    types = TypeInfo(schema)
    members = Members(types)
    visit(document, TypeInfoVisitor(types, members))
    return members.found


class Noting(httpx.BaseTransport):
    """A transport that keeps the GraphQL requests."""

    def __init__(self, inner: httpx.BaseTransport) -> None:
        self._inner = inner
        self.sent: list[dict[str, Json]] = []

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/graphql":
            self.sent.append(json.loads(request.read()))
        return self._inner.handle_request(request)


def given_members(kind: GraphQLType | None, value: Json) -> Iterator[str]:
    """What a variable's value names."""
    named = get_named_type(kind)
    if not isinstance(named, GraphQLInputObjectType):
        return
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, dict):
            for name, inner in item.items():
                yield f"{named.name}.{name}"
                yield from given_members(named.fields[name].type, inner)


def sent_members() -> set[str]:
    """What logging sends in variables that are whole inputs."""
    variables = {
        (operation.name.value, definition.variable.name.value): definition.type
        for operation in DOCUMENT.definitions
        if isinstance(operation, OperationDefinitionNode) and operation.name is not None
        for definition in operation.variable_definitions
    }
    found: set[str] = set()
    for request in logged_requests():
        given = request["variables"]
        assert isinstance(given, dict)
        for name, value in given.items():
            kind = type_from_ast(SCHEMA, variables[str(request["operationName"]), name])
            found |= set(given_members(kind, value))
    return found


def logged_requests() -> list[dict[str, Json]]:
    """The GraphQL requests of logging a version that has everything."""
    with open_local() as server:
        noting = Noting(server.transport)
        with Api(base_url=server.base_url, api_key=server.api_key, transport=noting) as api:
            api.log_artifact(
                f"{server.entity}/p/c",
                type="dataset",
                files={"a": b"a"},
                aliases=["x"],
                tags=["t"],
                metadata={"m": 1},
                description="d",
                ttl=timedelta(days=1),
            )
    return noting.sent


@pytest.fixture(scope="module")
def sources() -> dict[str, str]:
    """Where each member is known from: current clients, an older schema, or both."""
    with (ROOT / "tests" / "data" / "wire-contract.csv").open(newline="") as file:
        return {f"{row['type']}.{row['member']}": row["source"] for row in csv.DictReader(file)}


def test_what_only_the_older_schema_shows_is_listed_with_its_reason(
    sources: dict[str, str],
) -> None:
    used = named_members(SCHEMA, DOCUMENT) | sent_members()
    assert {"Query.project", "TagInput.tagName", "CreateArtifactInput.digest"} <= used
    assert not used - sources.keys()
    older = {member for member in used if sources[member] == "older"}
    assert older == DIFFERENCES.older


def test_older_fields_are_optional() -> None:
    """A server that has dropped such a field is asked without it."""
    older = DIFFERENCES.older
    edges = {member for member in older if member.endswith("Edge.cursor")}
    marked: set[str] = set()
    types = TypeInfo(SCHEMA)

    class Marked(Visitor):
        def enter_field(self, node: FieldNode, *_: object) -> None:
            parent = types.get_parent_type()
            if parent and any(mark.name.value == "optional" for mark in node.directives):
                marked.add(f"{parent.name}.{node.name.value}")

    visit(DOCUMENT, TypeInfoVisitor(types, Marked()))
    assert edges <= marked
    assert all("Input." in member for member in older - edges)
