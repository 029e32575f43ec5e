"""Attributes that a caller passes as ``attrs=``, instead of a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, TypeVar

from ...errors import InvalidInput, NotLoadedError

if TYPE_CHECKING:
    from pydantic import BaseModel

    from ..._values.json_values import JsonInput, JsonValue

    FieldsT = TypeVar("FieldsT", bound=BaseModel)


def given_attrs(
    fragment: str, attrs: Mapping[str, JsonInput] | FieldsT, needed: Sequence[str] = ()
) -> FieldsT:
    """The model of attributes given as a mapping or as a model.

    A mapping may lack members; what it lacks counts as not fetched. Names are GraphQL's, or ours.

    Args:
        fragment: the name of the model.
        attrs: the attributes.
        needed: members that must be given; their names are the same in GraphQL and here.

    Raises:
        InvalidInput: a member has a value of the wrong type, or a needed one is missing.
    """
    if not isinstance(attrs, Mapping):
        if not _is_fragment(type(attrs), fragment):
            raise InvalidInput(
                f"attrs is of type {type(attrs).__name__}; it must be a mapping, or {fragment}."
            )
        return attrs
    from ..._requests.envelope import validate_given

    module = import_module("typed_artifacts._graphql.fragments")
    model: type[FieldsT] = getattr(module, fragment)
    found = validate_given(model, attrs)
    if isinstance(found, str):
        raise InvalidInput(f"attrs do not fit {fragment}: {found}.")
    if lacking := [name for name in needed if name not in attrs]:
        raise InvalidInput(f"attrs do not fit {fragment}: {lacking[0]}: Field required.")
    return found


@cache
def _is_fragment(model: type[object], fragment: str) -> bool:
    return any(base.__name__ == fragment for base in model.__mro__)


def not_loaded(kind: type, attribute: str) -> NotLoadedError:
    """The error for an attribute read too early, by itself or by what needs it."""
    # The property of a class may have another name than the field of the model; and one of that
    # name may be what the object was made with.
    known = hasattr(kind, attribute) and not attribute.startswith("_")
    known = known and attribute not in signature(kind).parameters
    subject = f"{kind.__name__}.{attribute}" if known else kind.__name__
    if not hasattr(kind, "load"):
        return NotLoadedError(f"{subject} is not there: give it in attrs=.")
    return NotLoadedError(f"{subject} is not there yet: call load() first, or give it in attrs=.")


def collection_attrs(
    collection_id: str | None, kind: str | None, name: str, type_name: str
) -> dict[str, JsonValue]:
    """What is known of a collection from one of its versions."""
    known: dict[str, JsonValue] = {
        "id": collection_id,
        "__typename": kind,
        "name": name,
        "defaultArtifactType": {"name": type_name},
    }
    return {key: value for key, value in known.items() if value is not None}
