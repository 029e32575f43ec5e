"""Filters and orders that a type checker can check.

    from typed_artifacts.filters import field

    api.artifacts(
        "model",
        "team/project/net",
        filters=(field.metadata["accuracy"] > 0.9) & field.tags.contains("gold"),
        order=field.created_at.desc(),
    )

A condition is a mapping, the same as one written by hand, and is accepted wherever a mapping is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Generic, NoReturn, TypeVar, final

from ._values.guards import is_text, override
from .errors import InvalidInput

if TYPE_CHECKING:
    from ._values.json_values import JsonInput
    from ._values.string_sequences import StringSequence, ValueSequence

__all__ = [
    "Condition",
    "Fields",
    "MetadataField",
    "NamesField",
    "NumberField",
    "TextField",
    "TimeField",
    "field",
]

Scalar = str | float | bool  # an int is a float to type checkers
ValueT_contra = TypeVar("ValueT_contra", str, float, datetime, Scalar, contravariant=True)


@final
class Condition(Mapping[str, "JsonInput"]):
    """A filter for a listing; combine conditions with ``&``, ``|`` and ``~``."""

    def __init__(self, document: Mapping[str, JsonInput]) -> None:
        self._document = dict(document)

    def __and__(self, other: Condition) -> Condition:
        return _joined("$and", self, other)

    def __or__(self, other: Condition) -> Condition:
        return _joined("$or", self, other)

    def __invert__(self) -> Condition:
        return Condition({"$nor": [self._document]})

    @override
    def __getitem__(self, key: str) -> JsonInput:
        return self._document[key]

    @override
    def __iter__(self) -> Iterator[str]:
        return iter(self._document)

    @override
    def __len__(self) -> int:
        return len(self._document)

    def __bool__(self) -> NoReturn:
        raise InvalidInput(
            "A condition is neither true nor false here: the server decides. Write & for and, | "
            "for or, ~ for not, with each comparison in parentheses, and no a < field < b."
        )

    @override
    def __repr__(self) -> str:
        return f"Condition({self._document!r})"


def _joined(operator: str, *conditions: Condition) -> Condition:
    parts: list[JsonInput] = []
    for condition in conditions:
        if not isinstance(condition, Condition):  # pyright: ignore[reportUnnecessaryIsInstance]  # callers may be untyped
            raise InvalidInput(
                f"A condition is combined with another, not with {condition!r:.100}."
            )
        inner = condition.get(operator)
        parts += inner if isinstance(inner, list) else [dict(condition)]
    return Condition({operator: parts})


def _value(value: object, key: str) -> JsonInput:
    if isinstance(value, Enum):
        value = value.value
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise InvalidInput(f"{key} is compared with {value!r}, which has no time zone.")
        return value.isoformat()
    if isinstance(value, str | int | float):
        return value
    hint = "; exists(False) finds what has no value" if value is None else ""
    raise InvalidInput(f"{key} cannot be compared with {value!r:.100}{hint}.")


class _Field:
    def __init__(self, key: str) -> None:
        self._key = key

    def exists(self, there: bool = True) -> Condition:
        """Whether there is a value; in metadata, null is one."""
        return Condition({self._key: {"$exists": there}})

    def _is(self, operator: str, value: object) -> Condition:
        return Condition({self._key: {operator: _value(value, self._key)}})


class _Compared(_Field, Generic[ValueT_contra]):  # noqa: PLW1641  # equality makes a condition, so it is no key
    @override
    def __eq__(self, other: ValueT_contra) -> Condition:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # it makes a condition
        return Condition({self._key: _value(other, self._key)})

    @override
    def __ne__(self, other: ValueT_contra) -> Condition:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]  # it makes a condition
        return self._is("$ne", other)

    def is_in(self, values: ValueSequence[ValueT_contra]) -> Condition:
        """Whether the value is one of these."""
        if is_text(values):
            raise InvalidInput(f"is_in takes a list of values, not {values!r:.100}.")
        return Condition({self._key: {"$in": [_value(each, self._key) for each in values]}})


class _Ordered(_Compared[ValueT_contra]):
    def __lt__(self, other: ValueT_contra) -> Condition:
        return self._is("$lt", other)

    def __le__(self, other: ValueT_contra) -> Condition:
        return self._is("$lte", other)

    def __gt__(self, other: ValueT_contra) -> Condition:
        return self._is("$gt", other)

    def __ge__(self, other: ValueT_contra) -> Condition:
        return self._is("$gte", other)

    def asc(self) -> str:
        """Ascending order: the smallest or earliest first."""
        return f"+{self._key}"

    def desc(self) -> str:
        """Descending order: the largest or latest first."""
        return f"-{self._key}"


@final
class NumberField(_Ordered[float]):
    """A number."""


@final
class TimeField(_Ordered[datetime]):
    """A time, compared with an aware ``datetime``."""


@final
class TextField(_Ordered[str]):
    """A text."""

    def matches(self, pattern: str) -> Condition:
        """Whether a regular expression is found in it."""
        return self._is("$regex", pattern)

    def contains(self, text: str) -> Condition:
        """Whether a text is in it."""
        return self._is("$contains", text)


@final
class NamesField(_Field):
    """A list of names, such as tags."""

    def contains(self, name: str) -> Condition:
        """Whether a name is among them."""
        return Condition({self._key: _value(name, self._key)})

    def contains_any(self, names: StringSequence) -> Condition:
        """Whether at least one of these names is among them."""
        if is_text(names):
            raise InvalidInput(f"contains_any takes a list of names, not {names!r:.100}.")
        return Condition({self._key: {"$in": [_value(name, self._key) for name in names]}})


@final
class MetadataField(_Compared[Scalar]):
    """A metadata value; ``["key"]`` is a value inside it. Numbers compare only with numbers."""

    def __getitem__(self, key: str) -> MetadataField:
        if not is_text(key) or not key or "." in key or key.startswith("$"):
            raise InvalidInput(
                f"{key!r:.100} is no key of metadata that a filter can name: it must be a text "
                "without dots."
            )
        return MetadataField(f"{self._key}.{key}")

    def __lt__(self, other: str | float) -> Condition:
        return self._is("$lt", other)

    def __le__(self, other: str | float) -> Condition:
        return self._is("$lte", other)

    def __gt__(self, other: str | float) -> Condition:
        return self._is("$gt", other)

    def __ge__(self, other: str | float) -> Condition:
        return self._is("$gte", other)

    def contains(self, value: Scalar) -> Condition:
        """Whether a list has this item, or a text contains this text."""
        return self._is("$contains", value)

    def matches(self, pattern: str) -> Condition:
        """Whether a regular expression is found in it."""
        return self._is("$regex", pattern)


@final
class Fields:
    """The attributes by which versions and collections can be filtered and sorted."""

    id: TextField = TextField("id")
    name: TextField = TextField("name")
    """Of collections."""
    digest: TextField = TextField("digest")
    description: TextField = TextField("description")
    state: TextField = TextField("state")
    commit_hash: TextField = TextField("commit_hash")
    size: NumberField = NumberField("size")
    file_count: NumberField = NumberField("file_count")
    version: NumberField = NumberField("version_index")
    """The number of a version: 3 for ``v3``."""
    created_at: TimeField = TimeField("created_at")
    updated_at: TimeField = TimeField("updated_at")
    linked_at: TimeField = TimeField("linked_at")
    tags: NamesField = NamesField("tag")
    aliases: NamesField = NamesField("alias")
    metadata: MetadataField = MetadataField("metadata")


field: Fields = Fields()
"""The keys by which versions and collections can be filtered and ordered: ``field.tags``."""
