"""The commands that move bytes and change things, on a small registry of each test's own."""

from __future__ import annotations

import csv
import json
import os
import pty
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.artifacts.bench import tree
from tests.cli.conftest import COMMAND, Run, command_on
from typed_artifacts import Api, Reference
from typed_artifacts.local import Registry

DATA = "demo/work/data"


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """A registry with two versions and a link."""
    folder = tmp_path / "registry"
    with Registry(folder) as registry:
        registry.log_version(DATA, type="dataset", files={"a.txt": b"zero"})
        files = {"a.txt": b"one", "deep/b.txt": b"two", "deep/c.txt": b"three"}
        registry.log_version(DATA, type="dataset", files=files, aliases=["best"], tags=["red"])
        registry.describe_collection(DATA, tags=["ours"])
        registry.link(f"{DATA}:v1", "demo/work/picked", aliases=["gold"])
    return folder


@pytest.fixture
def run(shelf: Path) -> Run:
    return command_on(shelf)


def _failed(done: tuple[int, str, str], *words: str) -> None:
    code, out, err = done
    assert (code, out) == (1, "")
    assert err.startswith("typed-artifacts: ")
    assert err.count("\n") == 1
    for each in words:
        assert each in err


def _misused(done: tuple[int, str, str], words: str) -> None:
    code, out, err = done
    assert (code, out) == (2, "")
    assert err.startswith("Usage: typed-artifacts ")
    assert words in err


def test_download_into_a_folder(run: Run, tmp_path: Path) -> None:
    there = tmp_path / "there"
    code, out, err = run("download", f"{DATA}:best", str(there))
    assert (code, err) == (0, "")
    assert out == f"{DATA}:v1 is in {there}\n"
    assert tree(there) == {"a.txt": b"one", "deep/b.txt": b"two", "deep/c.txt": b"three"}


def test_download_of_a_part_for_programs(run: Run, tmp_path: Path) -> None:
    there = tmp_path / "there"
    code, out, err = run("download", DATA, str(there), "--prefix", "deep/", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"qualified_name": f"{DATA}:v1", "folder": str(there)}
    assert sorted(tree(there)) == ["deep/b.txt", "deep/c.txt"]


def test_download_to_the_default_folder(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run("download", f"{DATA}:v0")[0] == 0
    assert (tmp_path / "artifacts/data:v0/a.txt").read_bytes() == b"zero"
    assert run("verify", f"{DATA}:v0")[0] == 0


def test_download_tells_of_references(run: Run, shelf: Path, tmp_path: Path) -> None:
    with Registry(shelf) as registry:
        registry.log_version("demo/work/refs", type="dataset", references={"far": "s3://b/k"})
    code, _, err = run("download", "demo/work/refs", str(tmp_path / "there"))
    assert code == 0
    assert err.startswith("typed-artifacts: 1 of demo/work/refs:v0's entries")
    assert err.count("\n") == 1


def test_a_plan_counts_references(run: Run, shelf: Path, tmp_path: Path) -> None:
    with Registry(shelf) as registry:
        references = {"far": "s3://b/k", "farther": "gs://b/k"}
        registry.log_version("demo/work/refs", type="dataset", references=references)
    there = str(tmp_path / "there")
    arguments = ["download", "demo/work/refs", there, "--dry-run", "--follow", "s3"]
    assert run(*arguments) == (
        0,
        f"{there}: fetch 0 files (0 B), keep 0 files, 2 references elsewhere.\n",
        "",
    )
    assert json.loads(run(*arguments, "--json")[1])["references"] == ["far", "farther"]


def test_a_link_without_a_cache_folder_has_no_effect(run: Run, tmp_path: Path) -> None:
    code, _, err = run("download", DATA, str(tmp_path / "there"), "--link", "hard")
    assert (code, err) == (
        0,
        "typed-artifacts: --link hard has no effect: it shares bytes with the cache folder, and "
        "there is none: set WANDB_CACHE_DIR.\n",
    )


def test_download_of_nothing_is_an_error_of_one_line(run: Run, tmp_path: Path) -> None:
    _failed(run("download", "demo/work/nothing", str(tmp_path / "there")), "nothing")
    _failed(run("download", DATA, str(tmp_path / "x"), "--prefix", "no/"), "'no/'")


def test_log_a_folder(run: Run, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "x.bin").write_bytes(b"x" * 1500)
    arguments = ["log", "demo/work/new", str(source), "--type", "model", "--alias", "first"]
    arguments += ["--tag", "t", "--metadata", '{"rows": 3}', "--description", "Words."]
    code, out, err = run(*arguments, "--ttl-days", "2")
    assert (code, out, err) == (0, "demo/work/new:v0: 1 file, 1.5 kB\n", "")
    shown = json.loads(run("show", "demo/work/new:first", "--json")[1])
    assert (shown["tags"], shown["description"], shown["metadata"]) == (
        ["t"],
        "Words.",
        {"rows": 3},
    )
    again = json.loads(run(*arguments, "--json")[1])
    assert again["qualified_name"] == "demo/work/new:v0"


def test_log_one_file_for_a_run(run: Run, shelf: Path, tmp_path: Path) -> None:
    with Registry(shelf) as registry:
        registry.run("demo/work/train")
    (tmp_path / "w.bin").write_bytes(b"w")
    done = run(
        "log", "demo/work/w", str(tmp_path / "w.bin"), "--type", "m", "--run", "demo/work/train"
    )
    assert done[0] == 0
    assert json.loads(run("files", "demo/work/w", "--json")[1])[0]["name"] == "w.bin"


def test_the_path_of_a_run_begins_where_the_collection_is(
    run: Run, shelf: Path, tmp_path: Path
) -> None:
    with Registry(shelf) as registry:
        registry.run("demo/work/train")
    (tmp_path / "w.bin").write_bytes(b"w")
    arguments = ("log", "demo/work/w", str(tmp_path / "w.bin"), "--type", "m", "--run")
    assert run(*arguments, "train")[0] == 0
    assert "demo/work/train" in run("lineage", "demo/work/w")[1]
    _failed(run(*arguments, "other"), "There is no run")


def test_what_can_not_be_logged(run: Run, tmp_path: Path) -> None:
    _failed(run("log", "demo/work/x", str(tmp_path / "none"), "--type", "m"), "no file or folder")
    good = [str(tmp_path), "--type", "m"]
    _misused(run("log", "demo/work/x", *good, "--metadata", "{"), "--metadata is no JSON")
    _misused(run("log", "demo/work/x", *good, "--metadata", "[1]"), "must be a JSON object")
    _failed(run("log", "demo/work/x", *good, "--alias", "v3"), "'v3'")
    assert run("log", "demo/work/x", str(tmp_path))[0] == 2


def test_verify(run: Run, tmp_path: Path) -> None:
    there = tmp_path / "there"
    run("download", DATA, str(there))
    assert run("verify", DATA, str(there)) == (
        0,
        f"{there} holds {DATA}:v1: 3 files, all right\n",
        "",
    )
    (there / "a.txt").write_bytes(b"One")
    (there / "more").touch()
    _failed(run("verify", DATA, str(there)), "1 wrong ('a.txt')", "1 unexpected ('more')")
    code, out, err = run("verify", DATA, str(there), "--json")
    assert (code, err) == (1, "")
    assert json.loads(out) == {
        "qualified_name": f"{DATA}:v1",
        "folder": str(there),
        "ok": False,
        "checked": 2,
        "missing": [],
        "wrong": ["a.txt"],
        "unexpected": ["more"],
        "references": [],
    }


def test_verify_of_nothing_is_an_error_of_one_line(run: Run, tmp_path: Path) -> None:
    there = tmp_path / "there"
    run("download", DATA, str(there))
    for pattern in (["--include", "*.cvs"], ["--exclude", "*"], ["--include", "no/", "--json"]):
        _failed(run("verify", DATA, str(there), *pattern), "no file that --include and --exclude")


def test_verify_tells_of_references(run: Run, shelf: Path, tmp_path: Path) -> None:
    near = tmp_path / "near"
    near.write_bytes(b"near")
    files = {"far": Reference("s3://b/k", checksum=False), "near": near.as_uri()}
    with Api.local(shelf) as api:
        api.log_artifact("demo/work/refs", type="dataset", files=files)
    there = tmp_path / "there"
    assert run("download", "demo/work/refs", str(there), "--follow", "file")[0] == 0
    code, out, err = run("verify", "demo/work/refs", str(there))
    assert (code, out) == (0, f"{there} holds demo/work/refs:v0: 0 files, all right\n")
    assert err == (
        "typed-artifacts: 1 of 2 references was not checked ('far'): the folder does not show "
        "their content.\n"
    )
    assert run("verify", "demo/work/refs", str(there), "--include", "near")[2] == ""


def test_download_follows_all_references(run: Run, shelf: Path, tmp_path: Path) -> None:
    (tmp_path / "near").write_bytes(b"near")
    with Api.local(shelf) as api:
        files = {"near": (tmp_path / "near").as_uri()}
        api.log_artifact("demo/work/refs", type="dataset", files=files)
    there = tmp_path / "there"
    assert run("download", "demo/work/refs", str(there), "--follow-references")[::2] == (0, "")
    assert tree(there) == {"near": b"near"}


def test_download_leaves_out_names_that_are_refused(
    run: Run, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = "x" * 300  # longer than a name may be on a disk; another server takes it
    monkeypatch.setattr("typed_artifacts.local.storage.ingest.checked_path", str)
    with Registry(shelf) as registry:
        registry.log_version("demo/work/odd", type="dataset", files={"a": "1", long: "2"})
    there = tmp_path / "there"
    code, out, err = run("download", "demo/work/odd", str(there))
    assert (code, out) == (1, "")
    assert "--skip-refused-names makes" in err
    code, _, err = run("download", "demo/work/odd", str(there), "--skip-refused-names")
    assert code == 0
    assert "xxx" in err
    assert tree(there) == {"a": b"1"}
    code, out, _ = run("verify", "demo/work/odd", str(there), "--json")
    assert (code, json.loads(out)["missing"]) == (1, [long])


def test_a_dry_run_of_a_part(run: Run, tmp_path: Path) -> None:
    asked = ("download", DATA, str(tmp_path / "there"), "--dry-run", "--prefix", "deep/", "--json")
    code, out, _ = run(*asked)
    assert (code, sorted(json.loads(out)["fetch"])) == (0, ["deep/b.txt", "deep/c.txt"])
    assert not (tmp_path / "there").exists()


def test_diff_with_a_folder_in_the_home(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    assert run("download", DATA, "~/here")[0] == 0
    assert run("diff", DATA, "~/here")[0] == 0
    (tmp_path / "here/a.txt").write_text("changed")
    code, out, _ = run("diff", DATA, "~/here")
    assert (code, "a.txt" in out) == (1, True)
    assert run("diff", DATA, "~/nowhere")[0] == 2
    code, _, err = run("diff", DATA, "~nobody-here/x")
    assert (code, "no user 'nobody-here'" in err) == (2, True)


def test_tags_of_a_version(run: Run) -> None:
    code, out, err = run("tag", f"{DATA}:best", "--add", "blue", "--add", "x", "--remove", "red")
    assert (code, out, err) == (0, f"{DATA}:best has the tags blue, x\n", "")
    assert json.loads(run("show", f"{DATA}:v1", "--json")[1])["tags"] == ["blue", "x"]
    out = run("tag", f"{DATA}:v1", "--remove", "blue", "--remove", "x", "--json")[1]
    assert json.loads(out) == {"path": f"{DATA}:v1", "tags": []}
    assert run("tag", f"{DATA}:v0", "--add", "one")[1] == f"{DATA}:v0 has the tags one\n"
    _failed(run("tag", f"{DATA}:v0", "--add", "two", "--type", "model"), "model")
    assert json.loads(run("show", f"{DATA}:v0", "--json")[1])["tags"] == ["one"]


@pytest.mark.parametrize("command", ["tag", "alias"])
@pytest.mark.parametrize("name", ["best", "red", "new"])
def test_what_is_both_added_and_removed_is_refused(run: Run, command: str, name: str) -> None:
    before = run("show", f"{DATA}:v1", "--json")[1]
    done = run(command, f"{DATA}:v1", "--add", name, "--remove", name)
    _misused(done, f"The {command} '{name}' is both to --add and to --remove.")
    assert run("show", f"{DATA}:v1", "--json")[1] == before


@pytest.mark.parametrize("more", [[], ["--type", "dataset"]])
def test_tags_of_a_collection(run: Run, more: list[str]) -> None:
    assert run("tag", DATA, "--add", "good", *more)[:2] == (0, f"{DATA} has the tags ours, good\n")
    found = json.loads(run("collections", "demo/work", "dataset", "--json")[1])
    tags = {row["name"]: sorted(row["tags"]) for row in found}
    assert tags == {"data": ["good", "ours"], "picked": []}
    assert json.loads(run("show", DATA, "--json")[1])["tags"] == ["red"]


def test_aliases(run: Run) -> None:
    code, out, err = run("alias", f"{DATA}:v0", "--add", "best", "--add", "old", "--json")
    assert (code, err) == (0, "")
    assert json.loads(out) == {"path": f"{DATA}:v0", "aliases": ["best", "old"]}
    assert json.loads(run("show", f"{DATA}:best", "--json")[1])["qualified_name"] == f"{DATA}:v0"
    assert run("alias", f"{DATA}:v0", "--remove", "old")[1] == f"{DATA}:v0 has the aliases best\n"
    assert run("alias", f"{DATA}:v0", "--remove", "best")[1] == f"{DATA}:v0 has no aliases\n"


@pytest.mark.parametrize("verb", ["tag", "alias"])
def test_a_change_that_is_none_is_an_error(run: Run, verb: str) -> None:
    _misused(run(verb, f"{DATA}:v1"), f"{verb} to --add or to --remove")
    _failed(run(verb, f"{DATA}:v1", "--remove", "typo"), f"no {verb} 'typo'")
    _failed(run(verb, f"{DATA}:v1", "--add", "a/b"), "a/b")


def test_link(run: Run) -> None:
    code, out, err = run("link", f"{DATA}:v0", "demo/work/picked", "--alias", "silver")
    assert (code, err) == (0, "")
    assert out.startswith("demo/work/picked:v1 has the aliases ")
    assert json.loads(run("show", "demo/work/picked:silver", "--json")[1])["is_link"] is True
    _failed(run("link", f"{DATA}:v0", DATA), "data")
    _failed(run("link", f"{DATA}:v0", "demo/work/picked", "--alias", "v3"), "'v3'")
    code, out, _ = run("link", f"{DATA}:v1", "demo/work/picked", "--alias", "latest", "--json")
    assert code == 0
    assert json.loads(out)["aliases"] == ["gold", "latest"]


@pytest.mark.parametrize("answer", ["n\n", "\n", None])
def test_delete_asks_first(run: Run, answer: str | None) -> None:
    code, out, err = run("delete", f"{DATA}:v0", answer=answer)
    assert (code, out) == (1, "")
    assert f"Delete the version {DATA}:v0, 1 file, 4 B?" in err
    said = ": nobody answered. --yes deletes without asking." if answer is None else "."
    assert f"Nothing was deleted{said}\n" in err
    assert run("show", f"{DATA}:v0")[0] == 0


@pytest.mark.parametrize("how", ["answer", "--yes", "-y"])
def test_delete_a_version(run: Run, how: str) -> None:
    done = (
        run("delete", f"{DATA}:v0", answer="y\n")
        if how == "answer"
        else run("delete", f"{DATA}:v0", how)
    )
    assert done[:2] == (0, f"Deleted {DATA}:v0.\n")
    _failed(run("show", f"{DATA}:v0"), "v0")


def test_delete_a_version_with_aliases_needs_a_word_more(run: Run) -> None:
    _failed(run("delete", f"{DATA}:best", "--yes"), "alias")
    assert run("delete", f"{DATA}:best", "--yes", "--delete-aliases")[0] == 0


def test_delete_nothing_of_another_type_or_by_an_option_of_versions(run: Run) -> None:
    _failed(run("delete", f"{DATA}:v0", "--yes", "--type", "model"), "model")
    assert run("show", f"{DATA}:v0")[0] == 0
    _misused(run("delete", DATA, "--yes", "--delete-aliases"), "Leave it out")
    assert run("show", f"{DATA}:v0")[0] == 0


def test_delete_a_link(run: Run) -> None:
    code, _, err = run("delete", "demo/work/picked:gold", answer="y\n")
    assert code == 0
    assert f"Delete the link demo/work/picked:v0 to {DATA}:v1?" in err
    assert run("show", f"{DATA}:v1")[0] == 0


@pytest.mark.parametrize(
    ("path", "words"),
    [(DATA, f"the collection {DATA} with its 2 versions"), ("demo/work/picked", "the portfolio")],
)
def test_delete_a_collection(run: Run, path: str, words: str) -> None:
    code, out, err = run("delete", path, "--type", "dataset", answer="y\n")
    assert (code, out) == (0, f"Deleted {path}.\n")
    assert words in err
    _failed(run("show", f"{path}:latest"))


@pytest.mark.long
def test_a_bar_is_drawn_on_a_terminal_only(shelf: Path, tmp_path: Path) -> None:
    arguments = [str(COMMAND), "download", DATA, "--root", str(shelf)]
    piped = subprocess.run(
        [*arguments, str(tmp_path / "piped")], capture_output=True, text=True, check=True
    )
    assert piped.stderr == ""
    ours, theirs = pty.openpty()
    shown = subprocess.run([*arguments, str(tmp_path / "shown")], stderr=theirs, check=True)
    os.close(theirs)
    assert shown.returncode == 0
    assert b"data:v1" in os.read(ours, 65536)
    os.close(ours)


@pytest.mark.long
@pytest.mark.parametrize(
    ("command", "doing"),
    [
        (("prune", "demo/work", "--plan", "plan.jsonl"), b"Planning"),
        (("verify", DATA, "copy"), b"Verifying"),
        (("diff", DATA, "./copy"), b"Comparing"),
        (("du", "demo/work"), b"Reading"),
    ],
)
def test_what_is_done_is_shown_on_a_terminal_only(
    run: Run, shelf: Path, tmp_path: Path, command: tuple[str, ...], doing: bytes
) -> None:
    assert run("download", DATA, str(tmp_path / "copy"))[0] == 0
    arguments = [str(COMMAND), *command, "--registry", str(shelf)]
    piped = subprocess.run(arguments, cwd=tmp_path, capture_output=True, check=True)
    assert piped.stderr == b""
    ours, theirs = pty.openpty()
    shown = subprocess.run(
        arguments, cwd=tmp_path, stdout=subprocess.PIPE, stderr=theirs, check=True
    )
    os.close(theirs)
    assert doing in os.read(ours, 65536)
    os.close(ours)
    assert shown.stdout == piped.stdout


def test_a_collection_without_a_latest_version(run: Run, shelf: Path) -> None:
    with Registry(shelf) as registry:
        registry.log_version("demo/work/empty", type="dataset", files={"a.txt": b"gone"})
    assert run("alias", f"{DATA}:v1", "--remove", "latest")[0] == 0
    assert run("delete", "demo/work/empty:v0", "--yes", "--delete-aliases")[0] == 0
    code, out, err = run("versions", DATA, "-q")
    assert (code, out, err) == (0, "data:v1\ndata:v0\n", "")
    assert run("versions", "demo/work/empty") == (0, "0 versions\n", "")
    assert json.loads(run("tree", DATA, "--json")[1])["name"] == DATA
    assert run("tag", "demo/work/empty", "--add", "ours")[0] == 0
    assert json.loads(run("versions", "demo/work/empty", "--json")[1]) == []
    _failed(run("versions", "demo/work/none"), 'There is no artifact collection "none"')
    assert run("delete", "demo/work/empty", "--yes")[0] == 0
    _failed(run("versions", "demo/work/empty"), 'There is no artifact collection "empty"')
    _failed(run("show", DATA), 'There is no artifact version "data"')


def test_what_is_no_number_in_metadata_is_null_in_json(run: Run, shelf: Path) -> None:
    with closing(sqlite3.connect(shelf / "registry.db")) as database, database:
        kept = '{"a": NaN, "b": [-Infinity, 1.5], "c": "NaN"}'  # as some servers keep it
        database.execute("UPDATE versions SET metadata = ?", (kept,))

    def parsed(*command: str) -> Any:  # noqa: ANN401 - JSON
        code, out, err = run(*command)
        assert (code, err) == (0, "")
        return json.loads(out, parse_constant=lambda name: pytest.fail(f"{name} is no JSON"))

    told = {"a": None, "b": [None, 1.5], "c": "NaN"}
    assert parsed("show", DATA, "--json")["metadata"] == told
    assert [row["metadata"] for row in parsed("versions", DATA, "--json")] == [told, told]
    columns = ("--columns", "metadata,metadata.a,metadata.b")
    assert parsed("versions", DATA, *columns, "--json")[0]["metadata.b"] == [None, 1.5]
    code, out, _ = run("versions", DATA, "--columns", "metadata", "--csv", "--limit", "1")
    _, cell = csv.reader(out.splitlines())
    assert (code, json.loads(cell[0], parse_constant=pytest.fail)) == (0, told)
