"""A version's metadata: checked, converted to JSON, validated with a model."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING

from ..._values.json_values import parse_json_object, same_json, within
from ..._values.plain import Metadata, plain_json
from ..._values.shown import first_few
from ..._values.surrogates import HALF_PAIR, has_half_pair
from ...errors import InvalidInput, ServerError
from ..notices import MetadataChanged, notify

if TYPE_CHECKING:
    from ..._values.json_values import JsonValue

METADATA_LIMIT = 100
"""Top-level keys that metadata may have."""

_WHAT = "metadata"


def check_metadata(metadata: Metadata | None, saved: str | None = None) -> dict[str, JsonValue]:
    """Metadata as JSON, in place of what the server has; ``None`` is no metadata.

    NaN becomes null, as with the official client, and a ``MetadataChanged`` warning says where.
    Half a surrogate pair is refused: the official client could not read the version any more.
    What was there already is not checked: another client may have had its reasons.

    Raises:
        InvalidInput: what is new is nothing that JSON can say, or it has too many keys.
    """
    return _writable(_object(metadata), _readable(saved) or {})


def changed_metadata(
    metadata: dict[str, JsonValue], saved: str | None
) -> dict[str, JsonValue] | None:
    """Metadata to write in place of what the server has; ``None`` where they are equal.

    Raises:
        InvalidInput: as ``check_metadata``.
    """
    wanted, there = _object(metadata), _readable(saved)
    if there is not None and same_json(wanted, there):
        return None
    return _writable(wanted, there or {})


def copied_metadata(metadata: Metadata) -> dict[str, JsonValue]:
    """Metadata as JSON that is one's own, or ``InvalidInput`` for what JSON cannot say."""
    return _object(metadata)


def followed_metadata(
    metadata: dict[str, JsonValue], saved: str | None
) -> dict[str, JsonValue] | None:
    """What the server has, in place; ``None`` where that is no object.

    Whoever holds it, or a part of it that is as the server has it, goes on to change it. Other
    parts are replaced: they may be what its user has put there, and be used elsewhere.
    """
    there = _readable(saved)
    if there is None:
        return None
    if not _is_identical(metadata, there):  # otherwise no write: another thread may iterate over it
        items = {key: _kept(metadata.get(key), item) for key, item in there.items()}
        metadata.clear()
        metadata.update(items)
    return metadata


def _kept(value: JsonValue, there: JsonValue) -> JsonValue:
    return value if _is_identical(value, there) else there


def _is_identical(one: JsonValue, other: JsonValue) -> bool:
    if type(one) is not type(other):
        return False
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(
            _is_identical(value, other[key]) for key, value in one.items()
        )
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(_is_identical, one, other))
    return same_json(one, other)


def is_other_metadata(metadata: dict[str, JsonValue], before: dict[str, JsonValue]) -> bool:
    """Whether metadata was changed since it was copied, perhaps to what JSON cannot say."""
    try:
        return not same_json(_object(metadata), before)
    except InvalidInput:
        return True


def metadata_text(metadata: dict[str, JsonValue]) -> str:
    """Metadata that was checked as a ``JSONString``."""
    return json.dumps(metadata, separators=(",", ":"))


def _readable(saved: str | None) -> dict[str, JsonValue] | None:
    """What the server has, if it is an object."""
    try:
        return parse_json_object(saved, _WHAT)
    except ServerError:
        return None


def _object(metadata: Metadata | None) -> dict[str, JsonValue]:
    found = {} if metadata is None else plain_json(metadata, _WHAT)
    if not isinstance(found, dict):
        raise InvalidInput(
            f"metadata is {metadata!r:.200}; it must be a mapping, a dataclass or a pydantic model."
        )
    return found


def _writable(metadata: dict[str, JsonValue], there: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(metadata) > max(METADATA_LIMIT, len(there)):
        raise InvalidInput(
            f"metadata has {len(metadata)} top-level keys; the server takes {METADATA_LIMIT}."
        )
    replaced: list[str] = []
    found = _object_to_write(metadata, there, "", replaced)
    if replaced:
        where = first_few(replaced, 5)
        notify(MetadataChanged(f"JSON has no NaN: in metadata, null is written for {where}."))
    return found


def _object_to_write(
    value: dict[str, JsonValue], there: dict[str, JsonValue], location: str, replaced: list[str]
) -> dict[str, JsonValue]:
    for key in value:
        if has_half_pair(key) and key not in there:
            raise InvalidInput(f"In metadata, {within(location, key)} {HALF_PAIR}.")
    return {
        key: _to_write(item, there.get(key), within(location, key), replaced)
        for key, item in value.items()
    }


def _to_write(value: JsonValue, there: JsonValue, location: str, replaced: list[str]) -> JsonValue:
    """A value with null for NaN, and without what JSON and UTF-8 cannot say.

    What of that is there already stays.
    """
    if isinstance(value, dict):
        return _object_to_write(value, there if isinstance(there, dict) else {}, location, replaced)
    if isinstance(value, str):
        if value != there and has_half_pair(value):
            raise InvalidInput(f"In metadata, {location} {HALF_PAIR}.")
        return value
    if isinstance(value, list):
        before = there if isinstance(there, list) else []
        return [
            _to_write(item, before[i] if i < len(before) else None, f"{location}[{i}]", replaced)
            for i, item in enumerate(value)
        ]
    if not isinstance(value, float) or math.isfinite(value):
        return value
    if isinstance(there, float) and same_json(value, there):
        return value
    if math.isnan(value):
        replaced.append(location)
        return None
    raise InvalidInput(
        f"In metadata, {location} is {value}, which JSON has no word for; "
        "leave it out, or write None or a text."
    )
