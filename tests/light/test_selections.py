"""What a listing selects: nothing twice, and nothing that is not used."""

from __future__ import annotations

from tests.client.flavours import Flavour, listed
from tests.client.taps import JsonObject, Sent, Tap
from tests.client.world import MANY, PROJECT
from typed_artifacts import AsyncApi


async def test_only_the_first_page_of_a_sequence_names_the_source(
    flavour: Flavour, world: Tap
) -> None:
    asked: list[bool] = []

    def note(sent: Sent, reply: JsonObject) -> None:
        collection = reply["data"]["project"]["artifactType"]["artifactCollection"]
        asked.append("artifactSequence" in collection["artifacts"]["edges"][0]["node"])
        assert sent.variables.get("sources", True) is asked[-1]

    tap = Tap(world.server, note)
    api = flavour.api(tap, api_key=world.server.api_key)
    versions = await listed(api.artifacts("dataset", MANY, per_page=50))
    assert asked == [True, False, False]
    assert {version.type for version in versions} == {"dataset"}
    assert {version.source_qualified_name for version in versions} == {
        f"{MANY}:v{number}" for number in range(120)
    }
    assert not any(version.is_link for version in versions)


async def test_links_keep_their_own_sources(flavour: Flavour, world: Tap) -> None:
    api: AsyncApi = flavour.api(world, api_key=world.server.api_key)
    (link,) = await listed(api.artifacts("model", f"{PROJECT}/released"))
    assert link.is_link
    assert (link.name, link.source_name) == ("released:v0", "net:v1")
    assert link.source_collection.name == "net"


async def test_a_listed_version_loads_anew(flavour: Flavour, world: Tap) -> None:
    api: AsyncApi = flavour.api(world, api_key=world.server.api_key)
    version = await api.artifacts("dataset", MANY)[3]
    before = (version.name, version.version, version.aliases, version.qualified_name)
    await version.load()
    assert (version.name, version.version, version.aliases, version.qualified_name) == before
