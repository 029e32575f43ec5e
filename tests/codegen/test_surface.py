"""docs/surface.txt: the public names, and the version number that changes require."""

import re
import shutil
from importlib import import_module
from pathlib import Path

import pytest

import typed_artifacts
from codegen.__main__ import main
from codegen.output.surface import surface_text
from codegen.output.surface_changes import compare_surfaces
from codegen.project.layout import FRONT, SURFACE
from codegen.project.problem import Problem
from tests.codegen.projects import ROOT

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def text() -> str:
    return surface_text(ROOT)


def test_every_public_name_is_in_it(text: str) -> None:
    lines = text.splitlines()
    for name in typed_artifacts.__all__:
        starts = (f"class {name}", f"{name}(", f"{name}:", f"async {name}(", f"module {name}")
        assert any(line == name or line.startswith(starts) for line in lines), name


def test_every_name_of_the_documented_modules_is_in_it(text: str) -> None:
    page = (ROOT / "docs" / "reference" / "modules.md").read_text("utf-8")
    names = {line.partition("(")[0].partition(":")[0] for line in text.splitlines()[2:]}
    for module in re.findall(r"^::: typed_artifacts\.(\w+)$", page, re.MULTILINE):
        for name in import_module(f"typed_artifacts.{module}").__all__:
            shown = {f"{module}.{name}", f"class {module}.{name}"}
            assert name in typed_artifacts.__all__ or shown & names, (module, name)


def test_operators_are_in_it_unless_every_object_has_them(text: str) -> None:
    lines = text.splitlines()
    assert "filters.Condition.__or__(other: Condition) -> Condition" in lines
    assert "filters.TimeField.__eq__(other: ValueT_contra) -> Condition" in lines
    assert "ArtifactDraft.__contains__(name: object) -> bool" in lines
    assert [line for line in lines if line.endswith(".__eq__(other: object) -> bool")] == []


def test_both_flavours_are_in_it(text: str) -> None:
    lines = text.splitlines()
    assert "ArtifactCollection.tags: list[str]" in lines
    assert "AsyncArtifactCollection.tags: list[str]" in lines
    assert "ArtifactCollection.id: str  # read-only" in lines
    assert "ArtifactCollection.save() -> None" in lines
    assert "async AsyncArtifactCollection.save() -> None" in lines
    assert "ArtifactFiles.__len__() -> int" in lines
    assert "ArtifactState.COMMITTED = 'COMMITTED'" in lines


def test_nothing_private_is_in_it(text: str) -> None:
    names = [line.partition("(")[0].partition(":")[0] for line in text.splitlines()[2:]]
    private = [name for name in names for part in name.split(".") if part.startswith("_")]
    assert [name for name in private if not name.endswith("__")] == []


def test_a_stale_surface_is_reported(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--root", str(project)]) == 0
    path = project / SURFACE
    path.write_text(path.read_text("utf-8").replace("Artifact.digest: str", "Artifact.digest: int"))
    capsys.readouterr()
    assert main(["check", "--root", str(project)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "surface: changed Artifact.digest: int  # read-only",
        "surface:      to Artifact.digest: str  # read-only",
        "surface: changed AsyncArtifact.digest: int  # read-only",
        "surface:      to AsyncArtifact.digest: str  # read-only",
        "differs: docs/surface.txt",
        "The generated code is stale: run `make generate` and commit.",
    ]


def test_a_public_class_that_the_package_does_not_hand_out_is_put_in_order(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = project / FRONT
    whole = path.read_text("utf-8")
    lines = [line for line in whole.splitlines(keepends=True) if "ArtifactFiles" not in line]
    path.write_text("".join(lines), "utf-8")
    assert main(["check", "--root", str(project)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        f"differs: {FRONT}",
        "The generated code is stale: run `make generate` and commit.",
    ]
    assert main(["generate", "--root", str(project)]) == 0
    assert path.read_text("utf-8") == whole


def test_a_package_that_cannot_be_read_is_a_problem(tmp_path: Path) -> None:
    package = tmp_path / "src" / "typed_artifacts"
    package.mkdir(parents=True)
    shutil.copy(ROOT / "src" / "typed_artifacts" / "__init__.py", package)
    with pytest.raises(Problem, match=r"^src/typed_artifacts: cannot be read: "):
        surface_text(tmp_path)


@pytest.mark.parametrize(
    ("old", "new", "consequence"),
    [
        ("A.x: int", "A.x: int", "none"),
        ("", "A.x: int", "minor"),
        ("A.x: int", "", "major"),
        ("A.x: int", "A.x: str", "major"),
        ("A.x: int  # read-only", "A.x: int", "minor"),
        ("A.x: int", "A.x: int  # read-only", "major"),
        ("A.x: int | None  # read-only", "A.x: int  # read-only", "minor"),
        ("A.x: int  # read-only", "A.x: int | None  # read-only", "major"),
        ("A.x: int | None", "A.x: int", "major"),
        ("f(a: int) -> None", "f(a: int, b: int = 1) -> None", "minor"),
        ("f(a: int) -> None", "f(a: int, *, b: int = 1) -> None", "minor"),
        ("f(a: int) -> None", "f(a: int, b: int) -> None", "major"),
        ("f(a: int) -> None", "f(b: int = 1, a: int = 2) -> None", "major"),
        ("f(a: int) -> None", "f(a: str) -> None", "major"),
        ("f(a: int) -> None", "f(*, a: int) -> None", "major"),
        ("f(a: int, *, b: int = 1) -> None", "f(a: int, b: int = 1) -> None", "minor"),
        ("f(a: int = 1) -> None", "f(a: int = 2) -> None", "major"),
        ("f(a: int) -> int", "f(a: int) -> str", "major"),
        ("f(a: int) -> int", "async f(a: int) -> int", "major"),
        ("f(*a: str) -> None", "f() -> None", "major"),
        ("f(*a: str) -> None", "f(*a: int) -> None", "major"),
        ("f() -> None", "f(*a: str) -> None", "minor"),
        ("f(**a: str) -> None", "f() -> None", "major"),
        ("f(**a: str) -> None", "f(**a: int) -> None", "major"),
        ("f(*a: str, b: int = 1) -> None", "f(*a: str) -> None", "major"),
        ("f(*a: str) -> None", "f(*a: str, b: int = 1, **c: str) -> None", "minor"),
        ("f(a: int, *b: str) -> None", "f(a: int, c: int = 1, *b: str) -> None", "major"),
        ("f(a: int) -> int", "f(a: int, b: int = 1) -> int", "minor"),
        ("f(a: int) -> None", "f(a: int, *, b: int) -> None", "major"),
        ("f(*, a: int = 1) -> None", "f(*, a: int = 1, b: int = 1) -> None", "minor"),
        ("f(*, a: int) -> None", "f(*, a: int, b: int = 1) -> None", "minor"),
        ("f(a: X = ()) -> None", "f(a: X = (), b: int = 1) -> None", "minor"),
        ("f(a: int) -> A\nf(a: str) -> B", "f(a: int) -> A", "major"),
        ("f(a: int) -> A\nf(a: str) -> B", "f(a: int) -> A\nf(a: str) -> C", "major"),
        ("A.x() -> int", "A.x: int  # read-only", "major"),
        ("A.x: int  # read-only", "A.x() -> int", "major"),
        ("A.x: int\nB.y: int  # read-only", "A.x: str\nB.y: int", "major"),
        ("async f() -> int", "async f() -> int\nasync g() -> int", "minor"),
        ("class A", "class A\nclass B", "minor"),
        ("# a\nA.x: int", "# b\nA.x: int", "none"),
        ("class A(B)", "class A(C)", "major"),
        ("module a", "module a\nmodule b", "minor"),
        ("module a\nmodule b", "module b", "major"),
        ("E.A = 'A'", "E.A = 'A'\nE.B = 'B'", "minor"),
    ],
)
def test_what_a_change_asks_of_the_version(old: str, new: str, consequence: str) -> None:
    assert compare_surfaces(old, new).consequence == consequence


def test_a_module_that_comes_is_told_alone() -> None:
    found = compare_surfaces("module a\nmodule c", "module a\nmodule b\nmodule c")
    assert found.lines == ("surface: added module b",)
