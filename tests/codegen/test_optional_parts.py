"""The parts of a document that are omitted with each optional member."""

from pathlib import Path

import pytest
from graphql import build_schema, parse, validate

from codegen.project.problem import Problem
from codegen.queries.optional_parts import OptionalParts, find_optional_parts
from codegen.queries.schema_usage import document_text
from codegen.queries.sources import Sources, load_sources
from tests.codegen.projects import ROOT
from typed_artifacts._requests.optional_members import document_without

SDL = """
type Query { thing(id: ID!, deep: Deep, old: Int): Thing count(of: [Int]): Int any: Any }
union Any = Thing | Inner
type Thing { id: ID! a: Int b(x: Int, y: Int): Int inner: Inner! inners: [Inner] }
type Inner { id: ID! c: Int inner: Inner }
input Deep { p: Int q: Deep }
"""


def cut(tmp_path: Path, queries: str) -> tuple[Sources, str, OptionalParts]:
    (tmp_path / "schema.graphql").write_text(SDL)
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "q.graphql").write_text(queries)
    sources = load_sources(tmp_path)
    text = document_text(sources, "Q")
    return sources, text, find_optional_parts(sources, "Q", text)


def without(text: str, found: OptionalParts, *lacking: str) -> str:
    names = [member.name for member in found.members]
    return document_without(text, found.cuts, frozenset(names.index(name) for name in lacking))


def test_a_field_goes_with_its_line(tmp_path: Path) -> None:
    _, text, found = cut(tmp_path, "query Q($id: ID!) { thing(id: $id) { id a @optional } }")
    assert without(text, found) == text
    assert without(text, found, "Thing.a") == text.replace("\n    a", "")


def test_a_condition_stays_and_goes_with_its_field_and_variable(tmp_path: Path) -> None:
    queries = (
        "query Q($id: ID!, $x: Boolean!) { thing(id: $id) { id a @optional @include(if: $x) } }"
    )
    _, text, found = cut(tmp_path, queries)
    assert "\n    a @include(if: $x)\n" in text
    rest = text.replace("\n    a @include(if: $x)", "").replace(", $x: Boolean!", "")
    assert without(text, found, "Thing.a") == rest


def test_a_fragment_goes_with_its_last_spread_and_its_variables_with_it(tmp_path: Path) -> None:
    _, text, found = cut(
        tmp_path,
        """
        query Q($id: ID!, $x: Int) {
          thing(id: $id) { id inner @optional { ...F } inners @optional { ...F } ...G }
        }
        fragment F on Inner { id inner { ...H } }
        fragment H on Inner { c }
        fragment G on Thing { b(x: $x) @optional(feature: "B") }
        """.replace("...G }", "a ...G }").replace("{ b(x", "{ id b(x"),
    )
    one = without(text, found, "Thing.inner")
    assert "fragment F" in one
    assert "fragment H" in one
    both = without(text, found, "Thing.inner", "Thing.inners")
    assert "fragment F" not in both
    assert "fragment H" not in both
    assert "$x" in both
    assert "$x" not in without(text, found, "Thing.b")


def test_an_argument_goes_with_its_variable(tmp_path: Path) -> None:
    _, text, found = cut(
        tmp_path,
        """
        query Q($id: ID!, $x: Int @optional(feature: "X"), $y: Int @optional) {
          thing(id: $id) { b(x: $x, y: $y) }
        }
        """,
    )
    assert [(it.name, it.feature, it.variable) for it in found.members] == [
        ("Thing.b(x)", "X", "x"),
        ("Thing.b(y)", None, "y"),
    ]
    assert "b(, y: $y)" in without(text, found, "Thing.b(x)").replace("( ", "(").replace("(,", "(,")
    assert "b(x: $x)" in without(text, found, "Thing.b(y)")
    neither = without(text, found, "Thing.b(x)", "Thing.b(y)")
    assert "b(" not in neither
    assert "($id: ID!)" in neither


def test_a_member_of_an_input_goes_with_its_variable(tmp_path: Path) -> None:
    _, text, found = cut(
        tmp_path,
        """
        query Q($id: ID!, $p: Int @optional) {
          thing(id: $id, deep: { p: 1, q: { p: $p } }) { id }
        }
        """,
    )
    assert [member.name for member in found.members] == ["Query.thing(deep)"]
    assert "q: {}" in without(text, found, "Query.thing(deep)")


def test_a_field_goes_when_all_below_it_goes(tmp_path: Path) -> None:
    _, text, found = cut(
        tmp_path,
        "query Q($id: ID!) { thing(id: $id) { id inner { c @optional id @optional } } }",
    )
    assert "inner" in without(text, found, "Inner.c")
    assert "inner" not in without(text, found, "Inner.c", "Inner.id")


def test_the_parentheses_of_an_operation_go_with_its_last_variable(tmp_path: Path) -> None:
    queries = 'query Q($x: Int @optional) { thing(id: "1") { b(x: $x) } }'
    _, text, found = cut(tmp_path, queries)
    rest = text.replace("($x: Int)", "").replace("(x: $x)", "")
    assert without(text, found, "Thing.b(x)") == rest


def test_what_is_in_a_narrowed_type_goes_with_it(tmp_path: Path) -> None:
    _, text, found = cut(
        tmp_path,
        """
        query Q($x: Int @optional, $y: Int) {
          any {
            __typename
            ... on Thing { b(x: $x) }
            ... on Inner { c @optional }
          }
          thing(id: "1") { b(y: $y) }
        }
        """,
    )
    assert [member.name for member in found.members] == ["Thing.b(x)", "Inner.c"]
    rest = text.replace("($x: Int, ", "(, ").replace("b(x: $x)", "b")
    assert without(text, found, "Thing.b(x)") == rest
    narrowed = "\n    ... on Inner {\n      c\n    }"
    assert without(text, found, "Inner.c") == text.replace(narrowed, "")


def test_a_variable_that_only_a_fragment_uses_goes(tmp_path: Path) -> None:
    queries = """
    query Q($id: ID!, $x: Int @optional) { thing(id: $id) { ...F } }
    fragment F on Thing { id b(x: $x) }
    """
    _, text, found = cut(tmp_path, queries)
    assert without(text, found, "Thing.b(x)") == text.replace(", $x: Int", "").replace(
        "(x: $x)", ""
    )


def test_a_variable_in_a_list_stays(tmp_path: Path) -> None:
    queries = "query Q($x: Int, $y: Int) { count(of: [$x, $y]) any @optional { __typename } }"
    _, text, found = cut(tmp_path, queries)
    rest = text.replace("\n  any {\n    __typename\n  }", "")
    assert without(text, found, "Query.any") == rest


@pytest.mark.parametrize(
    ("queries", "said"),
    [
        (
            "query Q($x: Int @optional) { count(of: [$x]) }",
            "Q without Query.count(of): Variable '$x' is not defined by operation 'Q'.",
        ),
        (
            "query Q { count @optional any @optional { __typename } }",
            "Q without Query.count and Query.any: nothing is left to ask for; "
            "ask for __typename as well",
        ),
    ],
)
def test_what_cannot_be_left_out(queries: str, said: str, tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        cut(tmp_path, queries)
    assert str(caught.value) == f"queries/q.graphql:1: {said}"


def test_nothing_left_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        cut(tmp_path, "query Q($id: ID!) { thing(id: $id) @optional { id } }")
    assert str(caught.value) == (
        "queries/q.graphql:1: Q without Query.thing: "
        "nothing is left to ask for; ask for __typename as well"
    )


@pytest.fixture(scope="module")
def sources() -> Sources:
    return load_sources(ROOT)


def test_every_document_of_the_project_is_valid_for_every_older_server(sources: Sources) -> None:
    for name in sources.operations:
        text = document_text(sources, name)
        found = find_optional_parts(sources, name, text)
        for chosen in range(2 ** min(len(found.members), 6)):
            lacking = frozenset(i for i in range(len(found.members)) if chosen >> i & 1)
            assert (
                validate(sources.schema, parse(document_without(text, found.cuts, lacking))) == []
            )


def test_the_schema_of_these_tests_is_one() -> None:
    assert build_schema(SDL).query_type
