"""Every fault in every kind of call: the right result, or the right error and nothing changed."""

import re
from pathlib import Path

import pytest

from tests.reliability.conftest import Ran
from tests.reliability.tabling import table

DOCS = Path(__file__).parents[2] / "docs" / "reliability.md"


def test_no_cell_is_wrong(ran: Ran) -> None:
    assert len(ran.cells) > 700
    assert [cell for cell in ran.cells if cell.wrong] == []


@pytest.mark.soak
@pytest.mark.timeout(900)
def test_no_cell_is_wrong_in_either_flavour(ran: Ran) -> None:
    assert len(ran.cells) > 1600
    assert [cell for cell in ran.cells if cell.wrong] == []


def test_the_documented_table_is_the_one_that_comes_out(ran: Ran) -> None:
    documented = DOCS.read_text().partition("## Faults")[2].partition("\n## ")[0]
    assert _rows(table(ran.cells)) == _rows(documented)


def _rows(text: str) -> list[str]:
    return [
        re.sub(" +", " ", re.sub("-{3,}", "---", line))
        for line in text.splitlines()
        if line.startswith("|")
    ]
