"""What `show`, `tree` and `verify` write for people, line by line."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.conftest import Run, command_on
from typed_artifacts import Api, Reference
from typed_artifacts.local import Registry

DATA = "demo/work/data"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A registry with two versions, a link, and a collection without versions."""
    folder = tmp_path / "registry"
    with Registry(folder) as registry:
        registry.log_version(DATA, type="dataset", files={"a.txt": "1" * 500}, tags=["old"])
        registry.log_version(
            DATA,
            type="dataset",
            files={name: name * 500 for name in ("a.txt", "b.txt", "c.bin")},
            aliases=["best"],
            tags=["red", "blue"],
            description="Some words.",
            metadata={"word": "모델", "nested": {"a": [1, None]}, "n": 1.5},
        )
        registry.link(f"{DATA}:v1", "demo/work/picked", aliases=["gold"])
        registry.log_version("demo/work/gone", type="model", files={"a.txt": "gone"})
    return folder


@pytest.fixture
def run(shelf: Path) -> Run:
    return command_on(shelf)


def _cells(out: str) -> list[str]:
    return [" ".join(line.split()) for line in out.splitlines() if line.strip()]


def test_a_version_has_a_line_for_each_attribute(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = _cells(run("show", f"{DATA}:best")[1])
    made, changed, identity = (lines.pop(9), lines.pop(9), lines.pop(10))
    assert made.startswith("created at 20")
    assert changed.startswith("updated at 20")
    assert identity.startswith("id ")
    assert lines == [
        f"qualified name {DATA}:v1",
        "type dataset",
        "aliases latest, best",
        "tags blue, red",
        "description Some words.",
        "state COMMITTED",
        "size 7.5 kB",
        "file count 3",
        "digest ffaec80ccea2f3b8353927a45e7a9cd8",
        "is link no",
        'metadata.word "모델"',
        'metadata.nested {"a": [1, null]}',
        "metadata.n 1.5",
    ]
    monkeypatch.setenv("COLUMNS", "40")
    narrow = run("show", f"{DATA}:best")[1]
    assert max(map(len, narrow.splitlines())) <= 40
    assert "ffaec80ccea2f3b8353927a45e7a9cd8" in "".join(narrow.split())  # folded, not cut


def test_a_label_takes_half_of_the_width_at_most(
    run: Run, shelf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Registry(shelf) as registry:
        files = {"a": "1"}
        registry.log_version("demo/work/k", type="t", files=files, metadata={"k" * 60: "value"})
    monkeypatch.setenv("COLUMNS", "60")
    *_, last = _cells(run("show", "demo/work/k")[1])
    assert last == f'metadata.{"k" * 6}…{"k" * 14} "value"'


def test_a_tree_has_sizes_and_names(run: Run) -> None:
    assert run("delete", "demo/work/gone:v0", "--yes", "--delete-aliases")[0] == 0
    assert run("tree", DATA)[1].splitlines() == [
        f"{DATA}  8 kB  dataset",
        "├── v1  7.5 kB  latest, best, #blue, #red",
        "└── v0  500 B  #old",
    ]
    assert run("tree", "demo/work")[1].splitlines() == [
        "demo/work  8 kB",
        "├── dataset",
        "│   ├── picked  7.5 kB  1 link, newest v0",
        "│   └── data  8 kB  2 versions, newest v1",
        "└── model",
        "    └── gone  0 B  0 versions",
    ]
    assert run("tree", "demo/work", "--depth", "1")[1].splitlines() == [
        "demo/work  8 kB",
        "├── dataset  2 inside",
        "└── model  1 inside",
    ]
    assert run("tree", "demo/work", "--depth", "0")[:2] == (2, "")


def test_what_is_unexpected_is_told_and_deleted_on_request(run: Run, tmp_path: Path) -> None:
    there = tmp_path / "there"
    assert run("download", DATA, str(there))[0] == 0
    for name in "abcdef":
        (there / name).touch()
    right = f"{there} holds {DATA}:v1: 3 files, all right\n"
    selected = f"{there} holds {DATA}:v1: 2 files, all right\n"
    assert run("verify", DATA, str(there), "--include", "*.txt") == (0, selected, "")
    assert "6 unexpected" in run("verify", DATA, str(there))[2]
    deleted = "typed-artifacts: Deleted 6 unexpected files: a, b, c, d, e, …\n"
    assert run("verify", DATA, str(there), "--delete-unexpected") == (0, right, deleted)
    assert run("verify", DATA, str(there), "--delete-unexpected") == (0, right, "")


def test_what_was_not_checked_is_told(run: Run, shelf: Path, tmp_path: Path) -> None:
    far = {f"far{number}": Reference("s3://b/k", checksum=False) for number in range(6)}
    with Api.local(shelf) as api:
        api.log_artifact("demo/work/refs", type="dataset", files=far | {"a": b"1"})
    there = str(tmp_path / "there")
    assert run("download", "demo/work/refs", there)[0] == 0
    assert run("verify", "demo/work/refs", there)[2] == (
        "typed-artifacts: 6 of 6 references were not checked ('far0', 'far1', 'far2', 'far3', "
        "'far4', …): the folder does not show their content.\n"
    )


def test_a_listing_is_its_table_and_a_count(run: Run) -> None:
    assert [line.rstrip() for line in run("types", "demo/work")[1].splitlines()] == [
        " name",
        "─────────",
        " dataset",
        " model",
        "2 types",
    ]
    assert run("types", "demo/work", "--limit", "1")[1].splitlines()[-1] == "the first type"
    assert run("versions", "demo/work/gone")[1].splitlines()[-1] == "1 version"
    assert run("versions", DATA, "--limit", "1")[1].splitlines()[-1] == "the first 1 of 2 versions"
    assert run("versions", DATA, "--limit", "2")[1].splitlines()[-1] == "the first 2 of 2 versions"
    assert run("versions", DATA, "--tag", "none") == (0, "0 versions\n", "")


def test_chosen_columns_are_json_where_they_are_no_text(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    metadata = '{"word": "모델", "nested": {"a": [1, null]}, "n": 1.5}'
    chosen = ("versions", DATA, "--limit", "1", "--columns", "name, tags,metadata")
    assert _cells(run(*chosen)[1])[:3:2] == [
        "name tags metadata",
        f'data:v1 ["blue", "red"] {metadata}',
    ]
    quoted = metadata.replace('"', '""')
    assert run(*chosen, "--csv")[1] == (
        f'name,tags,metadata\ndata:v1,"[""blue"", ""red""]","{quoted}"\n'
    )
    monkeypatch.setenv("COLUMNS", "30")
    narrow = run(*chosen)[1]
    assert "data:v1" in narrow
    assert "left out: tags. --json has all" in " ".join(narrow.split())
    assert max(map(len, narrow.splitlines())) <= 30
