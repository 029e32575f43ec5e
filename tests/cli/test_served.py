"""The command as a client of `typed-artifacts serve`: two processes, a port, and a key."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.cli.conftest import COMMAND

Command = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Served:
    """Where the server listens, the key that it made, and its folder."""

    url: str
    key: str
    root: Path


@pytest.fixture
def served(root: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    arguments = [str(COMMAND), "serve", "--root", str(root), "--port", "0"]
    (root / "api-key").unlink(missing_ok=True)
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout
        key = re.search(r": ([0-9a-f]{40})$", server.stdout.readline().strip())
        url = re.search(r"http://127\.0\.0\.1:\d+$", server.stdout.readline().strip())
        assert key
        assert url
        monkeypatch.setenv("WANDB_BASE_URL", url[0])
        monkeypatch.setenv("WANDB_API_KEY", key[1])
        try:
            yield Served(url[0], key[1], root)
        finally:
            server.terminate()


@pytest.mark.long
@pytest.mark.usefixtures("served")
def test_a_listing_over_http_is_the_same_as_from_the_folder(command: Command, root: Path) -> None:
    arguments = ["versions", "demo/code-search/code-embedder", "--json", "--per-page", "3"]
    over_http = command(arguments)
    from_folder = command([*arguments, "--root", str(root)])
    assert (over_http.returncode, over_http.stderr) == (0, "")
    assert len(json.loads(over_http.stdout)) == 7
    assert json.loads(over_http.stdout) == json.loads(from_folder.stdout)


def test_a_wrong_key_is_an_error_of_one_line(
    command: Command, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = served.key[::-1]
    monkeypatch.setenv("WANDB_API_KEY", wrong)
    done = command(["types", "demo/code-search"])
    assert (done.returncode, done.stdout) == (1, "")
    assert "401" in done.stderr
    assert done.stderr.count("\n") == 1
    assert wrong not in done.stderr


@pytest.mark.long
def test_a_key_that_was_added_opens_the_server(
    command: Command, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    added = command(["key", "add", "grace", "--root", str(served.root)])
    assert added.returncode == 0
    monkeypatch.setenv("WANDB_API_KEY", added.stdout.strip())
    done = command(["types", "demo/code-search", "--json"])
    assert (done.returncode, done.stderr) == (0, "")
    assert len(json.loads(done.stdout)) == 3
