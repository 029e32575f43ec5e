"""Parses responses with pydantic; imported with the first response."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar, cast

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from .._graphql.base_model import BUILDING
from .._values.gc_pause import LARGE, PAUSE
from .._values.guards import override

if TYPE_CHECKING:
    from collections.abc import Mapping

DataT = TypeVar("DataT", bound=BaseModel)
ModelT = TypeVar("ModelT", bound=BaseModel)


class Envelope(BaseModel, Generic[DataT]):
    """``{"data": …, "errors": …}``, or the ``error`` of a server's plain answers."""

    # A generic model, which is built for the model of each operation only.
    model_config = ConfigDict(defer_build=True)

    data: DataT | None = None
    errors: object = None
    error: object = None


def envelope(model: type[DataT]) -> type[Envelope[DataT]]:
    """The envelope around one operation's model."""
    # Not Envelope[model]: that would also build the generic model.
    name = f"{model.__name__}Envelope"
    data: dict[str, tuple[object, None]] = {"data": (model | None, None)}
    with BUILDING.get():
        made: type[Envelope[DataT]] = create_model(name, __base__=Envelope, **data)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownVariableType]  # a field known at run time only
        made.model_rebuild()  # pyright: ignore[reportUnknownMemberType]  # as above
    return made  # pyright: ignore[reportUnknownVariableType]  # as above


def validate(model: type[ModelT], content: bytes) -> ModelT | str:
    """The validated model, or one sentence about the first thing that is wrong."""
    try:
        if len(content) < LARGE:
            return model.model_validate_json(content)
        with PAUSE:
            return model.model_validate_json(content)
    except ValidationError as error:
        return first_problem(error)
    except RecursionError:
        return "it is nested too deeply"


def first_problem(error: ValidationError) -> str:
    """Where the first mismatch is and what it is, without pydantic's own layout."""
    problems = error.errors(include_url=False, include_input=False, include_context=False)
    # A wrong value is reported before a missing one: it says more.
    first = min(problems, key=lambda problem: problem["type"] == "missing")
    location = ".".join(str(step) for step in first["loc"])
    return f"{location}: {first['msg']}" if location else first["msg"]


def validate_given(model: type[ModelT], attrs: Mapping[str, object]) -> ModelT | str:
    """A model of what a caller gave; members that are missing stay unset."""
    try:
        return model.model_validate(attrs)
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        missing = {problem["loc"] for problem in problems if problem["type"] == "missing"}
        if len(missing) < len(problems) or any(len(location) > 1 for location in missing):
            return first_problem(error)
    names = {str(location[0]) for location in missing}
    absent = frozenset(
        name for name, info in model.model_fields.items() if name in names or info.alias in names
    )
    partial = cast("type[ModelT]", _partial(model, absent))  # a class that extends the model
    return partial.model_validate(attrs)


class Partial(BaseModel):
    """A base of models that lack members. Pickle finds no class by its name that is made late."""

    whole: ClassVar[type[BaseModel]]
    __absent__: ClassVar[frozenset[str]] = frozenset()

    @override
    def __reduce__(self) -> tuple[object, ...]:
        return _without_state, (self.whole, self.__absent__), self.__getstate__()


@cache
def _partial(model: type[BaseModel], absent: frozenset[str]) -> type[Partial]:
    """A model without those members; each is made once."""
    unset: dict[str, tuple[object, None]] = dict.fromkeys(absent, (object, None))
    name, bases = f"Partial{model.__name__}", (Partial, model)
    with BUILDING.get():
        made: type[Partial] = create_model(name, __base__=bases, **unset)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownVariableType]  # fields are known at run time only
    made.whole, made.__absent__ = model, absent
    return made  # pyright: ignore[reportUnknownVariableType]  # as above


def _without_state(model: type[BaseModel], absent: frozenset[str]) -> Partial:
    """A model that lacks members, as pickle fills it."""
    kind = _partial(model, absent)
    return kind.__new__(kind)
