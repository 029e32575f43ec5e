"""Converts Python, numpy and pydantic values to JSON.

numpy is never imported: its scalars, and those of other array libraries, are known by ``item()``,
``__index__`` and ``__float__``.
"""

from __future__ import annotations

import math
import operator
from collections import UserString
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum
from numbers import Rational, Real
from pathlib import PurePath
from typing import TYPE_CHECKING, TypeAlias, TypeGuard
from uuid import UUID

from typing_extensions import TypeAliasType

from ..errors import InvalidInput
from .json_values import within
from .library_values import TIMES, ArrayLike, ModelLike, dtype_kind, is_array, is_model, is_single
from .surrogates import HALF_PAIR, has_half_pair

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    from .json_values import JsonValue

# Python writes no number of more than 4,300 digits.
_LONGEST_NUMBER = 14_000  # bits
_LONGEST_DECIMAL = 4_000  # digits
_NEVER_FAIL = (dict, list, tuple)


Metadata: TypeAlias = "Mapping[str, object] | DataclassInstance | ModelLike"
"""A mapping, a ``TypedDict``, a dataclass or a pydantic model, as metadata."""

if not TYPE_CHECKING:
    Metadata = TypeAliasType("Metadata", object)  # only type checkers know a dataclass


def plain_json(
    value: object, argument: str, *, exact: bool = False, finite: bool = False
) -> JsonValue:
    """A value as JSON. A float that is no number stays, for callers to say what becomes of it.

    Mappings, dataclasses and pydantic models become objects; sequences, arrays and sets (sorted)
    become lists; numbers become numbers; times, paths and UUIDs become text (ISO 8601), durations
    seconds, enums their values.

    Args:
        value: what is to be said in JSON.
        argument: the name of the argument, for errors, such as "metadata".
        exact: whether sets, floats that are no numbers, and texts that are none are refused, as in
            a filter.
        finite: whether floats that are no numbers are refused in any case.

    Raises:
        InvalidInput: part of it is nothing that JSON can say; the error names its place.
    """
    try:
        return _Plain(argument, exact=exact, finite=finite or exact).convert(value, "")
    except RecursionError as error:
        raise InvalidInput(f"{argument} is nested too deeply for JSON.") from error


class _Plain:
    """One conversion: it knows what it is inside of."""

    def __init__(self, argument: str, *, exact: bool, finite: bool) -> None:
        self._argument = argument
        self._exact = exact
        self._finite = finite
        self._inside: set[int] = set()

    def convert(self, value: object, location: str) -> JsonValue:
        """A value at a place."""
        if isinstance(value, Enum):
            return self.convert(value.value, location)
        if value is None or isinstance(value, bool):
            return value
        if isinstance(value, str):
            return self._text(value, location)
        if isinstance(value, int):
            return self._whole(int(value), location)
        found = float(value) if isinstance(value, float) else self._container(value, location)
        if found is None:
            found = self._scalar(value, location)
        if self._finite and isinstance(found, float) and not math.isfinite(found):
            raise self._refusal(location, f"is {found}, which JSON has no word for")
        return found

    def _container(self, value: object, location: str) -> JsonValue:
        """A value that holds others; ``None`` where it holds none."""
        items = self._items(value, location)
        if items is None:
            return None
        if id(value) in self._inside:
            raise self._refusal(location, "holds itself")
        self._inside.add(id(value))
        found: JsonValue
        if _is_mapping(items):
            pairs = self._pairs(items, location)
            found = {self._key(k, location): self.convert(v, within(location, k)) for k, v in pairs}
        else:
            members = self._members(items, location)
            found = [self.convert(item, f"{location}[{i}]") for i, item in enumerate(members)]
        self._inside.discard(id(value))
        return found

    def _items(
        self, value: object, location: str
    ) -> Mapping[object, object] | Iterable[object] | None:
        if _is_mapping(value) or _is_list(value):
            return value
        if is_dataclass(value) and not isinstance(value, type):
            return {field.name: self._field(value, field.name, location) for field in fields(value)}
        if is_model(value):
            return self._dumped(value, location)
        if not self._exact and isinstance(value, set | frozenset):
            return self._sorted(value, location)  # pyright: ignore[reportUnknownArgumentType]  # of anything
        if is_array(value) and value.ndim > 0 and hasattr(value, "__dlpack__"):
            # tolist() of times in nanoseconds has numbers.
            with self._reading(value, location):
                return [*value] if dtype_kind(value) in TIMES else _listed(value.tolist())
        return None

    def _pairs(
        self, items: Mapping[object, object], location: str
    ) -> Iterable[tuple[object, object]]:
        if type(items) in _NEVER_FAIL:
            return items.items()
        with self._reading(items, location):
            return [*items.items()]

    def _members(self, items: Iterable[object], location: str) -> Iterable[object]:
        if type(items) in _NEVER_FAIL:
            return items
        with self._reading(items, location):
            return [*items]

    def _key(self, key: object, location: str) -> str:
        if not isinstance(key, str):
            raise self._refusal(
                within(location, key), f"has a key {_described(key)}; JSON has text keys"
            )
        return self._text(key.value if isinstance(key, Enum) else key, within(location, key))

    def _text(self, value: str, location: str) -> str:
        if self._exact and has_half_pair(value):
            raise self._refusal(location, HALF_PAIR)
        return str.__str__(value)

    def _field(self, value: object, name: str, location: str) -> object:
        try:
            found: object = getattr(value, name)
        except AttributeError as error:
            raise self._refusal(within(location, name), "was never set") from error
        return found

    def _dumped(self, model: ModelLike, location: str) -> Mapping[object, object] | list[object]:
        with self._reading(model, location):
            found: object = model.model_dump(mode="json", by_alias=True)
        # A root model dumps whatever its root is.
        return found if _is_mapping(found) else _listed(found)

    def _sorted(self, members: Iterable[object], location: str) -> list[object]:
        found = [self.convert(member, location) for member in members]
        texts = [item for item in found if isinstance(item, str)]
        numbers = [item for item in found if _is_number(item)]
        if len(texts) == len(found):
            return [*sorted(texts)]
        if len(numbers) == len(found):
            return [*sorted(numbers)]
        raise self._refusal(
            location, "is a set, whose members have an order only where all are text or all numbers"
        )

    def _scalar(self, value: object, location: str) -> JsonValue:
        if isinstance(value, datetime | date | time):
            # pandas.NaT is a datetime that is not equal to itself.
            return math.nan if value != value else value.isoformat()  # noqa: PLR0124
        if isinstance(value, timedelta):
            return value.total_seconds()
        if isinstance(value, PurePath | UUID | UserString):
            return str(value)
        if isinstance(value, Decimal):
            return self._decimal(value, location)
        if is_array(value) and value.ndim == 0:
            return self._of_array(value, location)
        return self._number(value, location)

    def _of_array(self, value: ArrayLike, location: str) -> JsonValue:
        kind = dtype_kind(value)
        if kind in TIMES and str(value) == "NaT":
            return math.nan
        match kind:
            case "M":  # item() of a time in nanoseconds is a number
                return str(value)
            case "m":
                return self.convert(value.astype("timedelta64[us]").item(), location)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]  # numpy has it
            case _:
                with self._reading(value, location):
                    found = value.tolist()  # of a masked value None; item() has what is under it
                same = type(found) is type(value)  # a long double
                return self._number(value, location) if same else self.convert(found, location)

    def _number(self, value: object, location: str) -> JsonValue:
        try:
            if isinstance(value, Rational) and value.denominator == 1:
                return self._whole(int(value.numerator), location)
            if hasattr(value, "__index__"):
                return self._whole(operator.index(value), location)  # pyright: ignore[reportArgumentType]  # it has it
            if isinstance(value, Real) or (hasattr(value, "__float__") and is_single(value)):
                return float(value)  # pyright: ignore[reportArgumentType]  # it has it
        except (TypeError, ValueError, OverflowError, RuntimeError) as error:
            raise self._refusal(location, f"is {_described(value)} ({error})") from error
        raise self._refusal(location, f"is {_described(value)}, which JSON has no word for")

    def _decimal(self, value: Decimal, location: str) -> JsonValue:
        if not value.is_finite():
            return math.nan if value.is_nan() else float(value)
        if value.adjusted() > _LONGEST_DECIMAL:
            raise self._refusal(location, "is a number of thousands of digits")
        whole = value.to_integral_value()
        return self._whole(int(whole), location) if value == whole else float(value)

    def _whole(self, value: int, location: str) -> int:
        if value.bit_length() > _LONGEST_NUMBER:
            raise self._refusal(location, "is a number of thousands of digits")
        return value

    @contextmanager
    def _reading(self, value: object, location: str) -> Generator[None]:
        """What the code of others does to give its values, and whatever it raises."""
        try:
            yield
        except RecursionError:
            raise
        except Exception as error:
            raise self._refusal(
                location, f"is {_described(value)} that is no JSON ({error})"
            ) from error

    def _refusal(self, location: str, why: str) -> InvalidInput:
        return InvalidInput(
            f"In {self._argument}, {location} {why}." if location else f"{self._argument} {why}."
        )


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and not math.isnan(value)


def _is_mapping(value: object) -> TypeGuard[Mapping[object, object]]:
    return isinstance(value, Mapping)


def _is_list(value: object) -> TypeGuard[Sequence[object]]:
    texts = (str, bytes, bytearray, memoryview, UserString)
    return isinstance(value, Sequence) and not isinstance(value, texts)


def _listed(value: object) -> list[object]:
    return [*value] if _is_list(value) else [value]


def _described(value: object) -> str:
    kind = type(value)
    name = (
        kind.__qualname__
        if kind.__module__ == "builtins"
        else f"{kind.__module__}.{kind.__qualname__}"
    )
    return f"a class ({value!r:.60})" if isinstance(value, type) else f"of type {name}"
