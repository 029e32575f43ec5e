"""Typing as a feature: the mistakes that a type checker finds, on their lines and no others.

The files beside this one are checked here too, as a user's own code would be.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]

MISTAKES = """
from typed_artifacts import (
    Api, Artifact, ArtifactCollection, ArtifactTypes, Artifacts, AsyncApi, AsyncArtifactCollection,
    AsyncArtifacts, Client, Run, RunArtifacts,
)
from typed_artifacts.filters import field


def blocking(api: Api, client: Client, collection: ArtifactCollection, run: Run) -> None:
    collection.tgas  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    collection.naem = "x"  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    collection.tags = "abc"  # mypy: assignment; pyright: reportAttributeAccessIssue
    collection.tags = [1]  # mypy: list-item; pyright: reportAttributeAccessIssue
    collection.name = None  # mypy: assignment; pyright: reportAttributeAccessIssue
    collection.id = "x"  # mypy: misc; pyright: reportAttributeAccessIssue
    collection.entity = "x"  # mypy: misc; pyright: reportAttributeAccessIssue
    len(ArtifactTypes(client, "e", "p"))  # mypy: arg-type; pyright: reportArgumentType
    api.artifact_types().length  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    ArtifactTypes(client, "e", "p", per_page="5")  # mypy: arg-type; pyright: reportArgumentType
    len(api.registries("o"))  # mypy: arg-type; pyright: reportArgumentType
    len(api.registries("o").versions())  # mypy: arg-type; pyright: reportArgumentType
    api.registry("r").visibility = "restricted"  # mypy: misc; pyright: reportAttributeAccessIssue
    ArtifactTypes(client, "e")  # mypy: call-arg; pyright: reportCallIssue
    api.artifacts("t", "c", per_page=None)  # mypy: arg-type; pyright: reportArgumentType
    api.artifacts("t", "c", order=5)  # mypy: arg-type; pyright: reportArgumentType
    api.artifacts("t", "c", filters={"size": {1}})  # mypy: dict-item; pyright: reportArgumentType
    api.artifacts("t", "c", pre_page=5)  # mypy: call-arg; pyright: reportCallIssue
    RunArtifacts(client, run, "both")  # mypy: arg-type; pyright: reportArgumentType
    api.artifact("c:v1").sise  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    api.artifact("c:v1").files()[0].nmae  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    api.artifacts("t", "c").order = "x"  # mypy: misc; pyright: reportAttributeAccessIssue
    api.artifacts("t", "c").entity = "x"  # mypy: misc; pyright: reportAttributeAccessIssue
    api.artifacts("t", "c")["x"]  # mypy: call-overload; pyright: reportCallIssue
    size: str = api.artifact("c:v1").size  # mypy: assignment; pyright: reportAssignmentType
    api.artifact("c:v1").metadata["lr"] + 1  # mypy: operator; pyright: reportOperatorIssue
    run.config["lr"] * 2  # mypy: operator; pyright: reportOperatorIssue
    api.artifact("c:v1").download() + "/f"  # mypy: operator; pyright: reportOperatorIssue
    api.artifact("c:v1").logged_by().id  # mypy: union-attr; pyright: reportOptionalMemberAccess
    collection.tags = {"x"}  # mypy: assignment; pyright: reportAttributeAccessIssue
    api.artifact("c:v1").ttl = 5  # mypy: assignment; pyright: reportAttributeAccessIssue
    api.artifact("c:v1").aliases = "x"  # mypy: assignment; pyright: reportAttributeAccessIssue
    api.artifact("c:v1").digest = "x"  # mypy: misc; pyright: reportAttributeAccessIssue
    api.artifact("c:v1").link("p", "best")  # mypy: arg-type; pyright: reportArgumentType
    api.artifact("c:v1").files("a.csv")  # mypy: arg-type; pyright: reportArgumentType
    api.log_artifact("", type="", files="", tags="")  # mypy: arg-type; pyright: reportArgumentType
    api.draft("c", type="t", aliases="a")  # mypy: arg-type; pyright: reportArgumentType
    api.plan_prune(keep_aliases="best")  # mypy: arg-type; pyright: reportArgumentType
    api.copy("p/c", "q/c", versions="v1")  # mypy: arg-type; pyright: reportArgumentType
    api.artifact("").download(follow_references="s3")  # mypy: arg-type; pyright: reportArgumentType
    api.artifact("").verify(follow_references="s3")  # mypy: arg-type; pyright: reportArgumentType
    api.holders("id")  # mypy: arg-type; pyright: reportArgumentType
    api.artifact("c:v1").download(progress=5)  # mypy: arg-type; pyright: reportArgumentType
    api.entity = "x"  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    new = api.draft("c", type="t")
    new.descripton = "x"  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    api.log_artifact("c", type="t", files=[1])  # mypy: list-item; pyright: reportArgumentType
    api.log_artifact("c", files="f")  # mypy: call-arg; pyright: reportCallIssue


async def awaited(api: AsyncApi, collection: AsyncArtifactCollection) -> None:
    collection.save()  # mypy: unused-coroutine; pyright: reportUnusedCoroutine
    api.artifact("c:v1").size  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    api.artifacts("t", "c")[0].size  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    len(api.artifacts("t", "c"))  # mypy: arg-type; pyright: reportArgumentType
    for item in api.artifacts("t", "c"):  # mypy: misc; pyright: reportGeneralTypeIssues
        pass
    for alias in collection.aliases():  # mypy: attr-defined; pyright: reportGeneralTypeIssues
        pass
    one: Artifact = await api.artifact("c")  # mypy: assignment; pyright: reportAssignmentType


def filtering() -> None:
    field.colour  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    field.size > "x"  # mypy: operator; pyright: reportOperatorIssue
    (field.size == "x") & (field.size > 1)  # mypy: operator; pyright: reportOperatorIssue
    field.created_at > "2026-01-01"  # mypy: operator; pyright: reportOperatorIssue
    field.name > 3  # mypy: operator; pyright: reportOperatorIssue
    field.tags > 3  # mypy: operator; pyright: reportOperatorIssue
    field.metadata["a"] > [1]  # mypy: operator; pyright: reportOperatorIssue
    field.tags.contains(3)  # mypy: arg-type; pyright: reportArgumentType
    field.tags.contains_any("gold")  # mypy: arg-type; pyright: reportArgumentType
    field.digest.is_in("abc")  # mypy: arg-type; pyright: reportArgumentType
    field.metadata["a"].is_in("abc")  # mypy: arg-type; pyright: reportArgumentType
    field.metadata["a"].desc()  # mypy: attr-defined; pyright: reportAttributeAccessIssue
    (field.size > 1) & {"a": 1}  # mypy: operator; pyright: reportOperatorIssue
"""


def _expected(checker: str) -> set[tuple[int, str]]:
    found: set[tuple[int, str]] = set()
    for number, line in enumerate(MISTAKES.splitlines(), 1):
        if mark := re.search(rf"{checker}: ([\w-]+)", line):
            found.add((number, mark[1]))
    return found


@pytest.fixture(scope="module")
def snippet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The mistakes, in a folder of their own, with the settings of a strict user."""
    folder = tmp_path_factory.mktemp("user")
    (folder / "mistakes.py").write_text(MISTAKES, encoding="utf-8")
    for name in ("surface", "async_surface", "verbs", "async_verbs", "reading"):
        text = (ROOT / "tests" / "typing" / f"{name}.py").read_text(encoding="utf-8")
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    settings: dict[str, object] = {"typeCheckingMode": "strict", "extraPaths": [str(ROOT / "src")]}
    settings |= {"reportUnusedExpression": False, "reportUnusedVariable": False}
    settings |= {"reportUnusedImport": False}
    (folder / "pyrightconfig.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def test_mypy_finds_the_mistakes_and_nothing_else(snippet: Path) -> None:
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "mypy", "--strict", "--config-file=", "--no-error-summary"),
            *("--cache-dir", str(snippet / "cache"), "--show-error-codes", "--hide-error-context"),
            *("mistakes.py", "surface.py", "async_surface.py", "reading.py"),
        ],
        cwd=snippet,
        env={**os.environ, "MYPYPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    found = re.findall(r"^([\w/.]+):(\d+): error: .*\[([\w-]+)\]$", ran.stdout, re.MULTILINE)
    assert {name for name, _, _ in found} == {"mistakes.py"}, ran.stdout + ran.stderr
    assert {(int(line), code) for _, line, code in found} == _expected("mypy")


def test_pyright_finds_the_mistakes_and_nothing_else(snippet: Path) -> None:
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "pyright", "--outputjson", "--pythonpath", sys.executable),
            *("-p", str(snippet)),
        ],
        cwd=snippet,
        env={**os.environ, "PYRIGHT_PYTHON_IGNORE_WARNINGS": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=200,
    )
    report: dict[str, Any] = json.loads(ran.stdout)
    errors = [item for item in report["generalDiagnostics"] if item["severity"] == "error"]
    assert {Path(item["file"]).name for item in errors} == {"mistakes.py"}, ran.stdout
    expected = _expected("pyright")
    found = {(item["range"]["start"]["line"] + 1, item.get("rule", "")) for item in errors}
    assert {line for line, _ in found} == {line for line, _ in expected}
    assert expected <= found
