"""Changes of schema, queries or mapping, and the exact effects of each."""

import re
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from codegen.__main__ import main
from codegen.diff.effects import Effect, exit_code
from codegen.diff.impact import Impacts
from codegen.output.trees import differences
from codegen.project.layout import PACKAGE, SURFACE, TREES
from codegen.project.problem import Problem
from codegen.schema.loading import load_schema
from tests.codegen.checking import Checker, without_lines
from tests.codegen.projects import ROOT


def _read(name: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = tomllib.loads((Path(__file__).parent / name).read_text("utf-8"))[
        "drill"
    ]
    return found


DRILLS = [*_read("drills.toml"), *_read("drills_variables.toml"), *_read("drills_examples.toml")]

#: Of those that come out right, one of each kind: each generates, imports and perhaps checks the
#: whole package. `make test-long` runs these, `make soak` the others.
_ALWAYS = {
    "field made nullable that other code counts on",
    "type changed",
    "a field is asked for",
    "a property renamed",
    "comment and order",
    "a variable renamed",
    "a variable that is required is added",
    "an input gains a member that is required",
    "an enum loses a value that is sent",
    "defaults of an input's members",
    "a field of a JSON scalar",
    "a list's parameter called subject",
    "a list of enums as a parameter of a list",
    "a connection whose edges may be null",
    "fields that the class of a model has, too",
    "classes called like functions and classes that no template means",
    "an order of an enum, and an order and filters that have to be given",
}


def _mark(drill: dict[str, Any]) -> tuple[pytest.MarkDecorator, ...]:
    often = "error" in drill or drill["name"] in _ALWAYS
    return (pytest.mark.long,) if often else (pytest.mark.soak,)


def change(project: Path, drill: dict[str, Any]) -> None:
    """Make the change of a drill, and those that belong to it."""
    for step in [*drill.get("also", []), drill]:
        path = project / step["file"]
        if "old" not in step:  # a file that was not there
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(step["new"], "utf-8")
            continue
        text = path.read_text("utf-8")
        start = text.index(step.get("within", ""))
        before, after = text[:start], text[start:]
        assert step["old"] in after
        times = -1 if step.get("all") else 1
        changed = after.replace(step["old"], step["new"], times)
        path.write_text(before + changed + step.get("more", ""), "utf-8")


def placed(project: Path, said: str, at: str) -> str:
    """An error with its line as N, where that line holds what it should."""
    found = re.match(r"([\w./]+):(\d+): ", said)
    if not found:
        return said
    lines = (project / found[1]).read_text("utf-8").splitlines()
    assert at in lines[int(found[2]) - 1], f"{said}: {lines[int(found[2]) - 1]!r}"
    return re.sub(r"(\.\w+):\d+", r"\1:N", said)


@pytest.mark.parametrize(
    "drill",
    [pytest.param(drill, id=drill["name"], marks=_mark(drill)) for drill in DRILLS],
)
def test_a_drill(
    drill: dict[str, Any],
    project: Path,
    pristine: Path,
    checker: Checker,
    capsys: pytest.CaptureFixture[str],
) -> None:
    change(project, drill)
    failed = main(["generate", "--root", str(project)])
    out, err = capsys.readouterr()
    if "error" in drill:
        assert (failed, placed(project, err.strip(), drill.get("at", ""))) == (1, drill["error"])
        for tree in TREES:  # all, or nothing
            assert differences(project / PACKAGE / tree, pristine / PACKAGE / tree) == []
        assert (project / SURFACE).read_text("utf-8") == (pristine / SURFACE).read_text("utf-8")
        return
    assert (failed, err) == (0, "")
    surface = [line.removeprefix("surface: ") for line in out.splitlines() if "surface:" in line]
    assert surface == drill.get("surface", [])
    for name, words in drill.get("made", {}).items():
        assert words in (project / PACKAGE / name).read_text("utf-8")
    if "mypy" in drill:
        assert without_lines(checker.errors()) == sorted(drill["mypy"])
    if "mypy_among" in drill:
        assert {*drill["mypy_among"]} <= {*without_lines(checker.errors())}


SCHEMA_DRILLS = [it for it in [*DRILLS, *_read("drills_diff.toml")] if "effect" in it]


@pytest.fixture(scope="module")
def project_impacts() -> Impacts:
    return Impacts(ROOT, load_schema(ROOT / "schema.graphql", "old"))


@pytest.mark.long
@pytest.mark.parametrize("drill", SCHEMA_DRILLS, ids=[drill["name"] for drill in SCHEMA_DRILLS])
def test_what_diff_says_of_it(
    drill: dict[str, Any], project_impacts: Impacts, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "schema.graphql", tmp_path)
    change(tmp_path, drill)
    try:
        new = load_schema(tmp_path / "schema.graphql", "new")
    except Problem:
        assert "interface" in drill["name"]  # what is no schema has no difference
        return
    found = project_impacts.of(new)
    worst = max(item.effect for item in found)
    assert worst.name.lower() == drill["effect"]
    assert exit_code(found) == {Effect.BREAKING: 2, Effect.DEGRADED: 1}.get(worst, 0)
