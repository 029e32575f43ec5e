"""Checking a folder against a manifest, without a request."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from typed_artifacts.errors import IntegrityError

from .._values.file_names import is_part_name
from .cancellation import Cancellation
from .digests import CHUNK
from .folders import Root, disk_error
from .manifest import ManifestEntry
from .plan import make_plan
from .presence import file_is_right
from .workers import run_workers

_NAMED = 5


@dataclass(frozen=True, slots=True)
class VerifyReport:
    """What a verification found.

    Attributes:
        root: the folder.
        checked: how many files have the right size and digest.
        missing: names of the manifest that the folder lacks.
        wrong: names whose file has another size or digest.
        unexpected: files of the folder that the manifest lacks.
        references: names that refer to something elsewhere; they are not checked.
        refused: names of the manifest that cannot be files of the folder.
    """

    root: Path
    checked: int
    missing: tuple[str, ...]
    wrong: tuple[str, ...]
    unexpected: tuple[str, ...]
    references: tuple[str, ...]
    refused: tuple[str, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether the folder holds exactly the manifest's files."""
        return not (self.missing or self.wrong or self.unexpected or self.refused)

    def raise_if_wrong(self) -> None:
        """Turn a bad report into an error.

        Raises:
            IntegrityError: something is missing, wrong or unexpected.
        """
        if self.ok:
            return
        parts = [
            f"{len(names)} {what} ({_some(names)})"
            for what, names in (
                ("wrong", self.wrong),
                ("missing", self.missing),
                ("unexpected", self.unexpected),
                ("of names that cannot be files here", self.refused),
            )
            if names
        ]
        raise IntegrityError(
            f"{str(self.root)!r} is not what the manifest says: {'; '.join(parts)}. "
            "Download it again to mend what is wrong or missing.",
            operation="verify",
            subject=str(self.root),
        )


def verify(
    entries: Iterable[ManifestEntry],
    root: Path,
    *,
    max_workers: int = 4,
    cancel: Cancellation | None = None,
) -> VerifyReport:
    """Hash the files of a folder and compare them with a manifest; sends no request.

    Args:
        entries: of one manifest.
        root: the folder.
        max_workers: threads that hash.
        cancel: stops the work when it is set.

    Raises:
        InvalidInput: a link or something that is no file has the name of one.
        ArtifactsError: a file cannot be read.
    """
    plan = make_plan(entries)
    stop = cancel or Cancellation()
    try:
        found = Root(root).survey(entry.path for entry in plan.files)
        there = [entry for entry in plan.files if found[entry.path] is not None]
        right = _right_ones(there, Root(root), max_workers, stop)
        unexpected = tuple(sorted(set(_files(root)) - found.keys()))
    except OSError as error:
        raise disk_error(error, f"Verifying {str(root)!r}", str(root)) from error
    return VerifyReport(
        root=root,
        checked=len(right),
        missing=tuple(name for name, status in found.items() if status is None),
        wrong=tuple(entry.path for entry in there if entry.path not in right),
        unexpected=unexpected,
        references=tuple(entry.path for entry in plan.references),
        refused=tuple(plan.refused),
    )


def _right_ones(
    entries: list[ManifestEntry], root: Root, max_workers: int, cancel: Cancellation
) -> set[str]:
    right: set[str] = set()

    def look(entry: ManifestEntry) -> None:
        buffer = memoryview(bytearray(min(CHUNK, (entry.size or CHUNK) + 1)))
        if file_is_right(root, entry, buffer, cancel):
            right.add(entry.path)

    run_workers(entries, look, count=min(max_workers, len(entries)), cancel=cancel)
    return right


def _files(root: Path) -> Iterator[str]:
    for folder, _, names in os.walk(root):
        prefix = os.path.relpath(folder, root).replace(os.sep, "/") + "/"
        for name in names:
            if not is_part_name(name):
                yield f"{prefix}{name}".removeprefix("./")


def _some(names: tuple[str, ...]) -> str:
    shown = ", ".join(map(repr, names[:_NAMED]))
    return shown + (", …" if len(names) > _NAMED else "")
