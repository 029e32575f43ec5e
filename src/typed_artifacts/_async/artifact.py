"""A version of an artifact, as a member of one of its collections."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from .._domain.arguments.argument_types import check_client
from .._domain.arguments.attributes import given_attrs
from .._domain.arguments.lookups import checked_subject, subject_of
from .._domain.loading import async_load_when_made, async_loaded
from .._domain.mutations.payloads import require_done
from .._domain.versions.deletions import may_be_for_aliases, refused_for_aliases
from .._environment.network import DEFAULT_WORKERS
from .._operations import catalog
from .._requests.save_locks import async_save_lock
from .._values.arguments import check_flags
from .._values.attributes import async_property
from .._values.guards import override
from .._values.kept import first_kept
from ..errors import GraphQLError
from .artifact_contents import AsyncArtifactContents
from .artifact_relations import AsyncArtifactRelations
from .suggestions import known_links, with_suggestion

if TYPE_CHECKING:
    from collections.abc import Mapping

    from .. import _transfer as transfer
    from .._domain.arguments.lookups import RunLike
    from .._domain.drafts.draft_changes import OnConflict
    from .._domain.versions.memberships import SourceCollection
    from .._graphql.fragments import ArtifactFields, ArtifactMembershipFields
    from .._operations.variables import DeleteArtifactVariables
    from .._values.json_values import JsonInput
    from .artifact_collection import AsyncArtifactCollection
    from .client import AsyncClient
    from .draft import AsyncArtifactDraft


class AsyncArtifact(AsyncArtifactContents, AsyncArtifactRelations):
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

    _collection: AsyncArtifactCollection | None = None
    _source_collection: AsyncArtifactCollection | None = None
    _source_artifact: AsyncArtifact | None = None

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
            needed = ("aliases", "artifact")
            self._become(given_attrs("ArtifactMembershipFields", attrs, needed))
        else:
            check_client(client, "AsyncClient")
            async_load_when_made(self)

    async def load(self) -> Self:
        """Fetch the attributes again and return the object. One request.

        Raises:
            NotFoundError: the project, the collection or the version does not exist.
        """
        async with async_save_lock(self):
            variables, before = self._wanted, self._copied_draft()
            data = await self._client.execute(
                catalog.ARTIFACT_MEMBERSHIP, variables, subject=self._subject
            )
            missing = self._take(data, variables)
            if missing is None:
                self._keep_later_edits(before)
        if missing is not None:
            raise await with_suggestion(self._client, missing, variables)
        return self

    @override
    def _become(self, membership: ArtifactMembershipFields) -> None:
        super()._become(membership)
        self._collection = self._source_collection = self._source_artifact = None

    @override
    def _follow_collection(self, before: tuple[str, str, str], name: str, type_name: str) -> None:
        super()._follow_collection(before, name, type_name)
        source = self._source_artifact
        if source is not None:
            source._follow_collection(before, name, type_name)

    @property
    def collection(self) -> AsyncArtifactCollection:
        """The collection of which this version is a member. No request.

        The same object each time, so that its edits can be saved; another one after ``load()``.
        When it is saved under another name, this version follows.
        """
        found = self._collection
        if found is None:
            from . import artifact_collection

            made = artifact_collection.AsyncArtifactCollection(
                self._client, *self._collection_location(), attrs=self._collection_attrs()
            )
            made._member = self
            found = first_kept(self, "_collection", made)
        return found

    @property
    def source_collection(self) -> AsyncArtifactCollection:
        """The collection that the version was logged to. No request.

        The same object each time, as ``collection`` is; that one where this is no link.

        Raises:
            NotFoundError: it is in a project that you may not read.
        """
        if not self.is_link:
            return self.collection
        found = self._source_collection
        if found is None:
            from . import artifact_collection

            made = artifact_collection.AsyncArtifactCollection(
                self._client, *self._logged_to(), attrs=self._source_attrs()
            )
            made._member = self
            found = first_kept(self, "_source_collection", made)
        return found

    @async_property
    async def source_artifact(self) -> AsyncArtifact:
        """The version in the collection that it was logged to.

        One request the first time if this is a link; then it is kept until ``load()`` or a save
        of this object, and longer as long as it has edits, so that they can be saved.

        Raises:
            NotFoundError: it was deleted, or is in a project that you may not read.
        """
        if not self.is_link:
            return self
        while (found := self._source_artifact) is None:
            attrs = self._attrs
            made = await async_loaded(AsyncArtifact(self._client, *self._source_location()))
            if self._attrs is attrs:  # otherwise it was loaded or saved meanwhile
                return first_kept(self, "_source_artifact", made)
        return found

    async def save(self) -> None:
        """Save changes of ``aliases``, ``tags``, ``description``, ``metadata`` and ``ttl``.

        One request for all changes; none if nothing changed. Saves of one object by several
        tasks are sent one after the other.

        Raises:
            InvalidInput: a value is not valid, or an attribute was set that does not exist; nothing
                is sent.
            PartialSaveError: the server applied some parts and refused others; the object knows
                which, so that another ``save()`` sends only what is missing.
            GraphQLError: the server refused all changes.
            ServerError: the server did not confirm that anything was saved; the edits are kept.
        """
        async with async_save_lock(self):
            sent = self._edit().copied()
            step = self._plan(sent)
            if not step.parts:
                self._settle_unchanged(sent)
                return
            reply = await self._client.send(
                catalog.SAVE_ARTIFACT, step.variables, subject=self._subject
            )
            self._forget_affected()
            self._settle(sent, step, reply)

    def _forget_affected(self) -> None:
        """After a save: forget what it has changed of other objects, to be read again."""
        for collection in (self._collection, self._source_collection):
            if collection is not None:
                collection._forget_aliases()
        source = self._source_artifact
        if source is not None and not source._is_edited():
            self._source_artifact = None

    async def delete(self, delete_aliases: bool = False) -> None:
        """Delete the version; of a link, only the link is deleted. One request.

        Args:
            delete_aliases: delete the version even if it has aliases; otherwise the server refuses.

        Raises:
            GraphQLError: the server refused the request; of aliases the error names those of links,
                too (one more request).
            InvalidInput: ``delete_aliases`` is neither true nor false.
            ServerError: the server did not confirm the change.
        """
        check_flags(delete_aliases=delete_aliases)
        if self.is_link:
            await self.unlink()
            return
        variables: DeleteArtifactVariables = {"id": self.id, "deleteAliases": delete_aliases}
        try:
            data = await self._client.execute(
                catalog.DELETE_ARTIFACT, variables, subject=self._subject
            )
        except GraphQLError as error:
            own = self._known_membership().aliases
            if not may_be_for_aliases(error, own, delete_aliases=delete_aliases):
                raise
            links = await known_links(self._client, self.id, self._subject)
            raise refused_for_aliases(error, self._subject, own, links) from error.__cause__
        require_done(data.delete_artifact, "DeleteArtifact", self._subject)

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
