"""The examples of the pages in docs/ run as they stand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.processes.running import run_python

DOCS = Path(__file__).parents[2] / "docs"
PAGES = ["fsspec.md", "testing.md"]


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page(page: str, tmp_path: Path) -> None:
    text = (DOCS / page).read_text("utf-8")
    examples = re.findall(r"^```python\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert examples
    shown = re.findall(r"^```text\n(.*?)^```$", text, flags=re.MULTILINE | re.DOTALL)
    assert run_python("\n".join(examples), tmp_path) == "".join(shown)
