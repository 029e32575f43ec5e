"""Limits that the schema states, checked by requests."""

from __future__ import annotations

import httpx
import pytest

from typed_artifacts.local import open_local

_UPSERT = """
mutation Upsert($input: UpsertModelInput!) {
  upsertModel(input: $input) { project { name } }
}
"""


@pytest.mark.timeout(20)
@pytest.mark.parametrize(
    ("name", "accepted"),
    [
        *(("a" * 100 + "!", False), ("data set.v2", True), ("ends ", False), (".first", False)),
        *(("a" * 128, True), ("a" * 129, False), ("line\n", False), ("", False)),
    ],
)
def test_a_name_of_a_type_is_judged_at_once(name: str, *, accepted: bool) -> None:
    with open_local() as server:
        given = {"entityName": "local", "name": "p", "artifactTypes": [{"name": name}]}
        reply = httpx.Client(transport=server.transport, auth=("api", server.api_key)).post(
            f"{server.base_url}/graphql", json={"query": _UPSERT, "variables": {"input": given}}
        )
    errors = reply.json().get("errors", [])
    assert (errors == []) is accepted
    assert accepted or errors[0]["message"].startswith("input.artifactTypes[0].name: ")
