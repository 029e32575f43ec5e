"""One generated copy of this project for all tests, in one folder for mypy's cache."""

import compileall
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.output.tree_differences import compared
from codegen.project.layout import PACKAGE
from tests.codegen.checking import Checker
from tests.codegen.projects import copy_project


@pytest.fixture(scope="session")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this project in which everything is generated."""
    root = copy_project(tmp_path_factory.mktemp("pristine") / "project")
    assert main(["generate", "--root", str(root)]) == 0
    compileall.compile_dir(root / PACKAGE, quiet=1)
    return root


@pytest.fixture(scope="session")
def workplace(pristine: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shutil.copytree(pristine, tmp_path_factory.mktemp("workplace") / "project")


@pytest.fixture(scope="session")
def checker(workplace: Path, tmp_path_factory: pytest.TempPathFactory) -> Checker:
    """What mypy says of the project at its place."""
    return Checker(workplace, tmp_path_factory.mktemp("mypy"))


@pytest.fixture
def project(pristine: Path, workplace: Path) -> Iterator[Path]:
    """The project, for one test to change."""
    yield workplace
    for folder in (Path(), Path(PACKAGE)):
        for origin in (pristine / folder).iterdir():
            there = workplace / folder / origin.name
            if origin.is_file():
                shutil.copy2(origin, there)
            elif origin.name not in {"src", "__pycache__"} and compared(origin, there):
                shutil.rmtree(there)
                shutil.copytree(origin, there)
