"""The model of a batch's response; imported with the first batch."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, model_validator

if TYPE_CHECKING:
    from collections.abc import Sequence

DataT = TypeVar("DataT", bound=BaseModel)


class BatchData(BaseModel, Generic[DataT]):
    """The answers to many questions of one kind, in the order asked.

    Attributes:
        roots: the root fields of one question.
        count: how many questions there are.
        may_lack: whether a root that the reply lacks is taken for null; otherwise it is an error.
        parts: the answer to each.
    """

    model_config = ConfigDict(defer_build=True)

    roots: ClassVar[Sequence[str]] = ()
    count: ClassVar[int] = 0
    may_lack: ClassVar[bool] = False

    parts: list[DataT]

    @model_validator(mode="before")
    @classmethod
    def _split(cls, roots: object) -> object:
        """``{"thing_0": …, "thing_1": …}`` as a list of ``{"thing": …}``; others are ignored."""
        if not isinstance(roots, dict):
            return roots
        given: dict[str, object] = roots  # pyright: ignore[reportUnknownVariableType]  # JSON
        return {"parts": [cls._part(given, number) for number in range(cls.count)]}

    @classmethod
    def _part(cls, given: dict[str, object], number: int) -> dict[str, object]:
        names = {root: f"{root}_{number}" for root in cls.roots}
        return {
            root: given.get(name) for root, name in names.items() if cls.may_lack or name in given
        }


def batch_data(
    model: type[DataT], roots: Sequence[str], count: int, *, may_lack: bool
) -> type[BatchData[DataT]]:
    """The model of so many answers that are each of one operation's."""
    made: type[BatchData[DataT]] = BatchData[model]  # type: ignore[valid-type]  # a type made at run time
    members = {"roots": roots, "count": count, "may_lack": may_lack, "__module__": __name__}
    return type(f"{model.__name__}Batch", (made,), members)
