"""Edits of a version, without I/O: what changed, what to send, how to read the response."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

from ..._values.guards import is_text
from ..._values.json_values import parse_json_object
from ..._values.kept import first_kept
from ..._values.names import check_word
from ..._values.shown import shown
from ...errors import InvalidInput
from ..arguments.checks import check_description, check_tags, check_texts
from ..mutations.partial_changes import follow, follow_list
from .metadata import (
    changed_metadata,
    check_metadata,
    copied_metadata,
    followed_metadata,
    is_other_metadata,
    metadata_text,
)
from .time_to_live import ArtifactTTL, check_ttl, saved_ttl, ttl_seconds

if TYPE_CHECKING:
    from ..._graphql.fragments import ArtifactFields
    from ..._operations.variables import SaveArtifactVariables
    from ..._values.json_values import JsonValue
    from ..._values.plain import Metadata
    from ..._values.string_sequences import StringSequence
    from .memberships import Membership

_NUMBERED = re.compile(r"v\d+")


@dataclass(slots=True)
class ArtifactEdits:
    """A version as its user wants it; its lists and its metadata may be changed in place.

    What the server has is never checked, only what is new.
    """

    saved: ArtifactFields
    membership: Membership
    aliases: list[str]
    tags: list[str]
    description: str | None
    ttl: timedelta | ArtifactTTL | None
    given_metadata: dict[str, JsonValue] | None = None
    """The metadata, once it was read or set; ``None``: as the server has it."""

    @property
    def metadata(self) -> dict[str, JsonValue]:
        """The metadata, to be changed in place."""
        given = self.given_metadata
        if given is None:
            made = parse_json_object(self.saved.metadata, "metadata")
            given = first_kept(self, "given_metadata", made)
        return given

    def set_aliases(self, aliases: StringSequence) -> None:
        """Give other aliases, or ``InvalidInput``."""
        self.aliases = check_aliases(aliases, self.membership.aliases)

    def set_tags(self, tags: StringSequence) -> None:
        """Give other tags, or ``InvalidInput``."""
        self.tags = check_tags(tags, [tag.name for tag in self.saved.tags])

    def set_description(self, description: str | None) -> None:
        """Describe, or ``InvalidInput``."""
        self.description = check_description(description)

    def set_metadata(self, metadata: Metadata | None) -> None:
        """Give other metadata, or ``InvalidInput``."""
        self.given_metadata = check_metadata(metadata, self.saved.metadata)

    def set_ttl(self, ttl: timedelta | ArtifactTTL | None) -> None:
        """Set how long it is kept, or ``InvalidInput``."""
        self.ttl = check_ttl(ttl, saved_ttl(self.saved))

    def copied(self) -> ArtifactEdits:
        """The same, to be sent; ``InvalidInput`` for metadata that JSON cannot say."""
        given = self.given_metadata
        metadata = None if given is None else copied_metadata(given)
        return replace(self, aliases=[*self.aliases], tags=[*self.tags], given_metadata=metadata)

    def rebase(self, sent: ArtifactEdits, settled: ArtifactEdits) -> None:
        """Take over what a save has made of what it sent, but for what was changed meanwhile."""
        self.saved, self.membership = settled.saved, settled.membership
        follow_list(self.aliases, sent.aliases, settled.aliases)
        follow_list(self.tags, sent.tags, settled.tags)
        follow(self, "description", sent.description, settled.description)
        follow(self, "ttl", sent.ttl, settled.ttl)
        given = self.given_metadata
        if settled.given_metadata is not None or given is None:
            return
        if not is_other_metadata(given, sent.metadata):
            self.given_metadata = followed_metadata(given, settled.saved.metadata)

    def follow(self, saved: ArtifactFields, membership: Membership) -> None:
        """Take over what the server has now, except where its user wants something else."""
        before, self.saved, self.membership = self.saved, saved, membership
        follow_list(self.tags, [tag.name for tag in before.tags], [tag.name for tag in saved.tags])
        follow(self, "description", before.description, saved.description)
        follow(self, "ttl", saved_ttl(before), saved_ttl(saved))
        given = self.given_metadata
        if given is not None and changed_metadata(given, before.metadata) is None:
            self.given_metadata = None


class ArtifactStep(NamedTuple):
    """What the request of a save changes; ``None`` and empty lists mean: leave alone."""

    id: str
    location: tuple[str, str, str]
    aliases_added: Sequence[str]
    aliases_deleted: Sequence[str]
    tags_added: Sequence[str]
    tags_deleted: Sequence[str]
    description: str | None
    metadata: dict[str, JsonValue] | None
    ttl: int | None

    @property
    def changes(self) -> dict[str, JsonValue]:
        """What is sent, by attribute; lists as what is added and deleted."""
        plain: dict[str, JsonValue] = {
            "aliases": _difference(self.aliases_added, self.aliases_deleted),
            "tags": _difference(self.tags_added, self.tags_deleted),
            "description": self.description,
            "metadata": self.metadata,
            "ttl": self.ttl,
        }
        return {name: value for name, value in plain.items() if value is not None}

    @property
    def parts(self) -> dict[str, str]:
        """Field of the reply → the words for what it changes; only what is switched on."""
        names = [name for name in self.changes if name != "aliases"]
        words = {
            "add_aliases": "aliases added" if self.aliases_added else "",
            "delete_aliases": "aliases deleted" if self.aliases_deleted else "",
            "update": ", ".join(names),
        }
        return {part: what for part, what in words.items() if what}

    @property
    def variables(self) -> SaveArtifactVariables:
        """The variables of the mutation; what is ``None`` is not sent."""
        from ..mutations.inputs import alias_inputs, tag_inputs

        on = self.parts
        metadata = None if self.metadata is None else metadata_text(self.metadata)
        return {
            "id": self.id,
            "aliasesToAdd": alias_inputs(self.aliases_added, *self.location) or None,
            "aliasesToDelete": alias_inputs(self.aliases_deleted, *self.location) or None,
            "description": self.description,
            "metadata": metadata,
            "ttl": self.ttl,
            "tagsToAdd": tag_inputs(self.tags_added) or None,
            "tagsToDelete": tag_inputs(self.tags_deleted) or None,
            "addAliases": "add_aliases" in on or None,
            "deleteAliases": "delete_aliases" in on or None,
            "update": "update" in on or None,
        }


def edits_of_artifact(saved: ArtifactFields, membership: Membership) -> ArtifactEdits:
    """The draft in which nothing has changed yet."""
    tags = [tag.name for tag in saved.tags]
    return ArtifactEdits(
        saved, membership, list(membership.aliases), tags, saved.description, saved_ttl(saved)
    )


def plan_artifact_save(
    saved: ArtifactFields, membership: Membership, draft: ArtifactEdits, *, is_link: bool
) -> ArtifactStep:
    """What makes the server's version like the draft; without ``parts`` there is nothing to send.

    Raises:
        InvalidInput: the draft holds something that the server would refuse.
    """
    there, tagged = list(membership.aliases), [tag.name for tag in saved.tags]
    aliases, tags = check_aliases(draft.aliases, there), check_tags(draft.tags, tagged)
    added = [alias for alias in aliases if alias not in there]
    for alias in added:
        refuse_numbered_alias(alias)
    given = draft.given_metadata
    ttl = check_ttl(draft.ttl, saved_ttl(saved))
    if is_link and ttl != saved_ttl(saved):
        raise InvalidInput(
            f"{membership.path} is a link; set the TTL of the version it links to.",
            subject=membership.path,
        )
    described = check_description(draft.description) or ""
    return ArtifactStep(
        saved.id,
        (membership.entity, membership.project, membership.collection),
        added,
        [alias for alias in there if alias not in aliases],
        [tag for tag in tags if tag not in tagged],
        [tag for tag in tagged if tag not in tags],
        # Null means "leave alone" to the server; the empty text is what clears a description.
        None if described == (saved.description or "") else described,
        None if given is None else changed_metadata(given, saved.metadata),
        None if ttl == saved_ttl(saved) else ttl_seconds(ttl),
    )


def settle_aliases(step: ArtifactStep, membership: Membership, done: Sequence[str]) -> Membership:
    """How the version is seen after a save."""
    aliases = [*membership.aliases, *(step.aliases_added if "add_aliases" in done else ())]
    if "delete_aliases" in done:
        aliases = [alias for alias in aliases if alias not in step.aliases_deleted]
    return membership._replace(aliases=aliases)


def check_aliases(aliases: StringSequence, there: Sequence[str] = ()) -> list[str]:
    """Aliases without repetition, in the order given, or ``InvalidInput`` for a new one."""
    return check_texts(aliases, "aliases", check_alias, there)


def check_alias(alias: str) -> str:
    """An alias, or ``InvalidInput``."""
    if not is_text(alias) or not alias.strip():
        raise InvalidInput(f"An alias is a text, not {shown(alias, 200)}.")
    return check_word(alias, "alias")


def refuse_numbered_alias(alias: str) -> None:
    """Raise ``InvalidInput`` for ``v0``, ``v1``, …, which only the server gives.

    ``latest`` it gives too, but it may be given as well, and moved, as in the official client.
    """
    if _NUMBERED.fullmatch(alias):
        raise InvalidInput(
            f"The alias {shown(alias)} is given by the server itself; choose another name."
        )


def _difference(added: Sequence[str], deleted: Sequence[str]) -> JsonValue:
    if not added and not deleted:
        return None
    return {"add": list(added), "delete": list(deleted)}
