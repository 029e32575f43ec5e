"""What `typed-artifacts registry` writes, and its exit codes."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from typed_artifacts import Api
from typed_artifacts.cli.app import app
from typed_artifacts.local import Registry


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A registry with a version of two files."""
    folder = tmp_path / "registry"
    with Registry(folder) as registry:
        files = {"a.txt": "first", "b.txt": "x" * 2000}
        registry.log_version("local/p/c", type="dataset", files=files)
    return folder


def run(root: Path, *arguments: str) -> tuple[int, list[str], str]:
    result = CliRunner().invoke(app, ["registry", *arguments, "--root", str(root)])
    return result.exit_code, result.stdout.splitlines(), result.stderr


def place(root: Path, text: str) -> Path:
    digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
    return root / "files" / digest[:2] / digest


def test_statistics(root: Path) -> None:
    code, lines, _ = run(root, "stats")
    assert (code, len(lines)) == (0, 13)
    assert {"versions           1", "entries            2", "stored files       3"} <= {*lines}
    assert "bytes              2 kB" in lines
    code, out, _ = run(root, "stats", "--json")
    found = json.loads("".join(out))
    assert (code, found["bytes"], found["reclaimable_bytes"]) == (0, 2005, 0)


def test_what_is_whole(root: Path, tmp_path: Path) -> None:
    bytes_text = "2.23 kB"
    assert run(root, "verify") == (0, [f"Read 3 files, {bytes_text}: 0 wrong, 0 repaired."], "")
    backup, new = tmp_path / "backup", tmp_path / "new"
    assert run(root, "backup", str(backup)) == (
        0,
        [f"Copied 3 files, {bytes_text}, to {backup}."],
        "",
    )
    code, (line,), _ = run(root, "migrate", "--to", str(new))
    assert code == 0
    assert line.startswith(f"Moved 3 files, {bytes_text}, and ")
    assert line.endswith(" rows; 0 files were there. All rows are equal.")


def test_what_is_damaged_is_told_and_is_the_exit_code(root: Path, tmp_path: Path) -> None:
    place(root, "first").unlink()
    code, (wrong, line), _ = run(root, "verify")
    assert (code, line) == (1, "Read 3 files, 2.23 kB: 1 wrong, 0 repaired.")
    digest = place(root, "first").name
    assert wrong.startswith(f"Wrong: The stored file {digest} is missing. It is 'a.txt' of local/p")
    backup, new = tmp_path / "backup", tmp_path / "new"
    left_out = f"Left out, as it is damaged: {digest}"
    code, lines, _ = run(root, "backup", str(backup))
    assert (code, lines) == (1, [left_out, f"Copied 2 files, 2.23 kB, to {backup}."])
    code, lines, _ = run(root, "migrate", "--to", str(new))
    assert (code, lines[0], len(lines)) == (1, left_out, 2)
    assert lines[1].startswith("Moved 2 files, 2.23 kB, and ")


def test_what_is_repaired_is_told(root: Path) -> None:
    with Registry(root) as registry, registry.store.write() as connection:
        connection.exec_driver_sql("UPDATE versions SET size = 7")
    code, (wrong, line), _ = run(root, "verify")
    assert (code, wrong.startswith("Wrong: ")) == (1, True)
    assert line.endswith(": 1 wrong, 0 repaired.")
    code, (repaired, line), _ = run(root, "verify", "--repair")
    assert (code, repaired.startswith("Repaired: ")) == (0, True)
    assert line.endswith(": 0 wrong, 1 repaired.")


def test_what_is_freed_is_counted(root: Path) -> None:
    """It was "1 manifests"."""
    with Api.local(root) as api:
        api.log_artifact("p/d", type="dataset", files={"z.txt": b"z" * 3000}).delete(
            delete_aliases=True
        )
    old, new = ("--older-than", "0"), ("--older-than", "1")
    for more, verb, versions in (
        (("--dry-run", *new), "Would free", "0 deleted or given up versions"),
        (("--dry-run", *old), "Would free", "1 deleted or given up version"),
        (old, "Freed", "1 deleted or given up version"),
    ):
        code, (line,), _ = run(root, "gc", *more)
        assert (code, line.startswith(f"{verb} 3.")) == (0, True)
        assert line.endswith(f": 2 files, 1 manifest, {versions}.")
    assert run(root, "gc")[1] == [
        "Freed 0 B: 0 files, 0 manifests, 0 deleted or given up versions."
    ]
