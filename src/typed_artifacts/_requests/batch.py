"""Combines many operations of one kind into one document, with aliased root fields."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Generic, NewType, TypeVar

from .._values.guards import override
from .operation import Operation, VariablesT_contra

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pydantic import BaseModel

    from .batch_data import BatchData
    from .envelope import Envelope

    DataT = TypeVar("DataT", bound="BaseModel")
else:
    DataT = TypeVar("DataT")

# What a batch takes: only ``Batch.variables`` makes it.
BatchVariables = NewType("BatchVariables", dict[str, object])

# The layout of graphql-core's printer, in which every document of ours is kept.
_SINGLE = re.compile(r"\s*(query|mutation) (\w+)\((.*?)\) \{\n(.*?)\n\}", re.DOTALL)
_ROOT = re.compile(r"^  (?:(\w+): )?(\w+)", re.MULTILINE)
_VARIABLE = re.compile(r"\$(\w+)")


@dataclass(frozen=True)
class Batch(Generic[DataT, VariablesT_contra]):
    """So many times one query or mutation: each has variables and roots of its own."""

    single: Operation[DataT, VariablesT_contra]
    count: int

    @property
    def operation(self) -> Operation[BatchData[DataT], BatchVariables]:
        """The operation that asks them all; ``parts`` of its data are in the order asked."""
        single = self.single
        document = document_of(single.document, self.count)
        batched: _Batched[DataT] = _Batched(
            f"{single.name}Batch",
            single.kind,
            document,
            single.module,
            of=single.name,
            roots=roots_of(single.document),
            count=self.count,
        )
        return batched

    def variables(self, many: Sequence[VariablesT_contra]) -> BatchVariables:
        """The variables of all questions, each under its number."""
        return BatchVariables(
            {
                f"{name}_{number}": value
                for number, given in enumerate(many)
                for name, value in given.items()
            }
        )


@dataclass(frozen=True)
class _Batched(Operation["BatchData[DataT]", BatchVariables], Generic[DataT]):
    of: str = ""
    roots: tuple[str, ...] = ()
    count: int = 0

    @cached_property
    @override
    def _envelope(self) -> type[Envelope[BatchData[DataT]]]:
        # The result of any mutation may be null. One that the reply lacks says as little, and the
        # others are still to be told: they were carried out.
        may_lack = self.kind == "mutation"
        from .._graphql.base_model import BUILDING

        with BUILDING.get():
            return _envelope_of(self.module, self.of, self.roots, self.count, may_lack)  # type: ignore[return-value]  # pyright: ignore[reportReturnType]  # found by the model's name


@lru_cache(maxsize=32)
def _envelope_of(
    module: str,
    name: str,
    roots: tuple[str, ...],
    count: int,
    may_lack: bool,
) -> type[Envelope[BatchData[BaseModel]]]:
    """The envelope of a batch: most are of the same size, and building one takes milliseconds."""
    from importlib import import_module

    from .batch_data import batch_data
    from .envelope import envelope

    model: type[BaseModel] = getattr(import_module(f"typed_artifacts._graphql.{module}"), name)
    return envelope(batch_data(model, roots, count, may_lack=may_lack))


@lru_cache(maxsize=64)
def document_of(document: str, count: int) -> str:
    """The document of an operation, sent so many times at once; a server runs them in order."""
    single = _single(document)
    kind, name, variables, roots = single.groups()

    def numbered(text: str, number: int) -> str:
        return _VARIABLE.sub(rf"$\1_{number}", text)

    def renamed(number: int) -> str:
        return _ROOT.sub(lambda it: f"  {it[1] or it[2]}_{number}: {it[2]}", roots)

    heads = ", ".join(numbered(variables, number) for number in range(count))
    bodies = "\n".join(numbered(renamed(number), number) for number in range(count))
    return f"{kind} {name}Batch({heads}) {{\n{bodies}\n}}{document[single.end() :]}"


@lru_cache(maxsize=64)
def roots_of(document: str) -> tuple[str, ...]:
    """The names under which an operation's reply has its root fields."""
    return tuple(found[1] or found[2] for found in _ROOT.finditer(_single(document)[4]))


def _single(document: str) -> re.Match[str]:
    single = _SINGLE.match(document)
    if single is None:
        raise ValueError("only an operation with variables can be sent many times at once")
    return single
