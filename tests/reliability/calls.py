"""The kinds of calls of the matrix: what each does, which exchange to spoil, what is right."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typed_artifacts import AsyncApi, Reference
from typed_artifacts.local import Registry

READ: Final = "local/reads/many"
VERSIONS: Final = 7
LARGE: Final = 70_000
PARTS: Final = "50000,20000"
"""From which size on a file goes in parts, and how large they are."""
FILES: Final[dict[str, bytes]] = {"a.txt": b"first " * 500, "b/c.bin": bytes(range(256)) * 40}


@dataclass(frozen=True)
class Stage:
    """What a call may work with.

    Attributes:
        api: a client whose requests go through the proxy.
        path: a collection of the cell's own, with two versions.
        root: an empty folder.
    """

    api: AsyncApi
    path: str
    root: Path


@dataclass(frozen=True)
class Call:
    """One kind of call.

    Attributes:
        name: its column in the table.
        operation: the exchange that is spoiled: a GraphQL operation, ``GET`` or ``PUT``.
        run: makes the call; returns what a caller sees.
        expected: what that must be.
        after: how many exchanges of that operation go well before.
        repeats: whether the exchange may be sent again after faults that leave open if it ran.
        pages: whether the exchange is a page of a listing.
        walks: whether more pages follow it.
        changes: what the collection is like after it; ``None`` where it changes nothing.
        only: the faults that are tried; every one that can hit it where none is named.
    """

    name: str
    operation: str
    run: Callable[[Stage], Awaitable[object]]
    expected: object
    after: int = 0
    repeats: bool = True
    pages: bool = False
    walks: bool = False
    changes: object = None
    only: frozenset[str] = frozenset()

    @property
    def is_file(self) -> bool:
        return self.operation in {"GET", "PUT"}

    @property
    def is_mutation(self) -> bool:
        """Whether it is a GraphQL mutation that is spoiled."""
        return self.operation.startswith(("Save", "Delete", "Create", "Complete", "Commit"))

    @property
    def is_exchange(self) -> bool:
        """Whether it signs in without a key."""
        return self.operation == "TokenExchange"


State = list[tuple[str, str | None, tuple[str, ...], tuple[str, ...]]]
BEFORE: Final[State] = [("v0", None, (), ()), ("v1", None, (), ("latest",))]


def build(registry: Registry) -> None:
    """What the reading calls read."""
    for number in range(VERSIONS):
        files = {**FILES, "number": str(number).encode()}
        registry.log_version(READ, type="dataset", files=files)
    for name in ("few", "less"):
        registry.log_version(f"local/reads/{name}", type="dataset", files={"name": name})


def build_own(registry: Registry, path: str) -> None:
    """What a changing call changes."""
    for number in range(2):
        registry.log_version(path, type="dataset", files={"old.txt": f"old {number}"})


async def _viewer(stage: Stage) -> object:
    return (await stage.api.viewer()).username


async def _first_page(stage: Stage) -> object:
    return [found.version for found in await stage.api.artifacts("dataset", READ, per_page=3)[:3]]


async def _all_pages(stage: Stage) -> object:
    pager = stage.api.artifacts("dataset", READ, per_page=3)
    return [found.version async for found in pager]


async def _length(stage: Stage) -> object:
    return await stage.api.artifacts("dataset", READ, per_page=3).length()


async def _collections(stage: Stage) -> object:
    pager = stage.api.artifact_collections("local/reads", "dataset", per_page=2)
    return [found.name async for found in pager]


async def _load(stage: Stage) -> object:
    return (await stage.api.artifact(f"{READ}:v3")).version


async def _save(stage: Stage) -> object:
    found = await stage.api.artifact(f"{stage.path}:v0")
    found.description, found.tags = "saved", ["one", "two"]
    await found.save()
    return found.changes()


async def _delete(stage: Stage) -> object:
    found = await stage.api.artifact(f"{stage.path}:v0")
    await found.delete()
    return None


async def _log(stage: Stage) -> object:
    # The server has no file of it yet: each is uploaded.
    files = {"new.txt": stage.path.encode(), "more/new.bin": stage.path.encode() * 999}
    # One after the other: a second connection would outlive the server that is gone.
    made = await stage.api.log_artifact(
        stage.path, type="dataset", files=files, aliases=["mine"], max_workers=1
    )
    return made.version


async def _log_parts(stage: Stage) -> object:
    files = {"large.bin": (stage.path.encode() * LARGE)[:LARGE]}
    made = await stage.api.log_artifact(stage.path, type="dataset", files=files, aliases=["mine"])
    return made.version


async def _edit(stage: Stage) -> object:
    found = await stage.api.artifact(f"{stage.path}:latest")
    async with found.edit(max_workers=1) as draft:
        draft["new.txt"] = stage.path.encode()
        draft.aliases = ["mine"]
    return draft.artifact.version, draft.artifact.file_count


async def _follow(stage: Stage) -> object:
    # The server's own file stands for one of another server: its URL leads through the proxy.
    read = await stage.api.artifact(f"{READ}:v3")
    [file] = [each async for each in read.files(["a.txt"])]
    files = {"a.txt": Reference(file.direct_url)}
    made = await stage.api.log_artifact(stage.path, type="dataset", files=files)
    await made.download(stage.root, follow_references={"http"})
    return contents(stage.root)


async def _download(stage: Stage) -> object:
    found = await stage.api.artifact(f"{READ}:v3")
    await found.download(stage.root)
    return contents(stage.root)


def contents(root: Path) -> dict[str, bytes]:
    """The files of a folder."""
    paths = sorted(path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths}


_ORDER = [f"v{number}" for number in reversed(range(VERSIONS))]
_SAVED: State = [("v0", "saved", ("one", "two"), ()), ("v1", None, (), ("latest",))]
_DELETED: State = [("v1", None, (), ("latest",))]
_LOGGED: State = [
    ("v0", None, (), ()),
    ("v1", None, (), ()),
    ("v2", None, (), ("latest", "mine")),
]
_EDITED = ("v2", 2)
_DOWNLOADED = {**FILES, "number": b"3"}

# The rest of what these exchanges can meet is tried with "upload", "commit" and "download".
_FILE_FAULTS = frozenset(
    {
        "reset before the request is read",
        "reset after the server has answered",
        "body cut off",
        "Content-Length too small",
        "429",
        "500",
        "403",
        "404",
    }
)
_STEP_FAULTS = frozenset(
    {
        "reset before the request is read",
        "reset after the server has answered",
        "body cut off",
        "500",
        "403",
        "GraphQL errors in a 400",
        "GraphQL errors in a 200",
        "200 with an empty body",
        "null for each result",
    }
)

CALLS: Final = [
    Call("page 1", "ProjectArtifacts", _first_page, _ORDER[:3], pages=True),
    Call("page n", "ProjectArtifacts", _all_pages, _ORDER, after=1, pages=True, walks=True),
    Call("len", "ProjectArtifacts", _length, VERSIONS, pages=True),
    Call(
        "collections",
        "ArtifactTypeArtifactCollections",
        _collections,
        ["less", "few", "many"],
        pages=True,
        walks=True,
    ),
    Call("load", "ArtifactMembership", _load, "v3"),
    Call("save", "SaveArtifact", _save, {}, repeats=False, changes=_SAVED),
    Call("delete", "DeleteArtifact", _delete, None, repeats=False, changes=_DELETED),
    Call("create", "CreateArtifact", _log, "v2", changes=_LOGGED),
    Call("upload", "PUT", _log, "v2", changes=_LOGGED),
    Call("part", "PUT", _log_parts, "v2", changes=_LOGGED, only=_FILE_FAULTS),
    Call(
        "complete",
        "CompleteMultipartUploadArtifact",
        _log_parts,
        "v2",
        changes=_LOGGED,
        only=_STEP_FAULTS,
    ),
    Call("commit", "CommitArtifact", _log, "v2", changes=_LOGGED),
    # The last look at which version is the latest, before the commit.
    Call("latest", "ArtifactMembership", _edit, _EDITED, 2, changes=_LOGGED, only=_STEP_FAULTS),
    Call("edit", "CommitArtifact", _edit, _EDITED, changes=_LOGGED, only=_STEP_FAULTS),
    Call("urls", "ArtifactMembershipFileUrls", _download, _DOWNLOADED, pages=True, walks=True),
    Call("download", "GET", _download, _DOWNLOADED, after=1),
    # After the lookup of what the reference names, and the manifest.
    Call("follow", "GET", _follow, {"a.txt": FILES["a.txt"]}, 2, only=_FILE_FAULTS),
    Call("exchange", "TokenExchange", _viewer, "local"),
]
