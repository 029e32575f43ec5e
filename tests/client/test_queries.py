"""The typed queries: every operation as a method."""

from __future__ import annotations

import inspect

import pytest

from tests.client.taps import Tap
from typed_artifacts import AsyncClient, AsyncQueries, GraphQLError, Queries
from typed_artifacts._operations import catalog


async def test_a_query_is_typed_from_its_operation(client: AsyncClient, world: Tap) -> None:
    found = await client.queries.project_artifact_types(entity="local", project="world", per_page=2)
    assert found.project is not None
    names = [edge.node.name for edge in found.project.artifact_types.edges if edge.node]
    assert len(names) == 2
    assert found.project.artifact_types.page_info.has_next_page
    assert world.sent[0].variables == {"entity": "local", "project": "world", "perPage": 2}


async def test_what_is_not_found_is_none(client: AsyncClient) -> None:
    found = await client.queries.project_artifact_type(
        entity="local", project="nowhere", type="dataset"
    )
    assert found.project is None


async def test_the_errors_of_the_server_are_raised(client: AsyncClient) -> None:
    with pytest.raises(GraphQLError, match="The server refused DeleteArtifactSequence") as caught:
        await client.queries.delete_artifact_sequence(id="nonsense")
    assert caught.value.errors
    assert caught.value.errors[0].path == ("deleteArtifactSequence",)
    assert caught.value.operation == "DeleteArtifactSequence"


async def test_an_unknown_filter_is_named_by_the_server(client: AsyncClient) -> None:
    with pytest.raises(GraphQLError, match="\\$nonsense"):
        await client.queries.project_artifacts(
            entity="local",
            project="world",
            type="dataset",
            collection="many",
            filters='{"size": {"$nonsense": 1}}',
        )


def test_every_operation_is_a_method_of_both_flavours() -> None:
    names = {name.lower() for name in vars(catalog) if name.isupper() and name != "TYPE_CHECKING"}
    assert len(names) > 15
    for kind in (Queries, AsyncQueries):
        methods = {name for name, _ in inspect.getmembers(kind, inspect.isfunction)}
        assert {name for name in methods if not name.startswith("_")} == names
