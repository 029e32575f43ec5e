"""Attributes that a class does not have: setting one by mistake is an error."""

from __future__ import annotations

import copy
import weakref
from functools import cached_property
from typing import cast
from unittest.mock import patch

import pytest

from tests.artifacts.bench import DATA, PROJECT
from tests.artifacts.wire import Wire
from tests.client.flavours import unwrap, wrap
from typed_artifacts import (
    Api,
    ArtifactCollection,
    Artifacts,
    AsyncApi,
    AsyncArtifact,
    AsyncArtifactCollection,
    AsyncProjectArtifactCollections,
    Client,
    InvalidInput,
)
from typed_artifacts.local import LocalServer

OWN = "For attributes of your own, write a subclass."


def _set(item: object, name: str, value: object) -> None:
    """As a statement that a type checker would refuse."""
    setattr(item, name, value)


async def _two(api: AsyncApi) -> tuple[AsyncArtifactCollection, AsyncArtifact]:
    return await api.artifact_collection("dataset", DATA), await api.artifact(f"{DATA}:latest")


@pytest.mark.parametrize("name", ["entity", "project", "organization", "id", "created_at"])
async def test_what_a_collection_is_found_by_cannot_be_set(api: AsyncApi, name: str) -> None:
    collection = await api.artifact_collection("dataset", DATA)
    before = getattr(collection, name)
    with pytest.raises(AttributeError):
        _set(collection, name, "other")
    assert getattr(collection, name) == before


async def test_a_save_refuses_an_attribute_that_there_is_not(api: AsyncApi, wire: Wire) -> None:
    collection, artifact = await _two(api)
    wire.forget()
    _set(collection, "descripton", "x")
    _set(artifact, "tag", ["x"])
    artifact.description = "This waits."
    prefix = "" if isinstance(unwrap(collection), ArtifactCollection) else "Async"
    with pytest.raises(InvalidInput) as refused:
        await collection.save()
    assert str(refused.value) == (
        f"'descripton' is no attribute of {prefix}ArtifactCollection, of which description, name, "
        f"tags, type can be set. Nothing was saved: remove it with del. {OWN}"
    )
    with pytest.raises(
        InvalidInput, match=r"'tag' is no attribute of .*Artifact, of which aliases"
    ):
        await artifact.save()
    with pytest.raises(InvalidInput, match=r"'tag' is no attribute"):
        artifact.changes()
    assert not wire.count()
    delattr(unwrap(collection), "descripton")
    delattr(unwrap(artifact), "tag")
    await collection.save()
    await artifact.save()
    assert wire.count() == ["SaveArtifact"]
    assert artifact.description == "This waits."


async def test_a_save_refuses_a_method_that_was_set_to_a_value(api: AsyncApi) -> None:
    _, artifact = await _two(api)
    _set(artifact, "files", ["a.txt"])
    with pytest.raises(InvalidInput, match=r"'files' is a method of"):
        await artifact.save()


async def test_a_draft_refuses_it_at_once(api: AsyncApi) -> None:
    async with api.draft(f"{PROJECT}/drafted", type="dataset") as draft:
        with pytest.raises(InvalidInput, match=r"'descripton' is no attribute of .*ArtifactDraft"):
            _set(draft, "descripton", "x")
        with pytest.raises(InvalidInput, match=r"'diff' is a method of"):
            _set(draft, "diff", "x")
        draft.description = "Words."
        draft["a.txt"] = b"1"
    assert draft.artifact.description == "Words."
    assert weakref.ref(draft)() is draft


async def test_an_api_refuses_it_at_once(api: AsyncApi) -> None:
    with pytest.raises(InvalidInput, match=r"'entity' is no attribute of .*Api, of which nothing"):
        _set(api, "entity", "other")
    with pytest.raises(InvalidInput, match=r"'artifact' is a method of"):
        _set(api, "artifact", "other")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("filters", {"size": 7}),
        ("order", "-created_at"),
        ("tags", ["gold"]),
        ("project", "other"),
        ("collection_name", "other"),
    ],
)
async def test_a_list_is_what_it_was_made_with(api: AsyncApi, name: str, value: object) -> None:
    versions = api.artifacts("dataset", DATA)
    before = getattr(versions, name)
    with pytest.raises(
        InvalidInput, match=rf"'{name}' of .*Artifacts .* another list with {name}="
    ):
        _set(versions, name, value)
    assert getattr(versions, name) == before
    assert await versions.length() == len([each async for each in versions])


async def test_a_list_refuses_what_there_is_not(api: AsyncApi) -> None:
    versions = api.artifacts("dataset", DATA)
    for name in ("filter", "perpage"):
        with pytest.raises(InvalidInput, match=r"of .*Artifacts, of which per_page, prefetch can"):
            _set(versions, name, "x")
    with pytest.raises(InvalidInput, match=r"'pages' is a method of"):
        _set(versions, "pages", 3)
    for size in (0, -1, "5", None):
        with pytest.raises(InvalidInput, match=r"^per_page is "):
            _set(versions, "per_page", size)
    versions.per_page = 1
    versions.prefetch = True
    assert [each.name async for each in versions]
    kind = unwrap(api.project("bench").collections()).__class__
    own = cast("AsyncProjectArtifactCollections", wrap(kind(unwrap(api.client), None, "bench")))
    assert own.entity is None
    assert await own.length()
    assert own.entity == "local"  # found out with the first page
    for value in (5, 6):
        unwrap(versions).to_rows = lambda value=value: value
        assert unwrap(versions).to_rows() == value
    assert copy.copy(unwrap(own)).entity == "local"


async def test_tests_may_replace_methods(api: AsyncApi) -> None:
    collection, artifact = await _two(api)
    with (
        patch.object(unwrap(artifact), "download", lambda: 1),
        patch.object(unwrap(collection), "artifacts", lambda: 2),
        patch.object(unwrap(api), "run", lambda: 3),
        patch.object(type(unwrap(artifact)), "verify", staticmethod(lambda: 4)),
    ):
        replaced = unwrap(artifact), unwrap(artifact), unwrap(api), unwrap(collection)
        names = "download", "verify", "run", "artifacts"
        assert [getattr(*each)() for each in zip(replaced, names, strict=True)] == [1, 4, 3, 2]
        artifact.description = "Replaced."
        collection.description = "Replaced."
        await artifact.save()
        await collection.save()
    assert artifact.description == collection.description == "Replaced."


async def test_copies_and_weak_references_are_saved(api: AsyncApi) -> None:
    for item in await _two(api):
        there = unwrap(item)
        assert weakref.ref(there)() is there
        for copied in (copy.copy(there), copy.deepcopy(there)):
            again = cast("AsyncArtifact | AsyncArtifactCollection", wrap(copied))
            again.description = f"A copy, {id(copied)}."
            await again.save()


def test_a_subclass_has_attributes_of_its_own(server: LocalServer) -> None:
    class Rated(ArtifactCollection):
        rating = 0.0

        @cached_property
        def count(self) -> int:
            return len(self.artifacts())

    class Tagged(Artifacts):
        def __init__(self, client: Client, tag: str) -> None:
            super().__init__(client, "local", "bench", "rated", "dataset", tags=tag)
            self.tag = tag

    class Named(Api):
        def __init__(self, name: str) -> None:
            key, transport = server.api_key, server.transport
            super().__init__(base_url=server.base_url, api_key=key, transport=transport)
            self.name = name

    with Named("mine") as api:
        api.log_artifact("bench/rated", type="dataset", files={"a.txt": b"1"})
        collection = Rated(api.client, "local", "bench", "rated", "dataset")
        collection.rating = 0.5
        _set(collection, "seen", "yes")
        assert collection.count == 1
        collection.description = "Rated."
        collection.save()
        assert api.artifact_collection("dataset", "bench/rated").description == "Rated."
        assert (api.name, collection.rating) == ("mine", 0.5)
        tagged = Tagged(api.client, "gold")
        tagged.tag = "silver"
        assert (tagged.tag, tagged.tags, list(tagged)) == ("silver", "gold", [])
        with pytest.raises(InvalidInput, match=r"another list with tags="):
            _set(tagged, "tags", "silver")
