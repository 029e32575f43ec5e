"""The methods of ``AsyncArtifact`` about its files and its manifest."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from .._domain.arguments.argument_types import check_prefix, check_transfer
from .._domain.locations import chosen_root
from .._environment.network import DEFAULT_WORKERS
from .._values.arguments import check_flags
from .._values.attributes import async_property
from .._values.kept import first_kept
from .artifact_attributes import AsyncArtifactAttributes

if TYPE_CHECKING:
    from os import PathLike

    from .. import _transfer as transfer
    from .._comparing.differences import ManifestDiff
    from .._values.string_sequences import StringSequence
    from .artifact import AsyncArtifact
    from .artifact_files import AsyncArtifactFiles


class AsyncArtifactContents(AsyncArtifactAttributes):
    """A base of ``AsyncArtifact``."""

    _manifest: transfer.Manifest | None = None

    def files(
        self,
        names: StringSequence | None = None,
        per_page: int = 50,
        *,
        start: str | None = None,
        prefetch: bool = False,
        include: transfer.Patterns = None,
        exclude: transfer.Patterns = None,
    ) -> AsyncArtifactFiles:
        """The files of the version. No request until they are read, then one per page.

        Args:
            names: only files with these names. A ``FilesNotFound`` warning lists names that do not
                exist; if none exists, ``NotFoundError`` is raised.
            per_page: how many files one request fetches.
            start: the ``cursor`` of an earlier listing, to continue after it.
            prefetch: whether to fetch the next page while a loop uses this one.
            include: only files that match one of these patterns (.gitignore syntax);
                applied by the client, so that ``len()`` reads every page.
            exclude: leave out files that match one of these patterns; applied by the client.

        Raises:
            InvalidInput: an argument is malformed.
        """
        from .._domain.arguments.checks import check_strings
        from . import artifact_files

        return artifact_files.AsyncArtifactFiles(
            self._client,
            self,
            None if names is None else check_strings(names, "names"),
            per_page,
            start=start,
            prefetch=prefetch,
            include=include,
            exclude=exclude,
        )

    @async_property
    async def manifest(self) -> transfer.Manifest:
        """The manifest: every file of the version with its digest and size.

        Two requests the first time (for its URL and its content); then it is kept.

        Raises:
            NotFoundError: the version does not exist any more, or is not committed.
            ServerError: the server's manifest cannot be read.
        """
        found = self._manifest
        if found is None:
            from .._domain.downloads.entries import version_algorithm
            from . import fetching

            made = await fetching.fetch_manifest(
                self._client, self, version_algorithm(self.digest_algorithm)
            )
            found = first_kept(self, "_manifest", made)
        return found

    async def download(
        self,
        root: Path | str | None = None,
        *,
        path_prefix: str | None = None,
        max_workers: int = DEFAULT_WORKERS,
        progress: transfer.ProgressOption = False,
        skip_cache: bool = False,
        link: transfer.LinkMode = "copy",
        follow_references: transfer.FollowReferences = False,
        skip_refused_names: bool = False,
        include: transfer.Patterns = None,
        exclude: transfer.Patterns = None,
    ) -> Path:
        """Download the version's files into a folder; each is verified against its digest.

        Correct files that exist already are kept. A file is moved to its final name only after it
        was verified; an interrupted file resumes where it stopped. Sends two requests for the
        manifest, unless it was read before, one per 5,000 missing files, and one per missing file.

        Args:
            root: the folder; by default ``./artifacts/collection:version`` (``WANDB_ARTIFACT_DIR``
                replaces ``./artifacts``).
            path_prefix: only files whose names begin with this.
            max_workers: the maximum number of download threads.
            progress: ``True`` for a bar on stderr; a callable gets typed events.
            skip_cache: do not read from the cache folder (``WANDB_CACHE_DIR``).
            link: "copy" for independent files; "reflink" for files that share their blocks with the
                cache folder until they are changed, if the file system supports it (on Linux:
                Btrfs, XFS); "hard" for read-only hard links to the files of the cache folder.
                Editing a hard-linked file in place damages the cache and every other folder that
                shares it: replace it instead. Files that cannot be linked are copied.
            follow_references: also fetch the files that references point to: all, or those of some
                schemes and below some roots, such as ``{"s3", "file:///mnt/data"}``. Content that
                has changed since it was logged is refused, as far as its storage can tell.
                References that are not followed are listed in a ``ReferencesNotFollowed`` warning.
            skip_refused_names: skip names that lead out of the folder or that this system does not
                allow, with a ``NamesRefused`` warning; otherwise they raise an error at the end.
            include: only files that match one of these patterns (.gitignore syntax).
            exclude: leave out files that match one of these patterns.

        Returns:
            The folder: ``root`` as given, or the absolute path of the default one.

        Raises:
            InvalidInput: an argument is malformed; or ``root`` is missing, and the version's name
                cannot be a folder's name.
            IntegrityError: names cannot be files of the folder (all other files are there), or
                a file was wrong twice (it is not on the disk).
            NotFoundError: no file is selected, or the version has no manifest.
            OfflineError: the client is offline, and files are not in the cache folder.
            ArtifactsError: the server, the network or the disk failed, after the retries.
        """
        from .._transfer import allowed_references, selection_of
        from .._transfer.concurrency.async_bridge import in_thread
        from . import downloads

        check_transfer(max_workers, progress, path_prefix)
        check_flags(skip_refused_names=skip_refused_names, skip_cache=skip_cache)
        allowed = allowed_references(follow_references)
        select = selection_of(include, exclude)
        folder = chosen_root(self._client.settings, self.name, root)
        manifest = await self.manifest()
        await downloads.download_artifact(
            self._client,
            self,
            manifest,
            folder,
            path_prefix=path_prefix,
            max_workers=max_workers,
            progress=progress,
            skip_cache=skip_cache,
            link=link,
            allowed=allowed,
            skip_refused_names=skip_refused_names,
            select=select,
        )
        if not skip_cache and self._is_remembered():
            await in_thread(lambda _: self._remember(manifest))
        return folder

    async def plan_download(
        self,
        root: Path | str | None = None,
        *,
        path_prefix: str | None = None,
        skip_cache: bool = False,
        include: transfer.Patterns = None,
        exclude: transfer.Patterns = None,
    ) -> transfer.DownloadPlan:
        """What ``download()`` would do to a folder, and which other files are in it.

        Sends two requests for the manifest, unless it was read before.

        Args:
            root: the folder; by default that of ``download()``.
            path_prefix: only files whose names begin with this.
            skip_cache: do not read from the cache folder.
            include: only files that match one of these patterns (.gitignore syntax).
            exclude: leave out files that match one of these patterns.

        Raises:
            InvalidInput: an argument is malformed, or a folder is in the place of a file.
            NotFoundError: no file is selected, or the version has no manifest.
            ArtifactsError: a file of the folder cannot be read.
        """
        from .._domain.downloads.cache_folders import download_cache
        from .._domain.downloads.entries import chosen_entries, plan_selection
        from .._transfer import plan_download, selection_of
        from .._transfer.concurrency.async_bridge import in_thread

        check_prefix(path_prefix)
        check_flags(skip_cache=skip_cache)
        select = selection_of(include, exclude)
        folder = chosen_root(self._client.settings, self.name, root)
        cache = download_cache(self._client.settings, skip_cache=skip_cache)
        manifest = await self.manifest()
        entries = chosen_entries(manifest, path_prefix, self.qualified_name, select)
        meant = plan_selection(path_prefix, select)
        return await in_thread(
            lambda cancel: plan_download(entries, folder, cache=cache, select=meant, cancel=cancel)
        )

    async def verify(
        self,
        root: Path | str | None = None,
        *,
        include: transfer.Patterns = None,
        exclude: transfer.Patterns = None,
        allow_unexpected: bool = False,
        follow_references: transfer.FollowReferences = False,
    ) -> transfer.VerifyReport:
        """Check that a folder contains exactly the version's files.

        Sends two requests for the manifest, unless it was read before.
        ``verify(root, allow_unexpected=True).delete_unexpected()`` deletes other files.

        Args:
            root: the folder; by default that of ``download()``.
            include: only files that match one of these patterns (.gitignore syntax).
            exclude: leave out files that match one of these patterns; they may exist or not.
            allow_unexpected: accept files that are not in the version; the report lists them.
            follow_references: check that the targets of references are unchanged, one request
                each; all, or some as for ``download()``.

        Raises:
            InvalidInput: an argument is malformed.
            IntegrityError: a file is missing, wrong or unexpected.
            NotFoundError: no file is selected, or the version has no manifest.
        """
        from .._domain.downloads.entries import chosen_entries
        from .._transfer import allowed_references, selection_of, verify
        from .._transfer.concurrency.async_bridge import in_thread
        from . import following

        check_flags(allow_unexpected=allow_unexpected)
        select = selection_of(include, exclude)
        folder = chosen_root(self._client.settings, self.name, root)
        allowed = allowed_references(follow_references)
        manifest = await self.manifest()
        entries = chosen_entries(manifest, None, self.qualified_name, select)
        same = frozenset[str]()
        if allowed is not None:
            away = [each for each in entries if each.ref is not None]
            same = await following.same_references(self._client, away, allowed)
        report = await in_thread(
            lambda cancel: verify(entries, folder, select=select, same=same, cancel=cancel)
        )
        report.raise_if_wrong(allow_unexpected=allow_unexpected)
        return report

    async def diff(self, other: AsyncArtifact | PathLike[str] | str) -> ManifestDiff:
        """Compare with another version, or with a folder on this machine.

        Files are compared by their digests; nothing is downloaded. Sends two requests for each
        manifest that was not read before.

        Args:
            other: the other version, or a folder; files that exist only there are ``added``.

        Raises:
            InvalidInput: ``other`` is neither, or the folder does not exist.
            ArtifactsError: a file of the folder cannot be read.
        """
        from .._comparing.differences import Described, compare
        from .._transfer.concurrency.async_bridge import in_thread
        from .._transfer.verification.compared_folders import folder_entries, given_folder

        location = Path() if isinstance(other, AsyncArtifactContents) else given_folder(other)
        described = Described(self.qualified_name, self.metadata, self.aliases, self.tags)
        manifest = await self.manifest()
        if isinstance(other, AsyncArtifactContents):
            other_described = Described(
                other.qualified_name, other.metadata, other.aliases, other.tags
            )
            return compare(
                described, manifest.entries, other_described, (await other.manifest()).entries
            )
        found = await in_thread(lambda cancel: folder_entries(location, manifest, cancel))
        return compare(described, manifest.entries, Described(str(location)), found)
