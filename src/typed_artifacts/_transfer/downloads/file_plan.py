"""Decides what a download has to do, before any I/O. Pure."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from ..._values.file_names import TWICE, overlapping, why_overlapping, why_unsafe
from ...errors import IntegrityError
from ..manifests.content_checks import algorithm_of
from ..manifests.manifest import ManifestEntry

CANNOT_BE_HAD = "cannot be had there"
"""Of a name that a file system refuses; what it says follows."""

_NAMED = 5
_SHOWN = 100


@dataclass(frozen=True, slots=True)
class Plan:
    """The entries of a download.

    Attributes:
        files: what the server stores and this system can have, in the manifest's order.
        references: what lies elsewhere; reported, not followed.
        refused: why a name cannot be a file below the folder, by name.
    """

    files: tuple[ManifestEntry, ...]
    references: tuple[ManifestEntry, ...]
    refused: Mapping[str, str]


def make_plan(entries: Iterable[ManifestEntry]) -> Plan:
    """Sort the entries of a manifest; a name that is not safe is refused alone.

    Raises:
        UnsupportedByServer: a digest that this release cannot check.
    """
    files: list[ManifestEntry] = []
    references: list[ManifestEntry] = []
    refused: dict[str, str] = {}
    for entry in entries:
        if entry.ref is not None:
            references.append(entry)
        elif why := why_unsafe(entry.path, windows=os.name == "nt"):
            refused[entry.path] = why
        else:
            if entry.digest:
                algorithm_of(entry)
            files.append(entry)
    names = [entry.path for entry in files]
    if why_overlapping(names):
        return without(Plan(tuple(files), tuple(references), refused), overlapping(names))
    return Plan(tuple(files), tuple(references), refused)


def without(plan: Plan, refused: Mapping[str, str]) -> Plan:
    """A plan without some of its names; of one that is there twice the first stays."""
    kept: dict[str, ManifestEntry] = {}
    for entry in plan.files:
        if refused.get(entry.path, TWICE) == TWICE:
            kept.setdefault(entry.path, entry)
    return Plan(tuple(kept.values()), plan.references, {**plan.refused, **refused})


def refusal(refused: Mapping[str, str], where: str) -> IntegrityError:
    """The error for names that could not become files.

    Args:
        refused: why not, by name.
        where: what became of the others, as a sentence.
    """
    shown = "; ".join(f"{_short(name)} {why}" for name, why in list(refused.items())[:_NAMED])
    more = len(refused) - _NAMED
    if any(why.startswith(CANNOT_BE_HAD) for why in refused.values()):
        where += " Its file system has no such names; a folder on another may."
    files = "1 file is" if len(refused) == 1 else f"{len(refused):,} files are"
    return IntegrityError(
        f"{files} refused, and not written: {shown}{f'; and {more:,} more' if more > 0 else ''}. "
        f"{where}",
        operation="download",
        subject=next(iter(refused)),
    )


def _short(name: str) -> str:
    return repr(name) if len(name) <= _SHOWN else f"{name[:_SHOWN]!r}…"
