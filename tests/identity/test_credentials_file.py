# ruff: noqa: ASYNC240 -- small files on the local disk
"""Access tokens in `WANDB_CREDENTIALS_FILE`: as the official client writes them, nowhere else."""

from __future__ import annotations

import json
import logging
import os
import stat
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.client.flavours import Flavour
from tests.identity.signing import Watched, answering, opened
from typed_artifacts import AccessToken
from typed_artifacts._environment.credentials import keep_credentials, stored_token, with_token

FORMAT = "%Y-%m-%d %H:%M:%S"
URL = "http://localhost"


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "deep" / "er" / "credentials.json"
    monkeypatch.setenv("WANDB_CREDENTIALS_FILE", str(path))
    return path


def _entry(token: str, minutes: float) -> dict[str, object]:
    ends = datetime.now(UTC) + timedelta(minutes=minutes)
    return {"access_token": token, "expires_at": ends.strftime(FORMAT)}


def _write(path: Path, credentials: object, **more: object) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"credentials": credentials, **more}))


def _entries(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text())["credentials"]
    return found


async def test_it_is_written_as_the_official_client_does(
    flavour: Flavour, watched: Watched, identity: Path, file: Path
) -> None:
    before = datetime.now(UTC).replace(microsecond=0)
    assert (await opened(flavour, watched).viewer()).username == "alice"
    entry = _entries(file)[URL]
    assert json.loads(file.read_text()).keys() == {"credentials"}
    assert entry.keys() == {"access_token", "expires_at"}
    assert entry["access_token"] == watched.tokens[0]
    ends = datetime.strptime(entry["expires_at"], FORMAT).replace(tzinfo=UTC)
    assert timedelta(0) <= ends - before - timedelta(seconds=3600) < timedelta(seconds=60)
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 or os.name == "nt"
    assert [path.name for path in file.parent.iterdir()] == [file.name]
    assert identity.exists()
    again = opened(flavour, watched)  # as in another process
    assert (await again.viewer()).username == "alice"
    assert len(watched.assertions) == 1


async def test_nothing_is_written_without_the_variable(
    flavour: Flavour,
    watched: Watched,
    identity: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("WANDB_CONFIG_DIR", str(home / "config"))
    await opened(flavour, watched).viewer()
    assert [*home.rglob("*")] == []
    assert identity.exists()


async def test_what_else_is_in_it_stays(
    flavour: Flavour, watched: Watched, identity: Path, file: Path
) -> None:
    del identity
    other = _entry("other-token", -9)
    _write(file, {"https://other.example": other, URL: _entry("old-token", 4)}, version=2)
    file.chmod(0o644)
    await opened(flavour, watched).viewer()
    assert _entries(file)["https://other.example"] == other
    assert _entries(file)[URL]["access_token"] == watched.tokens[0]
    assert json.loads(file.read_text())["version"] == 2
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 or os.name == "nt"


async def test_a_stored_token_that_is_refused_is_not_used_again(
    flavour: Flavour, watched: Watched, identity: Path, file: Path
) -> None:
    del identity
    _write(file, {URL: _entry("revoked-token", 60)})
    assert (await opened(flavour, watched).viewer()).username == "alice"
    assert watched.carried == ["Bearer revoked-token", f"Bearer {watched.tokens[0]}"]
    assert _entries(file)[URL]["access_token"] == watched.tokens[0]


async def test_a_token_that_another_process_has_kept_meanwhile_is_used(
    flavour: Flavour, watched: Watched, identity: Path, file: Path
) -> None:
    del identity
    api = opened(flavour, watched)
    await api.viewer()
    newer = opened(flavour, watched, token=None)
    file.unlink()
    await newer.viewer()  # has exchanged for another one, and kept it
    watched.refuse = [answering(401)]
    assert (await api.viewer()).username == "alice"
    assert watched.carried[-1] == f"Bearer {watched.tokens[1]}"
    assert len(watched.assertions) == 2


@pytest.mark.parametrize(
    "content",
    [b"machine x password y\n", b"[]", b'{"credentials": 3}', b"{", b'{"a": 1', b"\xff\xfe"],
)
async def test_another_file_is_not_overwritten(
    flavour: Flavour,
    watched: Watched,
    identity: Path,
    file: Path,
    content: bytes,
    caplog: pytest.LogCaptureFixture,
) -> None:
    del identity
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING):
        assert (await opened(flavour, watched).viewer()).username == "alice"
    assert file.read_bytes() == content
    assert f"not kept in {file}: it has something else in it" in caplog.text
    assert watched.tokens[0] not in caplog.text
    assert [path.name for path in file.parent.iterdir()] == [file.name]


def test_a_link_leads_to_the_file_that_is_changed(tmp_path: Path) -> None:
    file, link = tmp_path / "file", tmp_path / "link"
    file.write_text("")
    link.symlink_to(file)
    keep_credentials(link, URL, AccessToken("token", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC)))
    assert link.is_symlink()
    assert _entries(file)[URL] == {"access_token": "token", "expires_at": "2030-01-02 03:04:05"}


@pytest.mark.parametrize(
    "entry",
    [
        None,
        "text",
        {},
        {"access_token": "t"},
        {"access_token": "a b", "expires_at": "2030-01-02 03:04:05"},
        {"access_token": 3, "expires_at": "2030-01-02 03:04:05"},
        {"access_token": "t", "expires_at": "2030-01-02T03:04:05Z"},
        {"access_token": "t", "expires_at": 3},
    ],
)
def test_an_entry_that_is_none(entry: object) -> None:
    assert stored_token(json.dumps({"credentials": {URL: entry}}), URL) is None


def test_what_is_written_is_read() -> None:
    token = AccessToken("token", datetime(2030, 1, 2, 3, 4, 5, tzinfo=UTC))
    assert stored_token(with_token("", URL, token), URL) == token
    assert stored_token(with_token("", URL, token), "https://other.example") is None


_WRITER = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from typed_artifacts import AccessToken
from typed_artifacts._environment.credentials import keep_credentials
path, number = Path(sys.argv[1]), sys.argv[2]
for count in range(20):
    token = AccessToken(f"token-{number}-{count}", datetime(2030, 1, 1, tzinfo=UTC))
    keep_credentials(path, f"https://{number}-{count}.example", token)
"""


def test_several_processes_write_it_at_once_without_loss(file: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", _WRITER, str(file), str(number)])
        for number in range(4)
    ]
    assert [writer.wait(120) for writer in writers] == [0] * 4
    assert _entries(file).keys() == {
        f"https://{n}-{c}.example" for n in range(4) for c in range(20)
    }
    assert [path.name for path in file.parent.iterdir()] == [file.name]
