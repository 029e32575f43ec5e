"""The plugin in the runs of others: it loads nothing that is not used, and says what is wrong."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from typed_artifacts.errors import InvalidInput
from typed_artifacts.testing.fault_proxy import Exchange, Plan, Request, read_request
from typed_artifacts.testing.named_faults import FAULTS, plan_of


def run_pytest(folder: Path, code: str, *options: str) -> subprocess.CompletedProcess[str]:
    """Run a test file in a process of its own, as a project that knows nothing of ours."""
    (folder / "pytest.ini").write_text("[pytest]\n")  # not those of a folder above it
    (folder / "test_it.py").write_text(code)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.long
def test_nothing_is_loaded_unless_a_fixture_is_used(tmp_path: Path) -> None:
    code = (
        "import sys\n"
        "def test_it():\n"
        "    names = sorted(name for name in sys.modules if name.startswith('typed_artifacts'))\n"
        "    assert names == ['typed_artifacts', 'typed_artifacts.testing', "
        "'typed_artifacts.testing.plugin']\n"
    )
    ended = run_pytest(tmp_path, code)
    assert ended.returncode == 0, ended.stdout


@pytest.mark.long
def test_nothing_of_the_developers_folders_is_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("WANDB_CACHE_DIR", "WANDB_ARTIFACT_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    code = (
        "def test_it(artifacts_registry, artifacts_api, artifacts_requests):\n"
        "    artifacts_registry.log_version('local/demo/n', type='t', files={'a.txt': '1'})\n"
        "    for folder in ('one', 'two'):\n"
        "        artifacts_api.artifact('demo/n').download(folder)\n"
        "    artifacts_api.artifact('demo/n').download()\n"
        "    assert artifacts_requests.counts['download'] == 6\n"
    )
    ended = run_pytest(tmp_path, code)
    assert ended.returncode == 0, ended.stdout
    assert not (tmp_path / "WANDB_CACHE_DIR").exists()
    assert not (tmp_path / "WANDB_ARTIFACT_DIR").exists()


@pytest.mark.long
def test_the_marker_is_known_and_checked(tmp_path: Path) -> None:
    code = (
        "import pytest\n"
        "@pytest.mark.artifacts_faults('429', 'unheard-of')\n"
        "def test_it(artifacts_api): pass\n"
        "@pytest.mark.artifacts_faults('429', times=3)\n"
        "def test_other(artifacts_api): pass\n"
    )
    ended = run_pytest(tmp_path, code, "--strict-markers")
    assert ended.returncode == 1
    assert "artifacts_faults takes names of faults, not 'unheard-of': reset, lost," in ended.stdout
    assert "unexpected keyword argument 'times'" in ended.stdout


@pytest.mark.long
def test_the_example_of_the_page(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "testing.md").read_text("utf-8")
    example = re.search(
        r"^<!-- test file -->\n```python\n(.*?)^```$", page, re.DOTALL | re.MULTILINE
    )
    assert example
    ended = run_pytest(tmp_path, example[1])
    assert "2 passed" in ended.stdout, ended.stdout


@pytest.mark.parametrize("names", [[], ["none"]])
def test_names_of_faults(names: list[str]) -> None:
    with pytest.raises(InvalidInput, match="takes names of faults"):
        plan_of(names, None, 0)
    assert plan_of([*FAULTS], None, 0).times == len(FAULTS)


@pytest.mark.parametrize("after", [-1, "1", None, 1.5, True])
def test_how_many_go_well_before_is_a_number(after: Any) -> None:  # noqa: ANN401 - anything
    with pytest.raises(InvalidInput, match=r"after=.*; it must be 0 or more"):
        plan_of(["429"], None, after)


def test_a_plan_counts_what_it_spoils() -> None:
    def act(exchange: Exchange) -> None:
        raise AssertionError(exchange)

    plan = Plan("Viewer", act, after=1, times=2)
    asked = ["Viewer", "Other", "Viewer", "Viewer", "Viewer"]
    assert [plan.spoils(name) for name in asked] == [None, None, 0, 1, None]


def test_requests_are_read_whole() -> None:
    lines = iter([b"POST /graphql HTTP/1.1\r\n", b"Transfer-Encoding: chunked\r\n", b"\r\n"])
    lines_after = iter([b"5;x=y\r\n", b"\r\n", b"0\r\n", b"\r\n"])

    def readline() -> bytes:
        return next(lines, None) or next(lines_after)

    request = read_request(readline, lambda size: b"hello"[:size])
    assert request is not None
    assert (request.method, request.path, request.body) == ("POST", "/graphql", b"hello")
    assert read_request(lambda: b"", lambda _: b"") is None


def test_half_a_request_is_none() -> None:
    assert read_request(lambda: b"POST /gra", lambda _: b"") is None
    lines = iter([b"PUT /files/a HTTP/1.1\r\n", b"Content-Length: 9\r\n", b"\r\n"])
    assert read_request(lambda: next(lines), lambda _: b"hello") is None


@pytest.mark.parametrize(
    ("path", "body", "operation"),
    [
        ("/graphql", b'{"operationName": "Viewer", "query": ""}', "Viewer"),
        ("/graphql", b'{"query": "query Models { a }"}', "Models"),
        ("/graphql", b'{"query": "{ a }"}', "POST"),
        *(("/graphql", body, "POST") for body in (b"\x1f\x8b", b"{}", b"[]", b'{"query": 1}')),
        ("/oidc/token", b"", "TokenExchange"),
        ("/files/a", b"", "POST"),
    ],
)
def test_the_operation_of_a_request(path: str, body: bytes, operation: str) -> None:
    assert Request("POST", path, [], body).operation == operation
