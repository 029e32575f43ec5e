"""The methods of ``AsyncApi`` that log and copy versions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .._domain.arguments.argument_types import check_transfer
from .._domain.client.api_base import ApiBase
from .._environment.network import DEFAULT_WORKERS
from ..errors import InvalidInput
from .client import AsyncClient

if TYPE_CHECKING:
    from datetime import timedelta

    from .._copying.locations import CopyVersions
    from .._copying.report import CopyReport
    from .._domain.arguments.lookups import RunLike
    from .._domain.drafts.given_files import Files
    from .._domain.drafts.storage_options import DigestOption
    from .._domain.versions.time_to_live import ArtifactTTL
    from .._transfer import Patterns, ProgressOption
    from .._values.plain import Metadata
    from .._values.string_sequences import StringSequence
    from .api import AsyncApi
    from .artifact import AsyncArtifact
    from .draft import AsyncArtifactDraft


class AsyncApiLogging(ApiBase[AsyncClient]):
    """A base of ``AsyncApi``."""

    async def copy(
        self,
        source: str,
        destination: str,
        *,
        to: AsyncApi | None = None,
        versions: CopyVersions = "latest",
        aliases: bool = True,
        tags: bool = True,
        metadata: bool = True,
        record_origin: bool = False,
        ttl: bool = True,
        max_workers: int = DEFAULT_WORKERS,
        progress: ProgressOption = False,
    ) -> CopyReport:
        """Copy a project, a collection or a version, also to another server.

        Files are streamed through memory and verified; files that the destination already has are
        not sent. Versions keep their order, and links within the project become links within the
        copy, which then has the versions that they link to, too. The call may be interrupted at any
        time: run it again to continue. Versions that already exist at the destination are kept, and
        get the aliases and tags that they lack.

        Sends up to two requests to find the source, and one per further thousand collections of
        its project; per collection, one per 500 versions on both sides, and up to four for its
        description and tags; per version, two for its manifest, one to edit an existing copy or
        those of ``log_artifact()``, one per thousand files, and a download per upload; one per
        portfolio that stays one, and two per link; and up to two where the latest version is not
        the newest.

        Args:
            source: ``[entity/]project`` if such a project exists (with a ``/`` at the end, always),
                else ``[[entity/]project/]collection[:alias]``.
            destination: for a project, a project; otherwise a collection, or a project with a ``/``
                at the end, to keep the collection's name.
            to: the ``AsyncApi`` of the destination; this one by default.
            versions: "latest", "all", or a list of versions and aliases.
            aliases: whether to copy aliases, including ``latest``; otherwise ``latest`` is the
                version that is logged last.
            tags: whether to copy the tags of versions and collections.
            metadata: whether to copy metadata.
            record_origin: whether to record each version's origin in its metadata, as
                ``copied_from``.
            ttl: whether to copy the versions' own times to live, which start again with the copy.
                Existing copies keep theirs.
            max_workers: the maximum number of upload threads.
            progress: ``True`` for a bar on stderr; a callable gets typed events.

        Returns:
            The outcome of each version.

        Raises:
            InvalidInput: an argument is malformed, or something would be copied to itself.
            NotFoundError: the source does not exist.
            IntegrityError: bytes do not match their digest, on either side.
            ArtifactsError: a server or the network failed, after the retries.
        """
        from .._copying.deciding import CopyOptions
        from .._copying.locations import check_target, check_versions, read_source
        from . import copy_tasks, copying
        from .api import AsyncApi

        if to is not None and not isinstance(to, AsyncApi):  # pyright: ignore[reportUnnecessaryIsInstance]  # it may be anything
            raise InvalidInput(f"to is {to!r:.100}; it must be of the type AsyncApi.")
        check_transfer(max_workers, progress)
        wanted, target = read_source(source, self._client.settings), to or self
        check_versions(versions, wanted)
        check_target(destination)
        options = CopyOptions(versions, aliases, tags, metadata, record_origin, ttl)
        request = copy_tasks.CopyRequest(self._client, target._client, wanted, destination, options)
        return await copying.copy(request, max_workers=max_workers, progress=progress)

    async def log_artifact(
        self,
        collection_path: str,
        *,
        type: str,
        files: Files,
        aliases: StringSequence | None = None,
        tags: StringSequence | None = None,
        metadata: Metadata | None = None,
        description: str | None = None,
        ttl: timedelta | ArtifactTTL | None = None,
        run: RunLike | str | None = None,
        max_workers: int = DEFAULT_WORKERS,
        progress: ProgressOption = False,
        include: Patterns = None,
        exclude: Patterns = None,
        digest: DigestOption = None,
        storage_region: str | None = None,
    ) -> AsyncArtifact:
        """Log files as a new version of a collection, which is created if it does not exist.

        Files that the server lacks are uploaded in parallel; then the version is committed. It is
        not visible before the commit, and an interrupted call leaves no version. If the collection
        already has a version with the same content, that version is returned, and an
        ``ArgumentsIgnored`` warning names the arguments that differ from its values.

        Symbolic links are followed; empty folders are not logged; a file that changes or disappears
        before it is sent raises ``ConflictError``.

        Sends four requests and one per 250 files, and an upload for the manifest and for each file
        that the server lacks; one request if the content exists already. A file of 2 GiB or more is
        sent in parts of 100 MiB, hashed and sent in parallel: one upload per part, and one more
        request. After an interruption, files and parts that the server has are not sent again.

        Args:
            collection_path: ``[[entity/]project/]collection``.
            type: the name of its type, such as "dataset" or "model".
            files: a folder, a file, several files, or a mapping from names to a path, bytes, a
                file open in binary mode, or a ``Reference``.
            aliases: aliases of the new version; ``latest`` is added automatically.
            tags: tags of the new version.
            metadata: its metadata: a mapping of up to 100 keys, a dataclass or a pydantic model,
                with values that can be expressed in JSON.
            description: a description of the version.
            ttl: its time to live; the server's settings by default.
            run: the run that logs it, or its path: ``[[entity/]project/]run``.
            max_workers: the maximum number of upload threads.
            progress: ``True`` for a bar on stderr; a callable gets typed events.
            include: only files that match one of these patterns (.gitignore syntax).
            exclude: leave out files that match one of these patterns. A folder's
                ``.artifactsignore`` file, and what it excludes, is never logged.
            digest: the hash algorithm: "md5" (the default, as in the official client), or "xxh128",
                several times faster, for servers that support it (one more request, to find out).
            storage_region: the region in which the server stores the files, if it has regions.

        Returns:
            The version.

        Raises:
            InvalidInput: an argument is malformed, or a file does not exist; nothing is sent.
            ConflictError: a file changed or disappeared before it was sent.
            IntegrityError: the server received other bytes than were sent, twice.
            UnsupportedByServer: the server does not support XXH128, or has no such region.
            NotFoundError: the run does not exist; nothing was created.
            GraphQLError: the server refused the request.
        """
        from .._transfer import selection_of

        select = selection_of(include, exclude)
        draft = self.draft(
            collection_path,
            type=type,
            aliases=aliases,
            tags=tags,
            metadata=metadata,
            description=description,
            ttl=ttl,
            run=run,
            max_workers=max_workers,
            progress=progress,
            digest=digest,
            storage_region=storage_region,
        )
        return await draft._log_files(files, select)

    def draft(
        self,
        collection_path: str,
        *,
        type: str,
        aliases: StringSequence | None = None,
        tags: StringSequence | None = None,
        metadata: Metadata | None = None,
        description: str | None = None,
        ttl: timedelta | ArtifactTTL | None = None,
        run: RunLike | str | None = None,
        max_workers: int = DEFAULT_WORKERS,
        progress: ProgressOption = False,
        digest: DigestOption = None,
        storage_region: str | None = None,
    ) -> AsyncArtifactDraft:
        """A draft of a new version, to which files are added before it is logged.

        Use it in an ``async with`` statement, whose end logs the version; after an exception
        nothing is logged. ``log_artifact()`` is the short form. No request until the end of the
        statement; then those of ``log_artifact()``.

        Args:
            collection_path: ``[[entity/]project/]collection``.
            type: the name of its type, such as "dataset" or "model".
            aliases: aliases of the new version; ``latest`` is added automatically.
            tags: tags of the new version.
            metadata: its metadata, as ``log_artifact()`` takes it.
            description: a description of the version.
            ttl: its time to live; the server's settings by default.
            run: the run that logs it, or its path: ``[[entity/]project/]run``.
            max_workers: the maximum number of upload threads.
            progress: ``True`` for a bar on stderr; a callable gets typed events.
            digest: the hash algorithm, as ``log_artifact()`` takes it.
            storage_region: the region in which the server stores the files, if it has regions.

        Raises:
            InvalidInput: an argument is malformed.
        """
        from .._domain.drafts.draft_plans import new_plan
        from .._domain.drafts.version_options import maker_of
        from . import draft

        path = self._collection(collection_path)
        plan = new_plan(
            path,
            type,
            aliases=() if aliases is None else aliases,
            tags=() if tags is None else tags,
            description=description,
            metadata=metadata,
            ttl=ttl,
            run=maker_of(run, path.project),
            max_workers=max_workers,
            progress=progress,
            digest=digest,
            storage_region=storage_region,
        )
        return draft.AsyncArtifactDraft._new(self._client, plan)
