"""What may be logged: every form that files are given in, and a sentence for every other."""

from __future__ import annotations

import errno
import gzip
import io
import os
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path, PurePosixPath
from typing import IO, Any

import pytest

from tests.artifacts.bench import PROJECT, tree
from tests.artifacts.wire import Wire
from typed_artifacts import ArtifactsError, AsyncApi, InvalidInput, Reference

NEW = f"{PROJECT}/new"


class _PathLike:
    def __init__(self, path: str | bytes) -> None:
        self.path = path

    def __fspath__(self) -> str | bytes:
        return self.path


def _folder(root: Path) -> Path:
    root.mkdir()
    (root / "a.txt").write_bytes(b"one")
    (root / "b.txt").write_bytes(b"two")
    return root


def _at(path: Path, position: int) -> io.BufferedReader:
    stream = path.open("rb")
    stream.seek(position)
    return stream


def _gzipped(folder: Path) -> gzip.GzipFile:
    """A stream of bytes that are in no file, though it has the name and the descriptor of one."""
    path = folder / "packed.gz"
    path.write_bytes(gzip.compress(b"unpacked"))
    return gzip.open(path)


def _zipped(folder: Path) -> IO[bytes]:
    """A member of an archive that is called as a file of this folder is."""
    with zipfile.ZipFile(folder / "packed.zip", "w") as packed:
        packed.writestr("a.txt", b"member")
    with zipfile.ZipFile(folder / "packed.zip") as packed:
        member = packed.open("a.txt")
    member.name = str(folder / "a.txt")  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # of IO, not of a ZipExtFile
    return member


def _in_tar(folder: Path) -> IO[bytes] | None:
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        about = tarfile.TarInfo(str(folder / "a.txt"))
        about.size = 6
        archive.addfile(about, io.BytesIO(b"member"))
    packed.seek(0)
    archive = tarfile.open(fileobj=packed)  # noqa: SIM115 -- the member is read later
    return archive.extractfile(archive.getmembers()[0])


class _Failing:
    def read(self, _size: int = -1) -> bytes:
        raise KeyError("gone")


FORMS: list[tuple[Callable[[Path], Any], dict[str, bytes]]] = [
    (lambda root: [root / "a.txt", root / "b.txt"], {"a.txt": b"one", "b.txt": b"two"}),
    (lambda root: (str(root / "a.txt"),), {"a.txt": b"one"}),
    (lambda root: root.glob("*.txt"), {"a.txt": b"one", "b.txt": b"two"}),
    (lambda root: {root / "a.txt"}, {"a.txt": b"one"}),
    (lambda root: [_PathLike(str(root / "a.txt"))], {"a.txt": b"one"}),
    (lambda _: {Path("d/x"): b"", PurePosixPath("d/y"): b"y"}, {"d/x": b"", "d/y": b"y"}),
    (lambda root: {_PathLike("x"): root / "a.txt"}, {"x": b"one"}),
    (lambda _: {"x": io.BytesIO(b"memory")}, {"x": b"memory"}),
    (lambda _: {"x": bytearray(b"array")}, {"x": b"array"}),
    (lambda _: {"x": memoryview(b"-view-")[1:5]}, {"x": b"view"}),
    (lambda root: {"x": (root / "a.txt").open("rb")}, {"x": b"one"}),
    (lambda root: {"x": (root / "a.txt").open("rb", buffering=0)}, {"x": b"one"}),
    (lambda root: {"x": _at(root / "a.txt", 1)}, {"x": b"ne"}),
    (lambda root: {"x": _gzipped(root)}, {"x": b"unpacked"}),
    (lambda root: {"x": _zipped(root)}, {"x": b"member"}),
    (lambda root: {"x": _in_tar(root)}, {"x": b"member"}),
    (lambda root: {"x": _PathLike(str(root / "a.txt"))}, {"x": b"one"}),
    (lambda _: [], {}),
]


@pytest.mark.parametrize(("form", "expected"), FORMS)
async def test_files_may_be_given_as(
    api: AsyncApi,
    tmp_path: Path,
    form: Callable[[Path], Any],
    expected: dict[str, bytes],
) -> None:
    files = form(_folder(tmp_path / "source"))
    made = await api.log_artifact(NEW, type="dataset", files=files)
    await made.download(tmp_path / "back")
    assert tree(tmp_path / "back") == expected
    streams: list[object] = [*files.values()] if isinstance(files, dict) else []
    for stream in streams:
        if isinstance(stream, io.IOBase):
            stream.close()


class _ReadsText:
    def read(self) -> str:
        return "text"


class _ReadsNothing:
    def read(self) -> None:
        return None


def _closed() -> io.BytesIO:
    stream = io.BytesIO(b"x")
    stream.close()
    return stream


def _written() -> io.BytesIO:
    stream = io.BytesIO()
    stream.write(b"weights")
    return stream


REFUSED: list[tuple[object, str]] = [
    (None, "files is None; it must be a folder"),
    (5, "files is of type int; it must be a folder"),
    (b"bytes", "files is of type bytes; it must be a folder"),
    (io.BytesIO(b"x"), "files is of type BytesIO; it must be a folder"),
    (object(), "files is of type object; it must be a folder"),
    ("", "files is '', which is no path"),
    ("x" * 300, "There is no file or folder 'xxx"),
    (Path("x" * 300), "There is no file or folder 'xxx"),
    (os.devnull, "is no regular file but a device"),
    ("no\0path", "cannot hold the character"),
    (["gs://bucket/key"], r"files\[0\] is Reference\('gs://bucket/key'\) among several files"),
    ("s3://bucket/a\nkey", "a control character"),
    ({"a": "some text"}, "there is no such file; for a text, give its bytes"),
    ({"a": None}, r"files\['a'\] is None; it must be"),
    (
        {"a": 5},
        r"files\['a'\] is of type int; it must be a path, bytes, a reference or a file that",
    ),
    ({"a": ["x"]}, r"files\['a'\] is of type list; it must be"),
    ({"a": io.StringIO("text")}, r'files\[\'a\'\] is open as text; .*open\(\.\.\., "rb"\)'),
    ({"a": _ReadsText()}, "is open as text"),
    ({"a": _ReadsNothing()}, "its read.. gives no bytes"),
    ({"a": _closed()}, "cannot be read: I/O operation on closed file"),
    ({"a": _written()}, r"stands at its end, after 7 bytes: nothing .* Call its seek\(0\) first\."),
    ({"a": gzip.GzipFile(fileobj=io.BytesIO(gzip.compress(b"1")[:-4]))}, "cannot be read: Comp"),
    ({"a": _Failing()}, "cannot be read: 'gone'"),
    ({"a": Path("nowhere")}, "does not exist"),
    ({"a": Path()}, "is no regular file"),
    ({"a": Path()}, r"a folder; .* add_folder\(\) of a draft adds the files of one"),
    ({1: b""}, "a name that is of type int; names are strings"),
    ({b"a": b""}, "a name that is of type bytes"),
    ({None: b""}, "a name that is None"),
    ({"a": b"", Path("a"): b""}, "has the name 'a' twice"),
    ([Path("nowhere")], "does not exist"),
    ([Path()], "is a folder among several files"),
    ([b"a"], r"files\[0\] is of type bytes"),
    ([1], r"files\[0\] is of type int; it must be the path of a file\."),
    ([_PathLike(b"a")], "which is no path"),
]


@pytest.mark.parametrize(("files", "words"), REFUSED)
async def test_other_files_are_refused_with_what_is_taken(
    api: AsyncApi,
    wire: Wire,
    files: Any,  # noqa: ANN401 - anything
    words: str,
) -> None:
    with pytest.raises(InvalidInput, match=words):
        await api.log_artifact(NEW, type="dataset", files=files)
    assert wire.count() == []


async def test_a_path_that_no_file_can_have_is_an_error_of_the_package(
    api: AsyncApi, tmp_path: Path
) -> None:
    long = "x" * 300
    for files in ([long], {"a": Path(long)}, Reference(f"file:///{long}")):
        with pytest.raises(ArtifactsError):
            await api.log_artifact(NEW, type="dataset", files=files)
    artifact = await api.artifact(f"{PROJECT}/data")
    with pytest.raises(InvalidInput, match="There is no folder"):
        await artifact.diff(tmp_path / long)
    async with api.draft(NEW, type="dataset") as draft:
        with pytest.raises(InvalidInput, match="is not a folder"):
            await draft.add_folder(tmp_path / long)


async def test_a_path_that_may_not_be_looked_at_says_so(
    api: AsyncApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stat = Path.stat

    def refused(path: Path, *, follow_symlinks: bool = True) -> os.stat_result:
        if path.name == "closed":
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return stat(path, follow_symlinks=follow_symlinks)

    monkeypatch.setattr(Path, "stat", refused)
    closed = tmp_path / "closed"
    for files in (closed, [closed], Reference(closed.as_uri())):
        with pytest.raises(
            ArtifactsError, match=r"Looking at .*closed.* failed: Permission denied"
        ):
            await api.log_artifact(NEW, type="dataset", files=files)


async def test_two_files_of_one_name_are_both_named(api: AsyncApi, tmp_path: Path) -> None:
    paths = [_folder(tmp_path / name) / "a.txt" for name in ("one", "two")]
    with pytest.raises(InvalidInput, match=r"one/a\.txt' and '.*two/a\.txt'"):
        await api.log_artifact(NEW, type="dataset", files=paths)


async def test_an_address_that_is_a_path_is_one(
    api: AsyncApi, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "s3:").mkdir()
    _folder(tmp_path / "s3:" / "bucket")
    made = await api.log_artifact(NEW, type="dataset", files="s3://bucket")
    assert sorted((await made.manifest()).entries) == ["a.txt", "b.txt"]


async def test_a_file_that_is_open_for_writing_is_no_empty_one(
    api: AsyncApi, wire: Wire, tmp_path: Path
) -> None:
    wire.forget()
    with (tmp_path / "w.bin").open("wb") as file:
        for content in (b"", b"not on the disk yet"):
            file.write(content)
            with pytest.raises(InvalidInput, match=r"files\['w'\] is not open for reading"):
                await api.log_artifact(NEW, type="dataset", files={"w": file})
    assert wire.count() == []


async def test_an_open_file_is_not_read_into_memory(api: AsyncApi, tmp_path: Path) -> None:
    path = tmp_path / "large"
    path.write_bytes(b"x" * 100_000)
    with path.open("rb") as stream:
        await api.log_artifact(NEW, type="dataset", files={"x": stream})
        assert stream.tell() == 0
        os.lseek(stream.fileno(), 0, os.SEEK_END)


@pytest.mark.parametrize("workers", [0, -1, True, 1.5, "8", None])
async def test_max_workers(
    api: AsyncApi,
    wire: Wire,
    tmp_path: Path,
    workers: Any,  # noqa: ANN401 - anything
) -> None:
    artifact = await api.artifact(f"{PROJECT}/data")
    wire.forget()
    with pytest.raises(InvalidInput, match=r"max_workers is .* whole number, 1 or more"):
        await api.log_artifact(NEW, type="dataset", files={"a": b""}, max_workers=workers)
    with pytest.raises(InvalidInput, match="max_workers is"):
        await artifact.download(tmp_path / "x", max_workers=workers)
    assert wire.count() == []
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("prefix", [0, 5, b"a", ["a"]])
async def test_a_prefix_that_no_name_begins_with(
    api: AsyncApi, tmp_path: Path, prefix: str
) -> None:
    artifact = await api.log_artifact(NEW, type="dataset", files={"a": b""})
    for act in (artifact.download, artifact.plan_download):
        with pytest.raises(InvalidInput, match=r"^path_prefix is .*; it must be a string, or None"):
            await act(tmp_path / "x", path_prefix=prefix)
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize(
    "run", ["train", "bench/train", "local/bench/train", "local/bench/runs/train"]
)
async def test_a_run_by_its_path(api: AsyncApi, wire: Wire, run: str) -> None:
    made = await api.log_artifact(NEW, type="dataset", files={"a": run.encode()}, run=run)
    assert "Run" not in wire.operations
    maker = await made.logged_by()
    assert maker is not None
    assert maker.path == ["local", "bench", "train"]


@pytest.mark.parametrize(
    ("run", "words"),
    [
        ("elsewhere/any", "The run local/elsewhere/any is not in the project local/bench"),
        ("other/bench/train", "The run other/bench/train is not in the project"),
        ("a/b/c/d", "is not a run"),
        ("", "empty part"),
        (5, "run is 5; it must be a run, or its path"),
        (object(), "it must be a run, or its path"),
    ],
)
async def test_other_runs_are_refused(api: AsyncApi, wire: Wire, run: Any, words: str) -> None:  # noqa: ANN401
    with pytest.raises(InvalidInput, match=words):
        await api.log_artifact(NEW, type="dataset", files={"a": b""}, run=run)
    assert wire.count() == []


async def test_a_run_of_another_project_is_refused(api: AsyncApi) -> None:
    run = await api.run("local/elsewhere/any")
    with pytest.raises(InvalidInput, match="a run logs versions to its own project"):
        await api.log_artifact(NEW, type="dataset", files={"a": b""}, run=run)
