"""Parses responses with pydantic; imported with the first response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError, create_model

from .gc_pause import LARGE, PAUSE

if TYPE_CHECKING:
    from collections.abc import Mapping

DataT = TypeVar("DataT", bound=BaseModel)
ModelT = TypeVar("ModelT", bound=BaseModel)


class Envelope(BaseModel, Generic[DataT]):
    """``{"data": …, "errors": …}``, or the ``error`` of a server's plain answers."""

    # Built for one operation's model each, and never as it stands here.
    model_config = ConfigDict(defer_build=True)

    data: DataT | None = None
    errors: object = None
    error: object = None


def envelope(model: type[DataT]) -> type[Envelope[DataT]]:
    """The envelope around one operation's model."""
    # Not Envelope[model]: that would first build what Envelope is without one.
    name = f"{model.__name__}Envelope"
    data: dict[str, tuple[object, None]] = {"data": (model | None, None)}
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
    # What is wrong tells more than what is missing.
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
    absent: dict[str, tuple[object, None]] = {
        name: (object, None)
        for name, info in model.model_fields.items()
        if name in names or info.alias in names
    }
    partial = create_model(f"Partial{model.__name__}", __base__=model, **absent)  # type: ignore[call-overload]  # pyright: ignore[reportUnknownVariableType]  # fields are known at run time only
    partial.__absent__ = frozenset(absent)  # pyright: ignore[reportUnknownArgumentType]  # as above
    return partial.model_validate(attrs)  # type: ignore[no-any-return]  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # as above
