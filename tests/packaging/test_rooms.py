"""The drawing of the rooms in CONTRIBUTING.md, held against the contract of ``make rooms``."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "typed_artifacts."


def test_the_drawing_has_the_layers_of_the_contract_and_every_room() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    [layers] = [
        each["layers"]
        for each in contracts["contracts"]
        if each["type"] == "layers" and "containers" not in each
    ]
    wanted = [set(re.sub(r"[|:]", " ", layer).replace(PACKAGE, "").split()) for layer in layers]
    drawn = _rows((ROOT / "CONTRIBUTING.md").read_text("utf-8"))
    assert drawn == wanted
    package = ROOT / "src" / "typed_artifacts"
    rooms = {path.stem for path in package.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert set().union(*drawn) == rooms - {"__init__", "__main__", "__pycache__"}


def _rows(text: str) -> list[set[str]]:
    """The names in each row of the drawing, from the top."""
    drawing = text.partition("```text\n")[2].partition("```")[0].partition("\n\n")[2]
    assert len(drawing.splitlines()) <= 25  # one screen, with what is generated above it
    names = [set(re.findall(r"\w+", re.split("[│▼]", line)[0])) for line in drawing.splitlines()]
    return [row for row in names if row]
