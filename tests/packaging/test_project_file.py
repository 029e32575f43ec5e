"""What the packaging promises: few dependencies, and pins that say nothing of the machine."""

import re
import tomllib
from collections.abc import Iterable
from pathlib import Path

ROOT = Path(__file__).parents[2]


def _tables() -> tuple[list[str], dict[str, list[str]], dict[str, list[object]]]:
    tables = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    project = tables["project"]
    return project["dependencies"], project["optional-dependencies"], tables["dependency-groups"]


def _names(requirements: Iterable[object]) -> set[str]:
    """The distributions that requirements name; a group may also include another one."""
    lines = [line for line in requirements if isinstance(line, str)]
    return {re.split(r"[<>=!~\[; ]", line, maxsplit=1)[0] for line in lines}


def _pinned() -> dict[str, str]:
    lines = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8").splitlines()
    pins = [re.split(r"\s[#;]", line, maxsplit=1)[0].strip() for line in lines]
    return dict(pin.split("==") for pin in pins)


def test_the_client_depends_on_four_packages() -> None:
    dependencies, _, _ = _tables()
    assert _names(dependencies) == {"httpx", "pydantic", "tenacity", "xxhash"}


def test_every_direct_requirement_is_pinned() -> None:
    dependencies, extras, groups = _tables()
    wanted = _names(dependencies)
    wanted |= {name for lines in extras.values() for name in _names(lines)}
    wanted |= {name for lines in groups.values() for name in _names(lines)}
    assert wanted <= _pinned().keys()
    assert all(re.fullmatch(r"[0-9][0-9a-z.]*", version) for version in _pinned().values())


def test_the_pins_name_no_index_and_no_machine() -> None:
    text = (ROOT / "requirements" / "dev.txt").read_text(encoding="utf-8")
    assert not re.search(r"://|--index|--find-links|--extra|(^|\s)/", text, re.MULTILINE)
