"""`File`: its attributes, and three ways to read its bytes."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

import httpx
import pytest

from tests.artifacts.bench import DATA, FILES, awaitable, tree
from tests.artifacts.wire import Wire
from tests.client.flavours import Flavour
from typed_artifacts import (
    AsyncApi,
    AsyncFile,
    FilesNotFound,
    IntegrityError,
    InvalidInput,
    JsonValue,
    PermissionDenied,
    Reference,
    UnsupportedByServer,
)

B = FILES["deep/b.bin"]
Meddle = Callable[[httpx.Request], httpx.Response | None]


async def _file(api: AsyncApi, name: str = "deep/b.bin") -> AsyncFile:
    return await (await api.artifact(f"{DATA}:v1")).files([name])[0]


async def test_what_a_file_says_of_itself_costs_nothing(api: AsyncApi, wire: Wire) -> None:
    file = await _file(api)
    wire.forget()
    md5 = base64.b64encode(hashlib.md5(B).digest()).decode()  # noqa: S324
    assert (file.name, file.size, file.size_bytes) == ("deep/b.bin", len(B), len(B))
    assert (file.md5, file.digest) == (md5, md5)
    assert file.id
    assert file.direct_url.startswith("http://localhost/storage/")
    assert file.url is None or file.url.startswith("http")
    assert file.mimetype is None or "/" in file.mimetype
    assert file.storage_path is None or file.storage_path
    assert isinstance(file.updated_at, datetime)
    assert file.updated_at.tzinfo
    assert wire.count() == []


@pytest.mark.parametrize("given", ["no", "0", 1, None])
async def test_a_flag_that_is_none_is_refused_before_any_request(
    api: AsyncApi, wire: Wire, tmp_path: Path, given: object
) -> None:
    """A text counted as true: a file was replaced, and what lacks or is too much was accepted."""
    file = await _file(api)
    artifact = await api.artifact(f"{DATA}:v1")
    tmp_path.joinpath("deep").mkdir()
    tmp_path.joinpath("deep/b.bin").write_bytes(b"own")
    wire.forget()
    flag: bool = given  # type: ignore[assignment]  # as of a caller without a type checker
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "replace": lambda: file.download(tmp_path, replace=flag),
        "exist_ok": lambda: file.download(tmp_path, exist_ok=flag),
        "skip_refused_names": lambda: artifact.download(tmp_path, skip_refused_names=flag),
        "skip_cache": lambda: artifact.download(tmp_path, skip_cache=flag),
        "skip_cache ": lambda: artifact.plan_download(tmp_path, skip_cache=flag),
        "allow_unexpected": lambda: artifact.verify(tmp_path, allow_unexpected=flag),
        "delete_aliases": lambda: artifact.delete(delete_aliases=flag),
    }
    for name, call in calls.items():
        with pytest.raises(
            InvalidInput, match=f"{name.strip()} is {given!r}; it must be True or False"
        ):
            await call()
    assert wire.count() == []
    assert tmp_path.joinpath("deep/b.bin").read_bytes() == b"own"


async def test_files_by_name(api: AsyncApi) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    files = artifact.files(["a.txt", "é.txt", "missing"])
    with pytest.warns(FilesNotFound, match='There is no file "missing" in local/bench/data:v1'):
        assert sorted([file.name async for file in files]) == ["a.txt", "é.txt"]
    assert await files.length() == 2
    assert files.path == ["local", "bench", "data:v1"]
    assert await artifact.files(per_page=2).length() == 4


async def test_all_files_of_ten_a_page_come_to_an_end(api: AsyncApi, wire: Wire) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    wire.forget()
    assert sorted([file.name async for file in artifact.files(per_page=3)]) == sorted(FILES)
    assert wire.count() == ["ArtifactMembershipFiles"] * 2


async def test_read_bytes_is_one_request(api: AsyncApi, wire: Wire) -> None:
    file = await _file(api)
    wire.forget()
    assert await file.read_bytes() == B
    assert wire.count() == ["GET"]
    assert await (await _file(api, "deep/er/c.txt")).read_bytes() == b""


async def test_download_puts_it_under_its_name(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    file = await _file(api)
    wire.forget()
    assert await file.download(tmp_path) == tmp_path / "deep/b.bin"
    assert wire.count() == ["GET"]
    assert tree(tmp_path) == {"deep/b.bin": B}


async def test_download_goes_here_without_a_root(
    api: AsyncApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert await (await _file(api, "a.txt")).download() == Path("a.txt")
    assert tree(tmp_path) == {"a.txt": FILES["a.txt"]}


@pytest.mark.parametrize(
    ("there", "flags", "after", "sent"),
    [
        (B, {}, None, []),
        (b"other", {}, None, []),
        (B, {"exist_ok": True}, B, []),
        (b"other", {"exist_ok": True}, None, []),
        (B, {"replace": True}, B, []),
        (b"other", {"replace": True}, B, ["GET"]),
        (b"other", {"replace": True, "exist_ok": True}, B, ["GET"]),
    ],
)
async def test_a_file_that_is_there(
    api: AsyncApi,
    wire: Wire,
    tmp_path: Path,
    there: bytes,
    flags: dict[str, bool],
    after: bytes | None,
    sent: list[str],
) -> None:
    place = tmp_path / "deep" / "b.bin"
    place.parent.mkdir()
    place.write_bytes(there)
    file = await _file(api)
    wire.forget()
    if after is None:
        with pytest.raises(InvalidInput, match="replace=True") as refused:
            await file.download(tmp_path, **flags)
        # What was given already is not what helps.
        assert ("exist_ok=True" in str(refused.value)) == (not flags)
    else:
        assert await file.download(tmp_path, **flags) == place
    assert place.read_bytes() == (there if after is None else after)
    assert wire.count() == sent


@pytest.mark.parametrize("kind", ["pipe", "socket", "folder", "link", "loop"])
async def test_what_is_no_file_but_has_its_name_is_told(
    api: AsyncApi, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = tmp_path / "deep" / "b.bin"
    place.parent.mkdir()
    if kind == "pipe":
        os.mkfifo(place)
    elif kind == "socket":
        monkeypatch.chdir(place.parent)  # the name of a socket is short
        with socket.socket(socket.AF_UNIX) as made:
            made.bind(place.name)
    elif kind == "folder":
        place.mkdir()
    else:
        place.symlink_to(place if kind == "loop" else __file__)
    file = await _file(api)
    for flags in ({"exist_ok": True}, {"replace": True}):
        with pytest.raises(InvalidInput, match=r"no regular file|a symbolic link"):
            await file.download(tmp_path, **flags)
        assert not place.is_file() or place.is_symlink()


async def test_open_reads_piece_by_piece(api: AsyncApi, wire: Wire) -> None:
    file = await _file(api)
    wire.forget()
    async with awaitable(file.open()) as stream:
        assert wire.operations == []
        assert await stream.read(10) == B[:10]
        assert await stream.read(0) == b""
        assert await stream.read() == B[10:]
        assert await stream.read() == b""
    assert wire.count() == ["GET"]


async def test_open_can_be_given_up(api: AsyncApi) -> None:
    file = await _file(api)
    async with awaitable(file.open()) as stream:
        assert await stream.read(3) == B[:3]
    with pytest.raises(ValueError, match="closed"):
        await stream.read(1)


async def test_open_can_be_iterated(api: AsyncApi) -> None:
    async with awaitable((await _file(api)).open()) as stream:
        assert b"".join([piece async for piece in stream]) == B


def corrupt(content: bytes) -> Meddle:
    """Right size, wrong bytes."""

    def answer(request: httpx.Request) -> httpx.Response | None:
        if request.method != "GET" or not request.url.path.endswith("b.bin"):
            return None
        return httpx.Response(200, content=bytes([content[0] ^ 1]) + content[1:])

    return answer


async def test_wrong_bytes_are_an_error_and_nothing_is_written(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    file = await _file(api)
    wire.on_file = corrupt(B)
    wire.forget()
    with pytest.raises(IntegrityError, match=r"deep/b\.bin"):
        await file.download(tmp_path)
    assert tree(tmp_path) == {}
    assert wire.count() == ["GET", "GET"]
    with pytest.raises(IntegrityError):
        await file.read_bytes()
    assert wire.count().count("GET") == 2


async def test_a_stream_of_wrong_bytes_ends_in_an_error(api: AsyncApi, wire: Wire) -> None:
    file = await _file(api)
    wire.on_file = corrupt(B)
    async with awaitable(file.open()) as stream:
        assert len(await stream.read(100)) == 100
        with pytest.raises(IntegrityError):
            await stream.read()


async def test_an_expired_url_is_asked_for_again(api: AsyncApi, wire: Wire, tmp_path: Path) -> None:
    file = await _file(api)
    refused: list[str] = []

    def expire_once(request: httpx.Request) -> httpx.Response | None:
        if refused:
            return None
        refused.append(request.url.path)
        return httpx.Response(403, content=b"Request has expired")

    for verb in ("download", "read_bytes", "open"):
        refused.clear()
        wire.on_file = expire_once
        wire.forget()
        if verb == "download":
            await file.download(tmp_path)
        elif verb == "read_bytes":
            assert await file.read_bytes() == B
        else:
            async with awaitable(file.open()) as stream:
                assert await stream.read() == B
        assert wire.count() == ["GET", "ArtifactMembershipFileUrls", "GET"], verb
    assert tree(tmp_path) == {"deep/b.bin": B}


async def test_a_file_alone_cannot_ask_again(wire: Wire, flavour: Flavour) -> None:
    client = flavour.client(wire, api_key=wire.server.api_key)
    attrs: dict[str, JsonValue] = {
        "id": "1",
        "name": "a.txt",
        "sizeBytes": 3,
        "md5": base64.b64encode(hashlib.md5(b"one").digest()).decode(),  # noqa: S324
        "directUrl": "http://localhost/storage/blobs/nothing/a.txt",
        "mimetype": None,
        "url": None,
        "updatedAt": None,
        "digest": None,
        "storagePath": None,
    }
    file = flavour.make(AsyncFile, client, attrs)
    with pytest.raises(PermissionDenied, match=r"a\.txt"):
        await file.read_bytes()
    assert set(wire.operations) == {"GET"}


@pytest.mark.parametrize(
    "name", ["../up.txt", "/etc/up.txt", "a/../../up.txt", "c:\\up", "a\\..\\b"]
)
@pytest.mark.parametrize("flags", [{}, {"exist_ok": True}, {"replace": True}])
async def test_a_name_that_leaves_the_folder_is_refused(
    api: AsyncApi, wire: Wire, tmp_path: Path, name: str, flags: dict[str, bool]
) -> None:
    inside = tmp_path / "inside"
    inside.mkdir()
    (tmp_path / "up.txt").write_bytes(b"mine")

    def rename(_sent: object, reply: dict[str, object]) -> dict[str, object] | None:
        return _replaced(reply, "a.txt", name)

    wire.rewrite = rename
    file = await _file(api, "a.txt")
    wire.forget()
    assert file.name == name
    with pytest.raises(IntegrityError, match="refused"):
        await file.download(inside, **flags)
    assert wire.count() == []
    assert tree(tmp_path) == {"up.txt": b"mine"}


def _replaced(reply: dict[str, object], old: str, new: str) -> dict[str, object]:
    text = json.dumps(reply).replace(json.dumps(old), json.dumps(new))
    found: dict[str, object] = json.loads(text)
    return found


async def test_a_file_has_no_delete(api: AsyncApi) -> None:
    """D10: the official client offers `File.delete()` on artifact files, and it fails."""
    assert not hasattr(AsyncFile, "delete")
    assert not hasattr(await _file(api), "delete")


async def test_a_reference_elsewhere_is_named_as_one(flavour: Flavour, api: AsyncApi) -> None:
    """The official client lists references among the files; only http(s) can be fetched."""
    attrs: dict[str, JsonValue] = {
        "id": "RmlsZTox",
        "name": "far/away.bin",
        "url": "s3://bucket/away.bin",
        "directUrl": "s3://bucket/away.bin",
        "sizeBytes": 3,
    }
    file = flavour.make(AsyncFile, api.client, attrs)
    with pytest.raises(
        UnsupportedByServer,
        match=r"'far/away.bin' is a reference to s3://.*download\(follow_references=\{\"s3\"\}\)",
    ):
        await file.read_bytes()


async def test_a_reference_is_fetched_as_its_error_says(api: AsyncApi, tmp_path: Path) -> None:
    (tmp_path / "kept.csv").write_text("x\n1\n")
    kept = {"kept.csv": Reference((tmp_path / "kept.csv").as_uri())}
    artifact = await api.log_artifact("demo/kept", type="dataset", files=kept)
    with pytest.raises(UnsupportedByServer) as refused:
        await (await artifact.files()[0]).read_bytes()
    assert 'download(follow_references={"file"})' in str(refused.value)
    folder = await artifact.download(tmp_path / "fetched", follow_references={"file"})
    assert (folder / "kept.csv").read_text() == "x\n1\n"
