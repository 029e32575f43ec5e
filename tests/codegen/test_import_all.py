"""Importing a package in a process of its own, and the first failure of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.output.import_all import Failure, imported
from codegen.project.problem import Problem
from tests.codegen.projects import ROOT

#: Has the name of this project's package, which the new process must not take for it.
NAME = "typed_artifacts"
MODEL = "from pydantic import BaseModel\n\nclass Model(BaseModel):\n"


def outcome(folder: Path, **modules: str) -> Failure | None:
    """What comes of importing these modules of a package; frames are those in the package."""
    package = folder / NAME
    package.mkdir()
    (package / "__init__.py").write_text("", "utf-8")
    for name, text in modules.items():
        (package / f"{name}.py").write_text(text, "utf-8")
    found = imported(folder, [f"{NAME}.{name}" for name in modules])
    assert not list(folder.rglob("__pycache__"))
    if found is None:
        return None
    inside = [it for it in found.frames if Path(it[0]).is_relative_to(folder)]
    return found._replace(frames=[(Path(file).name, line) for file, line in inside])


def test_a_package_that_can_be_imported(tmp_path: Path) -> None:
    text = f'{MODEL}    inner: "Inner | None"\n\nclass Inner(BaseModel):\n    number: int\n'
    assert outcome(tmp_path, one=text, two='__all__ = ["a"]\nclass a: ...\n') is None


@pytest.mark.parametrize(
    ("text", "message", "exported", "frames"),
    [
        ("\nimport nowhere\n", "ModuleNotFoundError: No module named 'nowhere'", None, [2]),
        ("def f():\n    1 / 0\nf()\n", "ZeroDivisionError: division by zero", None, [3, 2]),
        ("class A: ...\nA.there\n", 'A has no "there"', None, [2]),
        ("'a'.b\n", "AttributeError: 'str' object has no attribute 'b'", None, [1]),
        (
            f"{MODEL}    x: 'Nowhere'\n",
            "PydanticUndefinedAnnotation: name 'Nowhere' is not defined",
            None,
            [],
        ),
        ('__all__ = ["a", "b"]\na = 1\n', "NotExportedError: b", "b", []),
        (
            '__all__ = ["a"]\ndef __getattr__(name):\n    from .first import a\n    return a\n',
            "NotExportedError: a",
            "a",
            [],
        ),
    ],
)
def test_the_first_failure(
    text: str, message: str, exported: str | None, frames: list[int], tmp_path: Path
) -> None:
    found = outcome(tmp_path, first="ok = 1\n", second=text, third="1 / 0\n")
    assert found is not None
    assert (found.module, found.exported) == (f"{NAME}.second", exported)
    assert found.message.startswith(message)
    assert found.frames == [("second.py", line) for line in frames]


def test_a_program_that_has_imported_the_package_itself(tmp_path: Path) -> None:
    package = tmp_path / "made" / NAME
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "made.py").write_text("found = __file__\n", "utf-8")
    program = tmp_path / "program.py"
    program.write_text(
        f"import {NAME}.errors\nfrom pathlib import Path\n"
        "from codegen.output.import_all import imported\n"
        f"if __name__ == '__main__':\n"
        f"    print(imported(Path({str(package.parent)!r}), ['{NAME}.made']))\n",
        "utf-8",
    )
    done = subprocess.run(
        [sys.executable, str(program)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT / "src", ROOT)))},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("None\n", "")


def test_a_module_that_ends_the_process(tmp_path: Path) -> None:
    with pytest.raises(Problem, match=r"imports generated modules ended with code 3$"):
        outcome(tmp_path, first="import os\nos._exit(3)\n")
