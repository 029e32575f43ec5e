"""What a user's type checker knows of the blocking surface. Checked, never run."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Protocol, assert_type

from typed_artifacts import (
    Api,
    Artifact,
    ArtifactCollection,
    ArtifactCollections,
    ArtifactFiles,
    Artifacts,
    ArtifactState,
    ArtifactType,
    ArtifactTypes,
    Client,
    File,
    JsonValue,
    Page,
    Paginator,
    ProjectArtifactCollections,
    Run,
    RunArtifacts,
    SizedPaginator,
)
from typed_artifacts.errors import NotFoundError, PartialSaveError


def the_door(api: Api, root: Path) -> None:
    assert_type(Api(), Api)
    assert_type(Api({"entity": "e"}, 5, "key"), Api)
    assert_type(Api.local(root), Api)
    assert_type(api.client, Client)
    assert_type(api.default_entity, str)
    assert_type(api.artifact_types("p"), ArtifactTypes)
    assert_type(api.artifact_type("t", "p"), ArtifactType)
    assert_type(api.artifact_collections("p", "t"), ArtifactCollections)
    assert_type(api.artifact_collection("t", "c"), ArtifactCollection)
    assert_type(api.artifacts("t", "c", tags="x"), Artifacts)
    assert_type(api.artifacts("t", "c", tags=["x"], filters={"size": {"$gt": 1}}), Artifacts)
    assert_type(api.artifact("c:v1"), Artifact)
    assert_type(api.artifact_exists("c:v1"), bool)
    assert_type(api.artifact_collection_exists("c", "t"), bool)
    assert_type(api.run("r"), Run)
    assert_type(api.project("p").collections(), ProjectArtifactCollections)
    with api as opened:
        assert_type(opened, Api)


def lists(found: Artifacts, types: ArtifactTypes) -> None:
    assert_type(len(found), int)
    assert_type(found.length, int)
    assert_type(found[0], Artifact)
    assert_type(found[-3:], list[Artifact])
    assert_type(next(found), Artifact)
    assert_type(iter(found), Iterator[Artifact])
    assert_type([item for item in found], list[Artifact])  # noqa: C416 - what a loop gives
    assert_type(list(types), list[ArtifactType])
    assert_type(found.more, bool)
    assert_type(found.cursor, str | None)
    assert_type(found.objects, list[Artifact])
    assert_type(found.per_page, int)
    for page in found.pages():
        assert_type(page, Page[Artifact])
        assert_type(page[0], Artifact)
        assert_type(page.total, int | None)


class Named(Protocol):
    @property
    def name(self) -> str: ...


def names(found: Paginator[Named]) -> list[str]:
    return [item.name for item in found]


def count(found: SizedPaginator[object]) -> int:
    return len(found)


def any_lists(api: Api, found: Artifacts, types: ArtifactTypes) -> None:
    assert_type([*names(found), *names(types), *names(found[0].files())], list[str])
    assert_type(count(found) + count(api.project("p").collections()), int)


def a_collection(collection: ArtifactCollection) -> None:
    assert_type(collection.id, str)
    assert_type(collection.name, str)
    assert_type(collection.type, str)
    assert_type(collection.description, str | None)
    assert_type(collection.tags, list[str])
    assert_type(collection.aliases, list[str])
    assert_type(collection.created_at, datetime)
    assert_type(collection.updated_at, datetime | None)
    assert_type(collection.is_sequence(), bool)
    assert_type(collection.artifacts(per_page=10), Artifacts)
    collection.name = "n"
    collection.type = "t"
    collection.description = None
    collection.tags = ["a"]
    collection.tags.append("b")
    try:
        collection.save()
    except PartialSaveError as error:
        assert_type(error.applied, tuple[str, ...])
        assert_type(error.failed, dict[str, str])
    except NotFoundError as error:
        assert_type(error.missing, str | None)


def a_type(kind: ArtifactType) -> None:
    assert_type((kind.id, kind.name), tuple[str, str])
    assert_type(kind.collection("c"), ArtifactCollection)
    assert_type(kind.collections(), ArtifactCollections)


def a_version(artifact: Artifact) -> None:
    assert_type(artifact.aliases, list[str])
    assert_type(artifact.metadata, dict[str, JsonValue])
    assert_type(artifact.size, int)
    assert_type(artifact.state, ArtifactState)
    assert_type(artifact.created_at, datetime)
    assert_type(artifact.files(["a"]), ArtifactFiles)
    assert_type(artifact.files()[0], File)
    assert_type(artifact.files().path, list[str])


def a_run(run: Run, names: Sequence[str]) -> None:
    assert_type(run.logged_artifacts(), RunArtifacts)
    assert_type(run.used_artifacts()[0], Artifact)
    for name in names:
        assert_type(name, str)


def constructors(client: Client, run: Run, artifact: Artifact) -> None:
    ArtifactTypes(client, "e", "p", 10)
    ArtifactType(client, "e", "p", "t", {"id": "x", "name": "t"})
    ArtifactCollections(client, "e", "p", "t", per_page=10, start="c")
    ArtifactCollection(client, "e", "p", "n", "t", None, {"id": "x"})
    Artifacts(client, "e", "p", "n", "t", {"state": "COMMITTED"}, "-created_at", 50, ["a"])
    RunArtifacts(client, run, "used", 10)
    ArtifactFiles(client, artifact, ["a.txt"], 10)
