"""Tiny projects: what is generated is what is expected, byte for byte, and type-checks."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from codegen.__main__ import main
from codegen.output.build import BuiltTrees, build_trees
from codegen.output.commands import generate
from codegen.output.trees import differences
from codegen.project.layout import FRONT, PACKAGE, SURFACE, TREES
from tests.codegen.projects import FIXED, GOLDEN, ROOT, assemble, texts
from typed_artifacts._environment.locks import close_locked, lock_alone

pytestmark = pytest.mark.long

CASES = sorted(path for path in GOLDEN.iterdir() if path.is_dir())


def expected(case: Path) -> dict[str, str]:
    folder = case / "expected"
    return {
        path.relative_to(folder).as_posix().removesuffix(".txt"): path.read_text(encoding="utf-8")
        for path in folder.rglob("*.txt")
    }


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_golden_case_is_generated_byte_for_byte(case: Path, tmp_path: Path) -> None:
    generate(assemble(case, tmp_path))
    assert texts(tmp_path / PACKAGE) == expected(case)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where mypy keeps what it knows of the libraries."""
    return tmp_path_factory.mktemp("mypy")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_golden_case_type_checks(case: Path, cache: Path, tmp_path: Path) -> None:
    root = assemble(case, tmp_path)
    package = root / PACKAGE
    generate(root)
    skip = shutil.ignore_patterns(*TREES, "cli", "local")
    shutil.copytree(ROOT / PACKAGE, package, ignore=skip, dirs_exist_ok=True)
    # What was written for this project's own schema is not this case's; only its trees count.
    made = [str(path) for name in TREES for path in (package / name).glob("*.py")]
    checked = [name for name in made if Path(name).name not in FIXED]
    options = ["--strict", "--follow-imports=silent", "--explicit-package-bases"]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", *options, "--cache-dir", str(cache), *checked],
        cwd=tmp_path,
        env={**os.environ, "MYPYPATH": str(root / "src"), "PYTHONPATH": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == f"Success: no issues found in {len(checked)} source files\n"


def test_check_reports_missing_surplus_and_different_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    generate(root)
    assert main(["check", "--root", str(root)]) == 0
    package = root / PACKAGE
    (package / "_sync" / "shelf.py").unlink()
    (package / "_sync" / "leftover.py").write_text("")
    with (package / "_async" / "book.py").open("a") as edited:
        edited.write("# edited\n")
    assert main(["check", "--root", str(root)]) == 1
    assert capsys.readouterr().err.splitlines() == [
        "missing: _sync/shelf.py",
        "not generated: _sync/leftover.py",
        "differs: _async/book.py",
        "The generated code is stale: run `make generate` and commit.",
    ]


def test_generating_removes_what_is_stale_and_touches_nothing_else(tmp_path: Path) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    generate(root)
    package = root / PACKAGE
    own = package / "own.py"
    own.write_text("hand = 'written'\n")
    (package / "_graphql" / "renamed_operation.py").write_text("")
    assert generate(root) == ["not generated: _graphql/renamed_operation.py"]
    assert not (package / "_graphql" / "renamed_operation.py").exists()
    assert sorted(path.name for path in package.iterdir()) == [*sorted(TREES), "own.py"]


def test_generating_twice_gives_identical_trees(tmp_path: Path) -> None:
    first = assemble(GOLDEN / "shelves", tmp_path / "first")
    second = assemble(GOLDEN / "shelves", tmp_path / "second")
    generate(first)
    generate(second)
    assert texts(first / PACKAGE) == texts(second / PACKAGE)
    before = (first / PACKAGE / "_sync").stat().st_ino
    assert generate(first) == []
    assert (first / PACKAGE / "_sync").stat().st_ino == before  # not even touched


def test_the_folder_that_it_is_run_in_and_marks_of_byte_order_make_no_difference(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path / "project")
    for path in (
        root / "schema.graphql",
        *(root / "queries").iterdir(),
        *root.glob("codegen/*.toml"),
        *root.glob("codegen/templates/*.jinja"),
    ):
        path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    monkeypatch.setattr(
        "codegen.rendering.formatting._formatted", {}
    )  # it would remember what it made before
    monkeypatch.chdir(tmp_path)
    generate(root)
    assert texts(root / PACKAGE) == expected(GOLDEN / "shelves")


def test_a_failed_generation_leaves_the_old_trees_whole(tmp_path: Path) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    generate(root)
    before = texts(root / PACKAGE)
    template = root / "codegen" / "templates" / "queries.jinja"
    template.write_text(template.read_text() + "\ndef broken(:\n")
    (root / "schema.graphql").write_text(
        (root / "schema.graphql").read_text().replace("builtAt: DateTime!", "builtAt: DateTime")
    )
    assert main(["generate", "--root", str(root)]) == 1
    assert texts(root / PACKAGE) == before


def test_an_interrupted_replacement_is_mended_by_the_next_run(tmp_path: Path) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    generate(root)
    package = root / PACKAGE
    # As a kill between the two renames would leave it.
    shutil.copytree(package / "_sync", package / ".new_sync")
    (package / "_sync").rename(package / ".old_sync")
    generate(root)
    assert sorted(path.name for path in package.iterdir()) == sorted(TREES)
    assert texts(package) == expected(GOLDEN / "shelves")


@pytest.mark.skipif(sys.platform == "win32", reason="folders have no locks there")
@pytest.mark.parametrize("command", ["generate", "check"])
def test_a_run_holds_off_every_other(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    generate(root)
    free: list[bool | None] = []

    def build(root: Path, folder: Path) -> BuiltTrees:
        handle = os.open(root, os.O_RDONLY)
        free.append(lock_alone(handle))
        close_locked(handle)
        return build_trees(root, folder)

    monkeypatch.setattr("codegen.output.commands.build_trees", build)
    assert main([command, "--root", str(root)]) == 0
    assert free == [False]
    monkeypatch.undo()
    assert main([command, "--root", str(root)]) == 0  # nothing is locked any more


def test_what_cannot_be_written_leaves_all_as_it_was(
    project: Path, pristine: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    queries = project / "queries" / "artifact_types.graphql"
    queries.write_text(
        queries.read_text("utf-8") + "query Mine { viewer { id } }\n", encoding="utf-8"
    )
    shutil.rmtree(project / "docs")
    (project / "docs").write_text("no folder")
    assert main(["generate", "--root", str(project)]) == 1
    said = capsys.readouterr().err
    assert said.startswith(f"{project / SURFACE}: cannot be written: ")
    for tree in TREES:
        assert differences(project / PACKAGE / tree, pristine / PACKAGE / tree) == []
    assert [path for path in (project / PACKAGE).iterdir() if path.name.startswith(".")] == []
    (project / "docs").unlink()
    shutil.copytree(pristine / "docs", project / "docs")


def test_what_cannot_be_renamed_leaves_all_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    generate(root)
    before = texts(root / PACKAGE)
    schema = root / "schema.graphql"
    schema.write_text(schema.read_text().replace("builtAt: DateTime!", "builtAt: DateTime"))
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name == ".new_async":
            raise OSError(5, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    assert main(["generate", "--root", str(root)]) == 1
    assert texts(root / PACKAGE) == before
    assert sorted(path.name for path in (root / PACKAGE).iterdir()) == sorted(TREES)


def test_the_last_file_that_cannot_be_replaced_leaves_the_others_as_they_were(
    project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    front, surface = project / FRONT, project / SURFACE
    lines = front.read_text("utf-8").splitlines(keepends=True)
    front.write_text("".join(line for line in lines if "ArtifactFiles" not in line), "utf-8")
    surface.write_text("# stale\n", "utf-8")
    before = front.read_text("utf-8")
    replace = Path.replace

    def refuse(path: Path, target: Path) -> Path:
        if target == surface:
            raise OSError(5, "Input/output error")
        return replace(path, target)

    monkeypatch.setattr(Path, "replace", refuse)
    assert main(["generate", "--root", str(project)]) == 1
    assert front.read_text("utf-8") == before
    assert surface.read_text("utf-8") == "# stale\n"
    hidden = [*front.parent.glob(".*"), *surface.parent.glob(".*")]
    assert [path for path in hidden if path.name.startswith((".new", ".old"))] == []
