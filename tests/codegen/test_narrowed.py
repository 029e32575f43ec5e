"""Paths of the mapping through objects of several types, and fragments on other types."""

from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.project.layout import PACKAGE
from tests.codegen.projects import GOLDEN, assemble

SCHEMA = """
interface Named { name: String! }
type Item implements Named { name: String! owner: Named size: Int }
type Shop implements Named { name: String! first: Item items(after: String, first: Int): ItemPage! }
union Found = Shop | Item
type ItemEdge { cursor: String!, node: Item! }
type ItemPage { edges: [ItemEdge!]!, pageInfo: PageInfo! }
type PageInfo { endCursor: String, hasNextPage: Boolean! }
extend type Query {
  found: Found
  thing: Named
  items(after: String, first: Int): ItemPage!
}
"""
ITEM = """
[Item]
kind = "entity"
doc = "An item."
fragment = "ItemFields"
"""
LIST = """
[Items]
kind = "list"
doc = "Items."
operation = "Items"
connection = "CONNECTION"
item = "Item"
parameters = ["per_page", "start"]
"""
PAGE = """
query Items($cursor: String, $perPage: Int!) {
  items(after: $cursor, first: $perPage) {
    edges { cursor node { NODE } } pageInfo { endCursor hasNextPage }
  }
}
"""
FIELDS = "fragment ItemFields on Item { name }\n"
ALWAYS = "a path needs what is always there"


@pytest.mark.parametrize(
    ("queries", "mapping", "said"),
    [
        (
            PAGE.replace(" items(", " found { ... on Shop { items(").replace(
                "NODE", "...ItemFields"
            )
            + f"}} }}\n{FIELDS}",
            LIST.replace("CONNECTION", "found.items") + ITEM,
            '6: Items.connection: operation Items: "items" under found is asked for only where '
            f"that is of type Shop, and it may be another Found; {ALWAYS}",
        ),
        (
            "query Get { found { ... on Shop { first { ...ItemFields } } } }\n" + FIELDS,
            ITEM + 'operation = "Get"\nobject = "found.first"\n',
            '7: Item.object: operation Get: "first" under found is asked for only where that is of '
            f"type Shop, and it may be another Found; {ALWAYS}",
        ),
        (
            "query Get { thing { ...Part } } fragment Part on Named { ... on Shop {"
            " first { ...ItemFields } } }\n" + FIELDS,
            ITEM + 'operation = "Get"\nobject = "thing.first"\n',
            '7: Item.object: operation Get: "first" under thing is asked for only where that is of '
            f"type Shop, and it may be another Named; {ALWAYS}",
        ),
        (
            "fragment ItemFields on Item { name owner { name ... on Item { size } } }",
            ITEM + '[Item.properties]\nof = { path = "owner.size" }\n',
            '7: Item.properties.of: "size" under owner is asked for only where that is of type '
            f"Item, and it may be another Named; {ALWAYS}",
        ),
        (
            PAGE.replace("NODE", "...ItemFields") + "fragment ItemFields on Named { name }",
            LIST.replace("CONNECTION", "items") + ITEM,
            "7: Items.item: Item shows ...ItemFields, which is on Named; the nodes of operation "
            "Items are of type Item, of which it makes no model",
        ),
        (
            "query Get { thing { ...ItemFields } }\n" + FIELDS,
            ITEM + 'operation = "Get"\nobject = "thing"\n',
            "7: Item.object: Item shows ...ItemFields, which is on Item; the object of operation "
            "Get is of type Named, of which it makes no model",
        ),
        (
            PAGE.replace("NODE", "name") + FIELDS,
            LIST.replace("CONNECTION", "items") + ITEM,
            "7: Items.item: Item shows ...ItemFields, but the nodes of operation Items have no "
            "fragment",
        ),
        (
            "fragment ItemFields on Item { size ...NameFields } "
            "fragment NameFields on Named { name }",
            ITEM,
            "5: Item.fragment: fragment ItemFields is on Item, and ...NameFields in it on Named; "
            "it would get no model",
        ),
    ],
)
def test_what_is_there_for_one_type_only(
    queries: str,
    mapping: str,
    said: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    root = assemble(GOLDEN / "own_operations", tmp_path)
    with (root / "schema.graphql").open("a", encoding="utf-8") as schema:
        schema.write(SCHEMA)
    (root / "queries" / "items.graphql").write_text(queries, "utf-8")
    (root / "codegen" / "mapping.toml").write_text(mapping, "utf-8")
    assert main(["generate", "--root", str(root)]) == 1
    assert capsys.readouterr().err == f"codegen/mapping.toml:{said}\n"


def test_a_field_that_two_fragments_ask_for_and_one_that_a_server_may_lack(tmp_path: Path) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    queries = root / "queries" / "library.graphql"
    text = queries.read_text("utf-8")
    start = "fragment ShelfFields on Shelf {\n  id\n  name\n"
    assert start in text
    asked = start.replace("id", "id @optional\n  ...Named\n  ...Noted")
    more = (
        "fragment Named on Shelf { name }\nfragment Noted on Shelf { ...Named notes }\n"
        'query Both { library(name: "a") { shelf(name: "b") { ...Named ...Noted } } }\n'
    )
    queries.write_text(text.replace(start, asked) + more, "utf-8")
    assert main(["generate", "--root", str(root)]) == 0
    made = (root / PACKAGE / "_sync" / "shelf.py").read_text("utf-8")
    old = (GOLDEN / "shelves" / "expected" / "_sync" / "shelf.py.txt").read_text("utf-8")
    assert made == old.replace("def id(self) -> str:", "def id(self) -> str | None:")
