"""Links and deletions: what belongs to the portfolio, and what to the source."""

from __future__ import annotations

import pytest

from tests.artifacts.bench import DATA, NET, SHELF, names_of
from tests.artifacts.wire import Wire
from tests.client.taps import JsonObject, Sent
from typed_artifacts import AsyncApi, GraphQLError, InvalidInput, NotFoundError
from typed_artifacts.local import Registry


async def test_linking_is_one_request_and_gives_the_membership(api: AsyncApi, wire: Wire) -> None:
    source = await api.artifact(f"{NET}:v0")
    wire.forget()
    link = await source.link("shelf", aliases=["silver"])
    assert wire.count() == ["LinkArtifact"]
    assert link.qualified_name == "local/bench/shelf:v1"
    assert link.is_link
    assert sorted(link.aliases) == ["latest", "silver"]
    assert link.source_qualified_name == "local/bench/net:v0"
    assert (link.id, link.digest) == (source.id, source.digest)
    assert source.aliases == []
    assert wire.count() == []
    again = await api.artifact(f"{SHELF}:silver")
    assert (again.version, again.id, sorted(again.aliases)) == ("v1", link.id, link.aliases[::1])


async def test_a_portfolio_is_made_where_there_is_none(api: AsyncApi) -> None:
    source = await api.artifact(f"{DATA}:v1")
    link = await source.link("local/elsewhere/picked")
    assert link.qualified_name == "local/elsewhere/picked:v0"
    collection = await api.artifact_collection("dataset", "local/elsewhere/picked")
    assert not collection.is_sequence()


async def test_linking_into_a_registry_asks_once_who_owns_it(api: AsyncApi, wire: Wire) -> None:
    source = await api.artifact(f"{NET}:v0")
    wire.forget()
    for name in ("one", "two"):
        link = await source.link(f"local-org/wandb-registry-model/{name}")
        assert link.project == "wandb-registry-model"
    assert wire.count() == ["OrganizationEntity", "LinkArtifact", "LinkArtifact"]


async def test_a_link_in_a_registry_leads_back_to_who_logged_it(api: AsyncApi) -> None:
    """As with the official client; the project was made in the organization's entity."""
    registry = "local-org/wandb-registry-model"
    link = await (await api.artifact(f"{NET}:v0")).link(f"{registry}/nets")
    for path, expected in {
        "beside": f"{registry}/beside:v0",
        "wandb-registry-model/too": f"{registry}/too:v0",
        "elsewhere/port": "local/elsewhere/port:v0",
        "brand new/port": "local/brand new/port:v0",
    }.items():
        assert (await link.link(path)).qualified_name == expected


async def test_a_collection_without_latest_says_so(api: AsyncApi) -> None:
    """That there is no version of this name was true of the alias alone."""
    await (await api.artifact(f"{SHELF}:gold")).unlink()
    for path in (SHELF, f"{SHELF}:latest"):
        with pytest.raises(NotFoundError, match='is there, and no version of it has the alias "la'):
            await api.artifact(path)


async def test_an_older_server_costs_one_more_request(api: AsyncApi, wire: Wire) -> None:
    source = await api.artifact(f"{NET}:v0")

    def older(_sent: object, reply: dict[str, dict[str, dict[str, object]]]) -> None:
        reply["data"].get("linkArtifact", {}).pop("artifactMembership", None)

    wire.rewrite = older
    wire.forget()
    link = await source.link("shelf")
    assert wire.count() == ["LinkArtifact", "ArtifactMembership"]
    assert link.qualified_name == "local/bench/shelf:v1"


async def test_a_link_whose_version_is_not_told_is_asked_for(api: AsyncApi, wire: Wire) -> None:
    source = await api.artifact(f"{NET}:v0")

    def hide(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "LinkArtifact":
            reply["data"]["linkArtifact"]["artifactMembership"]["artifact"] = None

    wire.rewrite = hide
    wire.forget()
    link = await source.link("shelf")
    assert wire.count() == ["LinkArtifact", "ArtifactMembership"]
    assert link.qualified_name == "local/bench/shelf:v1"


@pytest.mark.parametrize(
    ("path", "aliases"),
    [
        ("a/b/c/d", None),
        ("shelf:v1", None),
        ("", None),
        ("shelf", ["v3"]),
        ("shelf", ["a/b"]),
        ("x" * 129, None),
    ],
)
async def test_a_bad_link_is_refused_before_any_request(
    api: AsyncApi, wire: Wire, path: str, aliases: list[str] | None
) -> None:
    source = await api.artifact(f"{NET}:v0")
    wire.forget()
    with pytest.raises(InvalidInput):
        await source.link(path, aliases)
    assert wire.count() == []


async def test_latest_may_be_given_which_the_newest_link_has(api: AsyncApi) -> None:
    """As in the official client, and as in `log_artifact()`; it was refused."""
    source = await api.artifact(f"{NET}:v0")
    link = await source.link("shelf", ["latest", "silver"])
    assert sorted(link.aliases) == ["latest", "silver"]
    assert (await api.artifact(f"{SHELF}:latest")).version == link.version


async def test_the_server_s_refusal_is_passed_on(api: AsyncApi) -> None:
    source = await api.artifact(f"{NET}:v0")
    with pytest.raises(GraphQLError):
        await source.link("data")  # a sequence, and of another type


async def test_unlinking_leaves_the_source(api: AsyncApi, wire: Wire) -> None:
    link = await api.artifact(f"{SHELF}:gold")
    wire.forget()
    await link.unlink()
    assert wire.count() == ["UnlinkArtifact"]
    with pytest.raises(NotFoundError):
        await api.artifact(f"{SHELF}:v0")
    assert (await api.artifact(f"{NET}:v1")).version == "v1"


async def test_what_is_no_link_can_not_be_unlinked(api: AsyncApi, wire: Wire) -> None:
    source = await api.artifact(f"{NET}:v1")
    wire.forget()
    with pytest.raises(InvalidInput, match=r"net:v1 is no link; delete\(\) deletes"):
        await source.unlink()
    assert wire.count() == []


@pytest.mark.parametrize("delete_aliases", [True, False])
async def test_deleting_a_link_removes_the_link_only(
    api: AsyncApi, wire: Wire, delete_aliases: bool
) -> None:
    link = await api.artifact(f"{SHELF}:gold")
    wire.forget()
    await link.delete(delete_aliases)
    assert wire.count() == ["UnlinkArtifact"]
    assert await names_of(api.artifacts("model", SHELF)) == []
    assert await names_of(api.artifacts("model", NET)) == ["net:v1", "net:v0"]


async def test_deleting_a_version_is_one_request(api: AsyncApi, wire: Wire) -> None:
    old = await api.artifact(f"{DATA}:v0")
    wire.forget()
    await old.delete()
    assert wire.count() == ["DeleteArtifact"]
    assert await names_of(api.artifacts("dataset", DATA)) == ["data:v1"]
    with pytest.raises(NotFoundError):
        await api.artifact(f"{DATA}:v0")


async def test_a_version_with_aliases_is_deleted_only_on_purpose(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    with pytest.raises(GraphQLError, match="alias"):
        await artifact.delete()
    assert (await api.artifact(f"{DATA}:best")).version == "v1"
    await artifact.delete(delete_aliases=True)
    with pytest.raises(NotFoundError):
        await api.artifact(f"{DATA}:best")


async def test_a_refused_deletion_names_the_links_that_would_go(api: AsyncApi, wire: Wire) -> None:
    """Those of a registry: that the version has an alias of its own was all that was said."""
    artifact = await api.artifact(f"{NET}:v0")
    for number in range(4):
        await artifact.link(f"local/elsewhere/shelf-{number}", ["live"])
    with pytest.raises(GraphQLError) as caught:
        await artifact.delete()
    linked = [f"local/elsewhere/shelf-{number}:v0 (live, latest)" for number in range(3)]
    assert str(caught.value) == (
        f"{NET}:v0 is linked as {', '.join(linked)} and 1 more, so the server did not delete it; "
        "delete_aliases=True deletes it with them."
    )
    artifact.aliases.append("own")
    await artifact.save()
    with pytest.raises(GraphQLError, match=r"net:v0 has the aliases own, and is linked as local/e"):
        await artifact.delete()
    wire.rewrite = lambda sent, _: (
        {"data": None} if sent.operation == "ArtifactMemberships" else None
    )
    with pytest.raises(GraphQLError, match=r"net:v0 has the aliases own, so the server did not"):
        await artifact.delete()


async def test_of_many_aliases_a_refused_deletion_names_a_few(api: AsyncApi) -> None:
    """A version that each run of a night gives an alias has thousands."""
    artifact = await api.artifact(f"{DATA}:v0")
    artifact.aliases = [f"run-{number}" for number in range(1000)]
    await artifact.save()
    with pytest.raises(GraphQLError, match=r"aliases .*run-\d+ and 995 more, so") as caught:
        await artifact.delete()
    assert len(str(caught.value)) < 300
    assert len(str(caught.value.server_says)) < 300


async def test_who_may_not_delete_a_version_is_told_nothing_of_its_aliases(
    api: AsyncApi, wire: Wire
) -> None:
    def refuse(sent: Sent, reply: JsonObject) -> None:
        if sent.operation == "DeleteArtifact":
            code: JsonObject = {"code": "PERMISSION_ERROR"}
            reply["errors"] = [{"message": "Permission denied", "extensions": code}]

    artifact = await api.artifact(f"{DATA}:v1")
    wire.rewrite = refuse
    with pytest.raises(GraphQLError, match="Permission denied") as caught:
        await artifact.delete()
    assert "alias" not in str(caught.value)


async def test_linked_artifacts_are_the_memberships_elsewhere(api: AsyncApi, wire: Wire) -> None:
    source = await api.artifact(f"{NET}:v1")
    await source.link("local/elsewhere/picked", ["mine"])
    wire.forget()
    links = await source.linked_artifacts()
    assert wire.count() == ["ArtifactMemberships"]
    assert {link.qualified_name: sorted(link.aliases) for link in links} == {
        "local/bench/shelf:v0": ["gold", "latest"],
        "local/elsewhere/picked:v0": ["latest", "mine"],
    }
    assert all(link.is_link and link.id == source.id for link in links)
    assert wire.count() == []
    assert await (await api.artifact(f"{NET}:v0")).linked_artifacts() == []


async def test_an_edited_link_stays_until_it_is_saved(api: AsyncApi) -> None:
    source = await api.artifact(f"{NET}:v1")
    (await source.linked_artifacts())[0].aliases.append("edited")
    [link] = await source.linked_artifacts()
    assert "edited" in link.aliases
    await link.save()
    assert (await api.artifact(f"{SHELF}:edited")).version == "v0"
    # Without edits, each call shows what the server has.
    await (await api.artifact(f"{SHELF}:v0")).unlink()
    assert await source.linked_artifacts() == []
    await source.link("shelf", ["again"])
    [link] = await source.linked_artifacts()
    assert sorted(link.aliases) == ["again", "latest"]


async def test_each_edited_link_stays_itself(api: AsyncApi) -> None:
    source = await api.artifact(f"{NET}:v1")
    await source.link("local/elsewhere/picked")
    for link in await source.linked_artifacts():
        link.aliases.append(f"of-{link.collection.name}")
    again = await source.linked_artifacts()
    assert {link.collection.name: link.aliases[-1] for link in again} == {
        "shelf": "of-shelf",
        "picked": "of-picked",
    }


async def test_a_link_with_edits_that_cannot_be_saved_stays(api: AsyncApi) -> None:
    source = await api.artifact(f"{NET}:v1")
    [link] = await source.linked_artifacts()
    link.aliases.append("no/slash")
    [again] = await source.linked_artifacts()
    assert "no/slash" in again.aliases
    with pytest.raises(InvalidInput, match="no/slash"):
        await again.save()


async def test_the_links_of_a_version_that_is_gone_are_not_there(api: AsyncApi, wire: Wire) -> None:
    source = await api.artifact(f"{NET}:v1")

    def forget(_sent: Sent, reply: JsonObject) -> None:
        reply["data"]["artifact"] = None

    wire.rewrite = forget
    with pytest.raises(NotFoundError, match='no artifact "net:v1"'):
        await source.linked_artifacts()


async def test_the_source_of_a_link_is_one_request_and_of_others_none(
    api: AsyncApi, wire: Wire
) -> None:
    link = await api.artifact(f"{SHELF}:gold")
    wire.forget()
    source = await link.source_artifact()
    assert wire.count() == ["ArtifactMembership"]
    assert (source.qualified_name, source.is_link) == ("local/bench/net:v1", False)
    assert (await source.source_artifact()).qualified_name == "local/bench/net:v1"
    assert wire.count() == []


async def test_the_source_of_a_link_in_a_project_that_is_not_shown_is_not_found(
    api: AsyncApi, wire: Wire
) -> None:
    def hide(_sent: Sent, reply: JsonObject) -> None:
        found = reply["data"]["project"]["artifactCollectionMembership"]["artifact"]
        found["artifactSequence"]["project"] = None

    wire.rewrite = hide
    link = await api.artifact(f"{SHELF}:gold")
    assert (link.source_entity, link.source_project, link.is_link) == ("", "", True)
    wire.forget()
    with pytest.raises(NotFoundError, match="links to a version in a project that you cannot see"):
        await link.source_artifact()
    with pytest.raises(NotFoundError, match="links to a version in a project that you cannot see"):
        _ = link.source_collection  # it had the page "//" and said that its entity is empty
    with pytest.raises(InvalidInput, match="it can be edited there alone"):
        async with link.edit():
            raise AssertionError("a new version of what cannot be seen")
    assert wire.count() == []


async def test_a_listing_shows_the_aliases_of_its_own_collection(api: AsyncApi) -> None:
    source = await api.artifact(f"{NET}:v1")
    source.aliases.append("own")
    await source.save()
    (member,) = [each async for each in api.artifacts("model", SHELF)]
    assert sorted(member.aliases) == ["gold", "latest"]
    newest, _ = [each async for each in api.artifacts("model", NET)]
    assert sorted(newest.aliases) == ["latest", "own"]


async def test_where_a_version_is_is_said_by_the_server(api: AsyncApi, wire: Wire) -> None:
    """It may have been asked for by the name of an organization, or by an earlier name."""

    def move(_sent: Sent, reply: JsonObject) -> None:
        found = reply["data"]["project"]["artifactCollectionMembership"]["artifactCollection"]
        found["name"], found["project"] = "moved", {"entityName": "org", "name": "there"}

    wire.rewrite = move
    assert (await api.artifact(f"{NET}:v1")).qualified_name == "org/there/moved:v1"


async def test_a_portfolio_lists_its_own_numbers(api: AsyncApi, registry: Registry) -> None:
    registry.link(f"{NET}:v0", SHELF)
    found = [item async for item in api.artifacts("model", SHELF)]
    assert {item.name: item.source_name for item in found} == {
        "shelf:v1": "net:v0",
        "shelf:v0": "net:v1",
    }
    assert all(item.is_link for item in found)


async def test_what_a_version_belongs_to_can_be_edited(api: AsyncApi, wire: Wire) -> None:
    link = await api.artifact(f"{SHELF}:gold")
    for collection in (link.collection, link.source_collection):
        await collection.load()
    link.collection.tags.append("shown")
    await link.collection.save()
    link.source_collection.description = "Nets."
    await link.source_collection.save()
    assert (await api.artifact_collection("model", SHELF)).tags == ["shown"]
    assert (await api.artifact_collection("model", NET)).description == "Nets."
    wire.forget()
    source = await link.source_artifact()
    source.tags.append("linked")
    await (await link.source_artifact()).save()
    assert wire.count() == ["ArtifactMembership", "SaveArtifact"]
    assert (await api.artifact(f"{NET}:v1")).tags == ["linked"]
    kept = (link.collection, link.source_collection, source)
    await link.load()
    anew = (link.collection, link.source_collection, await link.source_artifact())
    assert all(new is not old for new, old in zip(anew, kept, strict=True))


async def test_what_a_save_changes_elsewhere_is_read_again(api: AsyncApi) -> None:
    link = await api.artifact(f"{SHELF}:gold")
    read = (await link.source_artifact(), await link.collection.aliases())
    assert "fine" not in read[1]
    link.metadata["a"] = 1
    link.aliases.append("fine")
    await link.save()
    assert "fine" in await link.collection.aliases()
    source = await link.source_artifact()
    source.metadata["b"] = 2
    await source.save()
    found = (await api.artifact(f"{NET}:v1")).metadata
    assert (found["a"], found["b"]) == (1, 2)
    (await link.source_artifact()).tags.append("kept")
    link.description = "Again."
    await link.save()
    await (await link.source_artifact()).save()
    assert (await api.artifact(f"{NET}:v1")).tags == ["kept"]
