"""What a user's type checker knows of edits, lineage, downloads and uploads, awaited. Never run."""

from datetime import datetime, timedelta
from pathlib import Path
from typing import assert_type

from pydantic import BaseModel

from typed_artifacts import (
    ArtifactDigestAlgorithm,
    ArtifactTTL,
    AsyncApi,
    AsyncArtifact,
    AsyncArtifactCollection,
    AsyncArtifactDraft,
    AsyncFile,
    AsyncRun,
    AsyncStream,
    JsonValue,
    Manifest,
    ManifestDiff,
    ManifestEntry,
    Reference,
    TransferEvent,
    VerifyReport,
    async_download_all,
)
from typed_artifacts.events import Advanced, FileDone, Finished, Retried, Skipped, Started


class Scores(BaseModel):
    accuracy: float


def properties(artifact: AsyncArtifact) -> None:
    assert_type(artifact.id, str)
    assert_type(artifact.qualified_name, str)
    assert_type(artifact.version, str)
    assert_type(artifact.url, str)
    assert_type(artifact.collection, AsyncArtifactCollection)
    assert_type(artifact.source_collection, AsyncArtifactCollection)
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


async def edits(artifact: AsyncArtifact) -> None:
    artifact.aliases = ["a"]
    artifact.tags.append("b")
    artifact.description = None
    artifact.metadata = {"k": [1, None, {"x": 1.5}]}
    artifact.metadata["k"] = "v"
    artifact.ttl = timedelta(days=1)
    artifact.ttl = ArtifactTTL.INHERIT
    artifact.ttl = None
    assert_type(artifact.changes(), dict[str, JsonValue])
    await artifact.save()
    await artifact.delete(delete_aliases=True)
    assert_type(await artifact.link("e/p/portfolio", ["best"]), AsyncArtifact)
    await artifact.unlink()


async def lineage(artifact: AsyncArtifact, run: AsyncRun) -> None:
    assert_type(await artifact.logged_by(), AsyncRun | None)
    assert_type(await artifact.used_by(), list[AsyncRun])
    assert_type(await artifact.linked_artifacts(), list[AsyncArtifact])
    assert_type(await artifact.source_artifact(), AsyncArtifact)
    assert_type(await run.use_artifact(artifact, use_as="input"), AsyncArtifact)
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


async def downloads(api: AsyncApi, artifact: AsyncArtifact, root: Path) -> None:
    assert_type(await artifact.download(), Path)
    assert_type(await artifact.download(root, path_prefix="a/", max_workers=2, progress=True), Path)
    assert_type(await artifact.download("x", progress=show, skip_cache=True), Path)
    assert_type(await artifact.manifest(), Manifest)
    for entry in (await artifact.manifest()).entries.values():
        assert_type(entry, ManifestEntry)
        assert_type((entry.path, entry.size), tuple[str, int | None])
    report = await artifact.verify(root)
    assert_type(report, VerifyReport)
    assert_type((report.ok, report.wrong), tuple[bool, tuple[str, ...]])
    assert_type(await async_download_all(api.artifacts("t", "c"), root), list[Path])
    assert_type(
        await async_download_all([artifact], root, folder=lambda item: item.version), list[Path]
    )


async def a_file(file: AsyncFile) -> None:
    assert_type((file.id, file.name, file.size), tuple[str, str, int])
    assert_type((file.size_bytes, file.direct_url), tuple[int, str])
    assert_type((file.url, file.storage_path), tuple[str | None, str | None])
    assert_type((file.mimetype, file.digest, file.md5), tuple[str | None, str | None, str | None])
    assert_type(file.updated_at, datetime | None)
    assert_type(await file.download(".", replace=True, exist_ok=True), Path)
    assert_type(await file.read_bytes(), bytes)
    async with file.open() as stream:
        assert_type(stream, AsyncStream)
        assert_type(await stream.read(10), bytes)


async def logging(api: AsyncApi, run: AsyncRun, folder: Path) -> None:
    made = await api.log_artifact(
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
    assert_type(made, AsyncArtifact)
    await api.log_artifact("c", type="t", files={"a": b"bytes", "b": folder / "b", "c": "c.txt"})
    async with api.draft("c", type="t", metadata={"rows": 1}) as draft:
        assert_type(draft, AsyncArtifactDraft)
        draft["a"] = folder / "a"
        draft["b"] = b"bytes"
        await draft.add_folder(folder, "data/", exclude="*.tmp")
        draft.metadata["more"] = [1]
        draft.tags = ("red",)
    async with draft.artifact.edit() as edited:
        edited["new"] = edited["a"]
        edited["other"] = await draft.artifact.files()[0]
    assert_type(draft.artifact, AsyncArtifact)
    async with made.edit(on_conflict="rebase", run=run) as edited:
        edited["c"] = "c.txt"
        del edited["b"]
        assert_type(edited["a"], ManifestEntry | Path | bytes | Reference)
        edited["away/"] = Reference("s3://bucket/train/", checksum=True)
        edited["own"] = assert_type(Reference.to_file(draft.artifact, "a"), Reference)
        assert_type(await edited.diff(), ManifestDiff)
