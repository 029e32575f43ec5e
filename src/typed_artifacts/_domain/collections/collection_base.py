"""The attributes of a collection that need no request: the common base of its classes."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Generic, Literal

from ..._values.guards import override
from ..._values.kept import first_kept
from ..arguments.assignments import refuse_unknown
from ..arguments.lookups import subject_of
from ..client.client_protocol import ClientT
from ..mutations.partial_changes import raise_if_partial, words_for
from ..notices import TagsIncomplete, notify
from .collection_edits import (
    TAGS_READ,
    CollectionDraft,
    CollectionStep,
    draft_of_collection,
    is_sequence,
    plan_collection_save,
    rename_step,
    settle_collection_save,
)
from .collection_kinds import known_kind

if TYPE_CHECKING:
    from collections.abc import Generator

    from ..._graphql.fragments import ArtifactCollectionFields
    from ..versions.artifact_source import ArtifactWithSource
    from .collection_edits import SavedCollection


class EditableCollection(Generic[ClientT]):
    """The common base of the sync and async classes of a collection."""

    _client: ClientT
    _attrs: ArtifactCollectionFields | None
    _subject: str
    _name: str
    _type: str
    _entity: str
    _project: str
    _draft: CollectionDraft | None = None
    # With what ``_alias_state`` was when they were requested.
    _aliases: tuple[object, list[str]] | None = None
    # Another object once the aliases may have changed.
    _alias_state: object = None
    # Whether the reply to a rename did not come: either name may be the collection's.
    _may_be_renamed = False
    # The version that handed it out, which follows a new name or type.
    _member: ArtifactWithSource[ClientT] | None = None

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self._name} ({self._type})>"

    def _repr_html_(self) -> str:
        from ..notebooks import collection_html

        path = f"{self._entity}/{self._project}/{self._name}"
        return collection_html(self, path, self._attrs)

    def _with(self, attribute: str) -> ArtifactCollectionFields:
        """What is known of it, with that attribute; how it is fetched is the flavour's."""
        raise NotImplementedError

    @property
    def url(self) -> str:
        """The address of its web page. No request."""
        from ..locations import collection_url

        path = (self._entity, self._project, self._name)
        organizations = self._client._registry_entities  # noqa: SLF001 -- only needed here
        return collection_url(self._client.settings, path, self._type, organizations)

    def _edit(self) -> CollectionDraft:
        """What ``save()`` compares with what the server has."""
        draft = self._draft
        if draft is None:
            made = draft_of_collection(self._saved())
            draft = first_kept(self, "_draft", made)
            if draft is made and len(made.tags) >= TAGS_READ:
                notify(
                    TagsIncomplete(
                        f"{self._subject} has {TAGS_READ:,} tags or more. Only the first "
                        f"{TAGS_READ:,} are known here: what else it has is not in the list, and "
                        "save() leaves it as it is."
                    )
                )
        return draft

    def _saved(self) -> ArtifactCollectionFields:
        """What the server has, with all that can be edited."""
        for attribute in ("typename__", "description", "default_artifact_type"):
            self._with(attribute)
        return self._with("tags")

    @property
    def _saved_with(self) -> object:
        """Whose lock its saves take: a new name is one of the version that handed it out, too."""
        return self._member or self

    def _known_aliases(self) -> list[str] | None:
        """The aliases, if they were requested since they may have changed."""
        known = self._aliases
        return None if known is None or known[0] is not self._alias_state else known[1]

    def _forget_aliases(self) -> None:
        """Have the aliases requested again, also those that are on their way."""
        self._alias_state = object()

    def _copied_draft(self) -> CollectionDraft | None:
        """The edits that there are now."""
        return None if self._draft is None else self._draft.copied()

    def _keep_later_edits(self, before: CollectionDraft | None) -> None:
        """After ``load()``: give up the edits of before; what was changed meanwhile stays."""
        self._forget_aliases()
        draft = self._draft
        if draft is not None:
            before = before or draft_of_collection(draft.saved)
            draft.rebase(before, draft_of_collection(self._saved()))

    def is_sequence(self) -> bool:
        """Whether it is a sequence (made by logging), not a portfolio (made by linking).

        A newer server may have other kinds of collections, which can be read but not changed.
        No request if the attributes are loaded.
        """
        return is_sequence(self._with("typename__"))

    @contextmanager
    def _saving(self) -> Generator[CollectionDraft]:
        """What a save sends; what is changed while the block runs stays to be saved."""
        sent = self._edit().copied()
        settled = sent.copied()
        try:
            yield settled
            settled = draft_of_collection(self._saved())
        finally:
            self._edit().rebase(sent, settled)

    @contextmanager
    def _moving(self, new_type: str) -> Generator[CollectionDraft]:
        """What ``change_type()`` sends; other edits stay as they are."""
        moved = draft_of_collection(self._saved())
        moved.set_type(new_type)
        yield moved
        if self._draft is not None:
            self._draft.type = new_type

    def _steps(self, draft: CollectionDraft) -> Generator[CollectionStep]:
        """The requests of a save; each is planned when the one before was answered.

        Raises:
            InvalidInput: as ``_plan``, before the first one.
        """
        steps = self._plan(draft)
        if self._may_be_renamed:
            # Tags go to a name: first it gets the wanted one, by its id. The reply tells the rest.
            yield rename_step(self._saved(), draft.name, self._entity, self._project)
            steps = self._plan(draft)
        for step in steps:
            self._may_be_renamed = step.name is not None
            yield step

    def _plan(self, draft: CollectionDraft) -> list[CollectionStep]:
        """The requests that make the server's collection like a draft.

        Raises:
            InvalidInput: something changed, and this release does not know the collection's kind;
                or an attribute was set that there is not.
        """
        refuse_unknown(self, self._subject)
        steps = plan_collection_save(self._saved(), draft, self._entity, self._project)
        if steps:
            self._kind("saved")
        return steps

    def _kind(self, doing: str) -> Literal["sequence", "portfolio"]:
        """Which mutations it takes, or ``InvalidInput``."""
        return known_kind(self._with("typename__").typename__, self._subject, doing)

    def _settle(
        self,
        draft: CollectionDraft,
        step: CollectionStep,
        reply: SavedCollection,
        applied: list[str],
    ) -> None:
        """Become what one request of a save has made of it.

        Args:
            draft: what is saved; it follows what the server has.
            step: what was sent.
            reply: what came back.
            applied: the words for what the save has changed so far; more are added.

        Raises:
            GraphQLError: the server refused all changes.
            ServerError: the server does not say that anything was saved.
            PartialSaveError: the server refused a part, or does not say that it was saved.
        """
        self._may_be_renamed = False
        self._attrs = attrs = settle_collection_save(self._saved(), step, reply)
        draft.follow(attrs)
        before = (self._entity, self._project, self._name)
        self._name, self._type = attrs.name, attrs.default_artifact_type.name
        if self._member is not None:
            self._member._follow_collection(before, self._name, self._type)  # noqa: SLF001 -- it is one of its own
        self._subject = subject_of(
            entity=self._entity, project=self._project, name=self._name, type=self._type
        )
        raise_if_partial(step, reply, self._subject, applied)
        applied += words_for(step, list(step.parts))
