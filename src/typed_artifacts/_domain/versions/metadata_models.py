"""Metadata as a user's type: a pydantic model, a dataclass, a ``TypedDict``."""

from __future__ import annotations

import functools
import json
import sys
import typing
from types import UnionType
from typing import TYPE_CHECKING, TypeVar

from ..._values.guards import is_text
from ..._values.plain import plain_json
from ...errors import InvalidInput

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from ..._values.json_values import JsonValue

ModelT = TypeVar("ModelT")


def as_model(model: type[ModelT], metadata: dict[str, JsonValue], path: str) -> ModelT:
    """Metadata, validated into a type.

    Args:
        model: whatever pydantic can validate into.
        metadata: the metadata, perhaps edited in place.
        path: whose metadata it is, for an error.

    Raises:
        InvalidInput: the metadata does not fit, or it is no type to fit into.
    """
    from pydantic import PydanticUserError, ValidationError

    from ..._requests.envelope import first_problem

    adapter = _adapter(model)
    # In JSON mode a strict model accepts a time as a string, and a tuple as a list.
    text = json.dumps(plain_json(metadata, "metadata"))
    try:
        return adapter.validate_json(text)
    except ValidationError as error:
        raise InvalidInput(
            f"The metadata of {path} does not fit {_name(model)}: {first_problem(error)}.",
            subject=path,
        ) from error
    except PydanticUserError as error:
        raise _no_type(model, error) from error


def _adapter(model: type[ModelT]) -> TypeAdapter[ModelT]:
    if is_text(model):  # a string, which pydantic would resolve as the name of a type
        raise _no_type(model, TypeError("it is a text"))
    try:
        return _made(model)  # type: ignore[arg-type]  # a type is hashable
    except TypeError as error:  # unhashable, so no type
        raise _no_type(model, error) from error


@functools.lru_cache(64)
def _made(model: type[ModelT]) -> TypeAdapter[ModelT]:
    from pydantic import PydanticUserError, TypeAdapter

    try:
        return TypeAdapter(_readable(model))
    except (PydanticUserError, NameError) as error:
        raise _no_type(model, error) from error


def _no_type(model: object, error: Exception) -> InvalidInput:
    return InvalidInput(
        f"{_name(model)} is no type for metadata ({str(error).splitlines()[0]}); "
        "give a pydantic model, a dataclass or a TypedDict."
    )


def _name(model: object) -> str:
    return str(getattr(model, "__name__", repr(model)))[:200]


if sys.version_info >= (3, 12):

    def _readable(hint: type[ModelT]) -> type[ModelT]:
        return hint

else:
    import typing_extensions

    # Before Python 3.12 pydantic takes only the TypedDict of typing_extensions, as it looks for
    # what the other does not note; what is asked of it here, both have.
    def _readable(hint: type[ModelT]) -> type[ModelT]:
        return _rebuilt(hint)  # type: ignore[no-any-return]  # pyright: ignore[reportReturnType]  # the same, for pydantic

    def _rebuilt(hint: typing.Any) -> typing.Any:  # noqa: ANN401 - a type is anything
        if typing.is_typeddict(hint) and type(hint).__module__ == "typing":
            hints = typing.get_type_hints(hint, include_extras=True)
            fields = {
                key: _marked(value, required=key in hint.__required_keys__)
                for key, value in hints.items()
            }
            return typing_extensions.TypedDict(hint.__name__, fields)  # type: ignore[operator]  # pyright: ignore[reportGeneralTypeIssues]  # known at run time
        found = tuple(_rebuilt(inner) for inner in typing.get_args(hint))
        if found == typing.get_args(hint):
            return hint
        if isinstance(hint, UnionType):
            return typing.Union[found]  # noqa: UP007 - of as many as there are
        return typing.get_origin(hint)[found]

    def _marked(hint: typing.Any, *, required: bool) -> typing.Any:  # noqa: ANN401 - as above
        mark = typing.Required if required else typing.NotRequired
        # Where annotations are texts, __required_keys__ does not know of a mark on one of them.
        if typing.get_origin(hint) in {typing.Required, typing.NotRequired}:
            mark, (hint,) = typing.get_origin(hint), typing.get_args(hint)
        return mark[_rebuilt(hint)]
