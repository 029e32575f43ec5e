"""A notebook, executed, and what a browser makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.browser.showing import local_only


def outputs(notebook: Any) -> list[str]:
    """The HTML that cells show."""
    return [
        output["data"]["text/html"]
        for cell in notebook.cells
        for output in cell.outputs
        if "text/html" in output.get("data", {})
    ]


def test_cells_show_html_and_nothing_else(notebook: Any) -> None:
    shown = outputs(notebook)
    kinds = (
        *("Artifacts", "Artifact", "Lineage", "progress"),
        *("VerifyReport", "ManifestDiff", "PrunePlan"),
    )
    assert len(shown) == len(kinds)
    for kind, text in zip(kinds, shown, strict=True):
        assert kind in text
    assert 'max="100013" value="100013"' in shown[3]
    streams = [each for cell in notebook.cells for each in cell.outputs if "name" in each]
    assert streams == []  # neither a warning of rich's nor a bar of text


def test_a_browser_shows_it(written: Path, browser: Any) -> None:
    page = browser.new_page()
    page.route("**/*", local_only)
    page.goto(written.as_uri(), wait_until="domcontentloaded")
    assert page.locator(".typed-artifacts").count() == 7
    assert page.locator("progress").bounding_box()["width"] > 100
    text, ground = (
        page.evaluate(f"getComputedStyle(document.querySelector('{query}')).{style}")
        for query, style in ((".typed-artifacts td", "color"), ("body", "backgroundColor"))
    )
    assert _contrast(text, ground) > 4.5
    page.close()


def _contrast(one: str, other: str) -> float:
    """By the WCAG's formula, of two colours as a browser writes them."""
    first, second = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (first + 0.05) / (second + 0.05)


def _luminance(colour: str) -> float:
    parts = [float(part) / 255 for part in colour[colour.index("(") + 1 : -1].split(",")[:3]]
    if colour.startswith("rgba") and colour.endswith(" 0)"):
        pytest.fail(f"{colour} is no ground")
    linear = [
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
