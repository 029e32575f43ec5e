"""Plans a download from the folder and the cache, without a request."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..._values.guards import override
from ..._values.quantities import bytes_text, count_text
from ..manifests.manifest import ManifestEntry
from .folder_verification import verify

if TYPE_CHECKING:
    from ..concurrency.cancellation import Cancellation
    from ..disk.cache import ContentCache


@dataclass(frozen=True, slots=True)
class DownloadPlan:
    """What a download into a folder would do.

    Attributes:
        root: the folder.
        fetch: files that would be fetched.
        cached: files that would come from the cache folder, if they are intact there.
        keep: files that exist already and are correct.
        delete: files in the folder that are not in the version. A download keeps them;
            ``verify(root, allow_unexpected=True).delete_unexpected()`` deletes them.
        references: files that are stored elsewhere.
        refused: names that cannot be files of the folder.
    """

    root: Path
    fetch: tuple[ManifestEntry, ...]
    cached: tuple[ManifestEntry, ...]
    keep: tuple[ManifestEntry, ...]
    delete: tuple[str, ...]
    references: tuple[ManifestEntry, ...]
    refused: tuple[str, ...]

    @property
    def bytes(self) -> int:
        """The bytes that would be fetched, as far as their sizes are known."""
        return sum(entry.size or 0 for entry in self.fetch)

    def _repr_html_(self) -> str:
        from .notebooks import plan_html

        return plan_html(self)

    @override
    def __str__(self) -> str:
        parts = [
            f"fetch {count_text(len(self.fetch), 'file')} ({bytes_text(self.bytes)})",
            f"take {count_text(len(self.cached), 'file')} from the cache" if self.cached else "",
            f"keep {count_text(len(self.keep), 'file')}",
            f"{count_text(len(self.references), 'reference')} elsewhere" if self.references else "",
            f"{count_text(len(self.delete), 'file')} unexpected" if self.delete else "",
            f"{count_text(len(self.refused), 'name')} refused" if self.refused else "",
        ]
        return f"{self.root}: {', '.join(filter(None, parts))}."


def plan_download(
    entries: Iterable[ManifestEntry],
    root: Path,
    *,
    cache: ContentCache | None = None,
    select: Callable[[str], bool] | None = None,
    cancel: Cancellation | None = None,
) -> DownloadPlan:
    """Find out what a download of these entries would do; hashes what is there.

    Args:
        entries: of one manifest.
        root: the folder.
        cache: a folder of contents to look in.
        select: which files are meant.
        cancel: stops the work when it is set.

    Raises:
        InvalidInput: a link or something that is no file has the name of one.
        ArtifactsError: a file cannot be read.
    """
    wanted = list(entries)
    found = verify(wanted, root, select=select, cancel=cancel)
    lacking = {*found.missing, *found.wrong}
    stored = [entry for entry in wanted if entry.ref is None and entry.path not in found.refused]
    missing = [entry for entry in stored if entry.path in lacking]
    cached = [entry for entry in missing if cache is not None and cache.holds(entry)]
    known = {entry.path for entry in cached}
    return DownloadPlan(
        root,
        tuple(entry for entry in missing if entry.path not in known),
        tuple(cached),
        tuple(entry for entry in stored if entry.path not in lacking),
        found.unexpected,
        tuple(entry for entry in wanted if entry.ref is not None),
        found.refused,
    )
