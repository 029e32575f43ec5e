"""``to_rows()``: items of a list as rows of JSON values. Without I/O."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import Enum
from typing import TYPE_CHECKING, Final

from ..._operations.list_items import ITEMS, PROPERTIES
from ..._values.guards import is_text
from ...errors import InvalidInput
from ..versions.metadata import copied_metadata

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from ..._values.json_values import JsonValue

_METADATA = "metadata"

# Class of items → what they can tell without a request; what stands before the bar is told by
# default.
_COLUMNS: Final = {
    "ArtifactType": "name id | entity project",
    "ArtifactCollection": (
        "name type description tags created_at updated_at id | entity project project_id "
        "project_internal_id organization url"
    ),
    "Registry": (
        "name description visibility allow_all_artifact_types artifact_types created_at updated_at "
        "id | full_name path entity organization"
    ),
    "Artifact": (
        "name version type aliases tags state size file_count digest description created_at "
        "updated_at id metadata | qualified_name entity project collection_name "
        "source_qualified_name source_entity source_project source_name source_version is_link ttl "
        "ttl_is_inherited history_step commit_hash digest_algorithm linked_at url"
    ),
    "File": "name size mimetype digest updated_at | id md5 url direct_url storage_path size_bytes",
}


def columns_of(
    listing: str,
    columns: Sequence[str],
    properties: Mapping[str, tuple[str, ...]] = PROPERTIES,
) -> list[str]:
    """The columns of the rows of a list: those given, or the ones that it tells by default.

    Args:
        listing: the name of the list's class; of one that is not known here, the items say what
            they tell.
        columns: attributes of its items; ``metadata.key`` for a value of their metadata.
        properties: class of items → the properties that are generated for it; a project may have
            added some.

    Raises:
        InvalidInput: an item has no such attribute, or could tell it only by a request.
    """
    for column in columns:
        if not is_text(column):
            raise InvalidInput(f"A column is the name of an attribute, not {column!r:.200}.")
    item = ITEMS.get(listing.removeprefix("Async"), "")
    known = _COLUMNS.get(item)
    if known is None:
        return list(columns)
    default, _, more = known.partition("|")
    names = {*default.split(), *more.split()}
    added = [name for name in properties[item] if name not in names]
    if not columns:
        return [*default.split(), *added]
    names |= {*added}
    for column in columns:
        root, dot, _ = column.partition(".")
        if root not in names or (dot and root != _METADATA):
            raise InvalidInput(
                f"{listing} has no column {column!r:.200}; there are {', '.join(sorted(names))}"
                f"{', and metadata.key' if _METADATA in names else ''}."
            )
    return list(columns)


def row_of(item: object, columns: Sequence[str]) -> dict[str, JsonValue]:
    """The columns of an item; without any, its properties.

    Raises:
        InvalidInput: it has no such attribute.
    """
    return {column: _cell(item, column) for column in columns or _properties(type(item))}


def _properties(kind: type) -> list[str]:
    members = [pair for each in reversed(kind.__mro__) for pair in vars(each).items()]
    found = dict.fromkeys(name for name, member in members if isinstance(member, property))
    return [name for name in found if not name.startswith("_")]


def _cell(item: object, column: str) -> JsonValue:
    root, dot, path = column.partition(".")
    if root == "collection_name":
        return str(getattr(item, "name", "")).partition(":")[0]
    value: object = getattr(item, root, _plain)
    if root.startswith("_") or callable(value) or (dot and root != _METADATA):
        names = ", ".join(_properties(type(item)))
        raise InvalidInput(
            f"{type(item).__name__} has no column {column!r:.200}; there are {names}."
        )
    if root == _METADATA:
        return _within(copied_metadata(value), path)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]  # it is a version's
    return _plain(value)


def _within(value: JsonValue, path: str) -> JsonValue:
    """A value by its dotted path; a key may itself hold dots."""
    if not path:
        return value
    if not isinstance(value, dict):
        return None
    if path in value:
        return value[path]
    parts = path.split(".")
    for count in range(len(parts) - 1, 0, -1):
        key = ".".join(parts[:count])
        if key in value:
            return _within(value[key], ".".join(parts[count:]))
    return None


def _plain(value: object) -> JsonValue:
    if isinstance(value, Enum):
        return str(value.value)
    if value is None or isinstance(value, str | int | float):
        return value
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, list):
        return [str(each) for each in value]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]  # names
    return str(value)
