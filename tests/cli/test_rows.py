"""Listings as CSV, with chosen columns, or as names alone."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.conftest import COMMAND, Run, command_on
from typed_artifacts.cli.app import app
from typed_artifacts.local import Registry

if sys.platform != "win32":
    import pty


WORD = "tab\there \x1b[31m"  # a file gets it as it is


@pytest.fixture
def run(tmp_path: Path) -> Run:
    root = tmp_path / "registry"
    with Registry(root) as registry:
        for number in range(3):
            registry.log_version(
                "local/p/data",
                type="dataset",
                files={"a": str(number)},
                metadata={"accuracy": number / 2, "nested": {"list": [number]}, "word": WORD},
                tags=["gold"],
            )
    return command_on(root)


def test_csv(run: Run) -> None:
    columns = "version,tags,metadata.accuracy,metadata.nested,metadata.word"
    code, out, _ = run("versions", "local/p/data", "--columns", columns, "--csv")
    assert code == 0
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[0] == columns.split(",")
    assert rows[1] == ["v2", '["gold"]', "1.0", '{"list": [2]}', WORD]
    assert len(rows) == 4
    code, out, _ = run("files", "local/p/data", "--csv")
    assert out.splitlines()[0] == "name,size,mimetype,digest,updated_at"


@pytest.mark.long
@pytest.mark.skipif(sys.platform == "win32", reason="there are no pseudo-terminals")
def test_csv_on_a_terminal_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    hostile = "a\x1b]52;c;eA==\x07\x9b31m\u202eb"
    with Registry(tmp_path) as registry:
        registry.log_version(
            "local/p/c", type="t", files={"a": "1"}, description=hostile, metadata={"k": [hostile]}
        )
    words = [str(COMMAND), "versions", "local/p/c", "--csv", "--columns", "description,metadata.k"]
    words += ["--registry", str(tmp_path)]
    piped = subprocess.run(words, capture_output=True, check=True, timeout=60, encoding="utf-8")
    assert hostile in piped.stdout
    ours, theirs = pty.openpty()
    with open(ours, "rb", buffering=0) as shown:  # noqa: PTH123 -- a handle
        subprocess.run(words, stdout=theirs, check=True, timeout=60)
        os.close(theirs)
        text = shown.read(1 << 16).decode()
    assert text.count(r"\x1b]52;c;eA==\x07\x9b31m\u202eb") == 1
    assert text.replace("\r\n", "").isprintable()


def test_chosen_columns_as_a_table_and_as_json(run: Run) -> None:
    code, out, _ = run("versions", "local/p/data", "--columns", "version, metadata.accuracy")
    assert code == 0
    assert out.splitlines()[0].split() == ["version", "metadata.accuracy"]
    code, out, _ = run("versions", "local/p/data", "--columns", "version,ttl", "--json")
    assert json.loads(out) == [{"version": f"v{n}", "ttl": None} for n in (2, 1, 0)]


def test_json_has_metadata(run: Run) -> None:
    _, out, _ = run("versions", "local/p/data", "--json", "--limit", "1")
    expected = {"accuracy": 1.0, "nested": {"list": [2]}, "word": WORD}
    assert json.loads(out)[0]["metadata"] == expected


def test_names_alone(run: Run) -> None:
    assert run("versions", "local/p/data", "-q")[1] == "data:v2\ndata:v1\ndata:v0\n"
    assert run("versions", "local/p/data", "-q", "--limit", "1")[1] == "data:v2\n"
    assert run("collections", "local/p", "--quiet")[1] == "data\n"
    assert run("types", "local/p", "-q")[1] == "dataset\n"
    assert run("files", "local/p/data", "-q")[1] == "a\n"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--json", "--csv"), "--json and --csv"),
        (("-q", "--json"), "--json and --quiet"),
        (("--csv", "-q"), "--csv and --quiet"),
        (("-q", "--columns", "digest"), "--columns and --quiet"),
    ],
)
def test_two_forms_at_once(run: Run, options: tuple[str, ...], told: str) -> None:
    code, out, err = run("versions", "local/p/data", *options)
    assert (code, out) == (2, "")
    assert f"{told} exclude each other" in err


@pytest.mark.parametrize("form", [["--csv"], ["--json"], ["-q"], ["--columns", "name"], []])
def test_what_cannot_be_listed_leaves_the_output_empty(run: Run, form: list[str]) -> None:
    code, out, err = run("types", "local/none", *form)
    assert (code, out) == (1, "")
    assert "local/none" in err


def test_csv_of_nothing_is_its_header(run: Run) -> None:
    code, out, _ = run("versions", "local/p/data", "--tag", "none", "--csv", "--columns", "name")
    assert (code, out) == (0, "name\n")


def test_no_such_column(run: Run) -> None:
    code, out, err = run("versions", "local/p/data", "--columns", "version,colour")
    assert (code, out) == (1, "")
    assert "no column 'colour'" in err


@pytest.mark.parametrize(
    ("option", "setting", "encoding"),
    [("--csv", None, "utf-8"), ("--quiet", None, "utf-8"), ("--quiet", "cp1252", "cp1252")],
)
def test_on_windows_a_pipe_gets_all_characters(
    option: str,
    setting: str | None,
    encoding: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with Registry(tmp_path) as registry:
        registry.log_version("local/p/données 数据", type="t", files={"a": "1"})
    words = ["collections", "local/p", "--registry", str(tmp_path), option]
    monkeypatch.setattr(sys, "platform", "win32")
    result = CliRunner(charset="cp1252").invoke(app, words, env={"PYTHONIOENCODING": setting})
    monkeypatch.undo()
    assert result.exit_code == 0
    written = result.stdout_bytes.decode(encoding)
    name = "données 数据" if encoding == "utf-8" else r"données \u6570\u636e"
    assert name in written
