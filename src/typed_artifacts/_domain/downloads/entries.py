"""The entries of a manifest that a download fetches, and its warnings. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._graphql.enums import ArtifactDigestAlgorithm
from ..._transfer import (
    DigestAlgorithm,
    ManifestEntry,
)
from ..._transfer.downloads.file_plan import refusal
from ..._transfer.references.reference import ARTIFACT_SCHEME
from ..._values.shown import first_few
from ...errors import NotFoundError
from ..arguments.lookups import not_found
from ..notices import NamesRefused, ReferencesNotFollowed
from ..versions.artifact_references import is_artifact_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from ..._graphql.artifact_manifest_url import ArtifactManifestUrl
    from ..._transfer import AllowedReferences, DownloadReport, Manifest, Selection


MANIFEST_NAME = "wandb_manifest.json"
MOST_MANIFEST_BYTES = 1 << 30
"""The longest manifest that is read, of some five million files: an endless one would be, too."""


def version_algorithm(digest_algorithm: str | None) -> DigestAlgorithm:
    """How an artifact's digest is made, from what the server calls it."""
    is_xxh128 = digest_algorithm == ArtifactDigestAlgorithm.MANIFEST_XXH128
    return DigestAlgorithm.XXH128 if is_xxh128 else DigestAlgorithm.MD5


def manifest_url(data: ArtifactManifestUrl, path: str) -> str:
    """The URL of a version's manifest.

    Raises:
        NotFoundError: the version, or its manifest, does not exist (yet).
    """
    membership = data.project.artifact_collection_membership if data.project else None
    content = membership.artifact if membership else None
    if content is None:
        again = " It may have been deleted, or its collection renamed: look it up anew."
        raise not_found("artifact version", path, path, "ArtifactManifestUrl", again)
    if content.current_manifest is None:
        raise NotFoundError(
            f"{path} has no manifest: it is not committed.",
            missing="manifest",
            operation="ArtifactManifestUrl",
            subject=path,
        )
    return content.current_manifest.file.direct_url


def manifest_entry() -> ManifestEntry:
    """The manifest itself, as something to fetch; what it lists is checked by its digests."""
    return ManifestEntry(MANIFEST_NAME, "")


def chosen_entries(
    manifest: Manifest, prefix: str | None, path: str, select: Selection | None = None
) -> list[ManifestEntry]:
    """The entries of a download: all, or those below a prefix that patterns select.

    Raises:
        NotFoundError: there are none.
    """
    entries = list(manifest.entries.values())
    chosen = [entry for entry in entries if prefix is None or entry.path.startswith(prefix)]
    if select is not None and chosen:
        chosen = [entry for entry in chosen if select(entry.path)]
        if not chosen:
            raise NotFoundError(
                f"{path} has no file that include={list(select.include)!r:.200} and "
                f"exclude={list(select.exclude)!r:.200} select.",
                missing="file",
                subject=path,
            )
    if not chosen and entries:
        raise NotFoundError(
            f"{path} has no file whose name begins with {prefix!r}.",
            missing="file",
            subject=path,
        )
    return chosen


def plan_selection(prefix: str | None, select: Selection | None) -> Callable[[str], bool]:
    """A function that tells whether a file is selected, by prefix and patterns."""
    return lambda path: path.startswith(prefix or "") and (select is None or select(path))


def split_references(
    entries: Iterable[ManifestEntry], allowed: AllowedReferences
) -> tuple[list[ManifestEntry], list[ManifestEntry], list[ManifestEntry]]:
    """References to files of artifacts, those to anything else, and those that stay alone."""
    artifacts: list[ManifestEntry] = []
    others: list[ManifestEntry] = []
    not_allowed: list[ManifestEntry] = []
    for entry in entries:
        uri = entry.ref or ""
        is_artifact = is_artifact_uri(uri)
        (artifacts if is_artifact else others if allowed(uri) else not_allowed).append(entry)
    if not allowed(f"{ARTIFACT_SCHEME}://"):
        return [], others, not_allowed + artifacts
    return artifacts, others, not_allowed


def warnings_of(
    reports: Sequence[DownloadReport],
    path: str,
    *,
    not_fetched: Sequence[ManifestEntry],
    skip_refused_names: bool,
) -> list[UserWarning]:
    """What to warn of when everything has come that could.

    Args:
        reports: of the files, and perhaps of the references.
        path: the version's.
        not_fetched: references that were not fetched.
        skip_refused_names: whether names that cannot be files here are only warned of.

    Raises:
        IntegrityError: there are such names.
    """
    warnings: list[UserWarning] = []
    names = [entry.path for entry in not_fetched]
    if names:
        shown = first_few(names, 3, repr)
        warnings.append(
            ReferencesNotFollowed(
                f"{len(names)} of {path}'s entries refer to something elsewhere and were not "
                f"fetched ({shown}); follow_references=True fetches them, or a set of the schemes "
                'and roots that may be: {"s3", "file:///mnt/data"}.'
            )
        )
    if refused := {name: why for report in reports for name, why in report.refused.items()}:
        error = refusal(refused, f"The other files of {path} are in {str(reports[0].root)!r}.")
        if not skip_refused_names:
            error.add_note("skip_refused_names=True makes this a warning.")
            raise error
        warnings.append(NamesRefused(str(error)))
    return warnings
