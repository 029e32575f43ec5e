"""Names from a manifest: what could leave the folder is refused alone, everything else is kept."""

import errno
import os
import tracemalloc
import unicodedata
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transfer.bucket import Bucket, entry_of
from typed_artifacts._transfer import build_manifest, download, verify
from typed_artifacts._transfer.disk.folders import Folder
from typed_artifacts._transfer.downloads.file_plan import make_plan
from typed_artifacts._transfer.http.urllib3_source import Urllib3Source
from typed_artifacts._values.file_names import (
    clashing,
    may_clash,
    overlapping,
    why_overlapping,
    why_unsafe,
)
from typed_artifacts.errors import IntegrityError, InvalidInput

TRAVERSALS = [
    "",
    ".",
    "..",
    "../evil",
    "a/../../evil",
    "a/..",
    "./a",
    "a/./b",
    "/etc/passwd",
    "//server/share/evil",
    "a//b",
    "a/",
    "\\\\server\\share\\evil",
    "..\\evil",
    "a\\..\\..\\evil",
    "C:/evil",
    "c:\\evil",
    "nul\0byte",
    "a/\0",
    "a\uff0f..\uff0fb",
    "a\uff3c..\uff3cb",
    "\uff0e\uff0e\\evil",
    "\u2025/evil",
    "\uff0e\uff0e/evil",
    "\u2024\u2024/evil",
    "half\ud800pair",
    "x" * 256,
    "\u00e9" * 128,
    "/".join(["deep"] * 1000),
    ".typed-artifacts-1-2.part",
    "a/.typed-artifacts-1-2.part",
]
FINE = [
    "a",
    "a/b/c.txt",
    "media/table/x.table.json",
    ".hidden",
    "...",
    "..a",
    "a..b",
    "with space/and more.txt",
    "time 12:30.json",
    "50%.csv",
    "ünïcödé/日本語.bin",
    "\u00bd cup",
    "quote'\"<>|?*",
    "x" * 255,
    "nul",
    "AC\u29f8DC - Live.wav",
    "a\u2044b",
    "a\u2215..\u2215b",
    "a\uff0fb",
    "a\uff3cb",
    "a\u2216b",
    "a\\b",
    "a:b",
    "C:evil",
    "line\nbreak",
    "Icon\r",
    "bell\x07",
    "del\x7f",
    "c1\x85",
    "\u202egnp.txt",
    "para\u2029graph",
    "trailing ",
    " leading",
    "*?[a]",
    "-rf",
    "~",
    "~nobody/x",
    "$HOME",
]
WINDOWS_ONLY = [
    *("a:b", "C:evil", "a\\b", "tab\there", "what?", "a<b"),
    *("a/nul", "COM1.txt", "lpt\u00b9", "con .x", "dot.", "space "),
]


@pytest.mark.parametrize("name", TRAVERSALS, ids=ascii)
def test_a_name_that_is_not_safe_is_refused_alone(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, name: str
) -> None:
    good = bucket.put("good", b"good")
    entries = [entry_of(name, b"evil"), good]
    report = download(entries, tmp_path / "out", bucket.urls, source=source)
    assert report.fetched == ("good",)
    assert report.refused.keys() == {name}
    assert [path.name for path in tmp_path.rglob("*")] == ["out", "good"]
    assert bucket.asked == [("good",)]
    with pytest.raises(IntegrityError) as caught:
        report.raise_if_refused()
    assert repr(name)[:50] in str(caught.value)
    assert caught.value.subject == name
    assert verify(entries, tmp_path / "out").refused == (name,)
    assert not verify(entries, tmp_path / "out").ok


def test_where_every_name_is_refused_nothing_is_made(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    report = download([entry_of("../a", b"1")], tmp_path / "out", bucket.urls, source=source)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(IntegrityError, match=r"1 file is refused, and not written: '\.\./a' has"):
        report.raise_if_refused()


def test_of_many_refused_names_the_first_are_shown(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entries = [entry_of(f"../{n}", b"1") for n in range(7)]
    report = download(entries, tmp_path / "out", bucket.urls, source=source)
    with pytest.raises(IntegrityError, match=r"7 files are refused.*'\.\./4' has.*; and 2 more\."):
        report.raise_if_refused()


def test_a_name_that_the_file_system_cannot_have_is_refused_alone(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As exFAT and eCryptfs do, which know fewer names than the system."""
    replace = Folder.replace

    def refuse(folder: Folder, old: str, new: str) -> None:
        if ":" in new:
            raise OSError(errno.EINVAL, "Invalid argument")
        replace(folder, old, new)

    monkeypatch.setattr(Folder, "replace", refuse)
    entries = [bucket.put("12:30", b"1"), bucket.put("other", b"2")]
    report = download(entries, tmp_path, bucket.urls, source=source)
    assert [path.name for path in tmp_path.iterdir()] == ["other"]
    assert report.refused == {"12:30": "cannot be had there (Invalid argument)"}


@pytest.mark.parametrize("code", [errno.ENOENT, errno.EINVAL, errno.ENAMETOOLONG, errno.EILSEQ])
def test_names_and_folders_that_the_system_refuses_stop_no_other(
    tmp_path: Path,
    bucket: Bucket,
    source: Urllib3Source,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
) -> None:
    """Of a folder, or by the word of exfat-fuse, that nothing is there, one ended the download."""

    def refusing(call: Callable[..., object], *, reads: bool) -> Callable[..., object]:
        def refuse(*args: Any, **options: Any) -> object:  # noqa: ANN401 -- as the system's
            last = [str(each) for each in args[:2] if isinstance(each, str | Path)][-1]
            if ":" in last.rpartition("/")[2]:
                unsaid = reads and code != errno.ENAMETOOLONG
                raise OSError(errno.ENOENT if unsaid else code, "refused")
            return call(*args, **options)

        return refuse

    for name, reads in (("open", False), ("mkdir", False), ("replace", False), ("stat", True)):
        refuse = refusing(getattr(os, name), reads=reads)
        monkeypatch.setattr(os, name, refuse)
    names = ("12:30", "at 12:30/file", "other", "folder/other")
    entries = [bucket.put(name, b"1") for name in names]
    report = download(entries, tmp_path, bucket.urls, source=source)
    found = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert found == {"other", "folder/other"}
    assert report.refused == dict.fromkeys(names[:2], "cannot be had there (refused)")
    with pytest.raises(IntegrityError, match=r"'12:30' cannot be had there.* a folder on another"):
        report.raise_if_refused()
    assert verify(entries, tmp_path).missing == names[:2]


def test_a_folder_whose_name_the_file_system_cannot_have_says_what_to_do(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The usual folder of a version has a colon in its name."""
    mkdir = os.mkdir

    def refuse(path: str, mode: int = 0o777, *, dir_fd: int | None = None) -> None:
        if ":" in str(path):
            raise OSError(errno.EINVAL, "Invalid argument")
        mkdir(path, mode, dir_fd=dir_fd)

    monkeypatch.setattr(os, "mkdir", refuse)
    advice = r"numbers:v0' cannot be made: .* does not allow that name; choose another folder\."
    with pytest.raises(InvalidInput, match=advice):
        download([bucket.put("a", b"1")], tmp_path / "numbers:v0", bucket.urls, source=source)


@pytest.mark.parametrize("name", FINE, ids=ascii)
def test_a_name_that_is_only_unusual_arrives(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, name: str
) -> None:
    entry = bucket.put(name, b"fine")
    download([entry], tmp_path, bucket.urls, source=source).raise_if_refused()
    assert (tmp_path / name).read_bytes() == b"fine"
    assert verify([entry], tmp_path).ok
    assert build_manifest(tmp_path).manifest.entries.keys() == {name}


@pytest.mark.parametrize("name", WINDOWS_ONLY)
def test_what_only_windows_forbids_is_refused_there_alone(name: str) -> None:
    assert why_unsafe(name) is None
    assert why_unsafe(name, windows=True) is not None


@pytest.mark.parametrize(
    ("names", "refused"),
    [
        (("a", "a/b"), {"a/b": "needs a folder 'a', which is a file"}),
        (("a/b/c", "a/b"), {"a/b": "is the folder of another file"}),
        (("x/y", "z", "x/y/z/w"), {"x/y/z/w": "needs a folder 'x/y', which is a file"}),
    ],
)
def test_of_names_that_exclude_each_other_the_first_comes(
    tmp_path: Path,
    bucket: Bucket,
    source: Urllib3Source,
    names: tuple[str, ...],
    refused: dict[str, str],
) -> None:
    entries = [bucket.put(name, b"x") for name in names]
    report = download(entries, tmp_path, bucket.urls, source=source)
    assert report.refused == refused
    assert set(report.fetched) == set(names) - refused.keys()


def test_of_a_name_that_is_there_twice_the_first_comes(tmp_path: Path) -> None:
    first, other = entry_of("a", b"1"), entry_of("a", b"2")
    plan = make_plan([first, other])
    assert (plan.files, plan.refused) == ((first,), {"a": "is there twice"})
    with pytest.raises(InvalidInput, match="'a' is a file and the folder of 'a/b'"):
        build_manifest({"a": b"1", "a/b": b"2"})
    assert list(tmp_path.iterdir()) == []


def test_names_that_differ_in_case_are_kept_where_the_file_system_keeps_them(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entries = [bucket.put("Read.me", b"one"), bucket.put("read.ME", b"two")]
    folds = (tmp_path.parent / tmp_path.name.upper()).exists()
    report = download(entries, tmp_path, bucket.urls, source=source)
    assert (tmp_path / "Read.me").read_bytes() == b"one"
    if folds:
        assert report.refused.keys() == {"read.ME"}
    else:
        assert (tmp_path / "read.ME").read_bytes() == b"two"
    assert not list(tmp_path.glob(".typed-artifacts-*"))


def test_names_that_a_folding_file_system_takes_for_one_are_refused_there(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def folds(folder: object) -> bool:
        return folder is not None

    monkeypatch.setattr("typed_artifacts._transfer.downloads.folder_downloads.folds_names", folds)
    entries = [bucket.put("Data/a", b"one"), bucket.put("data/b", b"two")]
    report = download(entries, tmp_path, bucket.urls, source=source)
    assert report.refused == {
        "data/b": "has the folder 'data', which differs from 'Data' only in case or composition"
    }
    assert [path.name for path in tmp_path.iterdir()] == ["Data"]


@pytest.mark.parametrize(
    ("names", "clash"),
    [
        (["a", "b"], False),
        (["a", "A"], True),
        (["d/x", "D/y"], True),
        (["stra\u00dfe", "STRASSE"], True),
        (["caf\u00e9", "cafe\u0301"], True),
        (["caf\u00e9/x", "caf\u00e9/y"], False),
    ],
)
def test_clashes(names: list[str], clash: bool) -> None:
    assert set(clashing(names)) == ({names[1]} if clash else set())


@given(st.lists(st.text(alphabet="aA-/\u0301\u00e9e", min_size=1, max_size=6), max_size=6))
def test_whether_any_clash_is_told_without_which(names: list[str]) -> None:
    names = [name for name in names if why_unsafe(name) is None]
    assert may_clash(names) == bool(clashing(names))


def test_names_of_many_parts_take_little_memory_each() -> None:
    """Each part of a name was kept with all before it: a megabyte of names took two gigabytes."""
    names = [f"{number}/{'a/' * 2_040}f" for number in range(40)]
    twice = [entry_of(name, b"x") for name in (*names, names[0].rpartition("/")[0])]
    tracemalloc.start()
    try:
        assert not may_clash(names)
        plan = make_plan(twice)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert list(plan.refused.values()) == ["is the folder of another file"]
    assert peak < 8 << 20


def test_what_clashes_refuses_nothing_that_does_not() -> None:
    names = ["Data/a", "data/b", "Data/c", "data/d", "e"]
    assert set(clashing(names)) == {"data/b", "data/d"}


@given(st.text(max_size=80) | st.text(alphabet="./\\:ab\u2025\uff0e\uff0f \0", max_size=20))
def test_whatever_is_let_through_stays_below_the_folder(name: str) -> None:
    if why_unsafe(name) is not None:
        return
    root = Path("/nowhere/root")
    path = root.joinpath(name)
    assert path.is_relative_to(root)
    assert path != root
    assert ".." not in path.parts
    assert "/".join(path.relative_to(root).parts) == name  # and nothing was dropped on the way
    for form in ("NFC", "NFD", "NFKC", "NFKD"):
        parts = unicodedata.normalize(form, name).replace("\\", "/").split("/")
        assert ".." not in parts


@given(st.lists(st.text(alphabet="ab/", min_size=1, max_size=6), max_size=8))
def test_overlaps_are_found_as_a_file_system_would(names: list[str]) -> None:
    names = [name for name in names if why_unsafe(name) is None]
    files: set[str] = set()
    folders: set[str] = set()
    possible = True
    for name in names:
        parts = name.split("/")
        above = {"/".join(parts[:n]) for n in range(1, len(parts))}
        possible &= name not in files and name not in folders and not (above & files)
        files.add(name)
        folders |= above
    assert (why_overlapping(names) is None) is possible
    assert (not overlapping(names)) is possible
    kept = [name for name in names if name not in overlapping(names)]
    assert why_overlapping(kept) is None
