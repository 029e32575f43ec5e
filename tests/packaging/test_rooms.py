"""The diagrams of packages in CONTRIBUTING.md are compared with the contracts of ``make rooms``."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = "typed_artifacts."


def test_the_drawing_has_the_layers_of_the_contract_and_every_room() -> None:
    layers = _layers("Imports between the packages go in one direction")
    drawn = _rows(_drawings()[0].partition("\n\n")[2])
    assert drawn == [set(layer.replace(PACKAGE, "").split()) for layer in layers]
    package = ROOT / "src" / "typed_artifacts"
    rooms = {path.stem for path in package.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert set().union(*drawn) == rooms - {"__init__", "__main__", "__pycache__"}


def test_the_drawing_of_the_generator_has_the_layers_of_its_contract_and_every_package() -> None:
    layers = _layers("Imports between the packages of the generator go in one direction")
    drawn = _rows(_drawings()[1])
    assert drawn == [set(layer.split()) for layer in layers]
    modules = {path.relative_to(ROOT / "codegen") for path in (ROOT / "codegen").rglob("*.py")}
    packages = {path.parts[0].removesuffix(".py") for path in modules}
    assert set().union(*drawn) == packages - {"__init__"}


def test_the_drawing_of_the_larger_packages_names_every_package_in_them() -> None:
    drawn: dict[str, set[str]] = {}
    room = ""
    for line in _drawings()[2].splitlines():
        if not line.startswith(" "):
            room = line.split()[0]
        drawn.setdefault(room, set()).update(set(re.findall(r"\w+", line)) - {room})
    package = ROOT / "src" / "typed_artifacts"
    assert drawn == {
        room: {path.parent.name for path in (package / room).glob("*/__init__.py")}
        for room in ("_transfer", "_domain", "local", "cli")
    }


def _layers(name: str) -> list[str]:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    [layers] = [each["layers"] for each in contracts["contracts"] if each["name"] == name]
    return [re.sub(r"[|:]", " ", layer) for layer in layers]


def _drawings() -> list[str]:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8").partition("\n## Adding")[0]
    return re.findall(r"```text\n(.*?)```", text, re.DOTALL)


def _rows(drawing: str) -> list[set[str]]:
    """The names in each row of a drawing, from the top."""
    assert len(drawing.splitlines()) <= 25  # one screen, with what is generated above it
    names = [set(re.findall(r"\w+", re.split("[│▼]", line)[0])) for line in drawing.splitlines()]
    return [row for row in names if row]
