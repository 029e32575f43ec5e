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


@dataclass(frozen=True)
class _Untidy:
    """A file as it is before ruff, with all that decides what ruff makes of it."""

    settings: str
    name: str
    text: str


# Who generates more than once in a process has most files from the last time.
_tidied: dict[_Untidy, str] = {}


def format_files(root: Path, folder: Path, written: Mapping[str, str]) -> None:
    """Drop unused imports, modernize annotations, sort and lay out as the project does.

    What is written by hand stays as it is.

    Raises:
        Problem: ruff does not know the settings.
    """
    settings = read_text(root / RUFF_CONFIG, RUFF_CONFIG)
    new: dict[Path, _Untidy] = {}
    as_it_is = {folder / ASYNC.folder / f"{module}.py" for module in written}
    for path in sorted({*folder.rglob("*.py")} - as_it_is):
        name = path.relative_to(folder).as_posix()
        found = _Untidy(settings, name, path.read_text(encoding="utf-8"))
        if found in _tidied:
            path.write_text(_tidied[found], encoding="utf-8")
        else:
            new[path] = found
    if new:
        _run_ruff(root, new)
        _tidied.update({it: path.read_text(encoding="utf-8") for path, it in new.items()})


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
    """What ruff says last, at the line of its settings that it quotes."""
    last = said.strip().rpartition("\n")[2].strip().removeprefix("Cause: ")
    lines = read_text(root / RUFF_CONFIG, RUFF_CONFIG).splitlines()
    for word in re.findall(r"`([^`]+)`", last):
        for number, line in enumerate(lines, 1):
            if word in line:
                return Problem(RUFF_CONFIG, number, f"ruff stopped: {last.replace(f'{root}/', '')}")
    return Problem(RUFF_CONFIG, None, f"ruff stopped: {last}")
