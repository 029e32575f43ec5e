"""The examples of the pages in docs/ run as they stand, in every language."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.docs.examples import DOCS, examples_of, run_page

#: What they show needs a server and the official client: tests/referee/test_moving.py runs them.
_ELSEWHERE = {"upstream.md"}
PAGES = sorted(
    path.relative_to(DOCS).as_posix()
    for path in DOCS.rglob("*.md")
    if path.name not in _ELSEWHERE and examples_of(path)
)


@pytest.mark.parametrize("page", PAGES)
def test_the_examples_of_a_page(page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    run_page(DOCS / page)


def test_the_pages_have_examples() -> None:
    assert {"first-steps.md", "files.md", "testing.md"} <= set(PAGES)
