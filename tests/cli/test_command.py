"""The installed command, as a process of its own."""

import ast
import base64
import errno
import json
import os
import re
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any
from urllib.request import Request, urlopen

import pytest
from typer.testing import CliRunner

from tests.cli.conftest import COMMAND
from typed_artifacts.cli.app import app
from typed_artifacts.local import Registry, RegistryRefused, serve

QUOTED = shlex.quote(str(COMMAND))  # for a shell
LISTING = ("types", "demo/code-search")
Command = Callable[[Sequence[str]], subprocess.CompletedProcess[str]]


def test_help_names_every_command(command: Command) -> None:
    done = command(["--help"])
    assert done.returncode == 0
    for name in ("types", "collections", "versions", "files", "show", "serve", "key", "demo"):
        assert f" {name} " in done.stdout


def test_help_loads_no_client() -> None:
    code = (
        "import sys\n"
        "from typed_artifacts.cli import main\n"
        "sys.argv[1:] = ['--help']\n"
        "try:\n"
        "    main()\n"
        "except SystemExit:\n"
        "    print(sorted(sys.modules), file=sys.stderr)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    loaded = set(ast.literal_eval(done.stderr))
    for package in ("_domain", "_graphql", "_requests", "_sync", "_transfer", "_usage", "local"):
        assert f"typed_artifacts.{package}" not in loaded
    assert not {"httpx", "pydantic", "urllib3"} & loaded


def test_version(command: Command) -> None:
    assert command(["--version"]).stdout == f"typed-artifacts {version('typed-artifacts')}\n"


@pytest.mark.long
def test_a_listing_for_programs(command: Command, root: Path) -> None:
    done = command(["types", "demo/code-search", "--root", str(root), "--json"])
    assert (done.returncode, done.stderr) == (0, "")
    assert {row["name"] for row in json.loads(done.stdout)} == {"dataset", "evaluation", "model"}


@pytest.mark.long
def test_the_folder_may_come_from_the_environment(
    command: Command, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TYPED_ARTIFACTS_ROOT", str(root))
    assert command(["files", "demo/code-search/tokenizer"]).stdout.endswith("2 files\n")


@pytest.mark.long
def test_an_error_has_no_traceback(command: Command, root: Path) -> None:
    done = command(["types", "demo/nowhere", "--root", str(root)])
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("typed-artifacts: ")
    assert done.stderr.count("\n") == 1


def test_no_server_is_an_error_of_one_line(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("WANDB_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("WANDB_API_KEY", "k" * 40)
    monkeypatch.setenv("TYPED_ARTIFACTS_TRIES", "1")
    done = command(["types", "demo/code-search"])
    assert done.returncode == 1
    assert done.stderr.startswith("typed-artifacts: ")
    assert done.stderr.count("\n") == 1
    assert "k" * 40 not in done.stderr


def test_a_reader_that_leaves_early_is_no_error(root: Path) -> None:
    arguments = ("files", "demo/code-search/training-set", "--json", "--root", str(root))
    listing = shlex.join([str(COMMAND), *arguments])
    done = subprocess.run(
        ["/bin/sh", "-c", f"{listing} | head -n 1"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == ("[\n", "")


def test_without_the_extra_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['typer'] = None; from typed_artifacts.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 1
    assert 'pip install "typed-artifacts[cli,local]"' in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.long
def test_the_demo_walks_the_surface_serves_its_page_and_leaves_nothing(tmp_path: Path) -> None:
    arguments = [str(COMMAND), "demo", "--serve", "--port", "0"]
    environment = os.environ | {"TMPDIR": str(tmp_path), "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(
        arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as demo:
        try:
            said = "".join(iter(lambda: _line(demo.stdout), ""))
            address = re.search(r"^In a browser: (http://127\.0\.0\.1:\S+)$", said, re.MULTILINE)
            assert address
            signed_in = base64.b64encode(f"api:{'k' * 40}".encode()).decode()
            page = Request(address[1], headers={"Authorization": f"Basic {signed_in}"})  # noqa: S310 -- ours
            with urlopen(page, timeout=60) as response:  # noqa: S310 -- the same
                assert "code-embedder" in response.read().decode()
            demo.send_signal(signal.SIGINT)
            rest, complaints = demo.communicate(timeout=60)
        finally:
            demo.kill()
    assert (demo.returncode, complaints) == (0, "")
    for words in (
        "production",
        "path: demo/code-search/training-set",
        "altogether",
        "typed-artifacts tree demo/code-search --registry ",
    ):
        assert words in said
    assert rest == "The folder is removed; nothing is left behind.\n"
    assert list(tmp_path.iterdir()) == []


def _line(out: IO[str] | None) -> str:
    """The next line, until the server listens."""
    line = out.readline() if out else ""
    return "" if line.startswith("typed-artifacts serves on ") else line


def test_the_demo_keeps_its_project_in_a_new_folder_only(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    done = CliRunner().invoke(app, ["demo", "--keep", str(tmp_path)])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "is not empty" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_the_demo_says_why_it_cannot_have_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    # Root may look into every folder: the refusal is the system's, stood in for.
    looked = Path.stat

    def stat(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.name == "closed":
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
        return looked(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", stat)
    for folder, words, code in (
        ("mine.txt", "is a file", 1),
        ("closed", "Looking at .* failed: Permission denied", 1),
        ("x" * 300, "cannot be opened: File name too long", 1),
    ):
        done = CliRunner().invoke(app, ["demo", "--keep", str(tmp_path / folder)])
        assert (done.exit_code, done.stdout) == (code, "")
        assert re.search(words, done.stderr.replace("\n", " "))
    done = CliRunner().invoke(app, ["registry", "verify", "--root", str(tmp_path / "closed")])
    assert (done.exit_code, done.stdout) == (1, "")
    assert re.search("Looking at .* failed: Permission denied", done.stderr)


@pytest.mark.skipif(os.name == "nt", reason="signals of POSIX")
def test_an_interrupt_while_it_begins_is_no_traceback() -> None:
    code = (
        "import builtins, sys\n"
        "imported = builtins.__import__\n"
        "def interrupted(name, *rest):\n"
        "    if name == 'typed_artifacts.cli.app':\n"
        "        raise KeyboardInterrupt\n"
        "    return imported(name, *rest)\n"
        "builtins.__import__ = interrupted\n"
        "from typed_artifacts.cli import main\n"
        "main()\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, check=False)
    assert (ended.returncode, ended.stdout, ended.stderr) == (130, b"", b"")


@pytest.mark.each(2)
@pytest.mark.skipif(os.name == "nt", reason="streams of POSIX")
@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("delete demo/code-search/tokenizer:v0", "nobody answered"),
        ("login --base-url http://127.0.0.1:9", "No key was given"),
    ],
)
def test_without_a_standard_input_nobody_answers(root: Path, arguments: str, words: str) -> None:
    done = subprocess.run(
        ["/bin/sh", "-c", f"{QUOTED} {arguments} <&-"],
        env=os.environ | {"TYPED_ARTIFACTS_ROOT": str(root)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert words in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="streams of POSIX")
@pytest.mark.parametrize("closed", ["2>&-", "<&- >&- 2>&-"])
def test_a_command_does_its_work_where_streams_are_closed(tmp_path: Path, closed: str) -> None:
    """As a service or a cron job may have it."""
    Registry(tmp_path / "shelf").close()
    (tmp_path / "new.txt").write_text("1")
    folder = tmp_path / "down"
    for arguments in (
        shlex.join(["log", "demo/c", str(tmp_path / "new.txt"), "--type", "d"]),
        shlex.join(["download", "demo/c:latest", str(folder)]),
        "du demo",
        "copy demo/c other/c",
        "prune other --older-than 1d",
    ):
        done = subprocess.run(
            ["/bin/sh", "-c", f"{QUOTED} {arguments} {closed}"],
            env=os.environ | {"TYPED_ARTIFACTS_ROOT": str(tmp_path / "shelf")},
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, arguments
    assert (folder / "new.txt").read_text() == "1"


def _on_full_disk(
    root: Path, arguments: Sequence[str], unbuffered: str, stream: str
) -> subprocess.CompletedProcess[str]:
    """Run the command, with one of its streams to a full disk."""
    environment = {"PYTHONUNBUFFERED": unbuffered, "TYPED_ARTIFACTS_ROOT": str(root)}
    with Path("/dev/full").open("w") as full:
        piped = dict.fromkeys(("stdout", "stderr"), subprocess.PIPE)
        streams: dict[str, int | IO[str]] = {**piped, stream: full}
        return subprocess.run(
            [COMMAND, *arguments],
            env=os.environ | environment,
            stdout=streams["stdout"],
            stderr=streams["stderr"],
            text=True,
            check=False,
        )


@pytest.mark.each(3)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("arguments", [("--help",), ("--version",), LISTING, (*LISTING, "--json")])
def test_what_can_not_be_written_is_one_line(
    root: Path, arguments: tuple[str, ...], unbuffered: str
) -> None:
    """Of what Python had buffered, it said so itself, and the exit code was 120."""
    done = _on_full_disk(root, arguments, unbuffered, "stdout")
    assert done.returncode == 1
    assert done.stderr == "typed-artifacts: [Errno 28] No space left on device\n"


@pytest.mark.each(4)
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no device that is full")
@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize(
    ("arguments", "code"), [(LISTING, 0), (("types", "none"), 1), (("-x",), 2)]
)
def test_an_exit_code_is_right_where_no_message_can_be_written(
    root: Path, arguments: tuple[str, ...], code: int, unbuffered: str
) -> None:
    """It was 120, or 1 for wrong usage."""
    assert _on_full_disk(root, arguments, unbuffered, "stderr").returncode == code


@pytest.mark.parametrize("option", ["--grace", "--gc-every"])
@pytest.mark.parametrize("value", ["inf", "nan", "-1", "1e10"])
def test_a_time_that_nobody_can_wait_for_is_refused_before_anything_is_made(
    tmp_path: Path, option: str, value: str
) -> None:
    root = tmp_path / "x"
    done = CliRunner().invoke(app, ["serve", "--root", str(root), option, value, "--port", "0"])
    assert (done.exit_code, done.stdout) == (2, "")
    given: dict[str, Any] = {option.strip("-").replace("gc-every", "gc_hours"): float(value)}
    with pytest.raises(RegistryRefused, match="from 0 to 1,000,000"):
        serve(root, **given)
    assert not root.exists()


@pytest.mark.parametrize("command_line", ["serve --root x --port", "demo --port"])
@pytest.mark.parametrize("port", ["-1", "65536"])
def test_a_port_that_is_none_is_refused_before_anything_is_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: str, port: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, [*command_line.split(), port])
    assert (done.exit_code, done.stdout) == (2, "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command_line",
    [
        "registry backup",
        "registry gc --root",
        "ls p --registry",
        "serve --root",
        "serve --issuer-key",
        "download p/c:v0",
        "download p/c:v0 --root",
        "cache ls --cache-dir",
        "copy p/c:v0 --to-registry",
        "prune p --plan",
        "prune p --apply",
        "prune p --journal",
        "demo --keep",
    ],
)
def test_an_empty_path_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, command_line: str
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(app, [*command_line.split(), ""])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "It is empty; for the current folder, write a full stop." in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "command_line",
    [
        "types p --entity",
        "delete c --yes --project",
        "ls p --base-url",
        "copy p q --to-url",
        "cache rm e/p/c --base-url",
        "login --base-url",
    ],
)
def test_an_empty_name_is_not_the_default(command_line: str) -> None:
    done = CliRunner().invoke(app, [*command_line.split(), ""])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "It is empty; for the default, leave the option out." in done.stderr


@pytest.mark.parametrize("command_line", ["types", "du", "tree", "prune --yes --keep-last 0"])
def test_a_project_without_a_name_is_refused(tmp_path: Path, command_line: str) -> None:
    with Registry(tmp_path / "r") as registry:
        for number in range(3):
            path = "local/uncategorized/data"
            registry.log_version(path, type="dataset", files={"a": str(number)})
    where = ("--registry", str(tmp_path / "r"))
    done = CliRunner().invoke(app, [*command_line.split(), "", *where])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "The name of a project is a string that is not empty" in done.stderr
    versions = CliRunner().invoke(app, ["versions", "uncategorized/data", "-q", *where])
    assert versions.stdout.split() == ["data:v2", "data:v1", "data:v0"]


def test_a_region_without_a_name_is_refused(tmp_path: Path) -> None:
    root = tmp_path / "x"
    done = CliRunner().invoke(app, ["serve", "--root", str(root), "--region", "", "--port", "0"])
    assert (done.exit_code, done.stdout) == (1, "")
    assert "none of them empty" in done.stderr
    assert not root.exists()
