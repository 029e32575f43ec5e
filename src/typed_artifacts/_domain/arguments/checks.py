"""Checks input before it is sent: tags, orders, filters, types, modes. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from ..._graphql.enums import ArtifactState
from ..._values.guards import is_iterable, is_mapping, is_sequence, is_text, is_whole_number
from ..._values.json_values import JsonInput, json_text
from ..._values.names import NAME_LIMIT
from ..._values.plain import plain_json
from ..._values.shown import shown
from ..._values.surrogates import HALF_PAIR, has_half_pair
from ...errors import InvalidInput

if TYPE_CHECKING:
    from ..._values.json_values import JsonValue
    from ..._values.string_sequences import StringSequence

ChoiceT = TypeVar("ChoiceT", bound=str)
Filters: TypeAlias = Mapping[str, JsonInput]
"""A Mongo-style filter, as the server takes it."""
OrderT = TypeVar("OrderT", bound=str | None)
FiltersT = TypeVar("FiltersT", bound=Filters | None)

_ORDER = re.compile(r"[+-]?[A-Za-z_]\w*", re.ASCII)
_TAG = re.compile(r"[-\w]+( +[-\w]+)*")
# Equal to the server's [-\w]+([ ]*[-.\w]+)*, which takes exponential time on some texts.
_TYPE = re.compile(r"[-\w]([-.\w ]*[-.\w])?")
_COMMITTED: dict[str, JsonValue] = {"state": ArtifactState.COMMITTED.value}


def check_order(order: OrderT, argument: str = "order") -> OrderT:
    """An order string, or ``InvalidInput``."""
    if order is not None and not (is_text(order) and _ORDER.fullmatch(order)):
        raise InvalidInput(
            f"{argument} is {shown(order)}; it must be a snake_case key with an optional + or - in "
            'front, such as "-created_at".'
        )
    return order


def check_filters(filters: FiltersT, argument: str = "filters") -> FiltersT:
    """A filter's outer form, or ``InvalidInput``; what it means is the server's to check."""
    if filters is not None and not is_mapping(filters):
        raise InvalidInput(
            f"{argument} is {shown(filters)}; it must be a mapping such as "
            '{"metadata.accuracy": {"$gt": 0.9}}.'
        )
    return filters


def filters_text(filters: Filters, argument: str) -> str:
    """A filter as the server takes it.

    Args:
        filters: the filter.
        argument: the name of the argument, for errors.

    Raises:
        InvalidInput: JSON cannot say it.
    """
    return json_text(plain_json(filters, argument, exact=True))


def committed_text(filters: Filters | None = None) -> str:
    """A filter as the server takes it, of committed versions unless it names ``state`` itself.

    Raises:
        InvalidInput: JSON cannot say it.
    """
    if filters is None or not len(filters):  # a condition of typed filters has no truth
        return json_text(_COMMITTED)
    # First, because it ends: the conversion of other values may not.
    given = plain_json(filters, "filters", exact=True)
    return json_text(given if _names_state(given) else {"$and": [_COMMITTED, given]})


def narrowing_text(filters: Filters | None) -> str | None:
    """A filter of committed versions as the server takes it; ``None`` where there is none.

    Raises:
        InvalidInput: it is no mapping, or JSON cannot say it.
    """
    given = check_filters(filters)
    if given is None or not len(given):  # a condition of typed filters has no truth
        return None
    return committed_text(given)


def _names_state(value: JsonValue) -> bool:
    if isinstance(value, dict):
        return any(key == "state" or _names_state(item) for key, item in value.items())
    return isinstance(value, list) and any(_names_state(item) for item in value)


def check_tag(tag: str) -> str:
    """A tag, or ``InvalidInput``."""
    if not is_text(tag):
        raise InvalidInput(f"A tag is a string, not {shown(tag)}.")
    if len(tag) > NAME_LIMIT:
        raise InvalidInput(
            f"The tag {tag[:40]!r}… has {len(tag)} characters; {NAME_LIMIT} at most."
        )
    if not _TAG.fullmatch(tag):
        raise InvalidInput(
            f"The tag {shown(tag)} holds something other than letters, digits, _, - "
            "and single words between spaces."
        )
    return tag


def check_tags(tags: StringSequence, there: Sequence[str] = ()) -> list[str]:
    """Tags without repetition, in the order given, or ``InvalidInput`` for a new one."""
    return check_texts(tags, "tags", check_tag, there)


def check_texts(
    texts: StringSequence, argument: str, check: Callable[[str], str], there: Sequence[str]
) -> list[str]:
    """Texts without repetition, in the order given; those that are there are not checked."""
    if is_text(texts) or not is_sequence(texts):
        raise InvalidInput(f"{argument} is {shown(texts, 200)}; it must be a list of strings.")
    return list(dict.fromkeys(text if text in there else check(text) for text in texts))


def check_tag_filter(tags: str | Sequence[str] | None) -> frozenset[str]:
    """The tags that a version must have; none without a filter."""
    if tags is None:
        return frozenset()
    return frozenset(check_tags([tags] if isinstance(tags, str) else tags))


def has_tags(tags: Sequence[str], wanted: frozenset[str]) -> bool:
    """Whether all wanted tags are there."""
    return wanted.issubset(tags)


def check_strings(values: StringSequence, argument: str) -> list[str]:
    """A list of strings, or ``InvalidInput``; the keys of a mapping do as well."""
    listed = list(values) if is_iterable(values) and not is_text(values) else None
    if listed is None or not all(is_text(item) for item in listed):
        raise InvalidInput(f"{argument} is {shown(values, 200)}; it must be a list of strings.")
    return listed


def everything(_: str) -> bool:
    """True: the selection that includes every name."""
    return True


def check_choice(value: ChoiceT, choices: Sequence[ChoiceT], argument: str) -> ChoiceT:
    """One of some words, or ``InvalidInput``."""
    if value not in choices:
        raise InvalidInput(f"{argument} must be {' or '.join(choices)}, not {shown(value)}.")
    return value


def check_workers(max_workers: int) -> int:
    """How many threads may work at a time, or ``InvalidInput``."""
    if not is_whole_number(max_workers) or max_workers < 1:
        raise InvalidInput(
            f"max_workers is {shown(max_workers, 200)}; it must be a whole number, 1 or more."
        )
    return max_workers


def check_description(description: str | None) -> str | None:
    """A description, or ``InvalidInput``."""
    if description is not None and not is_text(description):
        raise InvalidInput(f"description is {shown(description)}; it must be a string, or None.")
    if description is not None and has_half_pair(description):
        raise InvalidInput(f"The description {shown(description, 200)} {HALF_PAIR}.")
    return description


def check_type_name(name: str) -> str:
    """An artifact type's name that things may be made with or moved to, or ``InvalidInput``."""
    if not is_text(name):
        raise InvalidInput(f"An artifact type is a string, not {shown(name)}.")
    if len(name) > NAME_LIMIT:
        raise InvalidInput(
            f"The artifact type {name[:40]!r}… has {len(name)} characters; {NAME_LIMIT} at most."
        )
    if not name:
        raise InvalidInput("The artifact type is empty; give its name.")
    if not _TYPE.fullmatch(name):
        raise InvalidInput(
            f"The artifact type {shown(name)} holds something other than letters, digits, "
            "_, -, dots and spaces."
        )
    return name


def refuse_reserved(type_name: str, collection: str) -> None:
    """Raise ``InvalidInput`` for types that belong to the server itself."""
    reserved = (
        type_name.startswith("wandb-")
        or type_name == "job"
        or (type_name == "run_table" and collection.startswith("run-"))
        or (type_name == "code" and collection.startswith("source-"))
    )
    if reserved:
        raise InvalidInput(
            f"The type {shown(type_name)} of {shown(collection)} is reserved for the server's own "
            "artifacts; use another type."
        )
