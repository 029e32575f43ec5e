"""Values of pydantic and of array libraries, told by what they have: none of these is imported."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final, Protocol, TypeGuard

TIMES: Final = ("M", "m")
"""numpy's kinds of moments and of durations."""


class ModelLike(Protocol):
    """A pydantic model, as far as it is needed here."""

    def model_dump(self, *, mode: str, by_alias: bool) -> Mapping[str, object]:
        """The model's values."""
        ...


class ArrayLike(Protocol):
    """An array or a scalar of numpy, or of a library that follows it."""

    @property
    def ndim(self) -> int: ...
    def __iter__(self) -> Iterator[object]: ...
    def item(self) -> object: ...
    def tolist(self) -> object: ...


def is_model(value: object) -> TypeGuard[ModelLike]:
    """Whether it is a pydantic model."""
    return hasattr(type(value), "__pydantic_serializer__") and hasattr(value, "model_dump")


def is_array(value: object) -> TypeGuard[ArrayLike]:
    """Whether it is an array or a scalar of such a library."""
    kind = type(value)
    return all(hasattr(kind, name) for name in ("ndim", "item", "tolist"))


def dtype_kind(value: ArrayLike) -> str:
    """Numpy's letter for what its numbers are; "" where it has none."""
    kind: str = getattr(getattr(value, "dtype", None), "kind", "")
    return kind


def is_single(value: object) -> bool:
    """Whether it is one number and not many: pandas gives a series of one a ``float()``."""
    return not hasattr(value, "__len__") and not hasattr(value, "__iter__")
