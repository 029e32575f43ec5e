"""Headless Chromium, a server with something on every page, and a notebook that was executed."""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.browser.showing import chromium, executed_notebook, notebook_page, signed_in
from tests.local.processes import Served
from tests.pages.conftest import serving_pages

playwright: Any = import_module("playwright.sync_api")


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving_pages(tmp_path_factory.mktemp("browser") / "registry") as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    with playwright.sync_playwright() as driver:
        opened = chromium(driver)
        yield opened
        opened.close()


@pytest.fixture(scope="session")
def reader(browser: Any, served: Served) -> Iterator[Any]:
    """A page of somebody who is signed in; whatever opens a dialog fails the test."""
    context = browser.new_context()
    page = signed_in(context, served)
    dialogs: list[str] = []

    def note(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", note)
    yield page
    context.close()
    assert dialogs == []


@pytest.fixture(scope="session")
def notebook(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A notebook with all its outputs."""
    return executed_notebook(tmp_path_factory.mktemp("notebook"))


@pytest.fixture(params=["light", "dark"])
def written(request: pytest.FixtureRequest, notebook: Any, tmp_path: Path) -> Path:
    """The notebook as a page of one theme."""
    return notebook_page(notebook, tmp_path / "notebook.html", str(request.param))
