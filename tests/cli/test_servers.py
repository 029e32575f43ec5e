"""Which server a command works on, and the names that `wandb artifact` has for commands."""

from __future__ import annotations

import inspect
from itertools import combinations
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.reliability.served import KEY, served
from typed_artifacts import Api, Artifact
from typed_artifacts.cli.app import app
from typed_artifacts.local import Registry


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "registry"
    with Registry(folder) as registry:
        registry.log_version("local/p/data", type="dataset", files={"a": "1"}, aliases=["raw"])
    return folder


def run(*arguments: str | Path) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, [str(each) for each in arguments])
    return result.exit_code, result.stdout, result.stderr


def test_a_registry_by_its_new_name(root: Path) -> None:
    assert run("versions", "local/p/data", "-q", "--registry", root)[1] == "data:v0\n"
    assert run("versions", "data", "-q", "--registry", root, "--project", "p")[1] == "data:v0\n"
    assert run("du", "local/p", "--registry", root)[0] == 0


def test_a_command_works_on_one_server(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of two that were named, one of them `--root`, one was passed over in silence."""
    named = {"--root": str(root), "--registry": str(root), "--base-url": "http://localhost:1"}
    for one, two in combinations(named, 2):
        for verb in ("types", "prune"):
            code, out, err = run(verb, "local/p", one, named[one], two, named[two])
            assert (code, out) == (2, "")
            assert f"{one} and {two} exclude each other" in err
    # The variable is for commands that name none.
    monkeypatch.setenv("TYPED_ARTIFACTS_ROOT", str(root / "nowhere"))
    assert run("types", "local/p", "-q", "--registry", root) == (0, "dataset\n", "")


def test_an_entity_of_a_registry(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with Registry(root) as registry:
        registry.log_version("me/p/mine", type="dataset", files={"a": "1"})
    mine = ("versions", "mine", "-q", "--entity", "me", "--project", "p")
    assert run(*mine, "--registry", root) == (0, "mine:v0\n", "")
    assert run("versions", "p/mine", "-q", "--entity", "me", "--root", root)[1] == "mine:v0\n"
    monkeypatch.setenv("TYPED_ARTIFACTS_ROOT", str(root))
    assert run(*mine) == (0, "mine:v0\n", "")


def test_the_doctor_of_a_registry(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert run("doctor", "--registry", root)[1] == run("doctor", "--root", root)[1] != ""
    monkeypatch.setenv("TYPED_ARTIFACTS_ROOT", str(root / "nowhere"))
    assert run("doctor", "--registry", root)[0] == 0
    code, _, err = run("doctor", "http://localhost:1", "--registry", root)
    assert code == 2
    assert "Give a server or --registry, not both." in err


def test_a_server_by_its_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WANDB_API_KEY", KEY)
    with served(tmp_path / "served") as server:
        where = ("--base-url", server.url, "--entity", "local", "--project", "load")
        assert run("versions", "other", "-q", *where)[1] == "other:v0\n"
        # An address that is given counts for more than the environment's registry.
        monkeypatch.setenv("TYPED_ARTIFACTS_ROOT", str(tmp_path / "nowhere"))
        assert run("versions", "other", "-q", *where)[1] == "other:v0\n"


def test_root_is_where_a_download_goes(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    for number, verb in enumerate(("download", "get")):
        place = out / str(number)
        assert run(verb, "local/p/data", "--registry", root, "--root", place)[0] == 0
        assert (place / "a").read_text() == "1"
    # What a registry is in was --root in earlier releases, and still is.
    assert run("download", "local/p/data", out / "old", "--root", root)[0] == 0
    assert (out / "old" / "a").read_text() == "1"
    code, _, err = run("download", "local/p/data", out, "--registry", root, "--root", out)
    assert code == 2
    assert "give one of them" in err


def test_names_that_wandb_has(root: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    code, out, _ = run(
        *("put", "-n", "local/p/new", "-t", "model", "-a", "latest", "-a", "best", "-d", "Words."),
        *(tmp_path / "file", "--registry", root),
    )
    assert code == 0
    assert "local/p/new:v0" in out
    assert "new" in run("ls", "local/p", "-t", "model", "--registry", root)[1]
    code, out, _ = run("log", "local/p/n2", tmp_path / "file", "-t", "m", "--registry", root)
    assert code == 0
    with Registry(root) as registry:
        registry.run("local/p/r1")
    (tmp_path / "file").write_text("y")
    put = ("put", "-n", "local/p/new", "-t", "model", "--id", "local/p/r1", tmp_path / "file")
    assert run(*put, "--registry", root)[0] == 0
    with Api.local(root) as api:
        logged = api.artifact("local/p/new:v1").logged_by()
    assert logged is not None
    assert logged.run_id == "r1"
    get = ("get", "local/p/new:v0", "--registry", root, "--root", tmp_path / "got", "--type")
    assert run(*get, "model")[0] == 0
    code, _, err = run(*get, "dataset")
    assert code == 1
    assert "is of type 'model', not 'dataset'" in err
    shown = run("--help")[1]
    assert "Exit codes: 0 done" in " ".join(shown.split())
    assert "put" not in [line.split()[0] for line in shown.splitlines() if line.strip()]


@pytest.mark.parametrize("command", ["download", "copy"])
def test_as_many_files_at_a_time_as_in_python(command: str) -> None:
    """It was 8: a distant server's many small files took several times as long."""
    workers = inspect.signature(Artifact.download).parameters["max_workers"].default
    assert f"[default: {workers}; x>=1]" in " ".join(run(command, "--help")[1].split())
