"""The first steps of docs/, followed one after the other in an empty environment.

The environment has only a wheel of this checkout, in place of the one on the package index. The
dependencies come from the index, so this test is slow and runs only with `make first-steps`.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.docs.examples import DOCS, commands_of, examples_of

ROOT = Path(__file__).parents[2]
PAGE = DOCS / "first-steps.md"
pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(900),
    pytest.mark.skipif(os.name == "nt", reason="the page's commands are for a POSIX shell"),
]
#: An interpreter that executes one block after the other, as if they were typed.
_TYPED = """
import json, sys
namespace = {"__name__": "__main__"}
for line in sys.stdin:
    exec(json.loads(line), namespace)
    print("\\0", flush=True)
"""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Variables of somebody who has Python and a package index, and nothing else."""
    wheels, home = tmp_path / "wheels", tmp_path / "home"
    home.mkdir()
    build = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(wheels)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    pip = {name: value for name, value in os.environ.items() if name.startswith("PIP_")}
    pip |= {"PIP_FIND_LINKS": str(wheels), "PIP_NO_CACHE_DIR": "1"}
    path = os.pathsep.join([str(Path(sys.base_prefix) / "bin"), "/usr/bin", "/bin"])
    return {**pip, "HOME": str(home), "PATH": path}


def test_the_first_steps_in_an_empty_environment(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    work = tmp_path / "work"
    work.mkdir()
    for block in re.findall(
        r"^```sh\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL
    ):
        _run(["bash", "-e", "-c", block], work, environment)
    # What activating the environment does, for the steps to come.
    activated = work / ".venv" / "bin"
    environment["PATH"] = f"{activated}{os.pathsep}{environment['PATH']}"
    installed = _run([str(activated / "python"), "-m", "pip", "list"], work, environment)
    assert "typed-artifacts" in installed
    assert "wandb" not in installed
    done = 0
    with _interpreter(activated / "python", work, environment) as typed:
        for example in examples_of(PAGE):
            if example.language == "python":
                assert _typed(typed, example.text) == example.prints, example.text
            else:
                for command, output in commands_of(example.text):
                    shown = _run(shlex.split(command, comments=True), work, environment)
                    assert shown.splitlines() == output, command
            done += 1
    assert done > 5
    assert [*Path(environment["HOME"]).iterdir()] == []


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """What a command prints."""
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@contextmanager
def _interpreter(
    python: Path, folder: Path, environment: dict[str, str]
) -> Generator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [str(python), "-u", "-c", _TYPED],
        cwd=folder,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        yield process
        process.communicate()
    assert process.returncode == 0


def _typed(process: subprocess.Popen[str], block: str) -> str:
    """What a block prints that is typed into an interpreter."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.write(json.dumps(block) + "\n")
    process.stdin.flush()
    lines: list[str] = []
    for line in process.stdout:
        if line == "\0\n":
            break
        lines.append(line)
    return "".join(lines)
