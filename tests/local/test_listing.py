"""Listings of the embedded server: order, cursors, totals, filters."""

import json
from collections.abc import Callable, Iterable
from typing import Any

import pytest
from sqlalchemy import event

from typed_artifacts.local import Json, LocalServer

Ask = Callable[..., dict[str, Any]]

VERSIONS = """
query V($c: String!, $first: Int, $after: String, $filters: JSONString, $order: String) {
  project(entityName: "local", name: "p") { artifactCollection(name: $c) {
    artifacts(first: $first, after: $after, filters: $filters, order: $order) {
      totalCount pageInfo { endCursor hasNextPage } edges { cursor version node { id state } }
    } } } }
"""


def _page(ask: Ask, collection: str = "data", **variables: object) -> dict[str, Any]:
    data = ask(VERSIONS, c=collection, **variables)
    page: dict[str, Any] = data["project"]["artifactCollection"]["artifacts"]
    return page


def _names(page: dict[str, Any]) -> list[str]:
    return [edge["version"] for edge in page["edges"]]


def _fill(server: LocalServer, count: int, collection: str = "data") -> None:
    for number in range(count):
        server.registry.log_version(
            f"local/p/{collection}",
            type="dataset",
            files={"n.txt": str(number)},
            metadata={"n": number, "team": {"name": "vision" if number % 2 else "text"}},
            tags=["odd"] if number % 2 else [],
            aliases=[f"a{number}"],
        )


def test_versions_come_newest_first_in_pages_that_join(server: LocalServer, ask: Ask) -> None:
    _fill(server, 5)
    first = _page(ask, first=2)
    assert _names(first) == ["v4", "v3"]
    assert first["totalCount"] == 5
    second = _page(ask, first=2, after=first["pageInfo"]["endCursor"])
    last = _page(ask, first=2, after=second["pageInfo"]["endCursor"])
    assert _names(second) + _names(last) == ["v2", "v1", "v0"]
    assert not last["pageInfo"]["hasNextPage"]


def test_a_page_of_nothing_and_a_last_page_that_is_full(server: LocalServer, ask: Ask) -> None:
    _fill(server, 4)
    nothing = _page(ask, first=0)
    assert (_names(nothing), nothing["totalCount"]) == ([], 4)
    assert nothing["pageInfo"] == {"endCursor": None, "hasNextPage": True}
    first = _page(ask, first=2)
    assert first["pageInfo"]["hasNextPage"]
    last = _page(ask, first=2, after=first["pageInfo"]["endCursor"])
    assert (_names(last), last["pageInfo"]["hasNextPage"]) == (["v1", "v0"], False)


@pytest.mark.parametrize("argument", ["last: 1", 'before: "x"'])
def test_listings_go_forward_only(server: LocalServer, send: Ask, argument: str) -> None:
    _fill(server, 1)
    document = VERSIONS.replace("after: $after", f"after: $after, {argument}")
    (error,) = send(document, c="data")["errors"]
    assert error["message"] == "Listings go forward only: use 'first' and 'after'."


def test_a_version_logged_between_pages_neither_repeats_nor_hides(
    server: LocalServer, ask: Ask
) -> None:
    _fill(server, 4)
    first = _page(ask, first=2)
    server.registry.log_version("local/p/data", type="dataset", files={"x": "new"})
    rest = _page(ask, first=10, after=first["pageInfo"]["endCursor"])
    assert _names(first) + _names(rest) == ["v3", "v2", "v1", "v0"]


@pytest.mark.parametrize(
    "order", ["version_index", "+created_at", "size", "-digest", "+updated_at"]
)
def test_every_order_pages_through_everything_once(
    server: LocalServer, ask: Ask, order: str
) -> None:
    _fill(server, 7)
    whole = _names(_page(ask, order=order))
    found: list[str] = []
    cursor = None
    for _ in range(10):
        page = _page(ask, order=order, first=2, after=cursor)
        found += _names(page)
        cursor = page["edges"][-1]["cursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == whole
    assert sorted(found) == [f"v{n}" for n in range(7)]


@pytest.mark.each(2)
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"state": "COMMITTED"}, "543210"),
        ({"state": "PENDING"}, ""),
        ({}, "543210"),
        ({"version_index": {"$gte": 4}}, "54"),
        ({"version_index": {"$gt": 3, "$lte": 5}}, "54"),
        ({"version_index": {"$lte": 1}}, "10"),
        ({"version_index": {"$lt": 1.5}}, "10"),
        ({"version_index": 1.5}, ""),
        ({"version_index": {"$lt": (1 << 63) - 1}}, "543210"),
        ({"version": "v2"}, "2"),
        ({"$or": [{"version": 0}, {"version": 5}]}, "50"),
        ({"$nor": [{"version": 0}, {"tags": "odd"}]}, "42"),
        ({"$and": [{"tags": "odd"}, {"metadata.n": {"$lt": 4}}]}, "31"),
        ({"$not": {"tags": "odd"}}, "420"),
        ({"tags": {"$exists": False}}, "420"),
        ({"tags": {"$size": 1}}, "531"),
        ({"tags": {"$all": ["odd"]}}, "531"),
        ({"aliases": {"$in": ["a1", "a2"]}}, "21"),
        ({"alias": {"$regex": "^a[45]$"}}, "54"),
        ({"alias": {"$contains": "lat"}}, "5"),
        ({"alias": "latest"}, "5"),
        ({"metadata.team.name": "vision"}, "531"),
        ({"metadata.team.name": {"$ne": "vision"}}, "420"),
        ({"metadata.team.name": {"$nin": ["vision"]}}, "420"),
        ({"metadata.team.name": {"$regex": "^te"}}, "420"),
        ({"metadata.team.name": {"$contains": "isio"}}, "531"),
        ({"metadata": {"$contains": '"vision"'}}, "531"),
        ({"metadata.team": {"$contains": "vision"}}, ""),
        ({"metadata.n": {"$in": [1, 2.0]}}, "21"),
        ({"metadata.n": {"$not": {"$gt": 2}}}, "210"),
        ({"metadata.n": "1"}, ""),
        ({"metadata.nothing": None}, "543210"),
        ({"metadata.nothing": {"$ne": 1}}, "543210"),
        ({"description": {"$ne": "x"}, "size": {"$nin": [7]}}, "543210"),
        ({"metadata.nothing": {"$exists": True}}, ""),
        ({"created_at": {"$gt": "2020-01-01"}}, "543210"),
        ({"created_at": {"$lt": "2020-01-01T00:00:00Z"}}, ""),
        ({"size": {"$eq": 1}, "description": None}, "543210"),
    ],
)
def test_filters_choose(
    server: LocalServer, ask: Ask, filters: dict[str, object], expected: str
) -> None:
    _fill(server, 6)
    page = _page(ask, filters=json.dumps(filters))
    assert _names(page) == [f"v{n}" for n in expected]
    assert page["totalCount"] == len(expected)


def test_each_kind_of_key_takes_each_operator_that_fits_it(server: LocalServer, ask: Ask) -> None:
    _fill(server, 6)
    expected: list[tuple[dict[str, object], str]] = [
        ({"state": {"$ne": "COMMITTED"}}, ""),
        ({"state": {"$in": ["PENDING", "COMMITTED"]}}, "543210"),
        ({"state": {"$nin": ["PENDING"]}}, "543210"),
        ({"state": {"$regex": "^COMM"}}, "543210"),
        ({"state": {"$regex": "^PEN"}}, ""),
        ({"state": {"$contains": "MITTE"}}, "543210"),
        ({"state": {"$exists": True}}, "543210"),
        ({"state": {"$exists": False}}, ""),
        ({"state": None}, ""),
        ({"description": {"$exists": True}}, ""),
        ({"description": {"$exists": False}}, "543210"),
        ({"size": {"$exists": False}}, ""),
        ({"size": {"$contains": "1"}}, "543210"),
        ({"size": {"$contains": "2"}}, ""),
        ({"aliases": {"$size": 2}}, "5"),
        ({"aliases": {"$exists": True}}, "543210"),
        ({"aliases": {"$in": ["a1", None]}}, "1"),
        ({"tags": {"$in": []}}, ""),
        ({"tags": {"$nin": []}}, "543210"),
        ({"id": {"$in": [999, "QXJ0aWZhY3Q6MQ=="]}}, "0"),
        ({"$or": [{"$nor": [{"version": {"$gt": 0}}]}, {"version": 5}]}, "50"),
        ({"$or": [{"metadata.n": 1, "tags": "odd"}, {"metadata.n": {"$gt": 4}}]}, "51"),
    ]
    found = [(each, _names(_page(ask, filters=json.dumps(each)))) for each, _ in expected]
    assert found == [(each, [f"v{n}" for n in versions]) for each, versions in expected]


def test_a_value_that_does_not_fit_an_operator_is_named_with_its_key(
    server: LocalServer, send: Ask
) -> None:
    _fill(server, 1)
    cases: list[tuple[dict[str, object], str]] = [
        ({"$or": []}, "$or takes a list of filters, not []."),
        ({"$nor": {"size": 1}}, '$nor takes a list of filters, not {"size": 1}.'),
        ({"tags.a": "b"}, "Unknown key 'tags.a'"),
        ({"size": {"$in": 3}}, "$in for 'size' takes a list, not 3."),
        ({"size": {"$all": "a"}}, "$all for 'size' takes a list, not \"a\"."),
        ({"size": {"$exists": 1}}, "$exists for 'size' takes true or false, not 1."),
        ({"size": {"$regex": 1}}, "$regex for 'size' takes a pattern, not 1."),
        ({"size": {"$contains": 1}}, "$contains with 1 does not fit 'size'."),
        ({"size": {"$size": 1}}, "$size with 1 does not fit 'size'."),
        ({"state": 3}, "$eq with 3 does not fit 'state'."),
        ({"state": {"$gt": "A"}}, "$gt with \"A\" does not fit 'state'."),
        ({"tags": {"$gt": 1}}, "$gt with 1 does not fit 'tags'."),
        ({"tags": {"$in": ["a", 1]}}, "$in with [\"a\", 1] does not fit 'tags'."),
        ({"metadata.n": {"$in": [{}]}}, "$in with {} does not fit 'metadata.n'."),
    ]
    for filters, named in cases:
        (error,) = send(VERSIONS, c="data", filters=json.dumps(filters))["errors"]
        assert named in error["message"]


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"filters": '{"nope": 1}'}, "'nope'"),
        ({"filters": '{"size": {"$near": 1}}'}, "'$near'"),
        ({"filters": '{"$xor": []}'}, "'$xor'"),
        ({"filters": '{"alias": {"$regex": "("}}'}, "'('"),
        ({"filters": "[1]"}, "object"),
        ({"filters": "{"}, "not JSON"),
        ({"filters": '{"size": "big"}'}, "'size'"),
        ({"filters": '{"size": {}}'}, "'size'"),
        ({"filters": f'{{"size": {1 << 63}}}'}, "'size'"),
        ({"filters": '{"metadata.n": {"$gt": true}}'}, "'metadata.n'"),
        ({"filters": '{"tags": {"$size": true}}'}, "'tags'"),
        ({"filters": '{"metadata.n": {"$not": {}}}'}, "'metadata.n'"),
        ({"filters": '{"created_at": "soon"}'}, "'soon'"),
        ({"order": "nope"}, "'nope'"),
        ({"order": "a b"}, "'a b'"),
        ({"order": "createdAt"}, "'createdAt'"),
        ({"after": "zzz"}, "'zzz'"),
        ({"first": -1}, "-1"),
    ],
)
def test_what_makes_no_sense_is_an_error_that_names_it(
    server: LocalServer, send: Ask, variables: dict[str, object], named: str
) -> None:
    _fill(server, 1)
    body = send(VERSIONS, c="data", **variables)
    (error,) = body["errors"]
    assert named in error["message"]
    assert error["path"] == ["project", "artifactCollection", "artifacts"]


def test_what_is_missing_is_null(server: LocalServer, ask: Ask) -> None:
    _fill(server, 1)
    assert ask('{ project(entityName: "local", name: "zz") { id } }')["project"] is None
    data = ask(
        """{ project(entityName: "local", name: "p") {
          artifactType(name: "zz") { id } artifactCollection(name: "zz") { id }
          artifact(name: "data:zz") { id } other: artifact(name: "data:") { id }
          artifactCollectionMembership(name: "zz") { id }
          run(name: "zz") { id } } entity(name: "zz") { id } artifact(id: "zz") { id } }"""
    )
    assert set(data.pop("project").values()) == {None}
    assert set(data.values()) == {None}


def test_a_page_of_fifty_costs_few_statements(server: LocalServer, ask: Ask) -> None:
    _fill(server, 60)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(server.registry.store.engine, "before_cursor_execute", note)
    ask(
        """{ project(entityName: "local", name: "p") { artifactCollection(name: "data") {
          artifacts(first: 50) { totalCount edges { node {
            aliases { alias artifactCollection { name project { name entity { name } } } }
            tags { name } artifactType { name } artifactSequence { name } createdBy { __typename }
          } } } } } }"""
    )
    selects = [text for text in statements if text.startswith("SELECT")]
    assert len(selects) <= 14


def test_aliases_of_many_collections_are_read_together(server: LocalServer, ask: Ask) -> None:
    for collection in ("one", "two", "three"):
        _fill(server, 4, collection)
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(server.registry.store.engine, "before_cursor_execute", note)
    query = """query A($first: Int, $after: String) { project(entityName: "local", name: "p") {
      artifactCollections(order: "name") { edges { node { name aliases(first: $first, after: $after)
        { pageInfo { hasNextPage endCursor } edges { node { alias } } } } } } } }"""
    edges = ask(query, first=3)["project"]["artifactCollections"]["edges"]
    assert len([text for text in statements if " aliases" in text]) == 1
    for edge in edges:
        page = edge["node"]["aliases"]
        assert [alias["node"]["alias"] for alias in page["edges"]] == ["a0", "latest", "a1"]
        assert page["pageInfo"]["hasNextPage"]
    after = edges[0]["node"]["aliases"]["pageInfo"]["endCursor"]
    rest = ask(query, first=9, after=after)["project"]["artifactCollections"]["edges"]
    found = rest[0]["node"]["aliases"]
    assert [alias["node"]["alias"] for alias in found["edges"]] == ["a2", "a3"]
    assert not found["pageInfo"]["hasNextPage"]


def test_the_tags_of_a_collection_come_in_pages_and_by_category(
    server: LocalServer, ask: Ask
) -> None:
    server.registry.log_version("local/p/c", type="dataset", files={})
    tags = [f"t{number:02}" for number in range(25)]
    server.registry.describe_collection("local/p/c", tags=tags)
    query = """query T($first: Int, $after: String, $category: String) {
      project(entityName: "local", name: "p") { artifactCollection(name: "c") {
        tags(first: $first, after: $after, tagCategoryName: $category) {
          edges { cursor node { name } } } } } }"""

    def page(**asked: object) -> list[dict[str, Any]]:
        found = ask(query, **asked)["project"]["artifactCollection"]["tags"]["edges"]
        return list(found)

    paged: list[str] = []
    after: str | None = None
    while edges := page(first=3, after=after):
        paged += [edge["node"]["name"] for edge in edges]
        after = edges[-1]["cursor"]
    assert paged == tags
    assert [edge["node"]["name"] for edge in page(after=page(first=20)[-1]["cursor"])] == tags[20:]
    ask("""mutation { createArtifactCollectionTagAssignments(input: {entityName: "local",
      projectName: "p", artifactCollectionName: "c", tags: [
        {tagName: "a kind", tagCategoryName: "kinds"}]}) { tags { id } } }""")
    assert len(page()) == 26
    assert [edge["node"]["name"] for edge in page(category="kinds")] == ["a kind"]
    assert page(category="others") == []


def test_a_cursor_from_elsewhere_is_no_place_among_the_tags(server: LocalServer, send: Ask) -> None:
    server.registry.log_version("local/p/c", type="dataset", files={})
    server.registry.describe_collection("local/p/c", tags=["a", "b"])
    query = """query T($after: String) { project(entityName: "local", name: "p") {
      artifactCollection(name: "c") { tags(after: $after) { edges { cursor } } } } }"""
    for cursor in ("nonsense", "WyIraWQiLDFd", "WyJsaXN0IiwieCJd", "WyJsaXN0IiwtMV0="):
        assert "cursor" in send(query, after=cursor)["errors"][0]["message"]


def test_files_are_filtered_by_their_type(server: LocalServer, ask: Ask) -> None:
    names = ["a.json", "b.JSON", "c.json.gz", "d.jsonl", "e.png", "f%.jpeg", "g", "json", "h.tgz"]
    files = {name: name for name in names}
    server.registry.log_version("local/p/c", type="dataset", files=files)
    query = """query F($types: [String!], $names: [String!]) {
      project(entityName: "local", name: "p") { artifact(name: "c") {
        files(contentType: $types, names: $names) {
          totalCount edges { node { name mimetype } } } } } }"""

    def found(types: list[str] | None, among: list[str] | None = None) -> list[str]:
        page = ask(query, types=types, names=among)["project"]["artifact"]["files"]
        assert page["totalCount"] == len(page["edges"])
        nodes = [edge["node"] for edge in page["edges"]]
        assert types is None or {node["mimetype"] for node in nodes} <= set(types)
        return [node["name"] for node in nodes]

    assert found(["application/json"]) == ["a.json", "b.JSON", "c.json.gz"]
    assert found(["image/png", "image/jpeg"]) == ["e.png", "f%.jpeg"]
    assert found(["application/x-tar"]) == ["h.tgz"]
    assert found(["application/json"], ["a.json", "e.png"]) == ["a.json"]
    assert found(["no/such"]) == found([]) == []
    assert found(None) == sorted(names)


def test_statements_of_large_filters_are_not_kept(server: LocalServer, ask: Ask) -> None:
    """Each would take megabytes, and the memory is not given back."""
    _fill(server, 1)
    kept = server.registry.store.engine.get_execution_options()["compiled_cache"]
    kept.clear()  # it has those of other registries of this process
    _page(ask, filters=json.dumps({"metadata.a.b": {"$gt": 1}}))
    before = len(kept)
    for operator in ("$gt", "$gte", "$lt", "$lte"):
        _page(ask, filters=json.dumps({"metadata.a.b.c.d": {operator: 1}}))
    assert len(kept) == before
    _page(ask, filters=json.dumps({"metadata.a.b": {"$lt": 1}}))
    assert len(kept) > before


def test_a_pattern_passes_over_text_that_is_none(server: LocalServer, ask: Ask) -> None:
    """Metadata may have half a surrogate pair, as the name of a file that is no UTF-8."""
    names: list[str | int] = ["caf\udce9.txt", "caf\u00e9.txt", "\U0001f600 xy", 7]
    for number, name in enumerate(names):
        server.registry.log_version(
            "local/p/data", type="t", files={"n": str(number)}, metadata={"name": name}
        )
    for pattern, expected in (("^caf", "10"), (r"^caf\w", "1"), (r"\.txt$", "10"), ("y$", "2")):
        filters = json.dumps({"metadata.name": {"$regex": pattern}})
        assert _names(_page(ask, filters=filters)) == [f"v{each}" for each in expected]


_OBJECTS: list[Json] = [{"k": [1]}, {"k": 5}]
_MIXED: list[Json] = [{"k": 7}, 8]
_VALUES: tuple[Json, ...] = (
    *(None, [5, 6], {"0": 5}, ["abc", "q"], 10**400, -(10**400), 5, "abc", True, [None], []),
    *([[1, 2], [3]], _OBJECTS, _MIXED, {"k": None}, {"k": 5}, 2**64 - 1, 0.3),
    {"k": {"m": [{"s": -4}]}},
)


@pytest.mark.each(3)
@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"n": {"$exists": True}}, range(19)),
        ({"n.k": {"$exists": True}}, (12, 13, 14, 15, 18)),
        ({"n.k": {"$exists": False}}, (*range(12), 16, 17)),
        ({"n.k": {"$ne": None}}, (12, 13, 15, 18)),
        ({"n": None}, (0, 9)),
        ({"n": {"$in": [None, 0.3]}}, (0, 9, 17)),
        ({"n.0": 5}, (1, 2)),
        ({"n.1": {"$gt": 2}}, (1, 11, 13)),
        ({"n.0": {"$regex": "^a"}}, (3,)),
        ({"n.0": {"$exists": True}}, (1, 2, 3, 9, 11, 12, 13)),
        ({"n.0.1": 2}, (11,)),
        ({"n.00": 5}, ()),
        ({"n.-1": 6}, ()),
        ({"n": {"$gt": 4}}, (1, 4, 6, 13, 16)),
        ({"n": {"$not": {"$gt": 4}}}, (0, 2, 3, 5, *range(7, 13), 14, 15, 17, 18)),
        ({"n": {"$gte": 0.25, "$lt": 0.5}}, (17,)),
        ({"n": {"$lt": 0.5}}, (5, 17)),
        ({"n": {"$regex": "^a"}}, (3, 7)),
        ({"n.k": 5}, (12, 15)),
        ({"n.k": {"$gt": 5}}, (13,)),
        ({"n.k": {"$in": [1, 7]}}, (12, 13)),
        ({"n.k": {"$size": 1}}, (12,)),
        ({"n.k.m.s": {"$lt": 0}}, (18,)),
        ({"n.k.m.s": -4}, (18,)),
        ({"n.k.m.0.s": -4}, (18,)),
        ({"n": {"$gt": 1e308}}, (4,)),
        ({"n": {"$gte": 10**400}}, (4,)),
        ({"n": {"$in": [*range(200, 400), 10**400, 0.3]}}, (4, 17)),
        ({"n": 2**64 - 1}, (16,)),
    ],
)
def test_filters_look_into_lists_as_those_of_mongodb(
    server: LocalServer, ask: Ask, filters: dict[str, object], expected: Iterable[int]
) -> None:
    for number, value in enumerate(_VALUES):
        files = {"n": str(number)}
        server.registry.log_version("local/p/data", type="t", files=files, metadata={"n": value})
    asked = json.dumps({f"metadata.{key}": value for key, value in filters.items()})
    page = _page(ask, filters=asked, order="+version_index")
    assert _names(page) == [f"v{number}" for number in expected]


def test_a_list_of_a_run_has_numbered_items(ask: Ask) -> None:
    ask(
        """mutation { upsertBucket(input: {modelName: "p", entityName: "local", name: "r",
          config: "{\\"sizes\\": {\\"value\\": [3, 4]}, \\"none\\": {\\"value\\": null}}",
          summaryMetrics: "{\\"best\\": [0.5, 0.7]}", tags: ["a", "b"]}) { bucket { id } } }"""
    )
    query = """query R($filters: JSONString) { project(entityName: "local", name: "p") {
      runs(filters: $filters) { edges { node { name } } } } }"""
    for filters, found in (
        ({"config.sizes.1": 4}, True),
        ({"config.sizes": {"$gt": 3}}, True),
        ({"config.none": {"$exists": True}}, True),
        ({"summary_metrics.best.0": {"$lt": 0.6}}, True),
        ({"tags": {"$regex": "^b"}}, True),
        ({"tags.0": "a"}, True),
        ({"tags.0": "b"}, False),
    ):
        edges = ask(query, filters=json.dumps(filters))["project"]["runs"]["edges"]
        assert bool(edges) is found, filters
