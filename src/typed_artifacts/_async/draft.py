"""A draft: a new version before it is logged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Self

from .. import _transfer as transfer
from .._domain.drafts.draft_base import DraftBase, found_files
from .._domain.drafts.draft_changes import id_of, no_version
from .._domain.drafts.version_options import logged_source, tell_unchanged, version_to_log
from .._domain.loading import async_loaded
from .._domain.projects.suggestions import no_suggestions
from .._domain.versions.artifact_references import artifact_items
from .._domain.versions.memberships import source_membership
from .._transfer.concurrency.async_bridge import in_thread
from ..errors import InvalidInput, NotFoundError, NotLoadedError
from .artifact import AsyncArtifact

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from os import PathLike
    from types import TracebackType

    from .._comparing.differences import ManifestDiff
    from .._domain.drafts.draft_changes import BaseVersion, DraftChanges
    from .._domain.drafts.draft_plans import DraftPlan
    from .._domain.drafts.given_files import Files, NamedFiles
    from .._domain.drafts.version_options import VersionOptions
    from .client import AsyncClient


class AsyncArtifactDraft(DraftBase["AsyncClient"]):
    """A new version before it is logged: a mapping from file names to contents.

    Created by ``Api.draft()`` and ``Artifact.edit()``, for an ``async with`` statement::

        async with api.draft("my-project/mnist", type="dataset") as draft:
            draft["train.csv"] = "data/train.csv"
            draft["notes.txt"] = b"60,000 digits"
            draft.metadata["rows"] = 60_000
        print(draft.artifact.version)

    A content is the path of a file, bytes, a file open in binary mode, or a ``Reference`` (or a
    string that is a URI); in an edit also a file of the edited version, as in
    ``draft["new"] = draft["old"]``. The end of the statement logs the version, with the requests of
    ``Api.log_artifact()``; after an exception nothing is logged. Files are read at the end of the
    statement and must exist until then.
    """

    _edited: AsyncArtifact | None = None
    _artifact: AsyncArtifact | None = None
    _base: BaseVersion | None = None
    _latest_id: str | None = None
    # Of the statement that it is used in, or was.
    _statement: object
    _is_open = False

    @classmethod
    def _new(
        cls, client: AsyncClient, plan: DraftPlan, edited: AsyncArtifact | None = None
    ) -> Self:
        """A draft of a new version, or of one that is made from another."""
        self = cls.__new__(cls)
        self._client = client
        self._plan = plan
        self._edited = edited
        return self

    @property
    def artifact(self) -> AsyncArtifact:
        """The version that was logged. No request.

        Raises:
            NotLoadedError: the draft has not been logged yet.
        """
        if self._artifact is None:
            raise NotLoadedError(
                f"{self!r} is logged when its with statement is over.", subject=str(self._plan.path)
            )
        return self._artifact

    async def add_folder(
        self,
        folder: PathLike[str] | str,
        prefix: str = "",
        *,
        include: transfer.Patterns = None,
        exclude: transfer.Patterns = None,
    ) -> Self:
        """Add the files of a folder and of its subfolders, with their relative paths. No request.

        Args:
            folder: the folder; it is listed now, and its files are read when the draft is logged.
                To refer to a folder instead, assign ``draft["data/"] = Reference(...)``.
            prefix: a prefix of the names, such as ``data/``.
            include: only files that match one of these patterns (.gitignore syntax).
            exclude: leave out files that match one of these patterns. The folder's
                ``.artifactsignore`` file, and what it excludes, is never added.

        Returns:
            The draft.

        Raises:
            InvalidInput: an argument is malformed, or the folder does not exist.
            ArtifactsError: the folder cannot be read.
        """
        return self._put_all(
            await in_thread(
                lambda cancel: found_files(folder, prefix, include, exclude, cancel=cancel)
            )
        )

    async def diff(self) -> ManifestDiff:
        """The changes from the version that is edited, or from an empty one.

        Reads the added files to compare their digests. No request, except to the storages of
        references.

        Raises:
            ArtifactsError: a file cannot be read.
        """
        from .._comparing.differences import Described, compare
        from .._domain.drafts.draft_changes import edited_manifest

        plan = self._usable()
        hashed = await self._content(self._base)
        base = self._base or no_version(str(plan.path))
        changes = plan.changes(hashed.manifest.entries, plan.options())
        there = Described(base.path, base.metadata)
        here = Described(f"{plan.path} (draft)", changes.metadata, plan.aliases, plan.tags)
        return compare(there, base.entries, here, edited_manifest(base, changes).entries)

    async def __aenter__(self) -> Self:
        """Begin. ``Artifact.edit()`` now fetches the version's manifest: two or three requests."""
        statement = object()
        # Of two that come at the same moment, one is the first.
        if vars(self).setdefault("_statement", statement) is not statement:
            raise InvalidInput(
                f"{self!r} is for one with statement; make another draft.",
                subject=str(self._plan.path),
            )
        try:
            if self._edited is not None:
                self._base = await _base_of(self._edited)
                self._latest_id = self._edited.id
                if not self._edited._was_latest():
                    self._latest_id = id_of(await self._latest())
        except BaseException:
            del self._statement  # it has not begun
            raise
        self._is_open = True
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Log the version, unless there was an exception.

        Raises:
            ConflictError: a file changed while it was read, or another version became the latest
                of the collection since this one was loaded.
            ArtifactsError: as ``Api.log_artifact()``.
        """
        from . import uploads

        self._is_open = False
        if kind is not None:
            return
        await uploads.check_algorithm(self._client, self._plan.algorithm)
        if self._base is None or self._edited is None:
            hashed = await self._content()
            self._artifact = await self._log(hashed, self._plan.options())
        else:
            self._artifact = await self._log_edit(self._base, self._edited)

    async def _log_files(self, files: Files, select: transfer.Selection | None) -> AsyncArtifact:
        """Log these files and nothing else."""
        from .._domain.drafts.given_files import named_files
        from . import uploads

        found = await in_thread(lambda _cancel: named_files(files))
        await uploads.check_algorithm(self._client, self._plan.algorithm)
        hashed = await self._hashed_with(found, select, self._plan.algorithm)
        return await self._log(hashed, self._plan.options())

    async def _content(self, like: BaseVersion | None = None) -> transfer.Draft:
        """What was put, hashed as the files of another version are, looked up, or copied."""
        algorithm = self._plan.algorithm if like is None else like.algorithm
        plan = self._plan
        return plan.with_copies(await self._hashed_with(plan.contents(), None, algorithm))

    async def _hashed_with(
        self,
        files: NamedFiles,
        select: transfer.Selection | None,
        algorithm: transfer.DigestAlgorithm,
    ) -> transfer.Draft:
        """Files that are hashed, references that are looked up."""
        from .references import AsyncArtifactFinder

        source, retry = self._client.reference_source(), self._client.retry
        hashed = await in_thread(
            lambda cancel: self._hashed_files(
                files, select, algorithm, source, retry, cancel=cancel
            )
        )
        uris = artifact_items(files) if isinstance(files, Mapping) else {}
        if not uris:
            return hashed
        finder = AsyncArtifactFinder(self._client)
        return transfer.draft_and(hashed, await finder.entries(uris))

    async def _log_edit(self, base: BaseVersion, edited: AsyncArtifact) -> AsyncArtifact:
        """Log what became of another version; nothing where that is the same."""
        from .._domain.drafts.draft_changes import REBASES, LatestMoved, too_many_rebases

        plan, options = self._plan, self._plan.options()
        hashed = await self._content(base)
        changes = plan.changes(hashed.manifest.entries, options)
        if not changes.differ(base) and not plan.sets_attributes:
            return edited
        for left in reversed(range(REBASES)):
            try:
                return await self._log_onto(base, edited, changes, hashed, options)
            except LatestMoved as error:
                if plan.on_conflict == "error":
                    raise
                if not left:
                    raise too_many_rebases(base.path, str(plan.path)) from error
        raise AssertionError("the last attempt returns or raises")  # for type checkers

    async def _log_onto(
        self,
        base: BaseVersion,
        edited: AsyncArtifact,
        changes: DraftChanges,
        hashed: transfer.Draft,
        options: VersionOptions,
    ) -> AsyncArtifact:
        """Log the changes of a version as changes of the latest, as far as that may be another."""
        from .._domain.drafts.draft_changes import check_latest, edited_draft, rebased
        from .._domain.drafts.draft_plans import options_of

        latest, where = await self._latest(), str(self._plan.path)
        start, same, found = base, edited, id_of(latest)
        if latest is not None and found != self._latest_id and self._plan.on_conflict == "rebase":
            start, same = await _base_of(latest), latest
            if start.algorithm is not base.algorithm:
                hashed = await self._content(start)
                changes = self._plan.changes(hashed.manifest.entries, options)
            changes = rebased(base, start, changes)
        else:
            check_latest(self._latest_id, found, where, base.path)
        if not changes.change_files(start) and not self._plan.sets_attributes:
            # A server makes no version of the same content; it would only move ``latest`` to it.
            tell_unchanged(start.path, changes.beside_files(start))
            return same

        async def check() -> None:
            check_latest(found, id_of(await self._latest()), where, base.path)

        return await self._log(
            edited_draft(start, changes, hashed), options_of(changes, options), check
        )

    async def _log(
        self,
        content: transfer.Draft,
        options: VersionOptions,
        before_commit: Callable[[], Awaitable[None]] | None = None,
    ) -> AsyncArtifact:
        """Send it."""
        from . import uploads

        plan, where = self._plan, self._plan.path.project
        entity = await self._client.locate(where.entity, where.project)
        to_log = version_to_log(options, entity, where.project, plan.path.collection, plan.run)
        node = await uploads.log_version(
            self._client,
            to_log,
            content,
            max_workers=plan.max_workers,
            progress=plan.progress,
            before_commit=before_commit,
        )
        source = logged_source(to_log, node)
        return AsyncArtifact._of(self._client, source_membership(node, source), node, source)

    async def _latest(self) -> AsyncArtifact | None:
        """The latest version of the collection, if there is one. One request."""
        where = self._plan.path
        try:
            with no_suggestions():
                found = AsyncArtifact(
                    self._client,
                    where.project.entity or "",
                    where.project.project,
                    f"{where.collection}:latest",
                )
                return await async_loaded(found)
        except NotFoundError:
            return None


async def _base_of(version: AsyncArtifact) -> BaseVersion:
    """What a version consists of: its manifest costs two requests, unless it was read before."""
    manifest = await version.manifest()
    return version._as_base(manifest)
