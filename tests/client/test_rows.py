"""Lists as rows for a data frame."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.client.flavours import Flavour
from tests.client.taps import Script, Tap
from tests.client.world import MANY, PROJECT
from typed_artifacts import AsyncApi, AsyncArtifactFiles, AsyncPaginator, InvalidInput
from typed_artifacts._domain.lists.rows import columns_of, row_of
from typed_artifacts.local import open_local


async def test_versions_as_rows(api: AsyncApi, world: Tap) -> None:
    world.sent.clear()
    rows = await api.artifacts("dataset", MANY, per_page=100).to_rows(
        "version", "tags", "metadata.number", "metadata.nested.half", "metadata.none"
    )
    assert len(world.sent) == 2
    assert len(rows) == 120
    assert rows[0] == {
        "version": "v119",
        "tags": [],
        "metadata.number": 119,
        "metadata.nested.half": 59.5,
        "metadata.none": None,
    }
    assert list(rows[0]) == [
        "version",
        "tags",
        "metadata.number",
        "metadata.nested.half",
        "metadata.none",
    ]


async def test_every_list_has_rows_of_json(api: AsyncApi, world: Tap) -> None:
    artifact = await api.artifact(f"{PROJECT}/net:v1")
    run = await api.run(f"{PROJECT}/train")
    lists: dict[str, AsyncPaginator[Any]] = {
        "ArtifactTypes": api.artifact_types(PROJECT),
        "ArtifactCollections": api.artifact_collections(PROJECT, "dataset"),
        "ProjectArtifactCollections": api.project(PROJECT).collections(),
        "Artifacts": api.artifacts("model", f"{PROJECT}/net"),
        "RunArtifacts": run.logged_artifacts(),
        "ArtifactFiles": artifact.files(),
    }
    for name, pager in lists.items():
        world.sent.clear()
        rows = await pager.to_rows()
        assert rows
        assert list(rows[0]) == columns_of(name, ())
        assert json.loads(json.dumps(rows)) == rows
        assert len(world.sent) == 1
        with pytest.raises(InvalidInput) as told:
            columns_of(name, ["nothing"])
        known = str(told.value).partition("there are ")[2]
        every = known.rstrip(".").replace("and metadata.key", "")
        columns = [each.strip() for each in every.split(",") if each.strip()]
        world.sent.clear()
        (row, *_) = await pager.to_rows(*columns)
        assert list(row) == columns
        assert world.sent == []  # what is there tells all of it


class Shelf:
    """An item of a list that a project has added, see CONTRIBUTING.md."""

    @property
    def name(self) -> str:
        return "oak"

    def load(self) -> None:
        """Fetch it."""


def test_a_list_of_ones_own_tells_what_its_items_do() -> None:
    assert columns_of("Shelves", ["name"]) == ["name"]
    assert row_of(Shelf(), columns_of("AsyncShelves", ())) == {"name": "oak"}
    for column in ("nothing", "load", "__class__", "_name", "name.first"):
        with pytest.raises(InvalidInput, match=r"Shelf has no column .*; there are name"):
            row_of(Shelf(), columns_of("Shelves", [column]))


def test_a_property_that_a_project_has_added_is_a_column() -> None:
    shown = {"ArtifactType": ("id", "name", "created_at")}
    assert columns_of("AsyncArtifactTypes", (), shown) == ["name", "id", "created_at"]
    assert columns_of("ArtifactTypes", ["created_at"], shown) == ["created_at"]
    with pytest.raises(InvalidInput, match="no column 'nothing'; there are created_at, entity, id"):
        columns_of("ArtifactTypes", ["nothing"], shown)


async def test_a_key_may_hold_dots(flavour: Flavour) -> None:
    with open_local() as server:
        server.registry.log_version(
            "local/p/data",
            type="t",
            files={"a": "1"},
            metadata={"a.b": {"c": 1, "d.e": [2]}, "a": {"b": "other"}},
        )
        api = flavour.api(Tap(server), api_key=server.api_key)
        (row,) = await api.artifacts("t", "p/data").to_rows(
            "metadata.a.b", "metadata.a.b.c", "metadata.a.b.d.e", "metadata.a.x"
        )
        assert [*row.values()] == [{"c": 1, "d.e": [2]}, 1, [2], None]


async def test_a_time_to_live_is_in_seconds(flavour: Flavour) -> None:
    with open_local() as server:
        for number in range(2):
            server.registry.log_version("local/p/data", type="t", files={"a": str(number)})
        api = flavour.api(Tap(server), api_key=server.api_key)
        artifact = await api.artifact("p/data:v0")
        artifact.ttl = timedelta(days=2)
        await artifact.save()
        rows = await api.artifacts("t", "p/data").to_rows("name", "ttl")
        assert rows == [{"name": "data:v1", "ttl": None}, {"name": "data:v0", "ttl": 172_800}]


@pytest.mark.parametrize("column", ["nothing", "load", "_client", "name.x", "metadata2.x", "", 3])
async def test_no_such_column_sends_nothing(flavour: Flavour, column: str) -> None:
    silent = Script()
    with pytest.raises(InvalidInput, match="column"):
        await flavour.api(silent).artifacts("t", "local/p/data").to_rows("name", column)
    assert silent.sent == []
    assert AsyncArtifactFiles.to_rows.__doc__
