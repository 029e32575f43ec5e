"""The answers to a batch of questions, as one model; imported when the first batch is sent."""

from __future__ import annotations

from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

DataT = TypeVar("DataT", bound=BaseModel)


class BatchData(BaseModel, Generic[DataT]):
    """The answers to many questions of one kind, in the order asked."""

    model_config = ConfigDict(defer_build=True)

    parts: list[DataT]

    @model_validator(mode="before")
    @classmethod
    def _split(cls, roots: object) -> object:
        """``{"thing_0": …, "thing_1": …}`` as a list of ``{"thing": …}``."""
        if not isinstance(roots, dict):
            return roots
        given: dict[str, object] = roots  # pyright: ignore[reportUnknownVariableType]  # JSON
        found: dict[int, dict[str, object]] = {}
        for key, value in given.items():
            root, _, number = key.rpartition("_")
            found.setdefault(int(number), {})[root] = value
        return {"parts": [found[number] for number in sorted(found)]}


def parts(model: type[DataT]) -> type[BatchData[DataT]]:
    """The model of many answers that are each of one operation's."""
    return BatchData[model]  # type: ignore[valid-type]  # a type made at run time
