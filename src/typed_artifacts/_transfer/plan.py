"""What a download has to do, decided before it touches disk or network. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

from typed_artifacts.errors import IntegrityError

from .checks import algorithm_of
from .manifest import ManifestEntry
from .names import why_clashing, why_overlapping, why_unsafe


@dataclass(frozen=True, slots=True)
class Plan:
    """The entries of a download.

    Attributes:
        files: what the server stores, in the manifest's order.
        references: what lies elsewhere; reported, not followed.
        clash: which two names are one where names are folded, if any are.
    """

    files: tuple[ManifestEntry, ...]
    references: tuple[ManifestEntry, ...]
    clash: str | None


def make_plan(entries: Iterable[ManifestEntry], *, windows: bool = os.name == "nt") -> Plan:
    """Sort the entries of a manifest, and refuse it as a whole if one name is not safe.

    Args:
        entries: of one manifest.
        windows: whether the files are for Windows, which forbids more names.

    Raises:
        IntegrityError: a name could leave the folder, or two exclude each other.
        UnsupportedByServer: a digest that this release cannot check.
    """
    files: list[ManifestEntry] = []
    references: list[ManifestEntry] = []
    for entry in entries:
        if entry.ref is not None:
            references.append(entry)
            continue
        if why := why_unsafe(entry.path, windows=windows):
            raise _refused(f"the name {entry.path!r} {why}", entry.path)
        if entry.digest:
            algorithm_of(entry)
        files.append(entry)
    names = [entry.path for entry in files]
    if why := why_overlapping(names):
        raise _refused(why, None)
    return Plan(tuple(files), tuple(references), why_clashing(names))


def refuse_clash(plan: Plan, root: str) -> None:
    """Refuse a plan whose names the root's file system cannot keep apart.

    Raises:
        IntegrityError: two names are one there.
    """
    if plan.clash is not None:
        raise _refused(f"{plan.clash}, which {root!r} does not tell apart", None)


def _refused(why: str, name: str | None) -> IntegrityError:
    return IntegrityError(
        f"The manifest is refused, and nothing was written: {why}.",
        operation="download",
        subject=name,
    )
