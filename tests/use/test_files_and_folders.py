"""Common uses and mistakes with files and folders, in both flavours."""

from __future__ import annotations

import asyncio
import io
import json
import os
import shutil
import signal
import subprocess
import sys
import zipfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import httpx
import pytest
import trio

from tests.artifacts.bench import awaitable, tree
from tests.artifacts.served import Served
from tests.artifacts.wire import Wire
from tests.cli.conftest import Run
from tests.client.flavours import Flavour
from typed_artifacts import AsyncApi, File, IntegrityError, InvalidInput, NamesRefused
from typed_artifacts.settings import resolve

NOTES = "local/demo/notes"
ODD = [
    "AC\u29f8DC - Live.wav",
    "1\u20442 cup.txt",
    "a\u2215b",
    "full\uff0fwidth/\uff3c.txt",
    "what? *why* [a-z] <b>|c.txt",
    "100% sure?v=1#top&x=y.txt",
    'it\'s "quoted" -- ; DROP TABLE.txt',
    "\u202egnp.txt",
    "Icon\r",
    " lead and trail ",
    "%2e%2e%2fup.txt",
    "~",
    "모델/データ/é/e\u0301.bin",
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home, and another folder to be in."""
    there, here = tmp_path / "home", tmp_path / "here"
    there.mkdir()
    here.mkdir()
    monkeypatch.setenv("HOME", str(there))
    monkeypatch.setenv("USERPROFILE", str(there))
    monkeypatch.chdir(here)
    return there


@pytest.mark.parametrize("name", ODD, ids=ascii)
async def test_a_name_that_is_only_odd_is_logged_downloaded_and_verified(
    api: AsyncApi, run: Run, tmp_path: Path, name: str
) -> None:
    source, back = tmp_path / "source", tmp_path / "back"
    (source / name).parent.mkdir(parents=True)
    (source / name).write_bytes(b"Thunderstruck")
    made = await api.log_artifact(NOTES, type="audio", files=source)
    assert [file.name async for file in made.files()] == [name]
    assert [file.name async for file in made.files(names=[name])] == [name]
    assert await made.download(back) == back
    assert tree(back) == {name: b"Thunderstruck"}
    assert (await made.verify(back)).ok
    file = await made.files()[0]
    assert await file.read_bytes() == b"Thunderstruck"
    assert (await file.download(tmp_path / "one")).read_bytes() == b"Thunderstruck"
    assert run("verify", f"{NOTES}:v0", str(back))[0] == 0
    assert [row["name"] for row in json.loads(run("files", NOTES, "--json")[1])] == [name]


def _manifest(wire: Wire, names: list[str]) -> None:
    """Have the server give a manifest that no honest client made."""
    entry = {"digest": "1B2M2Y8AsgTpgAmY7PhCfg==", "size": 0}
    manifest = {"version": 1, "contents": dict.fromkeys(names, entry)}

    def answer(request: httpx.Request) -> httpx.Response | None:
        if "wandb_manifest.json" not in request.url.path:
            return None
        return httpx.Response(200, content=json.dumps(manifest).encode())

    wire.on_file = answer


@pytest.mark.parametrize(
    "bad",
    ["../../escaped", "/etc/escaped", "a/../../escaped", "nul\0", "x" * 300, "", "fine.txt/a"],
)
async def test_of_an_artifact_with_a_name_that_cannot_be_had_the_other_files_come(
    api: AsyncApi, wire: Wire, tmp_path: Path, bad: str
) -> None:
    await api.log_artifact(NOTES, type="text", files={"fine.txt": b""})
    _manifest(wire, ["fine.txt", bad, "other/fine.txt"])
    artifact = await api.artifact(NOTES)
    place = tmp_path / "below" / "here"
    with pytest.raises(IntegrityError) as caught:
        await artifact.download(place)
    assert repr(bad)[:40] in str(caught.value)
    assert tree(tmp_path / "below") == {"here/fine.txt": b"", "here/other/fine.txt": b""}
    with pytest.warns(NamesRefused):
        await artifact.download(place, skip_refused_names=True)


@pytest.mark.parametrize("given", [str, Path])
async def test_a_tilde_is_the_home(api: AsyncApi, home: Path, given: type[str | Path]) -> None:
    (home / "data").mkdir()
    (home / "data" / "a.txt").write_bytes(b"1")
    made = await api.log_artifact(NOTES, type="text", files=given("~/data"))
    assert await made.download(given("~/x")) == home / "x"
    assert (await made.verify(given("~/x"))).ok
    file = await made.files()[0]
    assert await file.download(given("~/y")) == home / "y" / "a.txt"
    again = await api.log_artifact(NOTES, type="text", files={"b": given("~/data/a.txt")})
    assert again.version == "v1"
    assert list(Path.cwd().iterdir()) == []
    for root in (given("~nobody-here/x"), "~nobody-here"):
        with pytest.raises(InvalidInput, match="no user 'nobody-here'"):
            await made.download(root)
    assert list(Path.cwd().iterdir()) == []


async def test_a_file_that_is_called_like_a_home_is_a_file(api: AsyncApi, home: Path) -> None:
    """Editors make such files beside the one that is open."""
    (home.parent / "here" / "~$letter.docx").write_bytes(b"lock")
    made = await api.log_artifact(NOTES, type="text", files={"a": "~$letter.docx"})
    assert await (await made.files()[0]).read_bytes() == b"lock"


@pytest.mark.parametrize("root", [5, b"folder", ["a"], "a\0b", "s3://bucket/key"], ids=repr)
async def test_what_is_no_folder_is_bad_input(api: AsyncApi, wire: Wire, root: str) -> None:
    made = await api.log_artifact(NOTES, type="text", files={"a": b"1"})
    file = await made.files()[0]
    wire.forget()
    for call in (made.download, made.verify, file.download):
        with pytest.raises(InvalidInput):
            await call(root)
    assert wire.count() == []


def test_the_commands_take_a_tilde_too(run: Run, home: Path) -> None:
    (home / "w.bin").write_bytes(b"1")
    assert run("log", NOTES, "~/w.bin", "--type", "text")[0] == 0
    assert run("download", NOTES, "~/there")[0] == 0
    assert run("verify", NOTES, "~/there")[0] == 0
    assert tree(home / "there") == {"w.bin": b"1"}
    assert list(Path.cwd().iterdir()) == []
    code, _, err = run("download", NOTES, "~nobody-here/x")
    assert (code, err.count("\n")) == (1, 1)
    assert "no user 'nobody-here'" in err


@pytest.mark.parametrize("name", ["WANDB_CACHE_DIR", "WANDB_ARTIFACT_DIR", "WANDB_CONFIG_DIR"])
def test_a_folder_of_nobody_in_the_environment_is_bad_input(name: str, home: Path) -> None:
    with pytest.raises(InvalidInput, match=f"{name} begins with ~, and there is no user"):
        resolve(environ={name: "~nobody-here/x", "HOME": str(home)})
    assert resolve(environ={"WANDB_CACHE_DIR": "~/x", "HOME": str(home)}).cache_dir == home / "x"


@pytest.mark.parametrize("name", ["NETRC"])
def test_a_netrc_of_nobody_is_bad_input(name: str) -> None:
    with pytest.raises(InvalidInput, match=f"{name} begins with ~"):
        resolve(environ={name: "~nobody-here/netrc"})


async def test_the_bar_of_a_log_ends_full(
    api: AsyncApi, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "w.bin").write_bytes(bytes(3_000_000))
    await api.log_artifact(NOTES, type="model", files=tmp_path / "w.bin", progress=True)
    assert "3.0/3.0 MB" in capfd.readouterr().err
    files: dict[str, Path | bytes] = {"there": tmp_path / "w.bin", "new": b"1" * 2_000_000}
    await api.log_artifact(NOTES, type="model", files=files, progress=True)
    assert "2.0/2.0 MB" in capfd.readouterr().err


KILLED = """
import os, signal, sys
from pathlib import Path
from typed_artifacts import Api
from typed_artifacts.events import Advanced

arrived = 0

def die(event):
    global arrived
    arrived += event.count if isinstance(event, Advanced) else 0
    if arrived >= 8 << 20:
        os.kill(os.getpid(), signal.SIGKILL)

with Api.local(sys.argv[1]) as api:
    api.artifact(sys.argv[2]).download(sys.argv[3], progress=die)
"""


def _killed_download(root: Path, place: Path) -> int:
    """Download in a process that is killed on the way; gives the bytes that it left."""
    child = [sys.executable, "-c", KILLED, str(root), NOTES, str(place)]
    assert subprocess.run(child, check=False, timeout=100).returncode == -signal.SIGKILL
    assert _left(place) >= 8 << 20
    return _left(place)


def _left(place: Path) -> int:
    [part] = place.iterdir()
    return part.stat().st_size


@pytest.mark.long
async def test_a_download_of_a_large_file_that_was_killed_goes_on(
    wire: Wire, run: Run, tmp_path: Path
) -> None:
    """It is killed once; what it left is gone on with in each way that there is."""
    content, killed = os.urandom(20 << 20), tmp_path / "killed"
    for flavour in (Flavour("sync"), Flavour("async")):
        api = flavour.api(wire, api_key=wire.server.api_key)
        made = await api.log_artifact(NOTES, type="model", files={"w.bin": content})
        there = _killed_download(wire.server.root, killed) if flavour.blocking else _left(killed)
        file = await made.files()[0]
        verbs: list[Callable[[Path], Awaitable[Path]]] = [made.download, file.download]
        for number, call in enumerate(verbs):
            place = tmp_path / f"{flavour.name}{number}"
            shutil.copytree(killed, place)
            wire.forget()
            await call(place)
            assert tree(place) == {"w.bin": content}
            assert wire.sent[-1].headers["range"] == f"bytes={there}-"
    assert run("download", NOTES, str(killed))[0] == 0
    assert tree(killed) == {"w.bin": content}


def test_a_netrc_with_a_broken_home_is_no_netrc(tmp_path: Path) -> None:
    assert resolve(environ={"HOME": str(tmp_path / "a" / "b")}).api_key is None


def _npy(content: bytes) -> bytes:
    """What ``numpy.save`` writes of an array of bytes."""
    head = f"{{'descr': '|u1', 'fortran_order': False, 'shape': ({len(content)},), }}"
    padded = head.ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(padded).to_bytes(2, "little") + padded.encode() + content


async def test_an_opened_file_is_a_file_to_other_libraries(flavour: Flavour, api: AsyncApi) -> None:
    made, content = io.BytesIO(), os.urandom(3 << 20)
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr("a.bin", content)
        archive.writestr("b.txt", "Zeile 1\nZeile 2\n")
    files = {"a.zip": made.getvalue(), "a.npy": _npy(content)}
    artifact = await api.log_artifact(NOTES, type="model", files=files)
    array, zipped = [file async for file in artifact.files()]
    async with awaitable(zipped.open()) as stream:
        assert await stream.seek(-22, io.SEEK_END) == len(made.getvalue()) - 22
        assert (await stream.read(4), await stream.tell()) == (b"PK\5\6", len(made.getvalue()) - 18)
        await stream.seek(0)
        assert await stream.read() == made.getvalue()
    if not flavour.blocking:
        return
    blocking: File = zipped.__dict__["blocking"]
    with blocking.open() as opened, zipfile.ZipFile(opened) as archive:
        assert archive.read("a.bin") == content
        with io.TextIOWrapper(archive.open("b.txt"), encoding="utf-8") as lines:
            assert list(lines) == ["Zeile 1\n", "Zeile 2\n"]
    numpy = pytest.importorskip("numpy")
    blocking = array.__dict__["blocking"]
    with blocking.open() as opened:
        assert numpy.load(opened).tobytes() == content


async def test_an_opened_file_is_verified_when_it_was_read_to_its_end(
    api: AsyncApi, wire: Wire
) -> None:
    content = os.urandom(100_000)
    artifact = await api.log_artifact(NOTES, type="model", files={"a.bin": content})
    file = await artifact.files()[0]
    wrong = httpx.Response(200, content=bytes([content[0] ^ 1]) + content[1:])
    wire.on_file = lambda _: wrong
    async with awaitable(file.open()) as stream:
        assert await stream.read(10)
        with pytest.raises(IntegrityError, match=r"a\.bin"):
            await stream.read()


@pytest.mark.parametrize("ranges", [True, False])
async def test_an_opened_file_costs_few_requests(api: AsyncApi, wire: Wire, ranges: bool) -> None:
    content = os.urandom(8 << 20)
    artifact = await api.log_artifact(NOTES, type="model", files={"a.bin": content})
    file = await artifact.files()[0]
    if not ranges:
        wire.on_file = lambda _: httpx.Response(200, content=content)
    wire.forget()
    async with awaitable(file.open()) as stream:
        for place in (6 << 20, 100, (6 << 20) + 10_000, len(content) - 50, 100):
            await stream.seek(place)
            assert await stream.read(50) == content[place : place + 50]
    assert len(wire.count()) == (3 if ranges else 1)


async def test_a_read_that_is_cancelled_closes_the_file(served: Served) -> None:
    async with AsyncApi(base_url=served.url, api_key=served.key, entity="local") as api:
        files = {"a.bin": os.urandom(3 << 20)}
        artifact = await api.log_artifact("demo/cancelled", type="model", files=files)
        file = await artifact.files()[0]
        stream = file.open()
        task = asyncio.ensure_future(stream.read())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await stream.close()
        with pytest.raises(ValueError, match="closed"):
            await stream.read(1)
        assert await file.read_bytes() == files["a.bin"]


def test_an_opened_file_can_be_read_under_trio(served: Served) -> None:
    trio.run(_read_under_trio, served)


async def _read_under_trio(served: Served) -> None:
    content = os.urandom(2 << 20)
    async with AsyncApi(base_url=served.url, api_key=served.key, entity="local") as api:
        artifact = await api.log_artifact("demo/trio", type="model", files={"a.bin": content})
        file = await artifact.files()[0]
        async with file.open() as stream:
            assert await stream.seek(-10, io.SEEK_END) == len(content) - 10
            assert await stream.read() == content[-10:]
            await stream.seek(0)
            assert b"".join([piece async for piece in stream]) == content
        with trio.move_on_after(0):
            await file.open().read()
        assert await file.read_bytes() == content
