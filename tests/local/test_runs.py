"""The runs of a project, listed, filtered and counted as the official client's ``runs()`` asks."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from typed_artifacts import JsonValue
from typed_artifacts.local import LocalServer

_RUNS = """
query Runs($filters: JSONString, $order: String, $cursor: String, $perPage: Int = 2) {
  project(name: "p", entityName: "local") {
    runCount(filters: $filters)
    runs(filters: $filters, order: $order, after: $cursor, first: $perPage) {
      edges { node { name } }
      pageInfo { endCursor hasNextPage }
    }
  }
}
"""

_UPSERT = """
mutation Upsert($name: String, $config: JSONString, $summary: JSONString) {
  upsertBucket(input: {
    entityName: "local", modelName: "p", name: $name, config: $config, summaryMetrics: $summary
  }) { inserted }
}
"""
SUMMARIES: list[JsonValue] = [
    {"accuracy": None},
    {"accuracy": "text", "best": {"v": False}},
    {"accuracy": 1.5, "best": {"v": True}},
    {"accuracy": True, "best.v": False},
    {"accuracy": -3, "best.v": True},
]


def _post(server: LocalServer, query: str, variables: Mapping[str, JsonValue]) -> dict[str, Any]:
    with httpx.Client(transport=server.transport, auth=("api", server.api_key)) as http:
        body = {"query": query, "variables": variables}
        reply: dict[str, Any] = http.post(f"{server.base_url}/graphql", json=body).json()
    assert "errors" not in reply, reply
    data: dict[str, Any] = reply["data"]
    return data


@pytest.fixture
def server(artifacts_local: LocalServer) -> LocalServer:
    for index in range(5):
        state = "finished" if index % 2 else "running"
        config: dict[str, JsonValue] = {"lr": index, "nested": {"deep": index}}
        config |= {"a.b": "odd"} if index % 2 else {}
        artifacts_local.registry.run(
            f"local/p/run{index}", display_name=f"n{index}", state=state, config=config
        )
        variables = {"name": f"run{index}", "summary": json.dumps(SUMMARIES[index])}
        _post(artifacts_local, _UPSERT, variables)
    return artifacts_local


def _names(server: LocalServer, filters: JsonValue, order: str | None) -> tuple[int, list[str]]:
    names: list[str] = []
    cursor: str | None = None
    while True:
        variables: dict[str, JsonValue] = {"filters": json.dumps(filters), "order": order}
        project = _post(server, _RUNS, {**variables, "cursor": cursor})["project"]
        names += [edge["node"]["name"] for edge in project["runs"]["edges"]]
        page = project["runs"]["pageInfo"]
        if not page["hasNextPage"]:
            return project["runCount"], names
        cursor = page["endCursor"]


@pytest.mark.each(2)
@pytest.mark.parametrize(
    ("filters", "order", "expected"),
    [
        ({}, None, [0, 1, 2, 3, 4]),
        ({}, "-created_at", [4, 3, 2, 1, 0]),
        ({"state": "finished"}, "+created_at", [1, 3]),
        ({"displayName": {"$regex": "^n[34]$"}}, None, [3, 4]),
        ({"config.lr.value": {"$gt": 2}}, None, [3, 4]),
        ({"config.lr": {"$gt": 2}}, None, [3, 4]),
        ({"config.lr": {"$in": [1, 3]}}, None, [1, 3]),
        ({"config.nested.deep": 2}, None, [2]),
        ({"config.a.b": "odd"}, None, [1, 3]),
        ({"config.a.b": {"$exists": False}}, None, [0, 2, 4]),
        ({"config.none": None}, None, [0, 1, 2, 3, 4]),
        ({"username": "local"}, None, [0, 1, 2, 3, 4]),
        ({"username": {"$ne": "local"}}, None, []),
        ({}, "-config.lr.value", [4, 3, 2, 1, 0]),
        ({}, "+config.nested.deep", [0, 1, 2, 3, 4]),
        ({"state": "running"}, "-config.lr", [4, 2, 0]),
        # What has no accuracy is less than what has one, a number less than a text.
        ({}, "+summary_metrics.accuracy", [0, 4, 2, 1, 3]),
        ({}, "-summary_metrics.accuracy", [3, 1, 2, 4, 0]),
        ({}, "summary_metrics.best.v", [0, 1, 3, 2, 4]),
        ({}, "summary_metrics.nowhere", [0, 1, 2, 3, 4]),
        ({"$or": [{"name": "run0"}, {"display_name": "n4"}]}, None, [0, 4]),
    ],
)
def test_runs_are_listed_filtered_and_counted(
    server: LocalServer, filters: JsonValue, order: str | None, expected: list[int]
) -> None:
    wanted = [f"run{index}" for index in expected]
    assert _names(server, filters, order) == (len(wanted), wanted)


@pytest.mark.parametrize(
    ("filters", "order", "expected"),
    [
        (None, None, [0, 1, 2]),
        ({"state": "finished"}, None, [1]),
        ({"config.lr": {"$gte": 1}}, "-config.lr", [2, 1]),
    ],
)
def test_the_runs_that_used_a_version_are_filtered(
    server: LocalServer, filters: JsonValue, order: str | None, expected: list[int]
) -> None:
    version = server.registry.log_version("local/p/c", type="t", files={"a": "1"})
    for index in range(3):
        server.registry.use(f"local/p/run{index}", version)
    query = """query U($id: ID!, $filters: JSONString, $order: String) { artifact(id: $id) {
      usedBy(filters: $filters, order: $order) { edges { node { name } } } } }"""
    variables: dict[str, JsonValue] = {"id": version.id, "order": order}
    found = _post(server, query, {**variables, "filters": json.dumps(filters)})
    names = [edge["node"]["name"] for edge in found["artifact"]["usedBy"]["edges"]]
    assert names == [f"run{index}" for index in expected]


@pytest.mark.parametrize("order", ["+summary.acc", "config", "-name.x", "config."])
def test_an_order_by_what_runs_do_not_have_is_refused(server: LocalServer, order: str) -> None:
    with pytest.raises(AssertionError, match=r"in the order|is not a key"):
        _names(server, {}, order)


@pytest.mark.parametrize(
    ("filters", "order", "expected"),
    [
        ({"config.lr": 3}, None, [3]),
        ({"config.limit": {"$gt": 1e300}}, None, [0, 2]),
        ({"config.limit": {"$lt": 0}}, None, [1]),
        ({"summary_metrics.loss": {"$lt": 1}}, None, [2]),
        ({"summary_metrics.loss": {"$exists": False}}, None, [1, 3, 4]),
        ({"summary_metrics.said": "NaN, Infinity"}, None, [1, 2]),
        ({}, "+summary_metrics.loss", [1, 3, 4, 2, 0]),
        ({}, "-summary_metrics.loss", [0, 2, 4, 3, 1]),
    ],
)
def test_runs_that_have_no_number_are_filtered_with_the_others(
    server: LocalServer, filters: JsonValue, order: str | None, expected: list[int]
) -> None:
    """The official client writes NaN and Infinity as Python does: a loss that went astray."""
    said: list[dict[str, JsonValue]] = [
        {"loss": math.inf, "list": [math.nan, -math.inf, math.nan]},
        {"loss": math.nan, "said": "NaN, Infinity"},
        {"loss": 0.5, "said": "NaN, Infinity", "zero": "a\0b", "path": "c:\\u0000"},
    ]
    limits = [math.inf, -math.inf, 1e301]
    for index, summary in enumerate(said):
        config = {"lr": {"value": index}, "limit": {"value": limits[index]}}
        variables = {"name": f"run{index}", "config": json.dumps(config)}
        _post(server, _UPSERT, variables | {"summary": json.dumps(summary)})
    wanted = [f"run{index}" for index in expected]
    assert _names(server, filters, order) == (len(wanted), wanted)
    query = (
        """{ project(name: "p", entityName: "local") { run(name: "run0") { summaryMetrics } } }"""
    )
    kept = json.loads(_post(server, query, {})["project"]["run"]["summaryMetrics"])
    assert repr(kept) == repr(said[0])


@pytest.mark.parametrize(
    ("filters", "order", "expected"),
    [
        ({}, "+config.path", [4, 3, 0, 1, 2]),
        ({}, "-config.path", [2, 1, 0, 3, 4]),
        ({"config.path": {"$regex": "^caf"}}, "config.path", [3, 0, 1]),
        ({"config.path": "\U0001f600"}, None, [2]),
        ({"config.lr": {"$gt": 1}}, None, [2, 3, 4]),
        ({"config.path": r"\\udce9\ud83d"}, None, [4]),
    ],
)
def test_runs_that_have_half_a_surrogate_pair_are_listed_with_the_others(
    server: LocalServer, filters: JsonValue, order: str | None, expected: list[int]
) -> None:
    """As names of files have it that are no UTF-8."""
    paths = ["caf\udce9\udce9 \U0001f600", "caf\ud83d\U0001f600\ude00", "\U0001f600", "cafe"]
    for index, path in enumerate([*paths, r"\\udce9\ud83d"]):
        config = {"path": {"value": path}, "lr": {"value": index}}
        _post(server, _UPSERT, {"name": f"run{index}", "config": json.dumps(config)})
    wanted = [f"run{index}" for index in expected]
    assert _names(server, filters, order) == (len(wanted), wanted)


@pytest.mark.parametrize("text", ["{", "[1]", '"x"', "7", "nonsense", "[" * 9000])
@pytest.mark.parametrize("name", ["config", "summary"])
def test_what_a_run_was_given_is_an_object(server: LocalServer, name: str, text: str) -> None:
    with pytest.raises(AssertionError, match=r"of a run must be"):
        _post(server, _UPSERT, {"name": "run0", name: text})
    for nothing in ("", "null", None):
        _post(server, _UPSERT, {"name": "run0", name: nothing})
    assert _names(server, {"config.lr": 0}, "summary_metrics.accuracy") == (1, ["run0"])
