"""What a shell is told that completes a word: names from the server, by the library's protocol."""

from __future__ import annotations

import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.cli.conftest import COMMAND
from typed_artifacts.cli.app import app
from typed_artifacts.cli.completion import bash
from typed_artifacts.cli.completion import names as completion_names
from typed_artifacts.local import Registry

Complete = Callable[..., list[str]]


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of few names."""
    folder = tmp_path_factory.mktemp("names")
    with Registry(folder) as registry, registry.batch():
        for number in range(3):
            registry.log_version(
                "local/vision/images", type="dataset", files={"a": str(number)}, aliases=["best"]
            )
        registry.log_version("local/vision/net", type="model", files={"w": "w"})
        registry.log_version("local/voice/sounds", type="dataset", files={"s": "s"})
        registry.log_version("team/vision/shared", type="dataset", files={"s": "s"})
    return folder


@pytest.fixture
def complete(names: Path) -> Complete:
    def ask(
        *words: str, env: dict[str, str] | None = None, registry: Path | None = names
    ) -> list[str]:
        where = [] if registry is None else ["--registry", str(registry)]
        line = ["typed-artifacts", words[0], *where, *words[1:]]
        told = CliRunner().invoke(
            app,
            [],
            prog_name="typed-artifacts",
            env={
                "_TYPED_ARTIFACTS_COMPLETE": "complete_bash",
                "COMP_WORDS": "\n".join(line),
                "COMP_CWORD": str(len(line) - 1),
                **(env or {}),
            },
        )
        assert told.exit_code == 0
        assert told.stderr == ""
        return told.stdout.split()

    return ask


def test_projects(complete: Complete) -> None:
    assert complete("types", "") == ["vision", "voice"]
    assert complete("types", "vi") == ["vision"]
    assert complete("du", "local/v") == ["local/vision", "local/voice"]
    assert complete("prune", "team/") == ["team/vision"]
    assert complete("types", "x") == []


def test_collections(complete: Complete) -> None:
    assert complete("versions", "local/vision/") == ["local/vision/images", "local/vision/net"]
    assert complete("versions", "local/vision/i") == ["local/vision/images"]
    # One name and a slash may be a project of one's own, or an entity.
    assert complete("versions", "vision/") == ["vision/images", "vision/net"]
    assert complete("versions", "team/") == ["team/vision/"]
    assert complete("versions", "v") == ["vision/", "voice/"]
    assert complete("versions", "--project", "vision", "n") == ["net"]


@pytest.mark.parametrize(
    "verb",
    [
        *("show", "files", "download", "verify", "tag", "diff", "copy", "get", "alias", "delete"),
        *("link", "lineage", "tree"),
    ],
)
def test_versions(complete: Complete, verb: str) -> None:
    found = complete(verb, "local/vision/images:")
    assert found == [f"local/vision/images:{name}" for name in ("best", "latest", "v0", "v1", "v2")]
    assert complete(verb, "local/vision/images:l") == ["local/vision/images:latest"]
    assert complete(verb, "local/vision/none:") == []


def test_where_a_version_is_linked_or_logged(complete: Complete) -> None:
    begun = "local/vision/"
    found = [f"{begun}images", f"{begun}net"]
    assert complete("link", "local/vision/net:v0", begun) == found
    assert complete("log", begun) == found


def test_types(complete: Complete) -> None:
    assert complete("ls", "local/vision", "--type", "d") == ["dataset"]
    assert complete("collections", "local/vision", "") == ["dataset", "model"]
    assert complete("prune", "local/vision", "--type", "m") == ["model"]
    assert complete("collections", "voice", "") == ["dataset"]


def test_the_second_of_two_versions(complete: Complete) -> None:
    assert complete("diff", "local/vision/net", "local/vision/net:v") == ["local/vision/net:v0"]


def test_a_name_that_a_shell_would_run_is_not_offered(complete: Complete, tmp_path: Path) -> None:
    harmless = ["a", "a+b", "a,b", "a-b", "a.b", "a=b", "a@b", "a_b", "ä"]
    # zsh evaluates what it is offered; in any shell, what is chosen is run with the command.
    run = ["$(id)", "${IFS}", "`id`", "\\$(id)", "x;id", "x&", "x|y", "x>y", "x'", 'x"', "*", "!x"]
    with Registry(tmp_path) as registry:
        aliases = [*harmless, *run, "a\u202eb"]
        registry.log_version("local/p/c", type="t", files={"a": "1"}, aliases=aliases)
        registry.log_version("local/q/c", type="-rf", files={"a": "1"})
    found = complete("show", "local/p/c:", registry=tmp_path)
    assert found == [f"local/p/c:{each}" for each in sorted([*harmless, "latest", "v0"])]
    assert complete("collections", "local/q", "", registry=tmp_path) == []


def test_an_error_gives_no_names_and_no_noise(complete: Complete, tmp_path: Path) -> None:
    assert complete("types", "", registry=tmp_path / "none") == []
    began = time.monotonic()
    gone = {"WANDB_BASE_URL": "http://127.0.0.1:9", "WANDB_API_KEY": "k" * 40}
    assert complete("types", "", registry=None, env=gone) == []
    assert time.monotonic() - began < 60  # it is not retried for minutes
    assert not (tmp_path / "none").exists()


def test_names_are_kept_for_seconds_where_a_cache_is_named(
    complete: Complete, names: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache, home = tmp_path / "cache", tmp_path / "home"
    home.mkdir()
    env = {"WANDB_CACHE_DIR": str(cache), "HOME": str(home)}
    assert complete("versions", "local/voice/", env=env) == ["local/voice/sounds"]
    (kept,) = [path for path in cache.rglob("*") if path.is_file()]
    assert kept.is_relative_to(cache / "typed-artifacts")
    assert kept.stat().st_mode & 0o077 == 0
    assert json.loads(kept.read_text()) == ["local/voice/sounds"]

    def refuse(*_: object) -> None:
        raise AssertionError("it was asked again")

    with monkeypatch.context() as patch:
        patch.setattr(completion_names, "_opened", refuse)
        assert complete("versions", "local/voice/so", env=env) == ["local/voice/sounds"]
        assert complete("versions", "local/vision/", env=env) == []
    with Registry(names) as registry:
        registry.log_version("local/voice/later", type="dataset", files={"l": "l"})
    assert complete("versions", "local/voice/", env=env) == ["local/voice/sounds"]
    old = time.time() - 60
    os.utime(kept, (old, old))
    found = complete("versions", "local/voice/", env=env)
    assert found == ["local/voice/later", "local/voice/sounds"]
    assert list(home.iterdir()) == []
    assert complete("versions", "local/voice/s", env={"HOME": str(home)}) == ["local/voice/sounds"]
    assert list(home.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "wanted", "joined", "current", "begun"),
    [
        (["c", "show", "a/b", ":", "la"], 4, ["c", "show", "a/b:la"], 2, "a/b:"),
        (["c", "show", "a/b", ":"], 3, ["c", "show", "a/b:"], 2, "a/b:"),
        (["c", "diff", "a", ":", "v0", "b", ":", "v"], 7, ["c", "diff", "a:v0", "b:v"], 3, "b:"),
        (["c", "diff", "a", ":", "v0", ""], 5, ["c", "diff", "a:v0", ""], 3, ""),
    ],
)
def test_words_that_bash_has_parted(
    words: list[str], wanted: int, joined: list[str], current: int, begun: str
) -> None:
    env = {"COMP_CWORD": str(wanted)}
    assert bash.join_words(env, words) == begun
    assert env == {"COMP_CWORD": str(current), "COMP_WORDS": "\n".join(joined)}


@pytest.mark.long
def test_bash_gets_what_it_lacks(names: Path) -> None:
    def ask(words: Sequence[str]) -> list[str]:
        done = subprocess.run(
            [COMMAND],
            env={
                **os.environ,
                "_TYPED_ARTIFACTS_COMPLETE": "complete_bash",
                "COMP_WORDS": "\n".join(words),
                "COMP_CWORD": str(len(words) - 1),
            },
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
        assert done.stderr == ""
        return done.stdout.split()

    begun = ["typed-artifacts", "show", "--registry", str(names), "local/vision/images", ":"]
    assert ask([*begun, "l"]) == ["latest"]
    assert ask(begun) == ["best", "latest", "v0", "v1", "v2"]
