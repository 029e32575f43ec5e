"""API keys: their users, their expiry, and permissions of files."""

import os
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from tests.local.processes import serving
from typed_artifacts.cli.commands.keys import key_app
from typed_artifacts.local import Registry, RegistryNotFound, RegistryRefused
from typed_artifacts.local.serving import announce_key

runner = CliRunner()
VIEWER = "{ viewer { username teams { edges { node { name } } } } }"


def _key(root: Path, *arguments: str) -> str:
    result = runner.invoke(key_app, [*arguments, "--root", str(root)])
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def test_a_key_is_added_listed_and_revoked(tmp_path: Path) -> None:
    ann = _key(tmp_path, "add", "--user", "ann", "--team", "acme", "--team", "lab")
    bob = _key(tmp_path, "add", "bob", "--name", "for CI")
    lines = [line.split("\t") for line in _key(tmp_path, "list").splitlines()]
    assert [line[:4] for line in lines] == [
        ["1", "ann", "acme, lab", "-"],
        ["2", "bob", "-", "for CI"],
    ]
    assert ann not in str(lines)
    _key(tmp_path, "revoke", bob)
    assert [line.split("\t")[1] for line in _key(tmp_path, "list").splitlines()] == ["ann"]
    _key(tmp_path, "revoke", "1")
    assert _key(tmp_path, "list") == ""
    failed = runner.invoke(key_app, ["revoke", "1", "--root", str(tmp_path)])
    assert (failed.exit_code, "There is no such API key" in failed.stderr) == (1, True)


def test_a_command_says_whose_key_it_means(tmp_path: Path) -> None:
    for arguments in (
        ["add"],
        ["add", "ann", "--user", "bob"],
        ["revoke"],
        ["revoke", "1", "--user", "x"],
    ):
        assert runner.invoke(key_app, [*arguments, "--root", str(tmp_path)]).exit_code == 2


@pytest.mark.long
def test_a_running_server_knows_at_once(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    with serving(root) as served:
        assert served.ask(VIEWER).status_code == 200
        ann = _key(root, "add", "--user", "ann", "--team", "acme")
        viewer = served.ask(VIEWER, key=ann).json()["data"]["viewer"]
        teams = [edge["node"]["name"] for edge in viewer["teams"]["edges"]]
        assert (viewer["username"], teams) == ("ann", ["ann", "acme"])
        _key(root, "revoke", "--user", "ann")
        assert served.ask(VIEWER, key=ann).status_code == 401
        assert served.ask(VIEWER).status_code == 200


def test_a_note_is_shown_and_not_obeyed(tmp_path: Path) -> None:
    _key(tmp_path, "add", "ann", "--name", "x\x1b[31m\ty\nz\u202e")
    listed = runner.invoke(key_app, ["list", "--root", str(tmp_path)], color=True)
    (line,) = [line for line in listed.stdout.splitlines() if "\tann\t" in line]
    assert line.split("\t")[3] == "x\\x1b[31m\\ty\\nz\\u202e"


@pytest.mark.parametrize("arguments", ["list", "revoke 1", "revoke --user ann"])
def test_keys_of_no_registry(tmp_path: Path, arguments: str) -> None:
    root = tmp_path / "mistyped"
    found = runner.invoke(key_app, [*arguments.split(), "--root", str(root)])
    assert (found.exit_code, found.stdout) == (1, "")
    assert f"There is no registry in {root}; name its folder with --registry." in found.stderr
    assert not root.exists()


@pytest.mark.long
def test_a_first_key_that_was_revoked_does_not_come_back(tmp_path: Path) -> None:
    root = tmp_path / "registry"
    with serving(root) as served:
        first = served.key
        _key(root, "revoke", first)
        assert served.ask(VIEWER).status_code == 401
    with serving(root) as served:
        assert served.key != first
        assert served.ask(VIEWER, key=first).status_code == 401
        assert served.ask(VIEWER).status_code == 200


def test_what_belongs_to_somebody_is_no_team(tmp_path: Path) -> None:
    with Registry(tmp_path) as registry:
        registry.add_key("ann")
        registry.log_version("lab/p/c", type="dataset", files={"f": "x"})
        for name in ("ann", "ann-org"):
            with pytest.raises(RegistryRefused, match="and no team"):
                registry.add_key("bob", teams=[name])
        assert [key.user for key in registry.list_keys()] == ["ann"]
        registry.add_key("bob", teams=["lab"])
        with pytest.raises(RegistryRefused, match="and no user"):
            registry.add_key("lab")
        with pytest.raises(RegistryNotFound):
            registry.revoke_keys(user="nobody")


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_folder_is_for_its_owner(tmp_path: Path) -> None:
    root = tmp_path / "new" / "registry"
    with Registry(root):
        assert _mode(root) == 0o700
        assert {_mode(path) for path in root.glob("registry.db*")} == {0o600}
        assert _mode(root / "files") == 0o700


def test_an_older_folder_is_closed_but_not_to_a_group_that_writes(tmp_path: Path) -> None:
    for number, (before, after, database) in enumerate(
        [(0o755, 0o700, 0o600), (0o775, 0o770, 0o600), (0o700, 0o700, 0o600)]
    ):
        root = tmp_path / str(number)
        with Registry(root):
            pass
        root.chmod(before)
        (root / "registry.db").chmod(0o644)
        with Registry(root):
            assert (_mode(root), _mode(root / "registry.db")) == (after, database)


@pytest.mark.parametrize(("umask", "mode"), [(0o002, 0o660), (0o022, 0o600), (0o077, 0o600)])
def test_a_registry_is_the_groups_where_a_group_may_write(
    tmp_path: Path, umask: int, mode: int
) -> None:
    root = tmp_path / "shared"
    root.mkdir()
    root.chmod(0o770)
    before = os.umask(umask)
    try:
        with Registry(root) as registry:
            announce_key(registry)
            registry.log_version("me/p/c", type="dataset", files={"a": b"1"})
            names = ("registry.db", "registry.db-wal", "registry.db-shm", "url-secret", "api-key")
            assert [_mode(root / name) for name in names] == [mode] * 5
            assert _mode(root) == 0o770
    finally:
        os.umask(before)


def test_a_folder_with_other_things_in_it_stays_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    (tmp_path / "notes.txt").touch()
    with Registry(tmp_path):
        assert _mode(tmp_path) == 0o755
        assert _mode(tmp_path / "registry.db") == 0o600


_ENDS_KILLED = """
import os, signal, sys
from pathlib import Path
from typed_artifacts.local import Registry
registry = Registry(sys.argv[1])
Path.unlink = lambda self, missing_ok=False: os.kill(os.getpid(), signal.SIGKILL)
registry.revoke_keys(key=sys.argv[2])
"""


@pytest.mark.long
def test_a_killed_revoke_has_revoked_nothing(tmp_path: Path) -> None:
    """Were the key ended, and still in the file, the next start would give it back unseen."""
    with serving(tmp_path) as served:
        key = served.key
    command = [sys.executable, "-c", _ENDS_KILLED, str(tmp_path), key]
    assert subprocess.run(command, timeout=60, check=False).returncode == -signal.SIGKILL
    with Registry(tmp_path) as registry:
        assert len(registry.list_keys()) == 1


@pytest.mark.long
@pytest.mark.parametrize("left", [b"", b"\n", bytes(41), b"\xff\xfe"])
def test_a_key_that_was_not_written_is_made_anew(tmp_path: Path, left: bytes) -> None:
    """A process was killed, or the power went, when it had made the file and nothing in it."""
    Registry(tmp_path).close()
    (tmp_path / "api-key").write_bytes(left)
    with serving(tmp_path) as served:
        assert len(served.key) == 40
        assert served.ask(VIEWER).status_code == 200


@pytest.mark.parametrize("left", [b"", b"short"])
def test_urls_are_never_signed_with_a_secret_that_was_not_written(
    tmp_path: Path, left: bytes
) -> None:
    with Registry(tmp_path) as registry:
        before = registry.store.secret
    with Registry(tmp_path) as registry:
        assert registry.store.secret == before
    secret = tmp_path / "url-secret"
    secret.write_bytes(left)
    with Registry(tmp_path) as registry:
        assert len(registry.store.secret) == 32
        assert registry.store.secret == secret.read_bytes()
    assert stat.S_IMODE(secret.stat().st_mode) == 0o600


def test_servers_that_begin_together_have_one_key(tmp_path: Path) -> None:
    def begin() -> list[str]:
        with Registry(tmp_path) as registry:
            together.wait(60)
            announce_key(registry)
            return [(tmp_path / "api-key").read_text(), registry.store.secret.hex()]

    together = threading.Barrier(4)
    with ThreadPoolExecutor(4) as pool:
        jobs = [pool.submit(begin) for _ in range(4)]
        (first, *others) = [job.result() for job in jobs]
    assert others == [first] * 3
    with Registry(tmp_path) as registry:
        assert len(registry.list_keys()) == 1
