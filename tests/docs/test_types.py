"""The examples of the pages are clean for a strict type checker, as a user would run it."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.examples import DOCS, examples_of

pytestmark = pytest.mark.long

ROOT = DOCS.parent
PAGES = [*ROOT.glob("README*.md"), *DOCS.rglob("*.md")]
#: fsspec comes without types: what it returns, nobody can check.
_UNTYPED = {"fsspec.md"}


def _modules(folder: Path) -> dict[str, str]:
    """A page is one module, since each block goes on from those before it.

    A file of tests is a file of its own, and so is each block of a README, which runs alone.
    """
    found: dict[str, str] = {}
    for page in PAGES:
        lines = page.read_text("utf-8").splitlines()
        parts: dict[str, list[str]] = {}
        for number, example in enumerate(examples_of(page)):
            if example.language != "python" or page.name in _UNTYPED:
                continue
            alone = page.parent == ROOT or lines[example.line - 3].startswith("<!-- test file")
            name = re.sub(r"\W", "_", page.relative_to(ROOT).as_posix())
            part = parts.setdefault(f"{name}_{number}" if alone else name, [])
            part += [""] * (example.line - 1 - len(part)) + example.text.splitlines()
        for name, part in parts.items():
            found[f"{name}.py"] = page.relative_to(ROOT).as_posix()
            (folder / f"{name}.py").write_text("\n".join(part) + "\n", encoding="utf-8")
    return found


def test_each_example_is_clean_for_a_strict_type_checker(tmp_path: Path) -> None:
    names = _modules(tmp_path)
    settings: dict[str, object] = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT / "src")]}
    settings["reportDuplicateImport"] = False  # a block begins with what a reader needs for it
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    wrong = ""
    for checker in (
        ["mypy", "--strict", "--cache-dir", str(tmp_path / "cache"), *names],
        ["pyright", "--pythonpath", sys.executable, "--project", str(tmp_path)],
    ):
        done = subprocess.run(
            [sys.executable, "-m", *checker],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        wrong += done.stdout + done.stderr if done.returncode else ""
    for name, page in names.items():
        wrong = wrong.replace(name, page)
    assert not wrong
