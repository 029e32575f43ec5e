"""schema.graphql: what the contract says is in it, and every document that meets it validates."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import NamedTuple

import pytest
import wandb.sdk.artifacts._generated.operations as official
from graphql import (
    DirectiveDefinitionNode,
    EnumTypeDefinitionNode,
    GraphQLSchema,
    InputObjectTypeDefinitionNode,
    InputValueDefinitionNode,
    InterfaceTypeDefinitionNode,
    IntValueNode,
    ObjectTypeDefinitionNode,
    ScalarTypeDefinitionNode,
    StringValueNode,
    UnionTypeDefinitionNode,
    build_schema,
    parse,
    print_ast,
    validate,
)

from typed_artifacts._graphql import operations

ROOT = Path(__file__).parents[2]
SCHEMA = (ROOT / "schema.graphql").read_text(encoding="utf-8")
TREE = parse(SCHEMA)

OBJECTS = (ObjectTypeDefinitionNode, InterfaceTypeDefinitionNode)


class Row(NamedTuple):
    """One line of the contract."""

    kind: str
    type: str
    member: str
    args: str
    graphql_type: str
    source: str
    note: str

    @property
    def id(self) -> str:
        return f"{self.type}.{self.member}" if self.member else self.type


def _rows() -> list[Row]:
    with (ROOT / "tests" / "data" / "wire-contract.csv").open(encoding="utf-8") as file:
        return [Row(**line) for line in csv.DictReader(file)]


EVERY_ROW = _rows()
ROWS = [row for row in EVERY_ROW if row.source in {"current", "both"}]
MEMBERS = [row for row in ROWS if row.member]
TYPES = [row for row in ROWS if not row.member]


@pytest.fixture(scope="module")
def schema() -> GraphQLSchema:
    return build_schema(SCHEMA)


def _definitions() -> dict[str, object]:
    return {
        node.name.value: node
        for node in TREE.definitions
        if isinstance(
            node,
            (
                *OBJECTS,
                InputObjectTypeDefinitionNode,
                EnumTypeDefinitionNode,
                UnionTypeDefinitionNode,
                ScalarTypeDefinitionNode,
            ),
        )
    }


DEFINITIONS = _definitions()


def _members() -> dict[str, tuple[str, dict[str, str]]]:
    """`Type.member` → its type, and its arguments with theirs."""
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for name, node in DEFINITIONS.items():
        if isinstance(node, OBJECTS):
            for field in node.fields:
                args = {item.name.value: print_ast(item.type) for item in field.arguments}
                found[f"{name}.{field.name.value}"] = print_ast(field.type), args
        elif isinstance(node, InputObjectTypeDefinitionNode):
            for item in node.fields:
                found[f"{name}.{item.name.value}"] = print_ast(item.type), {}
    return found


FOUND = _members()


def test_the_contract_was_read() -> None:
    assert len(MEMBERS) > 400
    assert len(TYPES) > 100


OLDER = [row for row in EVERY_ROW if row.source == "older" and row.id in FOUND]


@pytest.mark.parametrize("row", OLDER, ids=[row.id for row in OLDER])
def test_an_older_member_has_its_type_where_it_is_there(row: Row) -> None:
    kind, _ = FOUND[row.id]
    assert kind == row.graphql_type


@pytest.mark.parametrize("row", MEMBERS, ids=[row.id for row in MEMBERS])
def test_a_member_is_there_with_its_type(row: Row) -> None:
    kind, args = FOUND[row.id]
    assert kind == row.graphql_type
    wanted = dict(re.findall(r"(\w+): ([^,=]+?)(?: = [^,]+)?(?:,|$)", row.args))
    assert args == wanted


@pytest.mark.parametrize("row", TYPES, ids=[row.id for row in TYPES])
def test_a_type_is_there(row: Row) -> None:
    node = DEFINITIONS[row.type]
    names = {name.strip() for name in row.graphql_type.split("|")}
    if isinstance(node, EnumTypeDefinitionNode):
        assert {value.name.value for value in node.values} == names
    if isinstance(node, UnionTypeDefinitionNode):
        assert {kind.name.value for kind in node.types} == names
    for implementer in re.findall(r"possible types: (.*)", row.note):
        for name in re.split(r",\s*", implementer):
            found = DEFINITIONS[name]
            assert isinstance(found, ObjectTypeDefinitionNode)
            assert row.type in {interface.name.value for interface in found.interfaces}


LIMITED = [row for row in MEMBERS if "constraints: " in row.note and row.kind == "input"]


@pytest.mark.parametrize("row", LIMITED, ids=[row.id for row in LIMITED])
def test_a_limit_is_there(row: Row) -> None:
    limits = _limits(row.type, row.member)
    if most := re.search(r"max_length=(\d+)", row.note):
        assert limits["max"] == most[1]
    if pattern := re.search(r"pattern='(.*?)'", row.note):
        assert limits["pattern"] == pattern[1].replace("\\\\", "\\")


def _limits(type_name: str, member: str) -> dict[str, str]:
    node = DEFINITIONS[type_name]
    assert isinstance(node, InputObjectTypeDefinitionNode)
    item = next(item for item in node.fields if item.name.value == member)
    assert isinstance(item, InputValueDefinitionNode)
    (directive,) = (item for item in item.directives if item.name.value == "constraints")
    return {
        argument.name.value: argument.value.value
        for argument in directive.arguments
        if isinstance(argument.value, IntValueNode | StringValueNode)
    }


def _documents(module: object) -> dict[str, str]:
    return {
        name: text
        for name, text in vars(module).items()
        if name.isupper() and isinstance(text, str)
    }


OFFICIAL, OURS = _documents(official), _documents(operations)


def test_all_of_the_official_documents_are_tried() -> None:
    assert len(OFFICIAL) == 47


@pytest.mark.parametrize("name", OFFICIAL)
def test_an_official_document_validates(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(OFFICIAL[name])) == []


@pytest.mark.parametrize("name", OURS)
def test_a_document_of_ours_validates(schema: GraphQLSchema, name: str) -> None:
    assert validate(schema, parse(OURS[name])) == []


def test_every_operation_of_the_queries_is_generated() -> None:
    asked = {
        name
        for file in (ROOT / "queries").glob("*.graphql")
        for name in re.findall(r"^(?:query|mutation) (\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    made = {re.findall(r"(?:query|mutation) (\w+)", text)[0] for text in OURS.values()}
    assert made == asked
    assert len(made) > 15


def test_a_document_with_a_mistake_does_not_validate(schema: GraphQLSchema) -> None:
    (error,) = validate(schema, parse('{ project(name: "p") { artefactTypes { totalCount } } }'))
    assert "artefactTypes" in error.message


def test_the_schema_knows_constraints() -> None:
    names = {n.name.value for n in TREE.definitions if isinstance(n, DirectiveDefinitionNode)}
    assert "constraints" in names
