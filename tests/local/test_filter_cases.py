"""Filters beside MongoDB's rules: documents, filters, and which of the documents each selects.

`tests/data/mongodb-filters.json` has documents and filters made at random, with the numbers of the
documents that an evaluator of MongoDB's rules selects. There are no paths with the number of an
item behind an array of objects, or before one.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from typed_artifacts import Api
from typed_artifacts.local import Json, open_local

Listed = Callable[[str, Mapping[str, Any]], list[int]]

_FILE = Path(__file__).parent.parent / "data" / "mongodb-filters.json"
_MADE: Mapping[str, Any] = json.loads(_FILE.read_text(encoding="utf-8"))
_LISTS: Sequence[Json] = (
    [[]],
    [],
    [{"b": None}, {}],
    [{"b": 1}, {"b": 3}],
    [{"b": 3}, {}],
    [1, None, 4],
    [{"b": 5}, {"b": {"c": 1}}],
    [{"b": [{"c": 1}, {}]}],
)
_DOCUMENTS: Sequence[Json] = (
    *({}, None, 4, {"b": "x"}, {"b": None}, *_LISTS, 2**53, 2**53 + 1, 0.5),
)


@pytest.fixture(scope="module")
def listed() -> Iterator[Listed]:
    """The numbers of the versions of a collection that a filter selects."""
    with open_local() as server:
        collections = {"made": _MADE["documents"], "few": [{"a": each} for each in _DOCUMENTS]}
        for name, documents in collections.items():
            with server.registry.batch():
                for number, document in enumerate(documents):
                    server.registry.log_version(
                        f"local/p/{name}",
                        type="t",
                        files={"n": "n" * number},
                        metadata=document,
                    )
        with Api(
            base_url=server.base_url, api_key=server.api_key, transport=server.transport
        ) as api:

            def selected(name: str, filters: Mapping[str, Any]) -> list[int]:
                found = api.artifacts("t", f"local/p/{name}", filters=filters, per_page=100)
                return sorted(int(version.version[1:]) for version in found)

            yield selected


@pytest.mark.each(4)
@pytest.mark.parametrize(("filters", "expected"), _MADE["cases"], ids=repr)
def test_a_filter_selects_what_mongodb_does(
    listed: Listed, filters: Mapping[str, Any], expected: list[int]
) -> None:
    assert listed("made", filters) == expected


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        ({"metadata.a.b": None}, (0, 1, 2, 4, 5, 6, 7, 9, 10, 13, 14, 15)),
        ({"metadata.a.b": {"$ne": None}}, (3, 8, 11, 12)),
        ({"metadata.a.b": {"$in": [None, "x"]}}, (*range(8), 9, 10, 13, 14, 15)),
        ({"metadata.a.b.c": None}, (*range(12), 12, 13, 14, 15)),
        ({"metadata.a.b.c": {"$ne": None}}, ()),
        ({"metadata.a.b.c": {"$exists": True}}, (11, 12)),
        ({"metadata.a.0": {"$ne": None}}, (5, 7, 8, 9, 10, 11, 12)),
        ({"metadata.a": {"$all": []}}, ()),
        ({"tags": {"$all": []}}, ()),
        ({"metadata.a": {"$not": {"$all": []}}}, range(16)),
        ({"metadata.a": {"$in": [0.5, 2**53 + 1]}}, (14, 15)),
        ({"metadata.a": {"$in": [2**63, 2**53 + 1]}}, (14,)),
        ({"$or": [{"metadata.a": 0.5}, {"metadata.a": 2**53 + 1}]}, (14, 15)),
        ({"version": {"$in": [2.5, 3]}}, (3,)),
        ({"size": {"$in": [1.0, 2.5, 3]}}, (1, 3)),
        ({"size": {"$in": [2.5, *range(3, 200)]}}, range(3, 16)),
        ({"size": {"$nin": [0.5, *range(3, 200)]}}, (0, 1, 2)),
    ],
)
def test_what_came_out_otherwise(
    listed: Listed, filters: Mapping[str, Any], expected: Iterable[int]
) -> None:
    assert listed("few", filters) == list(expected)
