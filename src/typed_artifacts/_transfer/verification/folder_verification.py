"""Verifies a folder against a manifest, without a request."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from ..._values.file_names import is_part_name
from ..._values.shown import first_few
from ...errors import IntegrityError
from ..concurrency.cancellation import Cancellation
from ..concurrency.workers import chosen_by_workers
from ..disk.disk_errors import disk_error
from ..disk.presence import file_is_right
from ..disk.roots import Root
from ..disk.walking import leads_to_folder
from ..downloads.file_plan import make_plan
from ..manifests.digests import CHUNK
from ..manifests.manifest import ManifestEntry
from ..references.following import ReferenceCheck, holds

_NAMED = 5


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """The result of verifying a folder.

    Attributes:
        root: the folder.
        checked: the number of files with the right size and digest.
        missing: names in the manifest that are not in the folder.
        wrong: names of files with another size or digest.
        unexpected: files in the folder that are not in the manifest.
        references: names of references.
        shown: for each reference: "content" if the folder has its content, "same version" if the
            storage was asked and still has the logged version, otherwise "nothing".
        refused: names of the manifest that cannot be files of the folder.
    """

    root: Path
    checked: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    unexpected: tuple[str, ...]
    references: tuple[str, ...]
    refused: tuple[str, ...] = ()
    shown: Mapping[str, ReferenceCheck] = field(default_factory=dict[str, "ReferenceCheck"])

    @property
    def ok(self) -> bool:
        """Whether the folder holds exactly the manifest's files."""
        return not (self.missing or self.wrong or self.unexpected or self.refused)

    def _repr_html_(self) -> str:
        from .notebooks import verify_html

        return verify_html(self)

    def delete_unexpected(self) -> tuple[str, ...]:
        """Delete files that are not in the manifest, and then empty folders.

        Symbolic links are deleted, not followed.

        Returns:
            The names of the deleted files.

        Raises:
            ArtifactsError: a file cannot be deleted.
        """
        root = Root(self.root)
        try:
            for name in self.unexpected:
                parent, _, leaf = name.rpartition("/")
                with suppress(FileNotFoundError), root.folder(parent) as folder:
                    folder.remove(leaf)
                while parent and root.remove_if_empty(parent):
                    parent = parent.rpartition("/")[0]
        except OSError as error:
            attempt = f"Deleting what is unexpected in {str(self.root)!r}"
            raise disk_error(error, attempt, str(self.root)) from error
        return self.unexpected

    def raise_if_wrong(self, *, allow_unexpected: bool = False) -> None:
        """Raise an error if the folder does not match the manifest.

        Args:
            allow_unexpected: accept files that are not in the manifest.

        Raises:
            IntegrityError: a file is missing, wrong or unexpected.
        """
        if self.ok or (allow_unexpected and not (self.missing or self.wrong or self.refused)):
            return
        unexpected = () if allow_unexpected else self.unexpected
        again = "Download it again to mend what is wrong or missing."
        remove = (
            "A download leaves what is unexpected; "
            "verify(root, allow_unexpected=True).delete_unexpected() deletes it."
        )
        read = "What cannot be a file here can be read, but not downloaded."
        found = [
            (f"{len(names)} {problem} ({_some(names)})", advice)
            for problem, names, advice in (
                ("wrong", self.wrong, again),
                ("missing", self.missing, again),
                ("unexpected", unexpected, remove),
                ("of names that cannot be files here", self.refused, read),
            )
            if names
        ]
        parts = "; ".join(part for part, _ in found)
        advice = " ".join(dict.fromkeys(sentence for _, sentence in found))
        raise IntegrityError(
            f"{str(self.root)!r} is not what the manifest says: {parts}. {advice}",
            operation="verify",
            subject=str(self.root),
        )


def verify(
    entries: Iterable[ManifestEntry],
    root: Path,
    *,
    max_workers: int = 4,
    select: Callable[[str], bool] | None = None,
    same: Collection[str] = (),
    cancel: Cancellation | None = None,
) -> VerifyReport:
    """Hash the files of a folder and compare them with a manifest; sends no request.

    A reference whose content is not in the folder, or cannot be told from other content, is not
    wrong; the report says what was shown of it.

    Args:
        entries: of one manifest.
        root: the folder.
        max_workers: threads that hash.
        select: which files are meant, of the folder and of the manifest.
        same: references whose storage was asked, and has the version that is meant.
        cancel: stops the work when it is set.

    Raises:
        InvalidInput: a link or something that is no file has the name of one.
        ArtifactsError: a file cannot be read.
    """
    if select is not None:
        entries = [entry for entry in entries if select(entry.path)]
    plan = make_plan(entries)
    stop = cancel or Cancellation()
    try:
        found = Root(root).file_sizes(entry.path for entry in plan.files)
        existing = [entry for entry in plan.files if found[entry.path] is not None]
        right = _right_ones(existing, Root(root), max_workers, stop)
        references = [entry.path for entry in plan.references]
        others = set(_files(root)) - found.keys() - set(references)
        present = _present_references(plan.references, root, max_workers, stop)
        unexpected = tuple(sorted(filter(select, others) if select is not None else others))
    except OSError as error:
        raise disk_error(error, f"Verifying {str(root)!r}", str(root)) from error
    return VerifyReport(
        root=root,
        checked=len(right),
        missing=tuple(name for name, size in found.items() if size is None),
        wrong=tuple(entry.path for entry in existing if entry.path not in right),
        unexpected=unexpected,
        references=tuple(dict.fromkeys(references)),
        shown={
            name: "content" if name in present else "same version" if name in same else "nothing"
            for name in references
        },
        refused=tuple(plan.refused),
    )


def _right_ones(
    entries: list[ManifestEntry], root: Root, max_workers: int, cancel: Cancellation
) -> set[str]:
    def is_right(entry: ManifestEntry) -> bool:
        buffer = memoryview(bytearray(min(CHUNK, (entry.size or CHUNK) + 1)))
        return file_is_right(root, entry, buffer, cancel)

    right = chosen_by_workers(entries, is_right, count=max_workers, cancel=cancel)
    return {entry.path for entry in right}


def _present_references(
    references: Sequence[ManifestEntry], root: Path, max_workers: int, cancel: Cancellation
) -> set[str]:
    """The references whose content is in the folder."""
    present = chosen_by_workers(
        references, lambda entry: holds(root, entry, cancel), count=max_workers, cancel=cancel
    )
    return {entry.path for entry in present}


def _files(root: Path) -> Iterator[str]:
    """The names of all files, and of links to them; links to folders are not followed.

    No recursion, as in ``os.walk()`` before Python 3.12: folders may be nested more deeply.
    """
    folders = [""]
    while folders:
        prefix = folders.pop()
        try:
            with os.scandir(root / prefix) as found:
                children = list(found)
        except OSError:
            continue
        for child in children:
            if not leads_to_folder(child):
                if not is_part_name(child.name):
                    yield prefix + child.name
            elif not child.is_symlink():
                folders.append(f"{prefix}{child.name}/")


def _some(names: tuple[str, ...]) -> str:
    return first_few(names, _NAMED, repr)
