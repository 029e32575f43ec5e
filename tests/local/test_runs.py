"""The runs of a project, listed, filtered and counted as the official client's ``runs()`` asks."""

from __future__ import annotations

import json

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


@pytest.fixture
def server(artifacts_local: LocalServer) -> LocalServer:
    for index in range(5):
        state = "finished" if index % 2 else "running"
        artifacts_local.registry.run(
            f"local/p/run{index}", display_name=f"n{index}", state=state, config={"lr": index}
        )
    return artifacts_local


def _names(server: LocalServer, filters: JsonValue, order: str | None) -> tuple[int, list[str]]:
    names: list[str] = []
    cursor: str | None = None
    with httpx.Client(transport=server.transport, auth=("api", server.api_key)) as http:
        while True:
            variables = {"filters": json.dumps(filters), "order": order, "cursor": cursor}
            reply = http.post(
                f"{server.base_url}/graphql", json={"query": _RUNS, "variables": variables}
            )
            project = reply.json()["data"]["project"]
            names += [edge["node"]["name"] for edge in project["runs"]["edges"]]
            page = project["runs"]["pageInfo"]
            if not page["hasNextPage"]:
                return project["runCount"], names
            cursor = page["endCursor"]


@pytest.mark.parametrize(
    ("filters", "order", "expected"),
    [
        ({}, None, [0, 1, 2, 3, 4]),
        ({}, "-created_at", [4, 3, 2, 1, 0]),
        ({"state": "finished"}, "+created_at", [1, 3]),
        ({"displayName": {"$regex": "^n[34]$"}}, None, [3, 4]),
        ({"config.lr.value": {"$gt": 2}}, None, [3, 4]),
        ({"$or": [{"name": "run0"}, {"display_name": "n4"}]}, None, [0, 4]),
    ],
)
def test_runs_are_listed_filtered_and_counted(
    server: LocalServer, filters: JsonValue, order: str | None, expected: list[int]
) -> None:
    wanted = [f"run{index}" for index in expected]
    assert _names(server, filters, order) == (len(wanted), wanted)
