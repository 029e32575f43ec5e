"""Logs a version: creates it, uploads its files, and commits it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .. import _transfer as transfer
from .._domain.arguments.lookups import not_found
from .._domain.client.identity import features_of
from .._domain.drafts.new_versions import (
    check_committed,
    check_known,
    commit_seconds,
    is_committed,
    manifest_file,
    manifest_id,
    manifest_item,
    manifest_target,
)
from .._domain.drafts.storage_options import check_takes_xxh128, in_region, region_refused
from .._domain.drafts.upload_targets import Births, read_targets, stored_entries, upload_items
from .._domain.drafts.version_options import tell_ignored
from .._domain.mutations.payloads import is_done, require_done
from .._domain.versions.file_errors import of_version
from .._operations import catalog
from .._requests.operation import NO_VARIABLES
from .._transfer.concurrency.async_bridge import from_loop, in_thread
from ..errors import ArtifactsError, ConflictError, GraphQLError, ServerError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from .._domain.drafts.version_options import VersionToLog
    from .._graphql.fragments import LoggedArtifactFields
    from .._operations.variables import (
        CommitArtifactVariables,
        CompleteMultipartUploadArtifactVariables,
        CreateArtifactFilesVariables,
        CreateArtifactManifestVariables,
        CreateArtifactVariables,
        RunVariables,
    )
    from ..errors import NotFoundError
    from .client import AsyncClient


async def check_algorithm(client: AsyncClient, algorithm: transfer.DigestAlgorithm) -> None:
    """Refuse XXH128 where the server lacks it: one request for what it has. None for MD5."""
    if algorithm is transfer.DigestAlgorithm.XXH128:
        data = await client.execute(catalog.SERVER_FEATURES, NO_VARIABLES)
        check_takes_xxh128(features_of(data))


async def log_version(
    client: AsyncClient,
    to_log: VersionToLog,
    draft: transfer.Draft,
    *,
    max_workers: int,
    progress: transfer.ProgressOption,
    before_commit: Callable[[], Awaitable[None]] | None = None,
) -> LoggedArtifactFields:
    """Create, upload and commit a version, or find the one that has this content.

    An error of ``before_commit`` ends it before the version is visible.
    """
    created = await _create(client, to_log, draft)
    if is_committed(created):
        known = check_known(created, draft, to_log.path)
        tell_ignored(to_log, known)
        return known
    version = _NewVersion(client, to_log, draft, created.id)
    await version.announce()
    with of_version(to_log.path):
        await version.send_files(max_workers, progress)
        await version.send_manifest()
    if before_commit is not None:
        await before_commit()
    return await version.commit()


async def _create(
    client: AsyncClient, to_log: VersionToLog, draft: transfer.Draft
) -> LoggedArtifactFields:
    """The version that the server makes, or that it has with this content."""
    from .._domain.mutations.inputs import create_input

    creation: CreateArtifactVariables = {"input": create_input(to_log, draft)}
    try:
        created = (
            await client.execute(catalog.CREATE_ARTIFACT, creation, subject=to_log.path)
        ).create_artifact
    except GraphQLError as error:
        if (refused := region_refused(error, to_log)) is not None:
            raise refused from error
        if (missing_run := await _missing_run(client, to_log)) is not None:
            raise missing_run from error
        raise
    if created is None:
        raise ServerError(
            f"The server made no version of {to_log.path}.",
            operation="CreateArtifact",
            subject=to_log.path,
        )
    return created.artifact


async def _missing_run(client: AsyncClient, to_log: VersionToLog) -> NotFoundError | None:
    """The error for a run that is not there, after a refusal; one request, where there is a run."""
    if to_log.run is None:
        return None
    variables: RunVariables = {
        "entity": to_log.entity,
        "project": to_log.project,
        "run": to_log.run,
    }
    path = f"{to_log.entity}/{to_log.project}/{to_log.run}"
    try:
        data = await client.execute(catalog.RUN, variables, subject=path)
    except ArtifactsError:
        return None  # the refusal says what is wrong without it
    if data.project is not None and data.project.run is not None:
        return None
    return not_found("run", to_log.run, path, "CreateArtifact")


class _NewVersion:
    """A version that is not visible before it is committed."""

    def __init__(
        self, client: AsyncClient, to_log: VersionToLog, draft: transfer.Draft, artifact_id: str
    ) -> None:
        self._client = client
        self._to_log = to_log
        self._draft = draft
        self._id = artifact_id
        self._manifest_id = ""
        self._source = client.byte_source()
        self._parts = transfer.PartDigests(draft.contents)
        self._births = Births(artifact_id, draft)

    async def announce(self) -> None:
        """Make its manifest, empty as yet, to which files belong."""
        from .._domain.mutations.inputs import manifest_input

        path = self._to_log.path
        empty: CreateArtifactManifestVariables = {
            "input": manifest_input(self._to_log, self._id, "")
        }
        announced = await self._client.execute(
            catalog.CREATE_ARTIFACT_MANIFEST, empty, subject=path
        )
        self._manifest_id = manifest_id(announced, path)

    async def send_files(self, max_workers: int, progress: transfer.ProgressOption) -> None:
        """Send what the server lacks."""
        ask, join = from_loop(self._targets), from_loop(self._complete)
        entries = self._draft.manifest.entries

        def renew(name: str) -> transfer.UploadTarget | None:
            return ask([entries[name]])[0]

        with transfer.listener(progress, self._to_log.collection) as on_event:
            await in_thread(
                lambda cancel: transfer.upload(
                    upload_items(self._draft, ask, self._parts),
                    source=self._source,
                    max_workers=max_workers,
                    on_event=on_event,
                    retry=self._client.retry,
                    renew=renew,
                    complete=join,
                    entries=stored_entries(self._draft),
                    cancel=cancel,
                )
            )

    async def _targets(
        self, batch: Sequence[transfer.ManifestEntry]
    ) -> list[transfer.UploadTarget | None]:
        from .._domain.mutations.inputs import files_input

        algorithm = self._draft.manifest.algorithm
        files: CreateArtifactFilesVariables = {
            "input": files_input(batch, algorithm, self._id, self._manifest_id, self._parts),
            "parts": self._parts.any_of(batch) or None,
        }
        path = self._to_log.path
        data = await self._client.execute(catalog.CREATE_ARTIFACT_FILES, files, subject=path)
        self._births.note(data, batch)
        return read_targets(data, batch, self._parts)

    async def _complete(
        self, name: str, target: transfer.MultipartTarget, sent: transfer.CompletedParts
    ) -> None:
        from .._domain.mutations.inputs import completed_inputs

        completion: CompleteMultipartUploadArtifactVariables = {
            "id": self._id,
            "parts": completed_inputs(sent),
            "storagePath": target.storage_path,
            "uploadID": target.upload_id,
        }
        entry, subject = self._draft.manifest.entries[name], f"{name} of {self._to_log.path}"
        data = await self._client.execute(
            catalog.COMPLETE_MULTIPART_UPLOAD_ARTIFACT, completion, subject=subject
        )
        joined = data.complete_multipart_upload_artifact
        # Where the reply does not say that they were joined, the server is asked for the file.
        if not is_done(joined) and (await self._targets([entry]))[0] is not None:
            require_done(joined, "CompleteMultipartUploadArtifact", subject)

    async def send_manifest(self) -> None:
        """Send the manifest itself, which names every file and its digest."""
        from .._domain.mutations.inputs import manifest_input

        path = self._to_log.path
        manifest = in_region(self._draft.manifest, self._to_log.options.storage_region)
        content = manifest_file()
        with content.file:
            entry = await in_thread(
                lambda cancel: manifest_item(manifest, content, self._births, cancel)
            )
            whole: CreateArtifactManifestVariables = {
                "input": manifest_input(self._to_log, self._id, entry.digest),
                "upload": True,
            }
            final = await self._client.execute(
                catalog.CREATE_ARTIFACT_MANIFEST, whole, subject=path
            )
            item = transfer.UploadItem(entry, content, manifest_target(final, path))
            await in_thread(
                lambda cancel: transfer.upload(
                    [item], source=self._source, retry=self._client.retry, cancel=cancel
                )
            )

    async def commit(self) -> LoggedArtifactFields:
        """Let everybody see it."""
        path = self._to_log.path
        commit: CommitArtifactVariables = {"id": self._id}
        seconds = commit_seconds(self._client.settings.timeout, self._draft)
        try:
            data = await self._client.execute(
                catalog.COMMIT_ARTIFACT, commit, subject=path, seconds=seconds
            )
        except ConflictError as error:
            # Of two new versions that have the same new file, each counts it as its own.
            raise ConflictError(
                f"The version of {path} was not committed ({error.server_says}): a version with "
                "some of the same files was committed at the same time. Log it again; files that "
                "the server has are not sent again.",
                operation="CommitArtifact",
                subject=path,
                server_says=error.server_says,
            ) from error
        committed = data.commit_artifact
        if committed is None:
            raise ServerError(
                f"The server did not commit the version of {path}.",
                operation="CommitArtifact",
                subject=path,
            )
        return check_committed(committed.artifact, self._draft, path)
