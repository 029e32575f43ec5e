"""The pages in Chromium: by keyboard, without scripts, light and dark, wide and narrow."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import pytest

from tests.browser.showing import signed_in
from tests.local.processes import Served
from tests.pages.conftest import HOSTILE_PROJECT, REPORT
from typed_artifacts.local.pages.addresses import address

axe: Any = import_module("axe_playwright_python.sync_playwright")

PAGES = (
    "/",
    "/demo/search",
    REPORT,
    f"{REPORT}/v0",
    f"{REPORT}/v0/files",
    f"{REPORT}/v0/files/scores.csv",
    f"{REPORT}/v0/files/picture.png",
    f"{REPORT}/v0/files/notes.md",
    f"{REPORT}/v0/lineage",
    "/demo/search/runs",
    "/demo/search/runs/train",
    "/demo/nothing",
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_no_barrier_and_no_page_wider_than_the_window(
    reader: Any, served: Served, scheme: str, width: int
) -> None:
    reader.emulate_media(color_scheme=scheme)
    reader.set_viewport_size({"width": width, "height": 900})
    for each in PAGES:
        reader.goto(served.url + each)
        found = axe.Axe().run(reader)
        assert found.violations_count == 0, f"{each}\n{found.generate_report()}"
        assert reader.evaluate("document.documentElement.scrollWidth <= innerWidth"), each


def test_the_sign_in_page_has_no_barrier(browser: Any, served: Served) -> None:
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(served.url)
        found = axe.Axe().run(page)
        assert found.violations_count == 0, found.generate_report()
        context.close()


def test_dark_is_dark(reader: Any, served: Served) -> None:
    reader.goto(served.url)
    colours: list[str] = []
    for scheme in ("light", "dark"):
        reader.emulate_media(color_scheme=scheme)
        colours.append(reader.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert colours == ["rgb(246, 247, 249)", "rgb(15, 19, 24)"]


def test_all_is_there_without_scripts(browser: Any, served: Served) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = signed_in(context, served, f"{REPORT}/v0")
    assert page.inner_text("h1") == "report:v0"
    page.click("text=The lineage as a list")
    assert page.is_visible("text=version net:v0")
    page.click("button:has-text('Sign out')")
    assert page.inner_text("h1") == "Sign in"
    context.close()


def test_the_keyboard_reaches_the_content(reader: Any, served: Served) -> None:
    reader.goto(f"{served.url}{REPORT}/v0")
    reader.keyboard.press("Tab")
    assert reader.evaluate("document.activeElement.textContent") == "Skip to the content"
    reader.keyboard.press("Enter")
    assert reader.evaluate("document.activeElement.id") == "main"
    reached: list[str] = []
    for _ in range(4):
        reader.keyboard.press("Tab")
        reached.append(reader.evaluate("document.activeElement.getAttribute('aria-label')"))
    assert "version net:v0, model" in reached
    outline = reader.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"


def test_a_command_is_copied(browser: Any, served: Served) -> None:
    context = browser.new_context()
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page = signed_in(context, served, f"{REPORT}/v0")
    page.click(".code >> nth=0 >> button", force=True)
    page.wait_for_selector("text=Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("typed-artifacts download")
    context.close()


def test_nothing_that_a_registry_holds_runs(reader: Any, served: Served) -> None:
    home = served.url + address(*HOSTILE_PROJECT.split("/"))
    reader.goto(home)
    reader.click("tbody th a >> nth=0")
    reader.click("tbody th a >> nth=0")
    version = reader.url
    for each in reader.eval_on_selector_all(".files a", "links => links.map(link => link.href)"):
        reader.goto(each)
        assert reader.evaluate("window.hurt === undefined")
    reader.goto(f"{version}/raw/x.svg?show=1")
    assert reader.evaluate("document.querySelector('script') !== null")  # there, and not run
    reader.goto(f"{version}/files/x.json")
    with reader.expect_download() as download:
        reader.click("text=Download")
    assert download.value.suggested_filename == "x.json"
