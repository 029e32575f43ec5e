import json
from pathlib import Path

import pytest

from tests.cli.conftest import Run
from typed_artifacts.local import Registry

PROJECT = "demo/code-search"


def test_a_project_has_types_and_collections(run: Run) -> None:
    code, out, _ = run("tree", PROJECT, "--json")
    assert code == 0
    found = json.loads(out)
    assert found["name"] == PROJECT
    types = {kind["name"]: kind["children"] for kind in found["children"]}
    assert set(types) == {"dataset", "evaluation", "model"}
    models = {child["name"]: child for child in types["model"]}
    assert models["released-models"]["note"] == "2 links, newest v1"
    assert found["size"] == sum(
        child["size"]
        for children in types.values()
        for child in children
        if "link" not in child["note"]
    )


def test_a_collection_has_versions(run: Run) -> None:
    code, out, _ = run("tree", f"{PROJECT}/tokenizer")
    top, first, *_ = out.splitlines()
    assert code == 0
    assert top.startswith(f"{PROJECT}/tokenizer ")
    assert first.startswith("├── v")
    assert "latest" in first


@pytest.mark.parametrize("command", ["tree", "du", "types", "collections", "ls"])
def test_a_slash_after_a_project_does_not_count(run: Run, command: str) -> None:
    """As `copy` has it, and a shell that completes a path; it was refused."""
    assert run(command, f"{PROJECT}/") == run(command, PROJECT)
    assert run(command, "/")[:2] == (1, "")


@pytest.mark.parametrize(
    ("page", "path"),
    [
        (PROJECT, PROJECT),
        (f"{PROJECT}/artifacts", PROJECT),
        (f"{PROJECT}/artifacts/model/tokenizer", f"{PROJECT}/tokenizer"),
        (f"{PROJECT}/artifacts/model/tokenizer/v0/files", f"{PROJECT}/tokenizer:v0"),
    ],
)
def test_the_address_of_a_page_is_taken(run: Run, page: str, path: str) -> None:
    """That of a project was refused, which the other commands take."""
    code, out, _ = run("tree", f"https://host.example/{page}")
    assert code == 0
    assert out == run("tree", path)[1]


def test_a_version_has_folders_with_their_bytes(run: Run, root: Path) -> None:
    files = {"a/b/c.txt": "123", "a/d.txt": "4567", "[bold]e\x1b": "8"}
    with Registry(root) as registry:
        registry.log_version("demo/odd/trees", type="text", files=files)
    assert run("tree", "demo/odd/trees:v0")[1].splitlines() == [
        "demo/odd/trees:v0  8 B",
        "├── [bold]e\\x1b  1 B",
        "└── a  7 B",
        "    ├── b  3 B",
        "    │   └── c.txt  3 B",
        "    └── d.txt  4 B",
    ]
    assert run("tree", "demo/odd/trees:v0", "--depth", "1")[1].splitlines() == [
        "demo/odd/trees:v0  8 B",
        "├── [bold]e\\x1b  1 B",
        "└── a  7 B  2 inside",
    ]
    assert json.loads(run("tree", "demo/odd/trees:latest", "--json", "--depth", "1")[1]) == {
        "name": "demo/odd/trees:v0",
        "size": 8,
        "children": [
            {"name": "[bold]e\x1b", "size": 1},
            {"name": "a", "size": 7, "note": "2 inside"},
        ],
    }


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("demo/nowhere", 'no project "demo/nowhere"'),
        (f"{PROJECT}/nothing", 'no artifact collection "nothing"'),
        (f"{PROJECT}/tokenizer:v999", "v999"),
        ("a/b/c/d", "'a/b/c/d'"),
    ],
)
def test_what_is_missing_is_named(run: Run, path: str, words: str) -> None:
    code, out, err = run("tree", path)
    assert (code, out) == (1, "")
    assert words in err
