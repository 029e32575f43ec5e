"""The examples of the pages in docs/ run as they stand, in every language."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import typed_artifacts
from tests.docs.examples import DOCS, examples_of, run_page

#: Its examples need a server and the official client: tests/referee/test_migration_guide.py.
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


def test_the_page_on_async_code_names_each_attribute_that_is_a_method_there() -> None:
    page = (DOCS / "async.md").read_text("utf-8")
    found: set[str] = set()
    for name in typed_artifacts.__all__:
        blocking = getattr(typed_artifacts, name)
        twin = getattr(typed_artifacts, f"Async{name}", None)
        if twin is None:
            continue
        for member in dir(blocking):
            attribute = inspect.getattr_static(blocking, member)
            if isinstance(attribute, property) and inspect.iscoroutinefunction(
                getattr(twin, member)
            ):
                found.add(member)
    assert {"manifest", "length", "config"} <= found
    assert {member for member in found if f".{member}()`" not in page} == set()
