"""The fault matrix is run once, for all who look at what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.reliability import matrix
from tests.reliability.matrix import Evidence
from tests.reliability.tabling import Cell


@dataclass(frozen=True)
class Ran:
    """What came of the matrix, and what was let out on the way."""

    cells: list[Cell]
    evidence: Evidence


@pytest.fixture(scope="session")
def ran(request: pytest.FixtureRequest) -> Iterator[Ran]:
    whole = "soak" in str(request.config.getoption("markexpr")).replace("not soak", "")
    with matrix.opened() as opened, matrix.logging_to(opened.evidence):
        yield Ran(matrix.run(opened, whole=whole), opened.evidence)
