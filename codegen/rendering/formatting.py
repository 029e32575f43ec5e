"""Formats generated files with ruff."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ruff.__main__ import find_ruff_bin  # type: ignore[import-untyped] # it brings no types

from ..project.files import read_text
from ..project.layout import RUFF_CONFIG
from ..project.problem import Problem
from .flavours import ASYNC

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

# An unknown setting is told at the first column of the table.
_TOML_LINE = re.compile(r"TOML parse error at line (\d+), column (?!1\b)")


@dataclass(frozen=True)
class _Unformatted:
    """A file before formatting, with all that its formatting depends on."""

    settings: str
    name: str
    text: str


# A cache for processes that generate more than once, such as the tests.
_formatted: dict[_Unformatted, str] = {}


def format_files(root: Path, folder: Path, written: Mapping[str, str]) -> None:
    """Run ruff's fixes and formatter on generated files, but not on hand-written ones.

    Raises:
        Problem: ruff refuses its settings.
    """
    settings = read_text(root / RUFF_CONFIG, RUFF_CONFIG)
    new: dict[Path, _Unformatted] = {}
    as_it_is = {folder / ASYNC.folder / f"{module}.py" for module in written}
    for path in sorted({*folder.rglob("*.py")} - as_it_is):
        name = path.relative_to(folder).as_posix()
        found = _Unformatted(settings, name, path.read_text(encoding="utf-8"))
        if found in _formatted:
            path.write_text(_formatted[found], encoding="utf-8")
        else:
            new[path] = found
    if new:
        _run_ruff(root, new)
        _formatted.update({it: path.read_text(encoding="utf-8") for path, it in new.items()})


def _run_ruff(root: Path, files: Iterable[Path]) -> None:
    config = ["--config", str(root / RUFF_CONFIG), "--no-cache", "--quiet"]
    for arguments in (["check", "--fix-only", "--unsafe-fixes"], ["format"]):
        done = subprocess.run(
            [find_ruff_bin(), *arguments, *config, *map(str, files)],
            check=False,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise _stopped(root, done.stderr or done.stdout)


def _stopped(root: Path, said: str) -> Problem:
    """The last line of ruff's output, at the line that it names or of the settings it quotes."""
    last = said.strip().rpartition("\n")[2].strip().removeprefix("Cause: ")
    text = f"ruff stopped: {last.replace(f'{root}/', '')}"
    if named := _TOML_LINE.search(said):
        return Problem(RUFF_CONFIG, int(named[1]), text)
    lines = read_text(root / RUFF_CONFIG, RUFF_CONFIG).splitlines()
    for word in re.findall(r"`([^`]+)`", last):
        for number, line in enumerate(lines, 1):
            if word in line:
                return Problem(RUFF_CONFIG, number, text)
    return Problem(RUFF_CONFIG, None, text)
