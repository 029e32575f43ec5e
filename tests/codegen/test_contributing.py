"""The walks of CONTRIBUTING.md, followed step by step on a copy of the project."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.trial import PACKAGE
from tests.codegen.projects import ROOT, copy_project

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
_STEP = re.compile(
    r"^<!-- walk (?P<walk>\w+): (?P<what>[^|\n]+?)(?: \| (?P<after>.+?))? -->\n"
    r"```\w+\n(?P<block>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)


@pytest.fixture(scope="module")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = copy_project(tmp_path_factory.mktemp("contributing") / "project")
    assert main(["generate", "--root", str(root)]) == 0
    return root


def insert(path: Path, block: str, after: str | None) -> None:
    """Put a block under the line that is named, or at the end."""
    text = path.read_text("utf-8") if path.exists() else ""
    if after is None:
        path.write_text(text + block, "utf-8")
        return
    assert text.count(f"{after}\n") == 1, after
    path.write_text(text.replace(f"{after}\n", f"{after}\n{block}"), "utf-8")


def generated(root: Path, capsys: pytest.CaptureFixture[str]) -> str:
    capsys.readouterr()
    assert main(["generate", "--root", str(root)]) == 0, capsys.readouterr().err
    lines = capsys.readouterr().out.splitlines()
    said = [line.removeprefix("surface: ") for line in lines if line.startswith("surface: ")]
    return "".join(f"{line}\n" for line in said)


def run(root: Path, program: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stderr == ""
    return done.stdout


def type_checked(root: Path, program: str) -> None:
    path = root / "walk.py"
    path.write_text(program, "utf-8")
    package = f"{PACKAGE}/_sync"
    done = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--explicit-package-bases"),
            *("--follow-imports=silent", "--cache-dir", str(root / ".mypy_cache")),
            *(path.name, package, package.replace("_sync", "_async")),
        ],
        cwd=root,
        env={**os.environ, "MYPYPATH": "src", "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("Success: "), done.stdout


@pytest.mark.parametrize("walk", ["field", "list", "own"])
def test_a_walk(walk: str, copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    steps = [step for step in _STEP.finditer(TEXT) if step["walk"] == walk]
    assert steps[-1]["what"] == "run"
    said = None
    for step in steps:
        if step["what"] not in {"surface", "run"}:
            insert(copied / step["what"], step["block"], step["after"])
            continue
        if said is None:
            said = generated(copied, capsys)
        if step["what"] == "surface":
            assert said == step["block"]
        else:
            assert run(copied, step["block"]) == step["output"]
            type_checked(copied, step["block"])
    assert main(["check", "--root", str(copied)]) == 0
    assert in_order(copied / PACKAGE / "__init__.py")


def in_order(path: Path) -> bool:
    """Whether the linter has nothing to sort in a file."""
    command = [sys.executable, "-m", "ruff", "check", "--quiet", "--select", "I,RUF022"]
    options = ["--no-cache", "--config", str(ROOT / "pyproject.toml")]
    return subprocess.run([*command, *options, str(path)], check=False).returncode == 0


# Of each scalar that the schema has for a run one field, and what a new run has there.
SCALARS = """
from typed_artifacts import Client, Run
from typed_artifacts.local import open_local

with open_local() as server:
    server.registry.run("local/demo/train", config={"lr": 1})
    with Client(server.base_url, server.api_key, transport=server.transport) as client:
        run = Run(client, "local", "demo", "train")
        print(run.history_keys, run.config, run.history_line_count, run.stopped)
        print(run.heartbeat_at.tzinfo if run.heartbeat_at else None, run.tags)
"""


def test_a_field_of_any_scalar_loads(copied: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = "  historyKeys\n  config\n  historyLineCount\n  stopped\n  heartbeatAt\n"
    insert(copied / "queries/fragments.graphql", fields, "fragment RunFields on Run {")
    generated(copied, capsys)
    assert run(copied, SCALARS) == "None {'lr': {'value': 1}} 0 False\nUTC []\n"
