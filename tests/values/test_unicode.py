"""What another client wrote is read, edited around and deleted, whatever its texts are."""

from __future__ import annotations

import itertools
import json
import os
import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour, listed
from tests.values.foreign import Foreign, log_foreign
from typed_artifacts import ArtifactTTL, AsyncApi, JsonValue, ServerError
from typed_artifacts._values.json_values import parse_json_object, same_json
from typed_artifacts.local import LocalServer

_numbers = itertools.count()

texts = st.text(min_size=1, max_size=20) | st.text(min_size=150, max_size=300)
lists = st.lists(texts, max_size=3, unique=True)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
metadata = st.dictionaries(st.text(), json_values, max_size=3).map(json.dumps)
#: Metadata that no client could have meant, but a server may hold.
broken = st.sampled_from(["", "[1]", '"text"', "3", "null", "{", "[" * 100_000, "1" * 5000])
worlds = st.builds(
    Foreign,
    name=texts,
    type=texts,
    aliases=lists,
    tags=lists,
    collection_tags=lists,
    description=texts,
    collection_description=texts,
    metadata=metadata | broken,
    ttl=st.none() | st.just(-2) | st.integers(1, 2**63 - 1),
    file=texts,
)


LISTS = ("aliases", "tags", "collection_tags")


def foreign(**odd: str) -> Foreign:
    """A world in which only some texts are odd."""
    values: dict[str, Any] = {key: [it] if key in LISTS else it for key, it in odd.items()}
    return Foreign("n", "t", ["a"], ["g"], ["h"], "d", "e", '{"k": 1}', 60, "f")._replace(**values)


NBSP, WIDE = "\u00a0", "\u3000"


@pytest.mark.long
@given(world=worlds)
@example(foreign(type="a/b"))
@example(foreign(name=f"a{NBSP}b", aliases=WIDE, tags=NBSP, collection_tags=WIDE, type=WIDE))
@example(foreign(name=WIDE, aliases="\r\n", tags="\x7f", type="\x85", description="\x00\x1b[31m"))
@example(foreign(name="\"'`\\\x00\n", aliases='"', tags="'", type='"', file=".."))
@example(foreign(name="AC\u29f8DC", aliases="a\u2215b", tags="a/b", type="a\u2044b", file="a/../b"))
@example(foreign(name="a/b:c", aliases="x:y/z", type="a/b", metadata='{"n": NaN, "i": [Infinity]}'))
@example(foreign(name="n" * 500, aliases="a" * 500, tags="t" * 500, type="k" * 500))
@settings(
    deadline=None,
    max_examples=6 * int(os.environ.get("SOAK", "1")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
async def test_a_version_of_another_client_is_read_edited_and_deleted(
    flavour: Flavour, server: LocalServer, world: Foreign
) -> None:
    place = f"local/p{next(_numbers)}"
    log_foreign(server, place, world)
    api = flavour.api(Wire(server), api_key=server.api_key)
    await _is_listed(api, place, world)
    await _is_found_by_its_path(api, place, world)
    await _is_edited(api, place, world)
    await _is_deleted(api, place)


async def _is_listed(api: AsyncApi, place: str, world: Foreign) -> None:
    project = place.partition("/")[2]
    assert [kind.name async for kind in api.artifact_types(place)] == [world.type]
    (kind,) = await listed(api.artifact_types(place))
    (found,) = await listed(kind.collections())
    (again,) = await listed(api.project(project, "local").collections())
    for collection in (found, again):
        assert (collection.name, collection.type) == (world.name, world.type)
        assert collection.description == world.collection_description
        assert sorted(collection.tags) == sorted(world.collection_tags)
        assert sorted(await collection.aliases()) == sorted({*world.aliases, "latest"})
    await found.load()
    (version,) = await listed(found.artifacts())
    assert version.name == f"{world.name}:v0"
    assert sorted(version.aliases) == sorted({*world.aliases, "latest"})
    assert sorted(version.tags) == sorted(world.tags)
    assert version.description == world.description
    assert (version.type, version.source_name) == (world.type, version.name)
    _ttl_is_read(version.ttl, world.ttl)
    assert version.ttl_is_inherited is (world.ttl is None)
    inventory = await api.inventory(place)
    assert [each.name for each in inventory.collections] == [world.name]
    assert version.url
    assert repr(version)
    assert repr(found)
    assert repr(kind)
    if ":" not in world.name:
        assert [file.name async for file in version.files()] == [world.file]


def _ttl_is_read(ttl: timedelta | None, seconds: int | None) -> None:
    if seconds is None or seconds < 0:
        assert ttl is None
    else:
        longest = timedelta.max // timedelta(seconds=1)
        assert ttl == (timedelta(seconds=seconds) if seconds <= longest else timedelta.max)


async def _is_found_by_its_path(api: AsyncApi, place: str, world: Foreign) -> None:
    if "/" in world.name or ":" in world.name or not world.name.strip(" "):
        return  # no path can say it
    assert (await api.artifact(f"{place}/{world.name}")).name == f"{world.name}:v0"
    for alias in world.aliases:
        if not re.fullmatch(r"v\d+", alias, re.ASCII):
            found = await api.artifact(f"{place}/{world.name}:{alias}")
            assert found.name == f"{world.name}:v0"
    assert await api.artifact_exists(f"{place}/{world.name}", world.type)
    if "/" not in world.type and world.type.strip(" "):
        collection = await api.artifact_collection(world.type, f"{place}/{world.name}")
        assert (collection.name, collection.type) == (world.name, world.type)
        assert await api.artifacts(world.type, f"{place}/{world.name}").length() == 1


async def _is_edited(api: AsyncApi, place: str, world: Foreign) -> None:
    """One field after the other; all the others stay as they were."""
    (collection,) = await listed(api.project(place.partition("/")[2], "local").collections())
    collection.tags.append("new")
    collection.tags = tuple(collection.tags)
    await collection.save()
    collection.description = "Other."
    collection.name = collection.name  # as somebody's loop may do
    await collection.save()
    (collection,) = await listed(api.project(place.partition("/")[2], "local").collections())
    assert sorted(collection.tags) == sorted({*world.collection_tags, "new"})
    assert (collection.name, collection.description) == (world.name, "Other.")

    (version,) = await listed(collection.artifacts())
    version.description = "Other."
    assert version.changes() == {"description": "Other."}
    await version.save()
    version.aliases = [*version.aliases, "new alias"]
    version.tags = (*version.tags, "new tag")
    version.ttl = version.ttl
    changed = {"aliases", "tags"} | ({"ttl"} if world.ttl is None else set[str]())
    assert version.changes().keys() == changed
    if world.ttl is None:
        version.ttl = ArtifactTTL.INHERIT
    await version.save()
    (version,) = await listed(collection.artifacts())
    assert sorted(version.aliases) == sorted({*world.aliases, "latest", "new alias"})
    assert sorted(version.tags) == sorted({*world.tags, "new tag"})
    assert version.description == "Other."
    _ttl_is_read(version.ttl, world.ttl)
    known = _metadata(world.metadata)
    assert known is None or same_json(version.metadata, known)
    if ":" not in world.name:
        await version.load()
        assert version.name == f"{world.name}:v0"
    version.aliases.remove("new alias")
    version.tags.remove("new tag")
    version.ttl = None
    version.metadata = {"mine": 1}
    await version.save()
    (version,) = await listed(collection.artifacts())
    assert sorted(version.aliases) == sorted({*world.aliases, "latest"})
    assert sorted(version.tags) == sorted(world.tags)
    assert (version.ttl, version.metadata) == (None, {"mine": 1})


def _metadata(text: str) -> dict[str, JsonValue] | None:
    try:
        return parse_json_object(text, "metadata")
    except ServerError:
        return None


async def _is_deleted(api: AsyncApi, place: str) -> None:
    (collection,) = await listed(api.project(place.partition("/")[2], "local").collections())
    (version,) = await listed(collection.artifacts())
    await version.delete(delete_aliases=True)
    assert await listed(collection.artifacts()) == []
    await collection.delete()
    assert await listed(api.project(place.partition("/")[2], "local").collections()) == []
