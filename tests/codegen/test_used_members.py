"""What documents use of a schema, also of one that lacks some of it."""

import pytest
from graphql import build_schema, parse

from codegen.queries.used_members import Used, used_members

SCHEMA = build_schema("""
type Query { book(id: ID, first: Int, skip: Int, like: Filter): Book, any(in: [Filter!]): Any }
interface Named { name(short: Boolean): String }
type Book implements Named { name(short: Boolean): String, size: Size }
type Shelf implements Named { name(short: Boolean): String }
union Any = Book | Shelf
enum Size { LARGE }
input Filter { size: Size, all: [Filter!], title: String }
""")


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        (
            '{ book(id: "1", like: {all: [{size: LARGE}]}) { title: name size } }',
            Used(
                fields={("Query", "book"), ("Book", "name"), ("Book", "size")},
                arguments={("Query", "book", "id"), ("Query", "book", "like")},
                certain={("Query", "book", "id"), ("Query", "book", "like")},
                inputs={("Filter", "all"), ("Filter", "size")},
                types={"Query", "Book", "String", "Size"},
            ),
        ),
        (
            "query A($id: ID!, $skip: Int = 3, $first: Int, $with: Boolean!) {"
            " book(id: $id, skip: $skip, first: $first) { size @include(if: $with) } }",
            Used(
                fields={("Query", "book"), ("Book", "size")},
                arguments={("Query", "book", it) for it in ("id", "skip", "first")},
                certain={("Query", "book", "id"), ("Query", "book", "skip")},
                types={"Query", "Book", "Size", "ID", "Int", "Boolean"},
                variables={"ID", "Int", "Boolean"},
                given={"id", "skip", "with"},
            ),
        ),
        (
            'query A($in: [Filter!] = [{title: "a"}]) { any(in: $in) { __typename ...F'
            " ... on Shelf { __typename } } } fragment F on Named { name(short: true) }",
            Used(
                fields={("Query", "any"), ("Named", "name")},
                arguments={("Query", "any", "in"), ("Named", "name", "short")},
                certain={("Query", "any", "in"), ("Named", "name", "short")},
                inputs={("Filter", "title")},
                types={"Query", "Any", "Shelf", "Named", "String", "Filter"},
                variables={"Filter"},
                given={"in"},
            ),
        ),
        (
            "query A($kind: Kind) { film { name } book(by: $kind, like: {author: 1}) {"
            " pages(first: 1) { number } ... on Film { title } } }",
            Used(
                fields={("Query", "book")},
                arguments={("Query", "book", "like")},
                certain={("Query", "book", "like")},
                types={"Query", "Book"},
                unknown={"Query.film", "Query.book(by)", "Filter.author", "Book.pages"},
            ),
        ),
        ('{ __typename __type(name: "Book") { __typename } }', Used()),
    ],
)
def test_what_a_document_uses(document: str, expected: Used) -> None:
    assert used_members(SCHEMA, parse(document).definitions) == expected
