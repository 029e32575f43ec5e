"""`typed-artifacts login`: one request, one entry of netrc, and every other line as it was."""

from __future__ import annotations

import errno
import netrc
import os
import pty
import stat
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from typer.testing import CliRunner

from typed_artifacts import Client, InvalidInput
from typed_artifacts._environment.netrc_entries import with_key, write_key
from typed_artifacts._environment.variables import Secret
from typed_artifacts.cli.app import app
from typed_artifacts.local import Registry

KEY = "a1" * 20
OLD = "0ld-key-" * 5
ENTRY = f"machine h.example\n  login user\n  password {KEY}\n"


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "home"
    folder.mkdir()
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder


@pytest.fixture
def url(served_registry: tuple[Registry, str]) -> str:
    registry, url = served_registry
    registry.register_key("ann", KEY)
    return url


def _login(url: str, given: str = KEY) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["login", "--base-url", url], input=given)
    return result.exit_code, result.output


def test_a_new_netrc(home: Path, url: str) -> None:
    code, output = _login(url, f"  {KEY}\n")
    path = home / ".netrc"
    host = url.removeprefix("http://")
    assert code == 0, output
    assert path.read_text() == f"machine {host}\n  login user\n  password {KEY}\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or os.name == "nt"
    assert [each.name for each in home.iterdir()] == [".netrc"]
    assert "as ann" in output
    assert KEY not in output
    settings = Client(url).settings
    assert (settings.api_key, str(path) in str(settings.api_key_source)) == (KEY, True)
    assert _login(url)[0] == 0
    assert path.read_text().count("machine") == 1


@pytest.mark.parametrize("given", ["x" * 40, "", " \n", "two words", "é" * 40, 'quote"' * 8])
def test_a_key_that_is_refused_changes_nothing(home: Path, url: str, given: str) -> None:
    path = home / ".netrc"
    path.write_text("# mine\n")
    code, output = _login(url, given)
    assert code == 1
    assert path.read_text() == "# mine\n"
    assert not given.strip() or given.strip() not in output
    assert "Traceback" not in output


def test_a_server_that_is_not_there(home: Path) -> None:
    code, output = _login("http://127.0.0.1:1")
    assert (code, [*home.iterdir()]) == (1, [])
    assert KEY not in output


def test_the_file_that_the_environment_names(
    home: Path, url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "elsewhere" / "netrc"
    monkeypatch.setenv("NETRC", str(path))
    monkeypatch.setenv("WANDB_API_KEY", OLD)
    code, output = _login(url)
    assert code == 0
    assert KEY in path.read_text()
    assert [*home.iterdir()] == []
    assert "WANDB_API_KEY is set" in output


@pytest.mark.parametrize("given", ["", " \n"])
def test_no_key_is_written_where_none_is_given(home: Path, url: str, given: str) -> None:
    code, output = _login(url, given)
    assert code == 1
    assert "No key was given; nothing was written." in output
    assert [*home.iterdir()] == []


def test_the_older_name_is_kept(home: Path, url: str) -> None:
    (home / "_netrc").write_text(f"machine other.example login user password {OLD}\n")
    assert _login(url)[0] == 0
    assert [each.name for each in home.iterdir()] == ["_netrc"]


@pytest.mark.parametrize(
    "text", ["machine\n", "nonsense secretword\n", "machine a pass secretword\n"]
)
def test_a_broken_netrc_is_left_alone(home: Path, url: str, text: str) -> None:
    path = home / ".netrc"
    path.write_text(text)
    code, output = _login(url)
    assert (code, path.read_text()) == (1, text)
    assert str(path) in output.replace("\n", "")
    assert "secretword" not in output


def test_a_default_entry_counts(home: Path, url: str) -> None:
    path = home / ".netrc"
    path.write_text(f"default login user password {KEY}\n")
    assert Client(url).settings.api_key == KEY
    path.write_text(f"default login user password {OLD}\n")
    assert _login(url)[0] == 0
    assert path.read_text().endswith(f"default login user password {OLD}\n")
    assert Client(url).settings.api_key == KEY
    assert Client("https://other.example").settings.api_key == OLD


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", ENTRY),
        ("# only mine\n", f"# only mine\n{ENTRY}"),
        ("machine a login b password c", f"machine a login b password c\n{ENTRY}"),
        ("machine a login b password c\n\n", f"machine a login b password c\n\n{ENTRY}"),
        ("default login b password c\n", f"{ENTRY}default login b password c\n"),
        (
            "machine a login b password c # note\n# last\ndefault login d password e\n",
            f"machine a login b password c # note\n# last\n{ENTRY}default login d password e\n",
        ),
        (
            f"machine h.example\n  login me # mine\n  password {OLD} # old\nmachine z\n",
            f"machine h.example\n  login user # mine\n  password {KEY} # old\nmachine z\n",
        ),
        (
            f"machine a login b password c machine h.example password {OLD} login d\r\n",
            f"machine a login b password c machine h.example password {KEY} login user\r\n",
        ),
        (
            "machine h.example\n\tlogin me\n\taccount acc\nmachine b password machine\n",
            f"machine h.example\n\tlogin me\n\taccount acc password {KEY}\nmachine b password "
            "machine\n",
        ),
        (
            "# machine h.example password x\nmachine a password #h\n",
            f"# machine h.example password x\nmachine a password #h\n{ENTRY}",
        ),
        (
            'machine "h.example" login "my self" password "o l d"\n',
            f'machine "h.example" login user password {KEY}\n',
        ),
        (
            "machine a login b\nmacdef init\n  cd /machine h.example\n\nmachine d login e\n",
            "machine a login b\nmacdef init\n  cd /machine h.example\n\nmachine d login e\n"
            f"\n{ENTRY}",
        ),
        (
            f"machine h.example password {OLD}\nmachine h.example password {OLD}\n",
            f"machine h.example password {KEY} login user\nmachine h.example password {KEY} login "
            "user\n",
        ),
        (
            "machine a password c default login d password e\n",
            f"machine a password c {ENTRY}default login d password e\n",
        ),
        (
            f"machine h.example user me password {OLD}\n",
            f"machine h.example user user password {KEY}\n",
        ),
        (
            f"machine h.example login me password {OLD}\nmacdef m\n  cd /\n\nmachine d login e\n",
            f"machine h.example login user password {KEY}\nmacdef m\n  cd /\n\nmachine d login e\n",
        ),
        (
            f"machine a password macdef\nmachine h.example login user password {OLD}\n",
            f"machine a password macdef\nmachine h.example login user password {KEY}\n",
        ),
        (
            "machine a password login # machine h.example\n",
            f"machine a password login # machine h.example\n{ENTRY}",
        ),
        (
            f"machine h\\.example login user password {OLD}\n",
            f"machine h\\.example login user password {KEY}\n",
        ),
        (
            f"machine h.example:8080 login user password {OLD}\n",
            f"machine h.example:8080 login user password {OLD}\n{ENTRY}",
        ),
    ],
)
def test_one_entry_changes_and_the_rest_stays(before: str, after: str, tmp_path: Path) -> None:
    # The login of an entry that had another one is what the official client writes.
    expected = after.replace("login me\n\taccount", "login user\n\taccount")
    assert with_key(before, "h.example", KEY) == expected
    assert with_key(expected, "h.example", KEY) == expected
    path = tmp_path / "netrc"
    path.write_text(expected, newline="")
    assert netrc.netrc(path).authenticators("h.example") is not None
    assert (netrc.netrc(path).authenticators("h.example") or ("",) * 3)[2] == KEY


def test_several_write_at_once_without_loss(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    with ThreadPoolExecutor(8) as pool:
        hosts = [f"h{number}.example" for number in range(40)]
        done = [pool.submit(write_key, path, host, Secret(KEY)) for host in hosts]
    assert [each.result() for each in done] == [None] * 40
    assert netrc.netrc(path).hosts.keys() == set(hosts)
    assert [each.name for each in tmp_path.iterdir()] == ["netrc"]


def test_a_file_system_without_hard_links(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    monkeypatch.setattr(os, "link", refuse)
    path = tmp_path / "netrc"
    hosts = [f"h{number}.example" for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        done = [pool.submit(write_key, path, host, Secret(KEY)) for host in hosts]
    assert [each.result() for each in done] == [None] * 12
    assert sorted(netrc.netrc(path).hosts) == sorted(hosts)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 or os.name == "nt"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written(tmp_path: Path) -> None:
    folder = tmp_path / "netrc"
    folder.mkdir()
    with pytest.raises(InvalidInput, match=str(folder)):
        write_key(folder, "h.example", Secret(KEY))


def _typed(typed: bytes, url: str) -> tuple[int, bytes]:
    """The exit code of the command in a terminal when this is typed, and what it showed."""
    main, child = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "typed_artifacts", "login", "--base-url", url],
        stdin=child,
        stdout=child,
        stderr=child,
        start_new_session=True,
    )
    os.close(child)
    shown = b""
    try:
        while b"API key" not in shown:
            shown += os.read(main, 1000)
        os.write(main, typed)
        while chunk := os.read(main, 1000):
            shown += chunk
    except OSError:  # how Linux says that a terminal is closed
        pass
    finally:
        os.close(main)
    return process.wait(60), shown


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_a_terminal_shows_no_key(home: Path, url: str) -> None:
    code, shown = _typed(f"{KEY}\n".encode(), url)
    assert code == 0, shown
    assert KEY.encode() not in shown
    assert KEY in (home / ".netrc").read_text()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="needs a terminal")
def test_an_end_of_the_input_is_no_key(home: Path) -> None:
    code, shown = _typed(b"\x04", "http://127.0.0.1:9")
    assert (code, b"No key was given; nothing was written." in shown) == (1, True), shown
    assert list(home.iterdir()) == []


@pytest.mark.parametrize("key", ["#" + KEY, KEY + "\\", KEY + '"'])
def test_a_key_that_a_netrc_would_read_as_another_is_not_written(key: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no key has"):
        write_key(tmp_path / "netrc", "h.example", Secret(key))
    assert list(tmp_path.iterdir()) == []


def test_a_netrc_that_is_no_text_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "netrc"
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(InvalidInput, match="it is no text"):
        write_key(path, "h.example", Secret(KEY))
    assert path.read_bytes() == b"\xff\xfe"
