"""Objects of a union or an interface are parsed by the class of their type."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.project.layout import PACKAGE, TREES
from tests.codegen.projects import GOLDEN, ROOT, assemble

pytestmark = pytest.mark.long

SCHEMA = """
extend type Query { found: [Being!]!, named: [Named], child: Child, parent: Parent, only: Only }
union Being = Person | Team | Robot
interface Named { name: String!, size: Int }
type Person implements Named { name: String!, size: Int, mood: Mood!, best: Person }
type Team implements Named { name: String!, size: Int, mood: Mood!, best: Team }
type Robot implements Named { name: String!, size: Int, mood: String!, maker: Team }
interface Parent { name: String }
interface Child implements Parent { name: String, best: Child }
type Leaf implements Parent & Child { name: String, best: Child }
type Twig implements Parent & Child { name: String, best: Child }
type Root implements Parent & Only { name: String }
interface Only { name: String }
enum Mood { GLAD SAD }
"""
PRINT = """
import json, sys
from typed_artifacts._graphql.asked import Asked
def names(value):
    if isinstance(value, list):
        return [names(item) for item in value]
    if hasattr(value, "model_dump"):
        return {type(value).__name__.removeprefix("Asked"): {key: names(it) for key, it in value}}
    return value
for line in sys.stdin:
    print(json.dumps(names(Asked.model_validate_json(line)), default=repr))
"""
Parsed = Callable[..., list[object]]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    root = assemble(GOLDEN / "own_operations", tmp_path)
    with (root / "schema.graphql").open("a") as schema:
        schema.write(SCHEMA)
    return root


@pytest.fixture
def parsed(project: Path) -> Parsed:
    """Generates an operation; the classes and values of what a reply becomes."""

    def parse(query: str, *replies: object) -> list[object]:
        (project / "queries" / "asked.graphql").write_text(query)
        assert main(["generate", "--root", str(project)]) == 0
        skip = shutil.ignore_patterns(*TREES, "cli", "local")
        shutil.copytree(ROOT / PACKAGE, project / PACKAGE, ignore=skip, dirs_exist_ok=True)
        done = subprocess.run(
            [sys.executable, "-c", PRINT],
            input="\n".join(json.dumps(reply) for reply in replies),
            env={**os.environ, "PYTHONPATH": str(project / "src")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return [json.loads(line)[""] for line in done.stdout.splitlines()]

    return parse


def test_types_of_a_union_that_are_asked_for_the_same(parsed: Parsed) -> None:
    query = """query Asked { found {
      __typename ... on Person { name mood } ... on Team { name mood } ... on Robot { name } } }"""
    glad, fair = {"name": "a", "mood": "GLAD"}, {"name": "b", "mood": "SAD"}
    reply = [
        {"__typename": "Person", **glad},
        {"__typename": "Team", **fair},
        {"__typename": "Robot", "name": "c"},
        {"__typename": "Ghost", **glad},  # of a newer server
    ]
    assert parsed(query, {"found": reply}) == [
        {
            "found": [
                {"FoundPerson": {"typename__": "Person", **glad}},
                {"FoundTeam": {"typename__": "Team", **fair}},
                {"FoundRobot": {"typename__": "Robot", "name": "c"}},
                {"FoundPerson": {"typename__": "Ghost", **glad}},
            ]
        }
    ]


def test_types_of_an_interface_that_are_asked_for_nothing_more(parsed: Parsed) -> None:
    query = """query Asked { named {
      __typename name ... on Team { name } ... on Person { name size } } }"""
    reply = [
        {"__typename": "Person", "name": "a", "size": 1},
        {"__typename": "Team", "name": "b"},
        {"__typename": "Robot", "name": "c"},
        {"__typename": "Ghost", "name": "d"},
        None,
    ]
    assert parsed(query, {"named": reply}) == [
        {
            "named": [
                {"NamedPerson": {"typename__": "Person", "name": "a", "size": 1}},
                {"NamedTeam": {"typename__": "Team", "name": "b"}},
                {"NamedNamed": {"typename__": "Robot", "name": "c"}},
                {"NamedNamed": {"typename__": "Ghost", "name": "d"}},
                None,
            ]
        }
    ]


def test_types_that_are_asked_for_by_fragments(parsed: Parsed) -> None:
    query = """query Asked { found { ...Being } }
      fragment Being on Being { ... on Person { ...Personal } ... on Team { ...Teamwork }
        ... on Robot { kind: __typename maker { ...Teamwork } } }
      fragment Personal on Person { kind: __typename name best { kind: __typename name } }
      fragment Teamwork on Team { kind: __typename name best { kind: __typename name } }"""
    best, maker = {"kind": "Team", "name": "z"}, {"kind": "Team", "name": "c", "best": None}
    reply = [
        {"kind": "Person", "name": "a", "best": None},
        {"kind": "Team", "name": "b", "best": best},
        {"kind": "Robot", "maker": maker},
        {"kind": "Ghost", "name": "d", "best": None},
    ]
    assert parsed(query, {"found": reply}) == [
        {
            "found": [
                {"FoundPerson": reply[0]},
                {"FoundTeam": {"kind": "Team", "name": "b", "best": {"TeamworkBest": best}}},
                {"FoundRobot": {"kind": "Robot", "maker": {"Teamwork": maker}}},
                {"FoundPerson": reply[3]},
            ]
        }
    ]


def test_an_object_in_a_fragment_of_types_that_are_asked_for_the_same(parsed: Parsed) -> None:
    query = """query Asked { child { __typename ...Inner } }
      fragment Inner on Child { best { __typename name ... on Leaf { name } } }"""
    leaf, twig = {"__typename": "Leaf", "name": "a"}, {"__typename": "Twig", "name": "b"}
    replies = [{"child": {"__typename": "Leaf", "best": best}} for best in (leaf, twig)]
    assert parsed(query, *replies) == [
        {"child": {"Child": {"typename__": "Leaf", "best": {owner: best}}}}
        for owner, best in (
            ("InnerBestLeaf", {"typename__": "Leaf", "name": "a"}),
            ("InnerBestChild", {"typename__": "Twig", "name": "b"}),
        )
    ]


def test_a_fragment_that_is_called_like_its_type(parsed: Parsed) -> None:
    query = """query Asked { child { __typename ...Leaf } }
      fragment Leaf on Child { best {
        __typename name ... on Leaf { name } ... on Twig { name } } }"""
    replies = [
        {"child": {"__typename": "Leaf", "best": {"__typename": kind, "name": "a"}}}
        for kind in ("Twig", "Leaf", "New")
    ]
    assert parsed(query, *replies) == [
        {"child": {"Child": {"typename__": "Leaf", "best": {owner: best}}}}
        for owner, best in (
            ("LeafBestTwig", {"typename__": "Twig", "name": "a"}),
            ("LeafBestLeaf", {"typename__": "Leaf", "name": "a"}),
            ("LeafBestChild", {"typename__": "New", "name": "a"}),
        )
    ]


def test_fields_that_may_be_left_out(parsed: Parsed) -> None:
    query = """query Asked($more: Boolean!) { found { __typename
      ... on Team { name size @include(if: $more) } ... on Person { name } } }"""
    reply = [
        {"__typename": "Person", "name": "a"},
        {"__typename": "Team", "name": "b"},
        {"__typename": "Team", "name": "c", "size": 1},
        {"__typename": "Robot"},
    ]
    assert parsed(query, {"found": reply}) == [
        {
            "found": [
                {"FoundPerson": {"typename__": "Person", "name": "a"}},
                {"FoundTeam": {"typename__": "Team", "name": "b", "size": None}},
                {"FoundTeam": {"typename__": "Team", "name": "c", "size": 1}},
                {"FoundRobot": {"typename__": "Robot"}},
            ]
        }
    ]


def test_an_interface_that_one_type_has(parsed: Parsed) -> None:
    query = "query Asked { only { __typename name ... on Root { name } } }"
    replies = [{"only": {"__typename": kind, "name": "a"}} for kind in ("Root", "New")]
    assert parsed(query, *replies) == [
        {"only": {"OnlyRoot": {"typename__": "Root", "name": "a"}}},
        {"only": {"OnlyOnly": {"typename__": "New", "name": "a"}}},
    ]


def test_a_type_that_is_narrowed_to_an_interface_and_to_one_of_its_types(parsed: Parsed) -> None:
    query = """query Asked {
      parent { __typename name ... on Child { name } ... on Leaf { name } } }"""
    classes = {"Leaf": "Leaf", "Twig": "Child", "Root": "Parent", "New": "Parent"}
    replies = [{"parent": {"__typename": kind, "name": "a"}} for kind in classes]
    assert parsed(query, *replies) == [
        {"parent": {f"Parent{owner}": {"typename__": kind, "name": "a"}}}
        for kind, owner in classes.items()
    ]


def test_a_name_of_a_type_that_may_be_left_out(parsed: Parsed) -> None:
    query = """query Asked($no: Boolean!) {
      __typename @skip(if: $no) child { kind: __typename @skip(if: $no) name }
      named { __typename @include(if: $no) name ... on Team { size } } }"""
    left_out = {"child": {"name": "a"}, "named": [{"name": "a"}, {"name": "b", "size": 1}]}
    there = {"child": {"kind": "New", "name": "a"}, "named": [{"__typename": "New", "name": "a"}]}
    assert parsed(query, left_out, {"__typename": "Query", **there}) == [
        {
            "typename__": None,
            "child": {"Child": {"kind": None, "name": "a"}},
            "named": [
                {"NamedNamed": {"typename__": None, "name": "a"}},
                {"NamedTeam": {"typename__": None, "name": "b", "size": 1}},
            ],
        },
        {
            "typename__": "Query",
            "child": {"Child": {"kind": "New", "name": "a"}},
            "named": [{"NamedNamed": {"typename__": "New", "name": "a"}}],
        },
    ]


def test_types_that_nothing_in_the_reply_tells_apart(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    query = "query Asked { found {\n ... on Person { name } ... on Team { name } } }"
    (project / "queries" / "asked.graphql").write_text(query)
    assert main(["generate", "--root", str(project)]) == 1
    assert capsys.readouterr().err == (
        'queries/asked.graphql:1: nothing tells Person and Team in "found" apart; '
        "ask for __typename as well\n"
    )
