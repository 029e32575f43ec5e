"""The steps of the demo: each shows its code, its result and its requests."""

from __future__ import annotations

import asyncio
from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from typed_artifacts import Api, Artifact, ArtifactCollection, AsyncApi, AsyncArtifact
from typed_artifacts._values.quantities import bytes_text
from typed_artifacts.cli.demo.many_versions import many
from typed_artifacts.cli.output import columns
from typed_artifacts.cli.output.tables import Column, fitted
from typed_artifacts.cli.output.terminal import available_width

if TYPE_CHECKING:
    from typed_artifacts import RequestEvent


ItemT = TypeVar("ItemT")

_INDENT = 3


@dataclass(slots=True)
class Tour:
    """The steps so far, and where they are shown."""

    out: Console
    sent: list[RequestEvent] = field(default_factory=list["RequestEvent"])
    steps: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])

    def show(self, result: Table) -> None:
        """Show a result below the code that gave it."""
        self.out.print(Padding(result, (1, 0, 1, _INDENT), expand=False))

    def table(self, items: Iterable[ItemT], columns: Sequence[Column[ItemT]]) -> None:
        """Show items as a table, as far as there is room."""
        room = available_width()
        self.show(fitted(items, columns, None if room is None else room - _INDENT).table)

    @contextmanager
    def step(self, title: str, code: str) -> Generator[None]:
        """Show a step's title and code, and after it what it cost."""
        self.out.print()
        self.out.print(Text(f"{len(self.steps) + 1}. {title}", style="bold"))
        for line in code.splitlines():
            self.out.print(Text(f"   {line}", style="cyan"))
        before = len(self.sent)
        yield
        sent = len(self.sent) - before
        self.steps.append((title, sent))
        self.out.print(Text(f"   {sent} request{'' if sent == 1 else 's'}", style="dim"))


def tour(root: Path, project: str, out: Console) -> None:
    """Walk the documented surface of a project in an embedded registry.

    Args:
        root: the registry's folder.
        project: `entity/project`, as `demo.project.build` fills it.
        out: where to.
    """
    walk = Tour(out)
    with Api.local(root, on_request=walk.sent.append) as api:
        for part in (_types, _collections, _versions, _files, _lineage, _portfolio, _edit, many):
            part(api, project, walk)
    asyncio.run(_twin(root, project, walk))
    summary = Table(box=SIMPLE_HEAD, show_edge=False)
    summary.add_column("What it took")
    summary.add_column("requests", justify="right")
    for title, sent in walk.steps:
        summary.add_row(title, str(sent))
    summary.add_section()
    summary.add_row("altogether", str(sum(sent for _, sent in walk.steps)))
    walk.show(summary)


def _types(api: Api, project: str, walk: Tour) -> None:
    with walk.step("Artifact types", f'for kind in api.artifact_types("{project}"): ...'):
        walk.table(api.artifact_types(project), columns.TYPES)


def _collections(api: Api, project: str, walk: Tour) -> None:
    code = (
        f'datasets = api.artifact_collections("{project}", "dataset")\n'
        f'inventory = api.inventory("{project}")\n'
        "len(datasets), [len(each.versions) for each in inventory.collections]"
    )
    with walk.step("Collections of a type, with the number of their versions", code):
        datasets = api.artifact_collections(project, "dataset")
        counts = {each.name: len(each.versions) for each in api.inventory(project).collections}
        lengths: Column[ArtifactCollection] = Column(
            "length", lambda item: counts[item.name], rank=1
        )
        shown = [column for column in columns.COLLECTIONS if column.key != "created_at"]
        walk.table(datasets, [*shown[:2], lengths, *shown[2:]])
        walk.out.print(f"   length: {len(datasets)}")


def _versions(api: Api, project: str, walk: Tour) -> None:
    loss: Column[Artifact] = Column("loss", lambda item: _number(item.metadata.get("loss")), rank=7)
    code = (
        f'versions = api.artifacts("model", "{project}/code-embedder", order="-created_at")\n'
        "versions[:5], versions[-1], len(versions)"
    )
    with walk.step("Versions of a collection, sliced", code):
        versions = api.artifacts("model", f"{project}/code-embedder", order="-created_at")
        shown = [*versions[:5], versions[-1]]
        walk.table(shown, [*columns.VERSIONS, loss])
        walk.out.print(f"   length: {len(versions)}")


def _files(api: Api, project: str, walk: Tour) -> None:
    code = (
        f'artifact = api.artifact("{project}/training-set:production")\n'
        "files = artifact.files(per_page=1000)\n"
        "files.path, len(files), files[:5], sum(file.size for file in files)"
    )
    with walk.step("Files of a version", code):
        files = api.artifact(f"{project}/training-set:production").files(per_page=1000)
        total = sum(file.size for file in files)
        walk.table(files[:5], columns.FILES)
        walk.out.print(f"   path: {'/'.join(files.path)}")
        walk.out.print(f"   length: {len(files):,}, {bytes_text(total)} in all")


def _lineage(api: Api, project: str, walk: Tour) -> None:
    code = f'run = api.run("{project}/train-042")\nrun.used_artifacts(), run.logged_artifacts()'
    with walk.step("What a run used, and what it logged", code):
        run = api.run(f"{project}/train-042")
        rows = [("used", artifact) for artifact in run.used_artifacts()]
        rows += [("logged", artifact) for artifact in run.logged_artifacts()]
        walk.table(
            rows,
            [
                Column[tuple[str, Artifact]]("", lambda row: row[0]),
                Column[tuple[str, Artifact]]("name", lambda row: row[1].name, whole=True),
                Column[tuple[str, Artifact]]("type", lambda row: row[1].type, rank=2),
                Column[tuple[str, Artifact]]("created_at", lambda row: row[1].created_at, rank=1),
            ],
        )


def _portfolio(api: Api, project: str, walk: Tour) -> None:
    code = f'api.artifacts("model", "{project}/released-models")'
    with walk.step("A portfolio: versions of other collections, under numbers of its own", code):
        link: Column[Artifact] = Column("is_link", lambda item: item.is_link, rank=1)
        released = api.artifacts("model", f"{project}/released-models")
        walk.table(released, [*columns.VERSIONS[:3], link])


def _edit(api: Api, project: str, walk: Tour) -> None:
    path = f"{project}/code-embedder"
    code = (
        f'collection = api.artifact_collection("model", "{path}")\n'
        'collection.description = "Maps a function to a vector of 384 numbers."\n'
        'collection.tags = [*collection.tags, "reviewed"]\n'
        "collection.save()"
    )
    with walk.step("An edit: one request to load, one to save both changes", code):
        collection = api.artifact_collection("model", path)
        collection.description = "Maps a function to a vector of 384 numbers."
        collection.tags = [*collection.tags, "reviewed"]
        collection.save()
    with walk.step("Saved again, unchanged", "collection.save()"):
        collection.save()
    with walk.step("Read back", f'api.artifact_collection("model", "{path}")'):
        shown = [column for column in columns.COLLECTIONS if column.key != "created_at"]
        walk.table([api.artifact_collection("model", path)], shown)


async def _twin(root: Path, project: str, walk: Tour) -> None:
    code = (
        "async def newest(name):\n"
        f'    async for version in api.artifacts("model", f"{project}/{{name}}"):\n'
        "        return version\n"
        'await asyncio.gather(newest("code-embedder"), newest("tokenizer"), ...)'
    )
    names = ("code-embedder", "tokenizer", "released-models")
    async with AsyncApi.local(root, on_request=walk.sent.append) as api:
        with walk.step("The async twin: three listings at once", code):

            async def newest(name: str) -> AsyncArtifact:
                async for version in api.artifacts("model", f"{project}/{name}"):
                    return version
                raise AssertionError(name)

            found = await asyncio.gather(*(newest(name) for name in names))
            shown: list[Column[AsyncArtifact]] = [
                Column("name", lambda item: item.name),
                Column("aliases", lambda item: item.aliases),
                Column("created_at", lambda item: item.created_at),
            ]
            walk.table(found, shown)


def _number(value: object) -> float | None:
    return value if isinstance(value, float) else None
