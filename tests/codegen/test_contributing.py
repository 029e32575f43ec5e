"""The walkthroughs of CONTRIBUTING.md, followed on a copy of the project."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.project.layout import PACKAGE
from tests.codegen.checking import Checker
from tests.codegen.projects import ROOT

pytestmark = pytest.mark.long

TEXT = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
_STEP = re.compile(
    r"^<!-- walk (?P<walk>\w+): (?P<what>[^|\n]+?)(?: \| (?P<after>.+?))? -->\n"
    r"```\w+\n(?P<block>.*?)^```\n(?:\n```text\n(?P<output>.*?)^```\n)?",
    re.DOTALL | re.MULTILINE,
)


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


@pytest.mark.parametrize("walk", ["field", "list", "own"])
def test_a_walk(
    walk: str, project: Path, checker: Checker, capsys: pytest.CaptureFixture[str]
) -> None:
    steps = [step for step in _STEP.finditer(TEXT) if step["walk"] == walk]
    assert steps[-1]["what"] == "run"
    said = None
    for step in steps:
        if step["what"] not in {"surface", "run"}:
            insert(project / step["what"], step["block"], step["after"])
            continue
        if said is None:
            said = generated(project, capsys)
        if step["what"] == "surface":
            assert said == step["block"]
        else:
            assert run(project, step["block"]) == step["output"]
            (project / "walk.py").write_text(step["block"], "utf-8")
            assert checker.errors("walk.py") == []
    assert main(["check", "--root", str(project)]) == 0
    assert in_order(project / PACKAGE / "__init__.py")


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
    server.registry.run("local/demo/train", summary={"loss": 1})
    with Client(server.base_url, server.api_key, transport=server.transport) as client:
        run = Run(client, "local", "demo", "train")
        print(run.history_keys, run.summary_metrics, run.history_line_count, run.stopped)
        print(run.heartbeat_at.tzinfo if run.heartbeat_at else None, run.tags)
"""


def test_a_field_of_any_scalar_loads(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    fields = "  historyKeys\n  summaryMetrics\n  historyLineCount\n  stopped\n  heartbeatAt\n"
    insert(project / "queries/fragments.graphql", fields, "fragment RunFields on Run {")
    generated(project, capsys)
    assert run(project, SCALARS) == "None {'loss': 1} 0 False\nUTC []\n"
