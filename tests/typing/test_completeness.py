"""Every public name is annotated: a type checker has nothing to guess."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]


def test_every_public_name_is_annotated(tmp_path: Path) -> None:
    """As an installed package, which is what pyright measures."""
    environment = tmp_path / "environment"
    venv.create(environment)
    paths = {"base": str(environment), "platbase": str(environment)}
    site = Path(sysconfig.get_path("purelib", "venv", paths))
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src" / "typed_artifacts", site / "typed_artifacts", ignore=ignored)
    # What it needs is where it is for these tests.
    (site / "needed.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    programs = Path(sysconfig.get_path("scripts", "venv", paths))
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pyright", "--outputjson", "--ignoreexternal"),
            *("--verifytypes", "typed_artifacts"),
        ],
        cwd=tmp_path,
        env={
            **os.environ,
            "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}",
            "VIRTUAL_ENV": str(environment),
            "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=280,
    )
    report: dict[str, Any] = json.loads(ran.stdout)["typeCompleteness"]
    incomplete = [
        (symbol["name"], [item["message"] for item in symbol["diagnostics"]])
        for symbol in report["symbols"]
        if not symbol["isTypeKnown"] and symbol["isExported"]
    ]
    assert report["exportedSymbolCounts"]["withKnownType"] > 1000
    # What fsspec's classes hand down is not annotated there.
    own = [each for each in incomplete if not each[0].startswith("typed_artifacts.filesystem.")]
    assert own == [], "\n".join(f"{name}: {said}" for name, said in own)
