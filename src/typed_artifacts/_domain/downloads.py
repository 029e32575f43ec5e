"""Decides what a download fetches, and into which folder. Pure."""

from __future__ import annotations

import os
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .._graphql.enums import ArtifactDigestAlgorithm
from .._transfer import (
    Cancellation,
    ContentCache,
    DigestAlgorithm,
    ManifestEntry,
    hex_of,
)
from .._transfer.disk.cache import CACHE_FOLDER
from .._transfer.disk.folders import Root, disk_error
from .._transfer.disk.linking import known_link
from .._transfer.disk.presence import file_is_right
from .._transfer.downloads.file_plan import make_plan, refusal
from .._transfer.manifests.digests import CHUNK
from .._transfer.references.reference import ARTIFACT_SCHEME
from .._values.file_names import why_unsafe
from .._values.guards import is_text
from .._values.uris import scheme_of, shown_uri
from ..errors import (
    ArtifactsError,
    IntegrityError,
    InvalidInput,
    NotFoundError,
    UnsupportedByServer,
)
from .arguments.lookups import not_found
from .notices import NamesRefused, ReferencesNotFollowed
from .versions.artifact_references import is_artifact_uri

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
    from pathlib import Path

    from .._graphql.artifact_manifest_url import ArtifactManifestUrl
    from .._graphql.fragments import FileFields
    from .._transfer import AllowedReferences, DownloadReport, LinkMode, Manifest, Selection
    from .._transfer.uploads.checksum_cache import ChecksumCache
    from ..settings import Settings

MANIFEST_NAME = "wandb_manifest.json"


def algorithm_of(digest_algorithm: str | None) -> DigestAlgorithm:
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


@contextmanager
def of_version(path: str) -> Generator[None]:
    """Say in an error of a transfer which version the files are of: a call may be of many."""
    try:
        yield
    except ArtifactsError as error:
        if path not in str(error):
            error.args = (f"{path}: {error}", *error.args[1:])
        raise


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


def checksums_of(settings: Settings) -> ChecksumCache | None:
    """The checksums in the cache folder that the settings name, if they name one."""
    folder = settings.cache_dir
    if folder is None:
        return None
    from .._transfer.uploads.checksum_cache import ChecksumCache  # and SQLite, which few need

    return ChecksumCache(folder / CACHE_FOLDER)


def cache_of(settings: Settings, link: LinkMode = "copy") -> ContentCache | None:
    """The folder of contents that the settings name, if they name one."""
    folder = settings.cache_dir
    return None if folder is None else ContentCache(folder / CACHE_FOLDER, link)


def download_cache(
    settings: Settings, *, skip_cache: bool, link: LinkMode = "copy"
) -> ContentCache | None:
    """The folder of contents that a download uses.

    Args:
        settings: where it is.
        skip_cache: whether it is passed by.
        link: how contents get out of it and into it.

    Raises:
        InvalidInput: it is to be passed by, and the client has nothing else; or there is no such
            way.
    """
    known_link(link)
    if skip_cache and settings.offline:
        raise InvalidInput(
            "skip_cache=True passes the cache folder by, and an offline client has nothing else; "
            "leave one of the two out."
        )
    return None if skip_cache else cache_of(settings, link)


def offline_cache(settings: Settings) -> ContentCache | None:
    """The same for what uses the network alone, as long as there is one."""
    return cache_of(settings) if settings.offline else None


def lacking(
    cache: ContentCache | None, entries: Iterable[ManifestEntry], names: Iterable[str]
) -> list[str]:
    """Which of these files are not in the cache folder."""
    wanted = set(names)
    return [
        entry.path
        for entry in entries
        if entry.path in wanted and (cache is None or not cache.holds(entry))
    ]


def plan_selection(prefix: str | None, select: Selection | None) -> Callable[[str], bool]:
    """Whether a file of a folder is meant, by prefix and patterns."""
    return lambda path: path.startswith(prefix or "") and (select is None or select(path))


def split_references(
    entries: Iterable[ManifestEntry], allowed: AllowedReferences
) -> tuple[list[ManifestEntry], list[ManifestEntry], list[ManifestEntry]]:
    """References to files of artifacts, those to anything else, and those that stay alone."""
    artifacts: list[ManifestEntry] = []
    others: list[ManifestEntry] = []
    left: list[ManifestEntry] = []
    for entry in entries:
        uri = entry.ref or ""
        is_artifact = is_artifact_uri(uri)
        (artifacts if is_artifact else others if allowed(uri) else left).append(entry)
    if not allowed(f"{ARTIFACT_SCHEME}://"):
        return [], others, left + artifacts
    return artifacts, others, left


def warnings_of(
    reports: Sequence[DownloadReport],
    path: str,
    *,
    left: Sequence[ManifestEntry],
    skip_refused_names: bool,
) -> list[UserWarning]:
    """What to warn of when everything has come that could.

    Args:
        reports: of the files, and perhaps of the references.
        path: the version's.
        left: references that were not fetched.
        skip_refused_names: whether names that cannot be files here are only warned of.

    Raises:
        IntegrityError: there are such names.
    """
    told: list[UserWarning] = []
    names = [entry.path for entry in left]
    if names:
        shown = ", ".join(map(repr, names[:3])) + (", …" if len(names) > 3 else "")
        told.append(
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
        told.append(NamesRefused(str(error)))
    return told


def file_entry(attrs: FileFields, digest_algorithm: str | None) -> ManifestEntry:
    """A file as something to fetch and check; what is no hash of its bytes is not checked."""
    if attrs.md_5 and hex_of(attrs.md_5):
        return ManifestEntry(attrs.name, attrs.md_5, attrs.size_bytes)
    digest = attrs.digest if attrs.digest and hex_of(attrs.digest) else ""
    algorithm = algorithm_of(digest_algorithm)
    # Of a reference whose size is not known servers say that it is 0.
    size = attrs.size_bytes if attrs.size_bytes or digest else None
    return ManifestEntry(attrs.name, digest, size, extra={"alg": algorithm.value})


def known_url(attrs: FileFields) -> Mapping[str, str]:
    """The URL that came with a file.

    Raises:
        UnsupportedByServer: it is a reference to something that is not behind http(s).
    """
    url = attrs.direct_url or attrs.url or ""
    if not url:
        return {}  # an offline client has none
    if scheme_of(url) not in {"http", "https"}:
        raise UnsupportedByServer(
            f"{attrs.name!r} is a reference to {shown_uri(url)}, which the server does not store; "
            "fetch it with its own tools.",
            feature="references",
            subject=attrs.name,
        )
    return {attrs.name: url}


def refuse_existing(path: Path, name: str, *, compared: bool) -> InvalidInput:
    """The error for a file that is there already; or, where it was compared, for a wrong one."""
    if compared:
        return InvalidInput(
            f"{str(path)!r} is there already, and is not what the manifest says of {name!r}; "
            "pass replace=True to fetch it anew.",
            subject=name,
        )
    return InvalidInput(
        f"{str(path)!r} is there already; pass replace=True to fetch {name!r} anew, "
        "or exist_ok=True to keep what is there if it is right.",
        subject=name,
    )


def folders_for(names: Sequence[str], root: Path) -> list[Path]:
    """One folder for each of many artifacts.

    Raises:
        InvalidInput: two artifacts have the same name, or one that is no text or leaves the root.
    """
    for name in names:
        if not is_text(name):
            raise InvalidInput(
                f"The folder of a version is given by its name, not by {name!r:.200}."
            )
    for name, count in Counter(names).items():
        if count > 1:
            raise InvalidInput(
                f"Two of the artifacts are called {name!r}; download them one by one, "
                "each to a folder of its own."
            )
        if why := why_unsafe(name.replace(":", "-")):
            raise InvalidInput(f"{name!r} cannot be a folder below {str(root)!r}: it {why}.")
    return [root / name for name in names]


def one_error(failed: Sequence[IntegrityError], count: int) -> IntegrityError:
    """One error for what was wrong with some of many downloads.

    Args:
        failed: an error for each download that was not whole; at least one.
        count: how many downloads there were.
    """
    if len(failed) == 1:
        return failed[0]
    lines = "".join(f"\n- {error}" for error in failed)
    return IntegrityError(f"{len(failed)} of {count} downloads are not whole:{lines}")


def is_taken(entry: ManifestEntry, folder: Path) -> bool:
    """Whether something in a folder has a file's name.

    Raises:
        IntegrityError: the name leaves the folder.
    """
    if refused := make_plan([entry]).refused:
        raise refusal(refused, "Nothing was written.")
    return os.path.lexists(folder / entry.path)


def is_there(entry: ManifestEntry, folder: Path) -> bool:
    """Whether a folder holds a file, and right. Reads the file.

    Raises:
        InvalidInput: a link, or something that is no regular file, has its name.
        ArtifactsError: it cannot be read.
    """
    root = Root(folder)
    try:
        root.stat_files([entry.path])
        return file_is_right(root, entry, memoryview(bytearray(CHUNK)), Cancellation())
    except OSError as error:
        where = str(folder / entry.path)
        raise disk_error(error, f"Reading {where!r}", where) from error
