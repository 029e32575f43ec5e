"""Edits of a collection, without I/O: what changed, what to send, how to read the response."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeAlias

from ..._values.names import check_name
from ...errors import InvalidInput
from ..arguments.checks import check_description, check_tags, check_type_name, refuse_reserved
from ..lists.connections import present_nodes
from ..mutations.partial_changes import applied_fields, follow, follow_list
from .collection_kinds import SEQUENCE, known_kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..._graphql.fragments import ArtifactCollectionFields
    from ..._graphql.save_artifact_portfolio import SaveArtifactPortfolio
    from ..._graphql.save_artifact_sequence import SaveArtifactSequence
    from ..._operations.variables import (
        SaveArtifactPortfolioVariables,
        SaveArtifactSequenceVariables,
    )
    from ..._requests.operation import Reply
    from ..._values.string_sequences import StringSequence

    SavedCollection: TypeAlias = Reply[SaveArtifactSequence] | Reply[SaveArtifactPortfolio]

# So many are asked for with a collection. Servers page tags without saying whether more follow.
TAGS_READ = 1000

# The server takes that many tags in one mutation.
TAGS_PER_CALL = 20


@dataclass(frozen=True, slots=True)
class CollectionStep:
    """What one request of a save changes; ``None`` and no tags mean: leave alone."""

    id: str
    entity: str
    project: str
    collection: str
    added: Sequence[str]
    deleted: Sequence[str]
    type: str | None
    name: str | None
    description: str | None

    @property
    def parts(self) -> dict[str, str]:
        """Field of the reply → the words for what it changes; only what is switched on."""
        renamed = (("name", self.name), ("description", self.description))
        update = [field for field, value in renamed if value is not None]
        labels = {
            "add_tags": "tags added" if self.added else "",
            "delete_tags": "tags deleted" if self.deleted else "",
            "move": "type" if self.type is not None else "",
            "update": " and ".join(update),
        }
        return {part: label for part, label in labels.items() if label}

    @property
    def portfolio_variables(self) -> SaveArtifactPortfolioVariables:
        """The variables of a portfolio's mutation; what is ``None`` is not sent."""
        from ..mutations.inputs import tag_inputs

        parts = self.parts
        return {
            "id": self.id,
            "entity": self.entity,
            "project": self.project,
            "collection": self.collection,
            "tagsToAdd": tag_inputs(self.added) or None,
            "tagsToDelete": tag_inputs(self.deleted) or None,
            "name": self.name,
            "description": self.description,
            "addTags": "add_tags" in parts or None,
            "deleteTags": "delete_tags" in parts or None,
            "update": "update" in parts or None,
        }

    @property
    def sequence_variables(self) -> SaveArtifactSequenceVariables:
        """The same for a sequence, which also has a type that may change."""
        return {
            **self.portfolio_variables,
            "type": self.type,
            "move": "move" in self.parts or None,
        }


@dataclass(slots=True)
class CollectionDraft:
    """A collection as its user wants it; its list may be changed in place.

    What the server has is never checked, only what is new.
    """

    saved: ArtifactCollectionFields
    name: str
    description: str | None
    type: str
    tags: list[str]

    def set_name(self, name: str) -> None:
        """Rename, or ``InvalidInput``."""
        self.name = name if name == self.saved.name else check_name(name)

    def set_description(self, description: str | None) -> None:
        """Describe, or ``InvalidInput``."""
        self.description = check_description(description)

    def set_tags(self, tags: StringSequence) -> None:
        """Tag anew, or ``InvalidInput``."""
        self.tags = check_tags(tags, saved_tags(self.saved))

    def set_type(self, type_name: str) -> None:
        """Move to another type, or ``InvalidInput``."""
        there = self.saved.default_artifact_type.name
        if type_name != there:
            check_type_name(type_name)
            if known_kind(self.saved.typename__, self.name, "moved to another type") != "sequence":
                raise InvalidInput(
                    f"{self.name!r} is a portfolio; only the type of a sequence can be changed."
                )
            refuse_reserved(there, self.name)
            refuse_reserved(type_name, self.name)
        self.type = type_name

    def copied(self) -> CollectionDraft:
        """The same, of which nothing changes with it."""
        return replace(self, tags=[*self.tags])

    def rebase(self, sent: CollectionDraft, settled: CollectionDraft) -> None:
        """Take over what a save has made of what it sent, but for what was changed meanwhile."""
        self.saved = settled.saved
        follow(self, "name", sent.name, settled.name)
        follow(self, "description", sent.description, settled.description)
        follow(self, "type", sent.type, settled.type)
        follow_list(self.tags, sent.tags, settled.tags)

    def follow(self, saved: ArtifactCollectionFields) -> None:
        """Take over what the server has now, except where its user wants something else."""
        before, self.saved = self.saved, saved
        follow(self, "name", before.name, saved.name)
        follow(self, "description", before.description, saved.description)
        kinds = (before.default_artifact_type.name, saved.default_artifact_type.name)
        follow(self, "type", *kinds)
        follow_list(self.tags, saved_tags(before), saved_tags(saved))


def is_sequence(saved: ArtifactCollectionFields) -> bool:
    """Whether the server says that a collection is a sequence."""
    return saved.typename__ == SEQUENCE


def draft_of_collection(saved: ArtifactCollectionFields) -> CollectionDraft:
    """The draft in which nothing has changed yet."""
    kind = saved.default_artifact_type.name
    return CollectionDraft(saved, saved.name, saved.description, kind, saved_tags(saved))


def saved_tags(saved: ArtifactCollectionFields) -> list[str]:
    """The tags that the server has."""
    return [node.name for node in present_nodes(saved.tags.edges)]


def plan_collection_save(
    saved: ArtifactCollectionFields, draft: CollectionDraft, entity: str, project: str
) -> list[CollectionStep]:
    """The requests that make the server's collection like the draft: none, one, or (tags) more.

    The last one holds the rename, so that the tags of all of them go to the saved name.

    Raises:
        InvalidInput: the draft holds something that the server would refuse.
    """
    there = saved_tags(saved)
    wanted = check_tags(draft.tags, there)
    added = [tag for tag in wanted if tag not in there]
    deleted = [tag for tag in there if tag not in wanted]
    kind = _changed(draft.type, saved.default_artifact_type.name)
    if kind is not None:
        refuse_reserved(kind, draft.name)  # which may have been set after the type
    name = _changed(draft.name, saved.name)
    # Null means "leave alone" to the server; the empty text is what clears a description.
    description = _changed(check_description(draft.description) or "", saved.description or "")
    rest = (kind, name, description) != (None, None, None)
    count = max(_chunks(added), _chunks(deleted), 1 if rest else 0)
    return [
        CollectionStep(
            saved.id,
            entity,
            project,
            saved.name,
            _chunk(added, index),
            _chunk(deleted, index),
            *((kind, name, description) if index == count - 1 else (None, None, None)),
        )
        for index in range(count)
    ]


def rename_step(
    saved: ArtifactCollectionFields, name: str, entity: str, project: str
) -> CollectionStep:
    """The request that gives a collection a name, whether it has it or not."""
    return CollectionStep(saved.id, entity, project, saved.name, (), (), None, name, None)


def _changed(wanted: str, saved: str) -> str | None:
    return None if wanted == saved else wanted


def _chunks(tags: Sequence[str]) -> int:
    return -(-len(tags) // TAGS_PER_CALL)


def _chunk(tags: Sequence[str], index: int) -> Sequence[str]:
    return tags[index * TAGS_PER_CALL : (index + 1) * TAGS_PER_CALL]


def settle_collection_save(
    saved: ArtifactCollectionFields, step: CollectionStep, reply: SavedCollection
) -> ArtifactCollectionFields:
    """What the server has after one request, by its own answer."""
    done = applied_fields(step, reply)
    if "update" in done and reply.data is not None and reply.data.update is not None:
        return reply.data.update.artifact_collection
    tags = [*saved_tags(saved), *(step.added if "add_tags" in done else ())]
    if "delete_tags" in done:
        tags = [tag for tag in tags if tag not in step.deleted]
    edges = [{"node": {"name": tag}} for tag in tags]
    changes: dict[str, object] = {"tags": type(saved.tags).model_validate({"edges": edges})}
    if "move" in done:
        kind = saved.default_artifact_type.model_copy(update={"name": step.type})
        changes["default_artifact_type"] = kind
    return saved.model_copy(update=changes)
