"""What `make docs` checks of the built site: links, public names, and that nothing is remote."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

import typed_artifacts
from tests.docs.examples import DOCS

_SPEC = importlib.util.spec_from_file_location("check_site", DOCS / "_build" / "check_site.py")
assert _SPEC is not None
assert _SPEC.loader is not None
check_site = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(check_site)

NAMES = "".join(f'<h2 id="typed_artifacts.{name}"></h2>' for name in check_site.public_names())
GOOD = f'<a href="sub/b.html#there"></a><a href="https://example.org">far</a>{NAMES}'


def test_the_names_are_those_of_the_package_and_its_modules() -> None:
    named = set(check_site.public_names())
    assert set(typed_artifacts.__all__) < named
    assert {"filters.field", "local.Registry", "lineage.Lineage"} <= named


@pytest.mark.parametrize(
    ("page", "problem"),
    [
        (GOOD, None),
        (GOOD + '<a href="nowhere.html"></a>', "nowhere.html leads nowhere"),
        (GOOD + '<img src="sub/none.svg">', "sub/none.svg leads nowhere"),
        (GOOD + '<a href="sub/b.html#not"></a>', "sub/b.html#not has no such place"),
        (GOOD + '<script src="https://cdn.example/x.js"></script>', "from elsewhere"),
        (GOOD + '<link rel="stylesheet" href="//fonts.example/f.css">', "from elsewhere"),
        (GOOD.replace('"typed_artifacts.Artifacts"', '"x"'), "Artifacts has no place"),
    ],
)
def test_what_is_wrong_with_a_site(page: str, problem: str | None, tmp_path: Path) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "index.html").write_text(page)
    (tmp_path / "sub" / "b.html").write_text('<a id="there" href="../index.html"></a>')
    found: list[str] = check_site.problems_of(tmp_path)
    assert len(found) == (problem is not None)
    assert problem is None or problem in found[0]
