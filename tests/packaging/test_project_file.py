"""What the packaging promises: few dependencies, and pins that say nothing of the machine."""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _project() -> dict[str, object]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert isinstance(project, dict)
    return project


def _names(requirements: object) -> set[str]:
    assert isinstance(requirements, list)
    return {re.split(r"[<>=!~\[; ]", str(line), maxsplit=1)[0] for line in requirements}


def _pinned() -> dict[str, str]:
    lines = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8").splitlines()
    pins = [re.split(r"\s[#;]", line, maxsplit=1)[0].strip() for line in lines]
    return dict(pin.split("==") for pin in pins)


def test_the_client_depends_on_four_packages() -> None:
    assert _names(_project()["dependencies"]) == {"httpx", "pydantic", "tenacity", "xxhash"}


def test_every_direct_requirement_is_pinned() -> None:
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = _names(_project()["dependencies"])
    for extra in tables["project"]["optional-dependencies"].values():
        wanted |= _names(extra)
    for group in tables["dependency-groups"].values():
        wanted |= _names([line for line in group if isinstance(line, str)])
    assert wanted <= _pinned().keys()
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in _pinned().values())


def test_the_pins_name_no_index_and_no_machine() -> None:
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--find-links|--extra|(^|\s)/", text, re.MULTILINE)
