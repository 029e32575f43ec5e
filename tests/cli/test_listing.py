import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.conftest import Run
from typed_artifacts.cli.app import app
from typed_artifacts.cli.demo.project import package_sources

PROJECT = "demo/code-search"
TYPES = {"dataset", "evaluation", "model"}
COLLECTIONS = {
    "anyio-source",
    "ariadne-source",
    "code-embedder",
    "released-models",
    "retrieval-scores",
    "tokenizer",
    "training-set",
}


def rows(text: str) -> list[dict[str, object]]:
    found: list[dict[str, object]] = json.loads(text)
    return found


def test_types(run: Run) -> None:
    code, out, _ = run("types", PROJECT)
    assert code == 0
    assert all(name in out for name in TYPES)
    assert out.splitlines()[-1] == "3 types"


def test_types_as_json(run: Run) -> None:
    code, out, _ = run("types", PROJECT, "--json")
    assert code == 0
    assert {row["name"] for row in rows(out)} == TYPES
    assert all(row["id"] for row in rows(out))


def test_collections_of_a_project(run: Run) -> None:
    _, out, _ = run("collections", PROJECT, "--json", "--per-page", "2")
    assert {row["name"] for row in rows(out)} == COLLECTIONS


def test_collections_of_a_type(run: Run) -> None:
    _, out, _ = run("collections", PROJECT, "model", "--json")
    assert {row["name"]: row["tags"] for row in rows(out)} == {
        "code-embedder": ["retrieval"],
        "released-models": ["released"],
        "tokenizer": [],
    }


def test_collections_in_order(run: Run) -> None:
    _, up, _ = run("collections", PROJECT, "dataset", "--json", "--order", "name")
    _, down, _ = run("collections", PROJECT, "dataset", "--json", "--order", "-name")
    names = [row["name"] for row in rows(up)]
    assert names == ["anyio-source", "ariadne-source", "training-set"]
    assert [row["name"] for row in rows(down)] == names[::-1]


def test_versions_find_their_type(run: Run) -> None:
    _, out, _ = run("versions", f"{PROJECT}/code-embedder", "--json")
    _, same, _ = run("versions", f"{PROJECT}/code-embedder", "--json", "--type", "model")
    assert {row["name"] for row in rows(out)} == {f"code-embedder:v{index}" for index in range(7)}
    assert rows(out) == rows(same)


def test_versions_with_a_tag(run: Run) -> None:
    _, out, _ = run("versions", f"{PROJECT}/anyio-source", "--json", "--tag", "clean")
    assert [(row["name"], row["tags"]) for row in rows(out)] == [("anyio-source:v1", ["clean"])]


def test_a_limit_is_said(run: Run) -> None:
    _, out, _ = run("versions", f"{PROJECT}/code-embedder", "--limit", "2")
    assert out.count("code-embedder:v") == 2
    assert out.splitlines()[-1] == "the first 2 of 7 versions"


def test_a_limit_of_one_where_nobody_knows_of_how_many(run: Run) -> None:
    _, out, _ = run("versions", f"{PROJECT}/anyio-source", "--tag", "clean", "--limit", "1")
    assert out.splitlines()[-1] == "the first version"


def test_a_limit_that_is_not_reached(run: Run) -> None:
    _, out, _ = run("types", PROJECT, "--limit", "9")
    assert out.splitlines()[-1] == "3 types"


def test_files(run: Run) -> None:
    _, out, _ = run("files", f"{PROJECT}/anyio-source:checked", "--json", "--per-page", "7")
    sources = package_sources("anyio")
    assert {row["name"]: row["size"] for row in rows(out)} == {
        name: path.stat().st_size for name, path in sources.items()
    }


def test_files_of_the_latest_version(run: Run) -> None:
    code, out, _ = run("files", f"{PROJECT}/tokenizer")
    assert code == 0
    assert "vocabulary.json" in out
    assert "merges.bin" in out
    assert out.splitlines()[-1] == "2 files"


def test_show(run: Run) -> None:
    code, out, _ = run("show", f"{PROJECT}/released-models:production")
    assert code == 0
    assert "demo/code-search/released-models:v1" in out
    assert "metadata.loss" in out


def test_show_as_json(run: Run) -> None:
    _, out, _ = run("show", f"{PROJECT}/training-set:production", "--json")
    shown = json.loads(out)
    assert shown["type"] == "dataset"
    assert sorted(shown["aliases"]) == ["latest", "production"]
    assert shown["metadata"] == {"packages": 2, "empty_files": False}


def test_an_empty_listing(run: Run) -> None:
    code, out, _ = run("versions", f"{PROJECT}/anyio-source", "--json", "--tag", "nobody")
    assert (code, rows(out)) == (0, [])


def test_what_a_server_says_is_not_obeyed(run: Run) -> None:
    _, out, _ = run("collections", "demo/odd")
    assert r"[red]not\x1b[31m obeyed[/red]" in out


@pytest.mark.parametrize(
    ("arguments", "words", "expected"),
    [
        (["types", "demo/nowhere"], "nowhere", 1),
        (["collections", PROJECT, "paintings"], "paintings", 1),
        (["versions", f"{PROJECT}/nothing", "--type", "model"], "nothing", 1),
        (["versions", f"{PROJECT}/nothing"], "nothing", 1),
        (["files", f"{PROJECT}/tokenizer:v99"], "v99", 1),
        (["versions", f"{PROJECT}/tokenizer", "--order", "nothing"], "nothing", 1),
        (["show", "a/b/c/d"], "a/b/c/d", 1),
        (["collections", PROJECT, "--order", "created at"], "created at", 1),
        (["files", f"{PROJECT}/tokenizer", "--include", "!"], "'!'", 1),
        (["versions", f"{PROJECT}/tokenizer", "--columns", "colour"], "colour", 1),
        (["versions", f"{PROJECT}/tokenizer", "--tag", "a,b"], "a,b", 1),
    ],
)
def test_an_error_is_one_line(run: Run, arguments: list[str], words: str, expected: int) -> None:
    code, out, err = run(*arguments)
    assert (code, out) == (expected, "")
    assert err.startswith("typed-artifacts: ")
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("option", [["--json"], ["--quiet"], ["--csv"], []])
def test_a_limit_may_be_any_number(run: Run, option: list[str]) -> None:
    assert run("types", PROJECT, "--limit", str(10**30), *option)[0] == 0


def test_a_folder_without_a_registry_is_left_alone(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["types", PROJECT, "--root", str(tmp_path / "none")])
    assert result.exit_code == 1
    assert "There is no registry in" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments",
    [["types"], ["types", PROJECT, "--limit", "0"], ["types", PROJECT, "--unknown"], ["paint"]],
)
def test_wrong_usage_has_its_own_code(arguments: list[str]) -> None:
    assert CliRunner().invoke(app, arguments).exit_code == 2
