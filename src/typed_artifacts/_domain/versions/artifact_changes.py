"""The unsaved changes of a version: a base of its classes."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, TypeVar

from ..._values.json_values import parse_json_object
from ..._values.kept import first_kept
from ..._values.names import LATEST
from ...errors import ArtifactsError, InvalidInput
from ...paths import CollectionPath, ProjectPath
from ..arguments.assignments import refuse_unknown
from ..client.client_protocol import ClientT
from ..mutations.partial_changes import applied_fields, raise_if_partial
from .artifact_edits import (
    ArtifactEdits,
    ArtifactStep,
    edits_of_artifact,
    plan_artifact_save,
    settle_aliases,
)
from .artifact_source import ArtifactWithSource
from .links import links_of, unlinkable
from .time_to_live import ArtifactTTL, effective_ttl

if TYPE_CHECKING:
    from datetime import timedelta

    from ..._graphql.artifact_memberships import ArtifactMemberships
    from ..._graphql.save_artifact import SaveArtifact
    from ..._requests.operation import Reply
    from ..._transfer import Manifest
    from ..._values.json_values import JsonValue
    from ..._values.plain import Metadata
    from ..._values.string_sequences import StringSequence
    from ..drafts.draft_changes import BaseVersion
    from .links import Linked

    ModelT = TypeVar("ModelT")


class EditableArtifact(ArtifactWithSource[ClientT]):
    """A version whose aliases, metadata and time to live can be changed."""

    _draft: ArtifactEdits | None = None

    def _edit(self) -> ArtifactEdits:
        """What ``save()`` compares with what the server has."""
        draft = self._draft
        if draft is None:
            made = edits_of_artifact(self._with("_draft"), self._known_membership())
            draft = first_kept(self, "_draft", made)
        return draft

    def _copied_draft(self) -> ArtifactEdits | None:
        """The edits that there are now; themselves if JSON cannot say them."""
        draft = self._draft
        try:
            return None if draft is None else draft.copied()
        except InvalidInput:
            return draft

    def _keep_later_edits(self, before: ArtifactEdits | None) -> None:
        """After ``load()``: give up the edits of before; what was changed meanwhile stays."""
        draft = self._draft
        if draft is before:
            self._draft = None
        elif draft is not None:
            before = before or edits_of_artifact(draft.saved, draft.membership)
            draft.rebase(before, edits_of_artifact(self._with("id"), self._known_membership()))

    @property
    def aliases(self) -> list[str]:
        """Its aliases in this collection; change the list or set a new one, then ``save()``."""
        return self._edit().aliases

    @aliases.setter
    def aliases(self, aliases: StringSequence) -> None:
        self._edit().set_aliases(aliases)

    @property
    def metadata(self) -> dict[str, JsonValue]:
        """Its metadata; change the mapping or set a new one, then ``save()``."""
        return self._edit().metadata

    @metadata.setter
    def metadata(self, metadata: Metadata | None) -> None:
        self._edit().set_metadata(metadata)

    def metadata_as(self, model: builtins.type[ModelT]) -> ModelT:
        """The metadata, validated as a type of your own. No request.

        Args:
            model: a pydantic model, a dataclass, a ``TypedDict``.

        Raises:
            InvalidInput: the metadata does not fit, or pydantic cannot validate into the type.
        """
        from .metadata_models import as_model

        return as_model(model, self.metadata, self.qualified_name)

    @property
    def ttl(self) -> timedelta | None:
        """Its time to live after its creation; ``None``: it is kept forever.

        Set a time, ``None``, or ``ArtifactTTL.INHERIT`` (the setting of its collection or team),
        then ``save()``. A link has no time to live of its own.
        """
        return effective_ttl(self._edit().ttl, self._with("ttl_duration_seconds"))

    @ttl.setter
    def ttl(self, ttl: timedelta | ArtifactTTL | None) -> None:
        self._edit().set_ttl(ttl)

    @property
    def ttl_is_inherited(self) -> bool:
        """Whether ``ttl`` is the setting of its collection or team."""
        return self._edit().ttl is ArtifactTTL.INHERIT

    def changes(self) -> dict[str, JsonValue]:
        """The changes that ``save()`` would send, by attribute; empty without one. No request.

        For lists: the added and the deleted names. ``ttl`` is in seconds; -2 means forever and -1
        inherited.
        """
        return self._plan(self._edit()).changes

    def _is_edited(self) -> bool:
        """Whether a ``save()`` would send something, or be refused."""
        try:
            return bool(self.changes())
        except ArtifactsError:
            return True

    def _plan(self, draft: ArtifactEdits) -> ArtifactStep:
        refuse_unknown(self, self.qualified_name)
        return plan_artifact_save(
            self._with("id"), self._known_membership(), draft, is_link=self.is_link
        )

    def _settle_unchanged(self, sent: ArtifactEdits) -> None:
        """Show what the server has, where that is what was wanted: no alias twice, say."""
        self._edit().rebase(sent, edits_of_artifact(self._with("id"), self._known_membership()))

    def _settle(self, sent: ArtifactEdits, step: ArtifactStep, reply: Reply[SaveArtifact]) -> None:
        """Become what a save has made of it; what was changed meanwhile stays to be saved.

        Raises:
            GraphQLError: the server refused all changes.
            ServerError: the server does not say that anything was saved.
            PartialSaveError: the server refused a part, or does not say that it was saved.
        """
        membership = settle_aliases(step, self._known_membership(), applied_fields(step, reply))
        self._membership = membership
        if reply.data is not None and reply.data.update is not None:
            self._attrs = reply.data.update.artifact
        settled = edits_of_artifact(self._with("id"), membership)
        try:
            raise_if_partial(step, reply, self._subject)
        except ArtifactsError:
            settled = sent.copied()
            settled.follow(self._with("id"), membership)
            raise
        finally:
            self._edit().rebase(sent, settled)

    def _was_latest(self) -> bool:
        """Whether it was the latest of the collection that it was logged to, when it was loaded."""
        return not self.is_link and LATEST in self._known_membership().aliases

    def _as_base(self, manifest: Manifest) -> BaseVersion:
        """What another version may be made from, as the server has it."""
        saved = self._with("id")
        from ..drafts.draft_changes import BaseVersion

        metadata = parse_json_object(saved.metadata, "metadata")
        return BaseVersion(
            saved.id,
            self.qualified_name,
            manifest.entries,
            metadata,
            saved.description,
            manifest.algorithm,
        )

    def _edited_in(self) -> CollectionPath:
        """The collection that a version made from this one is logged to.

        Raises:
            InvalidInput: it cannot be seen.
        """
        source = self._require_source("edit")
        if not source.project:
            raise InvalidInput(
                f"{self.qualified_name} links to a version in a project that you cannot see; it "
                "can be edited there alone.",
                subject=self.qualified_name,
            )
        return CollectionPath(ProjectPath(source.entity, source.project), source.collection)

    def _links(self, data: ArtifactMemberships) -> list[Linked]:
        """What it is linked to, by what the server says."""
        return links_of(data, self._require_source("linked_artifacts"), self.name, self._subject)

    def _has_edits_in(self, collection_id: str | None) -> bool:
        """Whether it is a member of that collection, and has edits that only it can save."""
        return self._known_membership().collection_id == collection_id and self._is_edited()

    def _portfolio(self) -> str:
        """The id of the portfolio that it is to be removed from, or ``InvalidInput``."""
        return unlinkable(self._known_membership(), is_link=self.is_link)
