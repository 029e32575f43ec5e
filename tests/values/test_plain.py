"""What becomes JSON, what is refused and where, and when two values are equal."""

from __future__ import annotations

import collections
import copy
import dataclasses
import enum
import json
import math
import types
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta, timezone
from decimal import Decimal
from fractions import Fraction
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple, TypedDict
from uuid import UUID

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, Field, RootModel, computed_field
from typing_extensions import override

from typed_artifacts import InvalidInput, JsonValue
from typed_artifacts._values.json_values import same_json
from typed_artifacts._values.plain import plain_json

MOMENT = datetime(2024, 2, 29, 12, 30, tzinfo=UTC)


class Color(enum.Enum):
    RED = "red"
    DEEP = ("a", 1)


class Level(enum.IntEnum):
    LOW = 1


class Word(enum.StrEnum):
    ONE = "one"


@dataclasses.dataclass(frozen=True)
class Scores:
    f1: float
    when: datetime | None = None


class Model(BaseModel):
    model_config = ConfigDict(populate_by_name=True)

    learning_rate: float = Field(alias="learningRate")
    at: date = date(2024, 1, 2)


class Numbers(RootModel[list[int]]):
    pass


class Point(NamedTuple):
    x: int
    y: int


class Row(TypedDict):
    name: str
    size: int


class Quantity(np.ndarray[Any, Any]):
    """As astropy has it: an array whose numbers are none without their unit."""

    @override
    def tolist(self) -> Any:
        raise NotImplementedError("cannot make a list of Quantities")


class Config(collections.UserDict[str, int]):
    """As OmegaConf has it: values are looked up as they are read."""

    @override
    def __getitem__(self, key: str) -> int:
        raise LookupError(f"Missing mandatory value: {key}")


class Settings(collections.UserList[int]):
    @override
    def __iter__(self) -> Iterator[int]:
        raise LookupError("Missing value at index 1")


class Ratio(BaseModel):
    of: int = 0

    @computed_field  # type: ignore[prop-decorator]
    @property
    def ratio(self) -> float:
        return 1 / self.of


class Indexed:
    def __index__(self) -> int:
        return 7


class Floating:
    def __float__(self) -> float:
        return 1.5


class Tensor:
    """As torch, jax and others have it: one number in an object of no dimension."""

    ndim = 0

    def item(self) -> float:
        return 0.25

    def tolist(self) -> float:
        return 0.25


GOOD: list[tuple[object, JsonValue]] = [
    (None, None),
    (True, True),
    (3, 3),
    (0.5, 0.5),
    ("é\ud800", "é\ud800"),
    ({"a": {"b": [1, "c"]}}, {"a": {"b": [1, "c"]}}),
    ((1, (2,)), [1, [2]]),
    (range(3), [0, 1, 2]),
    (collections.deque([1]), [1]),
    (collections.OrderedDict(a=1), {"a": 1}),
    (types.MappingProxyType({"a": (1,)}), {"a": [1]}),
    (Point(1, 2), [1, 2]),
    (Row(name="n", size=1), {"name": "n", "size": 1}),
    ({"b", "a"}, ["a", "b"]),
    (frozenset({2, 1.5}), [1.5, 2]),
    (Color.RED, "red"),
    (Color.DEEP, ["a", 1]),
    (Level.LOW, 1),
    (Word.ONE, "one"),
    ({Word.ONE: 1}, {"one": 1}),
    (MOMENT, "2024-02-29T12:30:00+00:00"),
    (MOMENT.replace(tzinfo=None), "2024-02-29T12:30:00"),
    (MOMENT.astimezone(timezone(timedelta(hours=2))), "2024-02-29T14:30:00+02:00"),
    (date(2024, 1, 2), "2024-01-02"),
    (time(1, 2), "01:02:00"),
    (timedelta(minutes=1.5), 90.0),
    (PurePosixPath("a/b"), "a/b"),
    (Path("x"), "x"),
    (UUID(int=1), "00000000-0000-0000-0000-000000000001"),
    (Decimal("0.1"), 0.1),
    (Decimal("12.00"), 12),
    (Decimal("1e3"), 1000),
    (Fraction(1, 4), 0.25),
    (Fraction(2**60 + 1), 2**60 + 1),
    (collections.UserString("text"), "text"),
    (Scores(0.5, MOMENT), {"f1": 0.5, "when": "2024-02-29T12:30:00+00:00"}),
    (Model(learningRate=0.1), {"learningRate": 0.1, "at": "2024-01-02"}),
    ([Model(learningRate=1)], [{"learningRate": 1.0, "at": "2024-01-02"}]),
    (Numbers([1, 2]), [1, 2]),
    (np.float32(0.5), 0.5),
    (np.float64(0.5), 0.5),
    (np.float16(0.5), 0.5),
    (np.longdouble(0.5), 0.5),
    (np.int64(3), 3),
    (np.uint8(255), 255),
    (np.bool_(1), True),
    (np.str_("s"), "s"),
    (np.array(3), 3),
    (np.ma.masked, None),
    (np.ma.masked_array([1.5, 2.5], mask=[True, False]), [None, 2.5]),
    (np.ma.masked_array([1.5], mask=[True]).mean(), None),
    (np.array([[1, 2], [3, 4]], dtype=np.int16), [[1, 2], [3, 4]]),
    (np.datetime64("2024-01-02T03:04:05.123456789"), "2024-01-02T03:04:05.123456789"),
    (np.timedelta64(1500, "ms"), 1.5),
    (np.array("2024-01-02", "M8[ns]"), "2024-01-02T00:00:00.000000000"),
    (np.array(["2024-01-02"], "M8[ns]"), ["2024-01-02T00:00:00.000000000"]),
    (np.array([["2024-01-02"]], "M8[D]"), [["2024-01-02"]]),
    (np.array([1_500_000_000], "m8[ns]"), [1.5]),
    (np.ma.masked_array(np.array(["2024", "2025"], "M8[ns]"), [True, False])[:1], [None]),
    ({np.int64(1), np.int64(0)}, [0, 1]),
    (Indexed(), 7),
    (Floating(), 1.5),
    (Tensor(), 0.25),
]


@pytest.mark.parametrize(("value", "expected"), GOOD, ids=range(len(GOOD)))
def test_it_becomes_json(value: object, expected: JsonValue) -> None:
    found = plain_json({"v": [value]}, "metadata")
    assert found == {"v": [expected]}
    assert type(found["v"][0]) is type(expected)  # type: ignore[index]  # pyright: ignore[reportArgumentType, reportCallIssue, reportIndexIssue, reportOptionalSubscript]  # it is so
    assert same_json(json.loads(json.dumps(found)), found)


class Opaque:
    pass


HOLDS_ITSELF: list[object] = []
HOLDS_ITSELF.append({"me": HOLDS_ITSELF})

BAD: list[tuple[object, str]] = [
    (Opaque(), "Opaque"),
    (b"bytes", "bytes"),
    (bytearray(b"x"), "bytearray"),
    (memoryview(b"x"), "memoryview"),
    (1j, "complex"),
    (np.complex64(1j), "complex"),
    (iter([1]), "iterator"),
    (print, "function"),
    (Opaque, "class"),
    (Scores, "class"),
    (Model, "class"),
    ({1, "a"}, "set"),
    ({(1, 2)}, "set"),
    (10**5000, "thousands of digits"),
    (Decimal("1e99999999"), "thousands of digits"),
    (Fraction(10**400, 3), "Fraction"),
    (np.datetime64, "class"),
    (np.zeros(2).view(Quantity), r"Quantity that is no JSON .cannot make a list of Quantities."),
    (np.zeros(()).view(Quantity), r"Quantity that is no JSON .cannot make a list of Quantities."),
    (Config(b=1), "Config that is no JSON .Missing mandatory value: b."),
    (Settings([1]), "Settings that is no JSON .Missing value at index 1."),
    (Ratio(), "Ratio that is no JSON .division by zero."),
]


@pytest.mark.parametrize(("value", "words"), BAD, ids=range(len(BAD)))
def test_what_is_no_json_is_refused_by_its_place(value: object, words: str) -> None:
    metadata = {"eval": {"per_class": [{"f1": value}]}}
    with pytest.raises(InvalidInput, match=words) as caught:
        plain_json(metadata, "metadata")
    assert "eval.per_class[0].f1 " in str(caught.value)
    assert len(str(caught.value)) < 300


@pytest.mark.parametrize(
    "key", [1, None, 1.5, ("a",), b"a", date(2024, 1, 2), np.int64(3), Color.RED]
)
def test_a_key_that_is_no_text_is_refused_by_its_place(key: object) -> None:
    with pytest.raises(InvalidInput, match="has a key") as caught:
        plain_json({"eval": [{key: 1}]}, "metadata")
    assert f"eval[0][{key!r}]" in str(caught.value)


def test_a_time_that_is_none_is_no_number_in_an_array_either() -> None:
    for kind in ("M8[ns]", "m8[ns]"):
        found = plain_json(np.array([["NaT"]], kind), "metadata")
        assert isinstance(found, list)
        assert math.isnan(found[0][0])  # type: ignore[index, arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue, reportIndexIssue, reportOptionalSubscript]  # it is so


def test_a_place_can_be_printed() -> None:
    with pytest.raises(InvalidInput, match=r'x\["\\udcff"\] is of type') as caught:
        plain_json({"x": {"\udcff": Opaque()}}, "metadata")
    assert str(caught.value).encode()


@pytest.mark.parametrize(
    ("key", "place"), [("a b", 'x["a b"]'), ("a.b", 'x["a.b"]'), ("ä", "x.ä"), ('"', r'x["\""]')]
)
def test_a_place_is_read_one_way_only(key: str, place: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        plain_json({"x": {key: Opaque()}}, "metadata")
    assert f"In metadata, {place} is of type" in str(caught.value)


def test_what_holds_itself_is_refused() -> None:
    with pytest.raises(InvalidInput, match=r"In metadata, a\[0\]\.me holds itself\."):
        plain_json({"a": HOLDS_ITSELF}, "metadata")
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(InvalidInput, match="nested too deeply"):
        plain_json({"a": deep}, "metadata")
    twice = [1]
    assert plain_json({"a": twice, "b": twice}, "metadata") == {"a": [1], "b": [1]}


@pytest.mark.parametrize(
    "value",
    [
        math.nan,
        np.float32("nan"),
        np.datetime64("NaT", "s"),
        np.timedelta64("NaT", "s"),
        Decimal("nan"),
        Decimal("sNaN"),
    ],
)
def test_not_a_number_stays_for_whoever_asked(value: object) -> None:
    found = plain_json([value], "metadata")
    assert isinstance(found, list)
    assert isinstance(found[0], float)
    assert math.isnan(found[0])


EQUAL: list[tuple[JsonValue, JsonValue, bool]] = [
    (True, 1, False),
    (False, 0, False),
    (True, 1.0, False),
    (1, 1.0, True),
    (0, -0.0, True),
    (2**53, float(2**53), True),
    (2**53 + 1, float(2**53), False),
    ("1", 1, False),
    (None, False, False),
    (None, {}, False),
    ([], {}, False),
    ({"a": 1, "b": 2}, {"b": 2, "a": 1}, True),
    ({"a": 1}, {"a": 1, "b": None}, False),
    ([1, 2], [2, 1], False),
    ([1], [1, 1], False),
    ({"a": [{"b": True}]}, {"a": [{"b": 1}]}, False),
    ({"a": [{"b": 1.0}]}, {"a": [{"b": 1}]}, True),
    ("é", "e\u0301", False),
    (math.nan, math.nan, True),
    ([math.nan], [None], False),
    (math.inf, -math.inf, False),
]


@pytest.mark.parametrize(("one", "other", "equal"), EQUAL)
def test_equality_is_that_of_json(one: JsonValue, other: JsonValue, equal: bool) -> None:
    assert same_json(one, other) is equal
    assert same_json(other, one) is equal
    assert same_json({"x": [one]}, {"x": [other]}) is equal


JSON: st.SearchStrategy[JsonValue] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(JSON, JSON)
def test_equality_holds_through_the_wire(one: JsonValue, other: JsonValue) -> None:
    assert same_json(one, copy.deepcopy(one))
    assert same_json(one, json.loads(json.dumps(one)))
    assert same_json(one, plain_json(one, "metadata"))
    assert same_json(one, other) is same_json(other, one)
    assert not same_json(one, [one])
