"""What a user's type checker knows of edits, lineage, downloads and uploads. Never run."""

import io
import zipfile
from collections import deque
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import BinaryIO, TypedDict, assert_type

from pydantic import BaseModel

from typed_artifacts import (
    Api,
    Artifact,
    ArtifactCollection,
    ArtifactDigestAlgorithm,
    ArtifactDraft,
    ArtifactTTL,
    File,
    JsonValue,
    Manifest,
    ManifestDiff,
    ManifestEntry,
    Reference,
    Run,
    TransferEvent,
    VerifyReport,
    download_all,
)
from typed_artifacts.events import Advanced, FileDone, Finished, Retried, Skipped, Started
from typed_artifacts.filters import field
from typed_artifacts.local import Registry


class Scores(BaseModel):
    accuracy: float


class Config(TypedDict):
    lr: float


def properties(artifact: Artifact) -> None:
    assert_type(artifact.id, str)
    assert_type(artifact.qualified_name, str)
    assert_type(artifact.version, str)
    assert_type(artifact.url, str)
    assert_type(artifact.collection, ArtifactCollection)
    assert_type(artifact.source_collection, ArtifactCollection)
    assert_type(artifact.source_qualified_name, str)
    assert_type(artifact.is_link, bool)
    assert_type(artifact.digest, str)
    assert_type(artifact.digest_algorithm, ArtifactDigestAlgorithm | None)
    assert_type(artifact.file_count, int)
    assert_type(artifact.commit_hash, str | None)
    assert_type(artifact.history_step, int | None)
    assert_type(artifact.updated_at, datetime | None)
    assert_type(artifact.linked_at, datetime | None)
    assert_type(artifact.ttl, timedelta | None)
    assert_type(artifact.ttl_is_inherited, bool)
    assert_type(artifact.metadata_as(Scores), Scores)
    assert_type(artifact.metadata_as(Scores).accuracy, float)


def edits(artifact: Artifact) -> None:
    artifact.aliases = ["a"]
    artifact.tags.append("b")
    artifact.description = None
    artifact.metadata = {"k": [1, None, {"x": 1.5}]}
    artifact.metadata["k"] = "v"
    artifact.ttl = timedelta(days=1)
    artifact.ttl = ArtifactTTL.INHERIT
    artifact.ttl = None
    assert_type(artifact.changes(), dict[str, JsonValue])
    artifact.save()
    artifact.delete(delete_aliases=True)
    assert_type(artifact.link("e/p/portfolio", ["best"]), Artifact)
    artifact.unlink()


def named(
    api: Api, artifact: Artifact, collection: ArtifactCollection, names: Sequence[str]
) -> None:
    artifact.aliases = names
    artifact.tags = ("a", "b")
    collection.tags = names
    collection.tags = deque(names)
    artifact.link("e/p/portfolio", names)
    artifact.files(names)
    api.holders(names)
    api.plan_prune(keep_aliases=names, keep_tags=names)
    api.log_artifact("c", type="t", files={"a": b"1"}, aliases=names, tags=names)
    api.log_artifact("c", type="t", files={"a": b"1"}, aliases=None, tags=None)
    with api.draft("c", type="t", aliases=names, tags=names) as draft:
        draft.aliases = names
        draft.tags = names


def stored(registry: Registry, names: Sequence[str], config: Config, scores: object) -> None:
    metadata = {"config": config, "scores": scores}
    registry.log_version("e/p/c", type="t", aliases=names, tags=names, metadata=metadata)
    registry.log_version("e/p/c", type="t", metadata=config)
    registry.run("e/p/r", config=config, summary=metadata)
    registry.describe_collection("e/p/c", tags=names)
    registry.link("e/p/c:v0", "e/p/best", aliases=names)
    registry.team("t", names)
    registry.add_key("u", teams=names)


def lineage(artifact: Artifact, run: Run) -> None:
    assert_type(artifact.logged_by(), Run | None)
    assert_type(artifact.used_by(), list[Run])
    assert_type(artifact.linked_artifacts, list[Artifact])
    assert_type(artifact.source_artifact, Artifact)
    assert_type(run.use_artifact(artifact, use_as="input"), Artifact)
    assert_type(run.path, list[str])


def show(event: TransferEvent) -> None:
    match event:
        case Started():
            assert_type(event.files, int)
        case Advanced():
            assert_type(event.count, int)
        case FileDone():
            assert_type((event.path, event.size, event.cached), tuple[str, int, bool])
        case Retried():
            assert_type(event.wait, float)
        case Skipped():
            assert_type(event.path, str)
        case Finished():
            assert_type(event.seconds, float)


def downloads(api: Api, artifact: Artifact, root: Path) -> None:
    assert_type(artifact.download(), Path)
    assert_type(artifact.download(root, path_prefix="a/", max_workers=2, progress=True), Path)
    assert_type(artifact.download("x", progress=show, skip_cache=True), Path)
    assert_type(artifact.manifest, Manifest)
    for entry in artifact.manifest.entries.values():
        assert_type(entry, ManifestEntry)
        assert_type((entry.path, entry.size), tuple[str, int | None])
    report = artifact.verify(root)
    assert_type(report, VerifyReport)
    assert_type((report.ok, report.wrong), tuple[bool, tuple[str, ...]])
    assert_type(download_all(api.artifacts("t", "c"), root), list[Path])
    assert_type(download_all([artifact], root, folder=lambda item: item.version), list[Path])


def a_file(file: File) -> None:
    assert_type((file.id, file.name, file.size), tuple[str, str, int])
    assert_type((file.size_bytes, file.direct_url), tuple[int, str])
    assert_type((file.url, file.storage_path), tuple[str | None, str | None])
    assert_type((file.mimetype, file.digest, file.md5), tuple[str | None, str | None, str | None])
    assert_type(file.updated_at, datetime | None)
    assert_type(file.download(".", replace=True, exist_ok=True), Path)
    assert_type(file.read_bytes(), bytes)
    with file.open() as stream:
        assert_type(stream.read(10), bytes)
        buffered: io.BufferedIOBase = stream
        binary: BinaryIO = stream
        assert_type(zipfile.ZipFile(stream).namelist(), list[str])
        assert_type(io.TextIOWrapper(stream).readline(), str)
        assert_type((buffered.tell(), binary.seek(0)), tuple[int, int])


def logging(api: Api, run: Run, folder: Path) -> None:
    made = api.log_artifact(
        "e/p/c",
        type="dataset",
        files=folder,
        aliases=["best"],
        tags=("red",),
        metadata={"rows": 1},
        description="d",
        ttl=timedelta(days=1),
        run=run,
        progress=show,
    )
    assert_type(made, Artifact)
    api.log_artifact("c", type="t", files={"a": b"bytes", "b": folder / "b", "c": "c.txt"})
    with api.draft("c", type="t", metadata={"rows": 1}) as draft:
        assert_type(draft, ArtifactDraft)
        draft["a"] = folder / "a"
        draft["b"] = b"bytes"
        draft.add_folder(folder, "data/", exclude="*.tmp")
        draft.metadata["more"] = [1]
        draft.tags = ("red",)
    draft.artifact.verify(follow_references={"s3"})
    draft.artifact.verify(follow_references=("s3", "file:///mnt"))
    draft.artifact.verify(follow_references={"s3": 1}.keys())
    api.copy("c", "d", versions="all")
    api.copy("c", "d", versions=("v1",))
    field.name.is_in(["a"])
    field.size.is_in((1, 2.5))
    field.metadata["a"].is_in([1, "b"])
    with draft.artifact.edit() as edited:
        edited["new"] = edited["a"]
        edited["other"] = draft.artifact.files()[0]
    assert_type(draft.artifact, Artifact)
    with made.edit(on_conflict="rebase", run=run) as edited:
        edited["c"] = "c.txt"
        del edited["b"]
        assert_type(edited["a"], ManifestEntry | Path | bytes | Reference)
        edited["away/"] = Reference("s3://bucket/train/", checksum=True)
        edited["own"] = assert_type(Reference.to_file(draft.artifact, "a"), Reference)
        assert_type(edited.diff(), ManifestDiff)
