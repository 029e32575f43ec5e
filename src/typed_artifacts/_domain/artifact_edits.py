"""Edits of a version, without I/O: what changed, what to send, what the answer means."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import TYPE_CHECKING

from .._values.guards import is_mapping, is_sequence, is_text
from .._values.json_values import parse_json_object
from ..errors import InvalidInput
from ..paths import NAME_LIMIT
from .checks import check_description, check_tags

if TYPE_CHECKING:
    from .._graphql.fragments import ArtifactFields
    from .._operations.variables import SaveArtifactVariables
    from .._values.json_values import JsonValue
    from .memberships import Membership

METADATA_LIMIT = 100
"""Top-level keys that metadata may have."""

_NO_TTL, _INHERITED_TTL = -2, -1
_MADE_BY_SERVER = re.compile(r"latest|v\d+")


class ArtifactTTL(Enum):
    """Times to live that are no time."""

    INHERIT = "inherit"
    """Whatever the collection or the team has settled."""


@dataclass(slots=True)
class ArtifactDraft:
    """A version as its user wants it; its lists and its metadata may be changed in place."""

    aliases: list[str]
    tags: list[str]
    description: str | None
    metadata: dict[str, JsonValue]
    ttl: timedelta | ArtifactTTL | None

    def set_aliases(self, aliases: list[str]) -> None:
        """Give other aliases, or ``InvalidInput``."""
        self.aliases = check_aliases(aliases)

    def set_tags(self, tags: list[str]) -> None:
        """Give other tags, or ``InvalidInput``."""
        self.tags = check_tags(tags)

    def set_description(self, description: str | None) -> None:
        """Describe, or ``InvalidInput``."""
        self.description = check_description(description)

    def set_metadata(self, metadata: Mapping[str, JsonValue] | None) -> None:
        """Give other metadata, or ``InvalidInput``."""
        self.metadata = check_metadata(metadata)

    def set_ttl(self, ttl: timedelta | ArtifactTTL | None) -> None:
        """Set how long it is kept, or ``InvalidInput``."""
        self.ttl = check_ttl(ttl)


@dataclass(frozen=True, slots=True)
class ArtifactStep:
    """What the request of a save changes; ``None`` and empty lists mean: leave alone."""

    id: str
    place: tuple[str, str, str]
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
        from .inputs import alias_inputs, tag_inputs

        on = self.parts
        metadata = None if self.metadata is None else metadata_text(self.metadata)
        return {
            "id": self.id,
            "aliasesToAdd": alias_inputs(self.aliases_added, *self.place) or None,
            "aliasesToDelete": alias_inputs(self.aliases_deleted, *self.place) or None,
            "description": self.description,
            "metadata": metadata,
            "ttl": self.ttl,
            "tagsToAdd": tag_inputs(self.tags_added) or None,
            "tagsToDelete": tag_inputs(self.tags_deleted) or None,
            "addAliases": "add_aliases" in on or None,
            "deleteAliases": "delete_aliases" in on or None,
            "update": "update" in on or None,
        }


def draft_of_artifact(saved: ArtifactFields, seen: Membership) -> ArtifactDraft:
    """The draft in which nothing has changed yet."""
    return ArtifactDraft(
        list(seen.aliases),
        [tag.name for tag in saved.tags],
        saved.description,
        parse_json_object(saved.metadata, "metadata"),
        saved_ttl(saved),
    )


def saved_ttl(saved: ArtifactFields) -> timedelta | ArtifactTTL | None:
    """How long the server keeps the version."""
    if saved.ttl_is_inherited:
        return ArtifactTTL.INHERIT
    seconds = saved.ttl_duration_seconds
    return timedelta(seconds=seconds) if seconds > 0 else None


def effective_ttl(ttl: timedelta | ArtifactTTL | None, saved: ArtifactFields) -> timedelta | None:
    """How long a version with that wish is kept, as far as the server has said."""
    if not isinstance(ttl, ArtifactTTL):
        return ttl
    seconds = saved.ttl_duration_seconds if saved.ttl_is_inherited else 0
    return timedelta(seconds=seconds) if seconds > 0 else None


def plan_artifact_save(
    saved: ArtifactFields, seen: Membership, draft: ArtifactDraft, *, is_link: bool
) -> ArtifactStep:
    """What makes the server's version like the draft; without ``parts`` there is nothing to send.

    Raises:
        InvalidInput: the draft holds something that the server would refuse.
    """
    aliases, tags = check_aliases(draft.aliases), check_tags(draft.tags)
    there, tagged = list(seen.aliases), [tag.name for tag in saved.tags]
    added = [alias for alias in aliases if alias not in there]
    for alias in added:
        refuse_system_alias(alias)
    metadata = check_metadata(draft.metadata)
    ttl = check_ttl(draft.ttl)
    if is_link and ttl != saved_ttl(saved):
        raise InvalidInput(
            f"{seen.path} is a link; set the TTL of the version it links to.", subject=seen.path
        )
    described = check_description(draft.description) or ""
    return ArtifactStep(
        saved.id,
        (seen.entity, seen.project, seen.collection),
        added,
        [alias for alias in there if alias not in aliases],
        [tag for tag in tags if tag not in tagged],
        [tag for tag in tagged if tag not in tags],
        # Null means "leave alone" to the server; the empty text is what clears a description.
        None if described == (saved.description or "") else described,
        None if metadata == parse_json_object(saved.metadata, "metadata") else metadata,
        None if ttl == saved_ttl(saved) else ttl_seconds(ttl),
    )


def settle_aliases(step: ArtifactStep, seen: Membership, done: Sequence[str]) -> Membership:
    """How the version is seen after a save."""
    aliases = [*seen.aliases, *(step.aliases_added if "add_aliases" in done else ())]
    if "delete_aliases" in done:
        aliases = [alias for alias in aliases if alias not in step.aliases_deleted]
    return seen._replace(aliases=aliases)


def check_aliases(aliases: Sequence[str]) -> list[str]:
    """Aliases without repetition, in the order given, or ``InvalidInput``."""
    if is_text(aliases) or not is_sequence(aliases):
        raise InvalidInput(f"aliases is {aliases!r}; it must be a list of strings.")
    return list(dict.fromkeys(check_alias(alias) for alias in aliases))


def check_alias(alias: str) -> str:
    """An alias, or ``InvalidInput``."""
    if not is_text(alias) or not alias.strip():
        raise InvalidInput(f"An alias is a text, not {alias!r}.")
    if len(alias) > NAME_LIMIT:
        raise InvalidInput(
            f"The alias {alias[:40]!r}… has {len(alias)} characters; {NAME_LIMIT} at most."
        )
    for char in "/:":
        if char in alias:
            raise InvalidInput(f"The alias {alias!r} holds {char!r}, which no alias may.")
    if not alias.isprintable():
        raise InvalidInput(f"The alias {alias!r} holds control characters.")
    return alias


def refuse_system_alias(alias: str) -> None:
    """Raise ``InvalidInput`` for aliases that the server gives by itself."""
    if _MADE_BY_SERVER.fullmatch(alias):
        raise InvalidInput(
            f"The alias {alias!r} is given by the server itself; choose another name."
        )


def check_metadata(metadata: Mapping[str, JsonValue] | None) -> dict[str, JsonValue]:
    """Metadata that JSON can say, or ``InvalidInput``; ``None`` is no metadata."""
    if metadata is None:
        return {}
    if not is_mapping(metadata) or not all(is_text(key) for key in metadata):
        raise InvalidInput(f"metadata is {metadata!r}; it must be a mapping with text keys.")
    if len(metadata) > METADATA_LIMIT:
        raise InvalidInput(
            f"metadata has {len(metadata)} top-level keys; the server takes {METADATA_LIMIT}."
        )
    loaded: dict[str, JsonValue] = json.loads(metadata_text(metadata))
    return loaded


def metadata_text(metadata: Mapping[str, JsonValue]) -> str:
    """Metadata as a ``JSONString``: NaN becomes null, an infinity is refused.

    Raises:
        InvalidInput: JSON cannot say it.
    """
    try:
        return json.dumps(_finite(dict(metadata)), allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError) as error:
        raise InvalidInput(f"metadata cannot be written as JSON: {error}.") from error


def _finite(value: object) -> object:
    if isinstance(value, float) and value != value:  # noqa: PLR0124 - NaN
        return None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # JSON
    return value


def check_ttl(ttl: timedelta | ArtifactTTL | None) -> timedelta | ArtifactTTL | None:
    """A time to live, or ``InvalidInput``."""
    if ttl is None or isinstance(ttl, ArtifactTTL):
        return ttl
    if not isinstance(ttl, timedelta):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may be untyped
        raise InvalidInput(f"ttl is {ttl!r}; it must be a timedelta, ArtifactTTL.INHERIT or None.")
    if ttl < timedelta(seconds=1):
        raise InvalidInput(f"ttl is {ttl}; it must be at least a second.")
    return ttl


def ttl_seconds(ttl: timedelta | ArtifactTTL | None) -> int:
    """A time to live as the server takes it."""
    if ttl is None:
        return _NO_TTL
    return _INHERITED_TTL if isinstance(ttl, ArtifactTTL) else int(ttl.total_seconds())


def _difference(added: Sequence[str], deleted: Sequence[str]) -> JsonValue:
    if not added and not deleted:
        return None
    return {"add": list(added), "delete": list(deleted)}
