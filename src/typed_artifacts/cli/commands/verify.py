"""`verify`: checks that a folder holds exactly the files of a version."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from typed_artifacts._values.quantities import count_text
from typed_artifacts._values.shown import first_few
from typed_artifacts.cli.connection import opened
from typed_artifacts.cli.options import Exclude, Folder, Include, JsonObject, Root, Version
from typed_artifacts.cli.output.json_text import write_object
from typed_artifacts.cli.output.status import status
from typed_artifacts.cli.output.terminal import error_line, say

if TYPE_CHECKING:
    from pathlib import Path

    from typed_artifacts import VerifyReport

_DeleteUnexpected: TypeAlias = Annotated[
    bool,
    typer.Option("--delete-unexpected", help="Delete files that are not in the version."),
]


def verify(
    path: Version,
    folder: Folder = None,
    include: Include = None,
    exclude: Exclude = None,
    delete_unexpected: _DeleteUnexpected = False,
    root: Root = None,
    as_json: JsonObject = False,
) -> None:
    """Check that a folder holds exactly the files of a version."""
    from typed_artifacts._domain.downloads.entries import chosen_entries
    from typed_artifacts._domain.locations import chosen_root
    from typed_artifacts._transfer import selection_of
    from typed_artifacts._transfer import verify as verified

    with opened(root) as api:
        artifact = api.artifact(path)
        location = chosen_root(api.client.settings, artifact.name, folder)
        select = selection_of(include, exclude)
        with status("Verifying"):
            entries = chosen_entries(artifact.manifest, None, artifact.qualified_name, select)
            report = verified(entries, location, select=select)
        if delete_unexpected:
            report = _without_unexpected(report)
        if as_json:
            write_object(_as_json(artifact.qualified_name, location, report))
        else:
            report.raise_if_wrong()
            files = count_text(report.checked, "file")
            say(f"{location} holds {artifact.qualified_name}: {files}, all right")
            _tell_of_unchecked(report)
    if not report.ok:
        raise typer.Exit(1)


def _without_unexpected(report: VerifyReport) -> VerifyReport:
    """The report after what it found to be in no version is deleted."""
    if not report.unexpected:
        return report
    names = first_few(report.delete_unexpected(), 5)
    error_line(f"Deleted {count_text(len(report.unexpected), 'unexpected file')}: {names}")
    return replace(report, unexpected=())


def _tell_of_unchecked(report: VerifyReport) -> None:
    """What "all right" does not say anything about."""
    unchecked = [name for name, found in report.shown.items() if found == "nothing"]
    if unchecked:
        names = first_few(unchecked, 5, repr)
        error_line(
            f"{len(unchecked):,} of {count_text(len(report.shown), 'reference')} "
            f"{'was' if len(unchecked) == 1 else 'were'} not checked ({names}): the folder does "
            "not show their content."
        )


def _as_json(name: str, location: Path, report: VerifyReport) -> dict[str, object]:
    return {
        "qualified_name": name,
        "folder": location,
        "ok": report.ok,
        "checked": report.checked,
        "missing": [*report.missing, *report.refused],
        "wrong": report.wrong,
        "unexpected": report.unexpected,
        "references": report.references,
    }
