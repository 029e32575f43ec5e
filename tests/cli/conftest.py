"""A small registry on disk, filled once, and two ways to run the command on it."""

import subprocess
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from typed_artifacts.cli.app import app
from typed_artifacts.cli.demo.project import SMALL, build
from typed_artifacts.local import Registry

#: Runs the command in this process: its exit code, standard output and standard error.
Run = Callable[..., tuple[int, str, str]]

COMMAND = Path(sys.executable).parent / "typed-artifacts"


@pytest.fixture(scope="session")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("registry")
    with Registry(folder) as registry:
        build(registry, SMALL)
        registry.log_version("demo/odd/notes", type="text", files={"a.txt": "a"})
        registry.describe_collection("demo/odd/notes", description="[red]not\x1b[31m obeyed[/red]")
    return folder


def command_on(root: Path) -> Run:
    """The command on the registry in a folder; `answer` is typed at it."""

    def runs(*arguments: str, answer: str | None = None) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, [*arguments, "--root", str(root)], input=answer)
        return result.exit_code, result.stdout, result.stderr

    return runs


@pytest.fixture
def run(root: Path) -> Run:
    return command_on(root)


@pytest.fixture
def command() -> Callable[[Sequence[str]], subprocess.CompletedProcess[str]]:
    def runs(arguments: Sequence[str]) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [COMMAND, *arguments], capture_output=True, text=True, check=False, timeout=120
        )

    return runs
