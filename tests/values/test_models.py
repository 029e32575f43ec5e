"""Metadata in a type of one's own, there and back."""

from __future__ import annotations

import dataclasses
import typing
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Generic, NotRequired, Optional, TypedDict, TypeVar

import pydantic
import pytest
import typing_extensions
from pydantic import BaseModel, ConfigDict, Field

from tests.artifacts.bench import DATA
from tests.artifacts.wire import Wire
from typed_artifacts import AsyncApi, InvalidInput

MOMENT = datetime(2024, 1, 2, 3, 4, tzinfo=UTC)


class Kind(Enum):
    TRAIN = "train"


class Nested(TypedDict):
    half: float


class Base(TypedDict):
    rows: int


class Typed(Base):
    nested: Nested
    many: NotRequired[list[Nested]]
    maybe: NotRequired[dict[str, Nested | None]]
    old: NotRequired[Optional[Nested]]  # noqa: UP045 - as older code writes it


class Partial(TypedDict, total=False):
    rows: int
    nested: dict[str, float]
    many: list[Nested]


class Extended(typing_extensions.TypedDict, total=False):
    rows: int
    nested: dict[str, float]


@dataclasses.dataclass
class Inner:
    half: float


@dataclasses.dataclass
class Data:
    rows: int
    nested: Inner
    when: datetime = MOMENT
    kind: Kind = Kind.TRAIN


@pydantic.dataclasses.dataclass
class Checked:
    rows: int
    nested: dict[str, float]


class Model(BaseModel):
    rows: int
    nested: dict[str, float]


class Strict(BaseModel):
    model_config = ConfigDict(strict=True, populate_by_name=True)

    when: datetime = Field(alias="madeAt")
    kind: Kind
    pair: tuple[int, float]


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (Typed, {"rows": 3, "nested": {"half": 1.5}}),
        (Partial, {"rows": 3, "nested": {"half": 1.5}}),
        (Extended, {"rows": 3, "nested": {"half": 1.5}}),
        (Data, Data(3, Inner(1.5))),
        (Checked, Checked(3, {"half": 1.5})),
        (Model, Model(rows=3, nested={"half": 1.5})),
        (dict, {"rows": 3, "nested": {"half": 1.5}}),
    ],
)
async def test_metadata_as(api: AsyncApi, wire: Wire, model: type[Any], expected: object) -> None:
    artifact = await api.artifact(DATA)
    wire.forget()
    found = artifact.metadata_as(model)
    assert found == expected
    assert type(found) is type(expected)
    artifact.metadata["nested"] = None
    if model is not dict:
        with pytest.raises(InvalidInput, match=rf"local/bench/data:v1 .* {model.__name__}: nested"):
            artifact.metadata_as(model)
    assert wire.count() == []


async def test_a_typed_dict_is_read_to_its_last_field(api: AsyncApi) -> None:
    artifact = await api.artifact(DATA)
    artifact.metadata = Typed(
        rows=1, nested={"half": 1}, many=[{"half": 2}], maybe={"a": {"half": 3}, "b": None}
    )
    assert artifact.metadata_as(Typed).get("many") == [{"half": 2.0}]
    artifact.metadata["maybe"] = {"a": {}}
    with pytest.raises(InvalidInput, match=r"maybe\.a\.half"):
        artifact.metadata_as(Typed)


async def test_metadata_that_was_edited_in_place_is_validated_as_json(api: AsyncApi) -> None:
    artifact = await api.artifact(DATA)
    artifact.metadata = {"rows": 1, "nested": {"half": 0.5}}
    values: dict[str, object] = typing.cast("dict[str, object]", artifact.metadata)
    values["when"], values["kind"] = MOMENT, Kind.TRAIN  # as JSON, once it is saved
    assert artifact.metadata_as(Data) == Data(1, Inner(0.5), MOMENT)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Strict, Strict(madeAt=MOMENT, kind=Kind.TRAIN, pair=(1, 0.5))),
        (Data, Data(1, Inner(0.5), MOMENT)),
        (Typed, Typed(rows=1, nested={"half": 0.5})),
        (Checked, Checked(1, {"half": 0.5})),
    ],
)
async def test_what_is_set_as_metadata_comes_back(
    api: AsyncApi,
    kind: type[Any],
    given: Any,  # noqa: ANN401 - of that kind
) -> None:
    artifact = await api.artifact(DATA)
    artifact.metadata = given
    await artifact.save()
    again = await api.artifact(DATA)
    assert again.metadata_as(kind) == given


ItemT = TypeVar("ItemT")


class Unknown(BaseModel):
    value: NoSuchType  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable, reportUnknownVariableType]  # on purpose


class UnknownField(TypedDict):
    value: NoSuchType  # type: ignore[name-defined]  # noqa: F821  # pyright: ignore[reportUndefinedVariable, reportUnknownVariableType]  # on purpose


class Holder(Generic[ItemT]):
    pass


@pytest.mark.parametrize(
    "model",
    [
        *(5, "Model", "dict", None, [], object(), Model(rows=1, nested={})),
        *(Unknown, UnknownField, Holder, typing.Callable),
    ],
)
async def test_what_is_no_type_for_metadata_is_refused(api: AsyncApi, model: Any) -> None:  # noqa: ANN401
    artifact = await api.artifact(DATA)
    with pytest.raises(InvalidInput):
        artifact.metadata_as(model)


async def test_metadata_of_a_model_that_is_no_object_is_refused(api: AsyncApi) -> None:
    artifact = await api.artifact(DATA)
    for value in (pydantic.RootModel[list[int]]([1]), [("a", 1)], "text", 5, Model, b"{}"):
        with pytest.raises(InvalidInput, match="metadata"):
            artifact.metadata = value  # type: ignore[assignment]  # pyright: ignore[reportAttributeAccessIssue]  # on purpose
