"""Takes the pictures of docs/pictures anew: `python -m tests.browser.pictures`."""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.browser.showing import (
    chromium,
    executed_notebook,
    local_only,
    notebook_page,
    signed_in,
)
from tests.local.processes import Served, serving
from typed_artifacts.cli.demo.project import PROJECT, Scale, build
from typed_artifacts.local import Registry

FOLDER = Path(__file__).parents[2] / "docs" / "pictures"
SCALE = Scale(embedders=12, tokenizers=4, scores=6, packages=2, standard_library=False)


def main() -> None:
    """The page of a version, light and dark, and a notebook."""
    driving: Any = import_module("playwright.sync_api")
    FOLDER.mkdir(exist_ok=True)
    with TemporaryDirectory() as folder, driving.sync_playwright() as driver:
        root = Path(folder) / "registry"
        with Registry(root) as registry:
            build(registry, SCALE)
        browser = chromium(driver)
        with serving(root) as served:
            for scheme in ("light", "dark"):
                _version(browser, served, scheme)
        _notebook(browser, Path(folder))
        browser.close()


def _version(browser: Any, served: Served, scheme: str) -> None:
    context = browser.new_context(
        color_scheme=scheme, viewport={"width": 1120, "height": 860}, device_scale_factor=1
    )
    page = signed_in(context, served, f"/{PROJECT}/artifacts/model/code-embedder/v6")
    page.screenshot(path=FOLDER / f"version-{scheme}.png")
    context.close()


def _notebook(browser: Any, folder: Path) -> None:
    page = browser.new_page(viewport={"width": 860, "height": 1440})
    written = notebook_page(executed_notebook(folder), folder / "notebook.html", "light")
    page.route("**/*", local_only)
    page.goto(written.as_uri(), wait_until="domcontentloaded")
    page.screenshot(path=FOLDER / "notebook.png")


if __name__ == "__main__":
    main()
