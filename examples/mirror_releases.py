"""Mirror what has an alias into a folder, several versions at once, and tell what was fetched.

Run it with a project, an alias and a folder: python examples/mirror_releases.py team/project best .
"""

import asyncio
import sys
from dataclasses import dataclass, field
from pathlib import Path

from typed_artifacts import AsyncApi, AsyncArtifact, NotFoundError, TransferEvent
from typed_artifacts.events import FileDone, Skipped


@dataclass
class Tally:
    """What came from the server, and what was there already."""

    fetched: list[str] = field(default_factory=list[str])
    kept: list[str] = field(default_factory=list[str])

    def __call__(self, event: TransferEvent) -> None:
        """Take an event of a download."""
        if isinstance(event, FileDone):
            self.fetched.append(event.path)
        elif isinstance(event, Skipped):
            self.kept.append(event.path)


async def released(api: AsyncApi, path: str, alias: str) -> AsyncArtifact | None:
    """The version of a collection that has the alias, if one has."""
    try:
        return await api.artifact(f"{path}:{alias}")
    except NotFoundError:
        return None


async def main(api: AsyncApi, project: str, alias: str, folder: Path) -> Tally:
    """Bring the folder up to date; what is there and right is not fetched again."""
    tally = Tally()
    paths = [f"{project}/{found.name}" async for found in api.project(project).collections()]
    found = await asyncio.gather(*(released(api, path, alias) for path in paths))
    await asyncio.gather(
        *(
            artifact.download(folder / artifact.collection.name, progress=tally)
            for artifact in found
            if artifact is not None
        )
    )
    return tally


async def _run(project: str, alias: str, folder: str) -> None:
    async with AsyncApi() as api:
        tally = await main(api, project, alias, Path(folder))
    print(f"{len(tally.fetched):,} files fetched, {len(tally.kept):,} kept")


if __name__ == "__main__":
    asyncio.run(_run(*sys.argv[1:]))
