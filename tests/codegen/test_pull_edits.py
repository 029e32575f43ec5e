"""`pull` with small schemas: what is left of a file when one thing of the server's is another."""

import json
from pathlib import Path

import pytest
from graphql import build_schema, introspection_from_schema

from codegen.pull.update import pull
from codegen.schema.loading import load_schema, schema_from_text

FILE = """\
directive @kept on OBJECT | INTERFACE | FIELD_DEFINITION

type Query {
  thing: Thing
}

interface Node {
  id: ID!
}

type Thing implements Node {
  id: ID!
  first(n: Int = 1): Int  # the first
  old: Int @deprecated(reason: "new")
  \"""About.\"""
  last: String  # the last
}
"""


def pulled(folder: Path, file: str, server: str, query: str = "{ thing { id } }") -> list[str]:
    """Pull a server's schema into a file. Returns the report; the file is a schema afterwards."""
    (folder / "schema.graphql").write_text(file, "utf-8")
    (folder / "queries").mkdir(exist_ok=True)
    (folder / "queries" / "own.graphql").write_text(f"query Own {query}\n", "utf-8")
    introspected = json.dumps(introspection_from_schema(build_schema(server)))
    report = pull(folder, schema_from_text(introspected, "the server"))
    load_schema(folder / "schema.graphql", "schema.graphql")
    return report


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    return text


@pytest.mark.parametrize(
    ("own", "server", "wanted", "report"),
    [
        (("", ""), ("(n: Int = 1)", "(n: Int)"), ("(n: Int = 1)", "(n: Int)"), "Thing.first"),
        (
            ("", ""),
            (' @deprecated(reason: "new")', ""),
            (' @deprecated(reason: "new")', ""),
            "Thing.old",
        ),
        (
            ("Int @deprecated(", "Int   @kept @deprecated("),
            ('"new"', '"none"'),
            ('"new"', '"none"'),
            "Thing.old",
        ),
        (
            ("implements Node {", "implements Node @kept {"),
            ("implements Node {", "{"),
            ("implements Node @kept {", "@kept {"),
            "Thing (implements)",
        ),
        (("", ""), ("implements Node {", "{"), ("implements Node {", "{"), "Thing (implements)"),
        (
            ("implements Node {", "@kept {"),
            ("", ""),
            ("type Thing @kept {", "type Thing implements Node @kept {"),
            "Thing (implements)",
        ),
        (
            ("(n: Int = 1)", "(\n    n: Int = 1\n  )"),
            ("(n: Int = 1)", "(n: Int = 1, m: Int!)"),
            ("    n: Int = 1\n", "    n: Int = 1\n    m: Int!\n"),
            "Thing.first",
        ),
    ],
    ids=[
        "a default goes",
        "a deprecation goes",
        "a deprecation has another reason",
        "an interface goes before a directive",
        "an interface goes",
        "an interface comes before a directive",
        "an argument comes on a line of its own",
    ],
)
def test_one_thing_changes(
    own: tuple[str, str],
    server: tuple[str, str],
    wanted: tuple[str, str],
    report: str,
    tmp_path: Path,
) -> None:
    file = FILE.replace(*own, 1)
    assert pulled(tmp_path, file, FILE.replace(*server, 1)) == [f"changed: {report}"]
    assert (tmp_path / "schema.graphql").read_text("utf-8") == changed(file, wanted)


def test_the_last_member_goes_with_the_comment_behind_it(tmp_path: Path) -> None:
    member = '  """About."""\n  last: String  # the last\n'
    server = FILE.replace(member, "")
    assert pulled(tmp_path, FILE, server) == ["removed: Thing.last"]
    assert (tmp_path / "schema.graphql").read_text("utf-8") == server


def test_space_around_a_description_is_no_change(tmp_path: Path) -> None:
    assert pulled(tmp_path, FILE, FILE.replace('"""About."""', '" About. "')) == ["nothing changed"]
    assert (tmp_path / "schema.graphql").read_text("utf-8") == FILE


def test_an_interface_loses_a_member_and_so_do_its_types(tmp_path: Path) -> None:
    file = FILE.replace("  id: ID!\n", "  id: ID!\n  both: Int\n")
    assert pulled(tmp_path, file, FILE) == ["removed: Node.both", "removed: Thing.both"]
    assert (tmp_path / "schema.graphql").read_text("utf-8") == FILE


def test_an_interface_that_the_file_lacks_brings_nothing(tmp_path: Path) -> None:
    server = changed(FILE, ("implements Node {", "implements Node & Sized {\n  size: Int"))
    server += "\ninterface Sized {\n  size: Int\n}\n"
    assert pulled(tmp_path, FILE, server) == ["nothing changed"]


def test_a_new_type_has_what_its_new_interface_has(tmp_path: Path) -> None:
    server = changed(FILE, ("  thing: Thing\n", "  sized: Sized\n  thing: Thing\n"))
    server += (
        "\ninterface Sized {\n  size: Int\n}\n"
        "\ntype Box implements Sized {\n  lid: Lid\n  other: Int\n  size: Int\n}\n"
        "\ntype Lid {\n  id: ID!\n}\n"
    )
    query = "{ sized { ... on Box { lid { id } } } }"
    report = ["added: Query.sized", "added: Box", "added: Sized", "added: Lid"]
    assert sorted(pulled(tmp_path, FILE, server, query)) == sorted(report)
    text = (tmp_path / "schema.graphql").read_text("utf-8")
    assert "type Box implements Sized {\n  lid: Lid\n  size: Int\n}\n" in text


def test_interfaces_that_come_one_because_of_the_other(tmp_path: Path) -> None:
    file = FILE + "\ntype Label {\n  text: String\n}\n"
    server = changed(
        file,
        ("  thing: Thing\n", "  one: One\n  thing: Thing\n"),
        ("implements Node {", "implements Node & One {\n  two: Two"),
        ("type Label {\n", "type Label implements Two {\n  more: Int\n"),
    )
    server += "\ninterface One {\n  two: Two\n}\n\ninterface Two {\n  more: Int\n}\n"
    pulled(tmp_path, file, server, "{ one { two { more } } }")
    text = (tmp_path / "schema.graphql").read_text("utf-8")
    assert "type Thing implements Node & One {" in text
    assert "type Label implements Two {" in text
    assert pulled(tmp_path, text, server, "{ one { two { more } } }") == ["nothing changed"]


def added(server: str, *lines: str) -> str:
    return server + "\n" + "\n".join(lines) + "\n"


def test_a_member_of_a_new_type_brings_it(tmp_path: Path) -> None:
    server = changed(FILE, ("  last: String", "  last: Last"))
    server = added(server, "type Last {", "  id: ID!", "}")
    assert pulled(tmp_path, FILE, server) == ["added: Last", "changed: Thing.last"]
    file = added(FILE, "input Given {", "  one: Int", "}")
    server = added(FILE, "input Given {", "  one: One", "}")
    # Members that nobody writes come with a new input: whoever fills it may want them.
    server = added(server, "input One {", "  z: Int", "  a: Two", "}", "", "enum Two {", "  A", "}")
    assert pulled(tmp_path, file, server) == ["added: One", "added: Two", "changed: Given.one"]
    text = (tmp_path / "schema.graphql").read_text("utf-8")
    assert "\ninput One {\n  z: Int\n  a: Two\n}\n" in text


def test_a_member_of_an_input_that_a_document_writes_comes(tmp_path: Path) -> None:
    file = changed(FILE, ("  thing: Thing\n", "  made(by: Given): Int\n  thing: Thing\n"))
    server = added(file, "input Given {", "  one: Int", "  two: Int", "  three: Int", "}")
    file = added(file, "input Given {", "  one: Int", "}")
    query = "{ made(by: { one: 1, two: 2 }) }"
    assert pulled(tmp_path, file, server, query) == ["added: Given.two"]


def test_a_new_union_has_the_types_that_are_asked_for(tmp_path: Path) -> None:
    server = changed(FILE, ("  thing: Thing\n", "  any: Any\n  thing: Thing\n"))
    server = added(server, "union Any = Other | Thing", "", "type Other {", "  id: ID!", "}")
    query = "{ any { ... on Thing { id } } }"
    assert sorted(pulled(tmp_path, FILE, server, query)) == ["added: Any", "added: Query.any"]
    assert "\nunion Any = Thing\n" in (tmp_path / "schema.graphql").read_text("utf-8")


def test_new_values_come_in_the_order_of_the_server(tmp_path: Path) -> None:
    file = added(FILE, "enum Size {", "  LARGE", "}")
    server = added(FILE, "enum Size {", "  SMALL", "  LARGE", "  HUGE", "}")
    assert pulled(tmp_path, file, server) == ["added: Size.SMALL", "added: Size.HUGE"]


OPTIONAL = """\
type Query {
  node(id: ID!, by: By, order: Order): Node
}

interface Node {
  id: ID!
  size(unit: Unit): Size
}

type Thing implements Node {
  id: ID!
  size(unit: Unit): Size
}

enum Unit {
  BYTE
}

type Size {
  of: Thing
  limits: [Limit!]
}

type Limit {
  size: Size
}

input By {
  id: ID
  state: State
}

input State {
  before: By
  name: String
}

enum Order {
  OLDEST
}
"""
OPTIONAL_QUERY = """($state: State @optional, $order: Order @optional, $unit: Unit) {
  node(id: 1, by: {state: $state}, order: $order) {
    __typename
    size(unit: $unit) @optional { limits { size { of { id } } } }
  }
}"""


def test_optional_fields_arguments_and_inputs_stay_with_their_types(tmp_path: Path) -> None:
    server = """\
    type Query { node(id: ID!, by: By): Node }
    interface Node { id: ID! }
    type Thing implements Node { id: ID! }
    input By { id: ID }
    """
    why = "which queries/ marks @optional and the server lacks"
    assert pulled(tmp_path, OPTIONAL, server, OPTIONAL_QUERY) == [
        f"kept: By.state, {why}",
        f"kept: Node.size, {why}",
        f"kept: Query.node(order), {why}",
    ]
    assert (tmp_path / "schema.graphql").read_text("utf-8") == OPTIONAL


def test_what_only_some_queries_mark_optional_stays(tmp_path: Path) -> None:
    """Whether the others are to go without it is not for `pull` to say."""
    server = OPTIONAL.replace(", order: Order", "").replace("enum Order {\n  OLDEST\n}\n", "")
    query = OPTIONAL_QUERY + "\nquery More($order: Order) { node(id: 2, order: $order) { id } }"
    report = pulled(tmp_path, OPTIONAL, server, query)
    assert report == [
        "kept: Query.node(order), which queries/ marks @optional and the server lacks"
    ]
    assert (tmp_path / "schema.graphql").read_text("utf-8") == OPTIONAL


def test_what_belongs_to_a_type_that_is_gone_goes_with_it(tmp_path: Path) -> None:
    server = """\
    type Query { node(id: ID!, by: By, order: Order): Thing }
    type Thing { id: ID! size(unit: Unit): Size }
    type Size { of: Thing limits: [Limit!] }
    type Limit { size: Size }
    enum Unit { BYTE }
    enum Order { OLDEST }
    input By { id: ID state: State }
    input State { before: By name: String }
    """
    report = pulled(tmp_path, OPTIONAL, server, OPTIONAL_QUERY)
    assert "removed: Node" in report
    assert not [line for line in report if line.startswith("kept")]
