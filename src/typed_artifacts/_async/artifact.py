"""A version of an artifact, as a member of one of its collections."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Self

from .._domain.arguments.argument_types import check_client, check_prefix, check_transfer
from .._domain.arguments.attributes import given_attrs
from .._domain.arguments.lookups import checked_subject, maker_told, subject_of, user_page
from .._domain.loading import async_load_when_made, async_loaded
from .._domain.locations import chosen_root
from .._domain.mutations.payloads import require_done
from .._domain.versions.deletions import explained_deletion
from .._domain.versions.links import link_target
from .._environment.network import DEFAULT_WORKERS
from .._operations import catalog
from .._requests.turns import async_turn_of
from .._values.attributes import async_property
from .artifact_attributes import AsyncArtifactAttributes
from .pager import every_edge
from .suggestions import with_suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from os import PathLike

    from .. import _transfer as transfer
    from .._comparing.differences import ManifestDiff
    from .._domain.arguments.lookups import RunLike
    from .._domain.drafts.draft_changes import OnConflict
    from .._domain.versions.memberships import SourceCollection
    from .._graphql.fragments import ArtifactFields, ArtifactMembershipFields, RunPage
    from .._operations.variables import (
        ArtifactCreatedByVariables,
        ArtifactMembershipsVariables,
        ArtifactUsedByVariables,
        DeleteArtifactVariables,
        UnlinkArtifactVariables,
    )
    from .._values.json_values import JsonInput
    from ..lineage import Direction, Lineage
    from .artifact_collection import AsyncArtifactCollection
    from .artifact_files import AsyncArtifactFiles
    from .client import AsyncClient
    from .draft import AsyncArtifactDraft
    from .run import AsyncRun


class AsyncArtifact(AsyncArtifactAttributes):
    """A version of an artifact, as a member of one of its collections.

    Creating one sends nothing. Without ``attrs``, ``await thing.load()`` fetches them (one
    request); reading an attribute before that raises ``NotLoadedError``.

    Args:
        client: the client that sends the requests.
        entity: the user or team that owns the project.
        project: the project's name.
        name: ``collection:alias``, where the alias may be a version such as ``v3``.
        attrs: its attributes: a mapping with GraphQL field names, or a model from a query.

    Raises:
        InvalidInput: an argument is malformed; raised before any request.
        NotFoundError: part of the path does not exist.
    """

    _manifest: transfer.Manifest | None = None

    def __init__(
        self,
        client: AsyncClient,
        entity: str,
        project: str,
        name: str,
        attrs: Mapping[str, JsonInput] | ArtifactMembershipFields | None = None,
    ) -> None:
        (checked_subject if attrs is None else subject_of)(
            entity=entity, project=project, name=name
        )
        self._client = client
        self._asked = (entity, project, name)
        self._attrs: ArtifactFields | None = None
        self._source: SourceCollection | None = None
        if attrs is not None:
            self._become(given_attrs("ArtifactMembershipFields", attrs))
        else:
            check_client(client, "AsyncClient")
            async_load_when_made(self)

    async def load(self) -> Self:
        """Fetch the attributes again and return the object. One request.

        Raises:
            NotFoundError: the project, the collection or the version does not exist.
        """
        variables = self._wanted
        data = await self._client.execute(
            catalog.ARTIFACT_MEMBERSHIP, variables, subject=self._subject
        )
        if (missing := self._take(data, variables)) is not None:
            raise await with_suggestion(self._client, missing, variables)
        return self

    @property
    def collection(self) -> AsyncArtifactCollection:
        """The collection of which this version is a member. No request."""
        from . import artifact_collection

        return artifact_collection.AsyncArtifactCollection(
            self._client, *self._collection_location(), attrs=self._collection_attrs()
        )

    @property
    def source_collection(self) -> AsyncArtifactCollection:
        """The collection that the version was logged to. No request."""
        from . import artifact_collection

        return artifact_collection.AsyncArtifactCollection(
            self._client, *self._logged_to(), attrs=self._source_attrs()
        )

    @async_property
    async def source_artifact(self) -> AsyncArtifact:
        """The version in the collection that it was logged to. One request if this is a link.

        Raises:
            NotFoundError: it was deleted, or is in a project that you may not read.
        """
        if not self.is_link:
            return self
        return await async_loaded(AsyncArtifact(self._client, *self._source_location()))

    @async_property
    async def linked_artifacts(self) -> list[AsyncArtifact]:
        """The version's links in other collections. One request."""
        wanted: ArtifactMembershipsVariables = {"id": self.id}
        data = await self._client.execute(
            catalog.ARTIFACT_MEMBERSHIPS, wanted, subject=self._subject
        )
        return [AsyncArtifact._of(self._client, *link) for link in self._links(data)]

    async def save(self) -> None:
        """Save changes of ``aliases``, ``tags``, ``description``, ``metadata`` and ``ttl``.

        One request for all changes; none if nothing changed. Saves of one object by several
        tasks are sent one after the other.

        Raises:
            InvalidInput: a value is not valid; nothing is sent.
            PartialSaveError: the server applied some parts and refused others; the object knows
                which, so that another ``save()`` sends only what is missing.
            GraphQLError: the server refused all changes.
            ServerError: the server did not confirm that anything was saved; the edits are kept.
        """
        async with async_turn_of(self):
            sent = self._edit().copied()
            step = self._plan(sent)
            if not step.parts:
                self._settle_unchanged(sent)
                return
            reply = await self._client.send(
                catalog.SAVE_ARTIFACT, step.variables, subject=self._subject
            )
            self._settle(sent, step, reply)

    async def delete(self, delete_aliases: bool = False) -> None:
        """Delete the version; of a link, only the link is deleted. One request.

        Args:
            delete_aliases: delete the version even if it has aliases; otherwise the server refuses.

        Raises:
            GraphQLError: the server refused the request.
            ServerError: the server did not confirm the change.
        """
        if self.is_link:
            await self.unlink()
            return
        variables: DeleteArtifactVariables = {"id": self.id, "deleteAliases": delete_aliases}
        with explained_deletion(
            self._subject, lambda: self._through().aliases, delete_aliases=delete_aliases
        ):
            data = await self._client.execute(
                catalog.DELETE_ARTIFACT, variables, subject=self._subject
            )
        require_done(data.delete_artifact, "DeleteArtifact", self._subject)

    async def link(self, target_path: str, aliases: Sequence[str] | None = None) -> AsyncArtifact:
        """Link the version into a portfolio, which is created if it does not exist. One request.

        Args:
            target_path: ``[[entity/]project/]portfolio``; for a registry
                ``organization/wandb-registry-name/collection`` (one request more, once).
            aliases: aliases of the link.

        Returns:
            The version as a member of the portfolio.

        Raises:
            InvalidInput: the path or an alias is malformed.
            GraphQLError: the server refused the request.
            ServerError: the server did not confirm the change.
        """
        target = link_target(
            target_path,
            aliases,
            entity=self.entity,
            project=self.project,
            organization=self._client.settings.organization,
        )
        entity = await self._client.locate(target.project.entity, target.project.project)
        variables = target.variables(self.id, entity)
        data = await self._client.execute(catalog.LINK_ARTIFACT, variables, subject=self._subject)
        made = require_done(data.link_artifact, "LinkArtifact", self._subject)
        if (linked := target.linked(made, entity)) is not None:
            return AsyncArtifact._of(self._client, *linked)
        found = AsyncArtifact(self._client, entity, target.project.project, target.name(made))
        return await async_loaded(found)

    async def unlink(self) -> None:
        """Remove this link from its collection; the source version stays. One request.

        Raises:
            InvalidInput: this is not a link.
            GraphQLError: the server refused the request.
            ServerError: the server did not confirm the change.
        """
        variables: UnlinkArtifactVariables = {"id": self.id, "portfolio": self._portfolio()}
        data = await self._client.execute(catalog.UNLINK_ARTIFACT, variables, subject=self._subject)
        require_done(data.unlink_artifact, "UnlinkArtifact", self._subject)

    async def logged_by(self) -> AsyncRun | None:
        """The run that logged the version; ``None`` if there is none. One request."""
        from . import run

        wanted: ArtifactCreatedByVariables = {"id": self.id}
        data = await self._client.execute(
            catalog.ARTIFACT_CREATED_BY, wanted, subject=self._subject
        )
        return run.AsyncRun._of_maker(self._client, maker_told(data, self.name, self._subject))

    async def used_by(self) -> list[AsyncRun]:
        """The runs that used the version. One request per hundred runs."""
        from . import run

        async def page(cursor: str | None) -> RunPage:
            variables: ArtifactUsedByVariables = {"id": self.id, "cursor": cursor}
            data = await self._client.execute(
                catalog.ARTIFACT_USED_BY, variables, subject=self._subject
            )
            return user_page(data, self.name, self._subject)

        edges = await every_edge(page, self._subject)
        users = {(edge.node.id, edge.node.name): edge.node for edge in edges}
        return [run.AsyncRun._of(self._client, user) for user in users.values()]

    async def lineage(self, depth: int = 1, direction: Direction = "both") -> Lineage:
        """The runs and versions that this version was made from, and that were made from it.

        Sends two requests per step: one for its versions, one for its runs; and one more for each
        further 250 of them, and for each further page of the versions or runs of one of them
        (pages of 1,000 for the first version; of 20 or more if many are requested together).

        Args:
            depth: the number of steps. A step up leads to the versions used by the run that logged
                a version; a step down to the versions logged by the runs that used it.
            direction: "up", "down", or "both", which goes up from this version and down from it,
                and does not change direction on the way.

        Raises:
            InvalidInput: an argument is malformed; nothing is sent.
            NotFoundError: the version was deleted.
        """
        from .._domain.projects.lineage import LineageWalk, check_lineage
        from . import lineage

        check_lineage(depth, direction)
        return await lineage.request_lineage(
            self._client, LineageWalk(self._lineage_root(), depth, direction)
        )

    def files(
        self,
        names: Sequence[str] | None = None,
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
        """
        from . import artifact_files

        return artifact_files.AsyncArtifactFiles(
            self._client,
            self,
            names,
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
        """
        if self._manifest is None:
            from .._domain.downloads import algorithm_of
            from . import fetching

            self._manifest = await fetching.fetch_manifest(
                self._client, self, algorithm_of(self.digest_algorithm)
            )
        return self._manifest

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
            The folder.

        Raises:
            InvalidInput: ``root`` is missing, and the version's name cannot be a folder's name.
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
        from .._domain.downloads import chosen_entries, download_cache, plan_selection
        from .._transfer import plan_download, selection_of
        from .._transfer.concurrency.async_bridge import in_thread

        check_prefix(path_prefix)
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
            IntegrityError: a file is missing, wrong or unexpected.
        """
        from .._transfer import allowed_references, selection_of, verify
        from .._transfer.concurrency.async_bridge import in_thread
        from . import following

        select, folder = (
            selection_of(include, exclude),
            chosen_root(self._client.settings, self.name, root),
        )
        allowed = allowed_references(follow_references)
        manifest = await self.manifest()
        entries = manifest.entries.values()
        same = frozenset[str]()
        if allowed is not None:
            away = [
                each
                for each in entries
                if each.ref is not None and (select is None or select(each.path))
            ]
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

        location = Path() if isinstance(other, AsyncArtifact) else given_folder(other)
        here = Described(self.qualified_name, self.metadata, self.aliases, self.tags)
        mine = await self.manifest()
        if isinstance(other, AsyncArtifact):
            there = Described(other.qualified_name, other.metadata, other.aliases, other.tags)
            return compare(here, mine.entries, there, (await other.manifest()).entries)
        found = await in_thread(lambda cancel: folder_entries(location, mine, cancel))
        return compare(here, mine.entries, Described(str(location)), found)

    def edit(
        self,
        *,
        on_conflict: OnConflict = "error",
        run: RunLike | str | None = None,
        max_workers: int = DEFAULT_WORKERS,
        progress: transfer.ProgressOption = False,
    ) -> AsyncArtifactDraft:
        """Create a new version from this one, with changed files or metadata.

        Use it in an ``async with`` statement, whose end logs the version::

            async with artifact.edit() as draft:
                draft["weights.bin"] = "out/weights.bin"
                del draft["old.csv"]
                draft.metadata["epochs"] = 12
            print(draft.artifact.version)

        The draft starts with the files, metadata and description of this version, without its
        aliases and tags, in the collection that it was logged to. Unchanged files are not sent
        again. If nothing changes, no version is created, and ``draft.artifact`` is this one. If
        only the metadata or the description changes, the content is the same, so the server creates
        no version either, and a warning says so: change them on this object and call ``save()``.

        Sends two requests for the manifest, unless it was read before, and one more if this is not
        the latest version; at the end those of ``Api.log_artifact()`` for the new files, and two
        for the latest version.

        Args:
            on_conflict: what to do if another version has become the latest of the collection since
                this one was loaded: "error", or "rebase", to apply the same changes to that one,
                unless it changed the same files; the new version then has that one's files, also
                if this is an older version. This is checked immediately before the commit, but
                not atomically: two edits that commit at the same moment both create a version, and
                the later one lacks the changes of the other.
            run: the run that logs it, or its path: ``[[entity/]project/]run``.
            max_workers: the maximum number of upload threads.
            progress: ``True`` for a bar on stderr; a callable gets typed events.

        Raises:
            InvalidInput: an argument is malformed, or the source collection cannot be read.
        """
        from .._domain.drafts.draft_plans import edit_plan
        from .._domain.drafts.version_options import maker_of
        from . import draft

        path, saved = self._edited_in(), self._with("edit")
        plan = edit_plan(
            path,
            self.type,
            saved.metadata,
            saved.description,
            on_conflict=on_conflict,
            run=maker_of(run, path.project),
            max_workers=max_workers,
            progress=progress,
        )
        return draft.AsyncArtifactDraft._new(self._client, plan, self)
