"""Names from a manifest: what could leave the folder is refused, everything else is kept."""

import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transfer.bucket import Bucket, entry_of
from typed_artifacts._transfer import download, why_unsafe
from typed_artifacts._transfer.names import why_clashing, why_overlapping
from typed_artifacts._transfer.urllib3_source import Urllib3Source
from typed_artifacts.errors import IntegrityError

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
    "C:evil",
    "C:/evil",
    "c:\\evil",
    "nul\0byte",
    "a/\0",
    "line\nbreak",
    "bell\x07",
    "del\x7f",
    "c1\x85",
    "\u202etxt.exe",
    "para\u2029graph",
    "a\u2215..\u2215b",
    "a\u2044b",
    "a\uff0fb",
    "a\uff3cb",
    "a\u29f8b",
    "a\u2216b",
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
]
WINDOWS_ONLY = ["a:b", "a/nul", "COM1.txt", "lpt\u00b9", "dot.", "space ", "what?", "a<b", "con .x"]


@pytest.mark.parametrize("name", TRAVERSALS, ids=ascii)
def test_a_name_that_is_not_safe_is_refused_before_anything_is_written(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, name: str
) -> None:
    good = bucket.put("good", b"good")
    with pytest.raises(IntegrityError) as caught:
        download([good, entry_of(name, b"evil")], tmp_path / "out", bucket.urls, source=source)
    assert repr(name)[:50] in str(caught.value)
    assert list(tmp_path.rglob("*")) == []
    assert not bucket.requests


@pytest.mark.parametrize("name", FINE, ids=ascii)
def test_a_name_that_is_only_unusual_arrives(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, name: str
) -> None:
    download([bucket.put(name, b"fine")], tmp_path, bucket.urls, source=source)
    assert (tmp_path / name).read_bytes() == b"fine"


@pytest.mark.parametrize("name", WINDOWS_ONLY)
def test_what_only_windows_forbids_is_refused_there_alone(name: str) -> None:
    assert why_unsafe(name) is None or name[1] == ":"
    assert why_unsafe(name, windows=True) is not None


@pytest.mark.parametrize(
    "names", [("a", "a"), ("a", "a/b"), ("a/b/c", "a/b"), ("x/y", "z", "x/y/z/w")]
)
def test_names_that_exclude_each_other(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, names: tuple[str, ...]
) -> None:
    entries = [entry_of(name, b"x") for name in names]
    with pytest.raises(IntegrityError, match=r"is a file and the folder of|is there twice"):
        download(entries, tmp_path / "out", bucket.urls, source=source)
    assert list(tmp_path.iterdir()) == []


def test_names_that_differ_in_case_are_kept_where_the_file_system_keeps_them(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source
) -> None:
    entries = [bucket.put("Read.me", b"one"), bucket.put("read.ME", b"two")]
    folds = (tmp_path.parent / tmp_path.name.upper()).exists()
    if folds:
        with pytest.raises(IntegrityError, match="differ only in case"):
            download(entries, tmp_path, bucket.urls, source=source)
    else:
        download(entries, tmp_path, bucket.urls, source=source)
        assert (tmp_path / "Read.me").read_bytes() == b"one"
        assert (tmp_path / "read.ME").read_bytes() == b"two"
    assert not list(tmp_path.glob(".typed-artifacts-*"))


def test_names_that_a_folding_file_system_takes_for_one_are_refused_there(
    tmp_path: Path, bucket: Bucket, source: Urllib3Source, monkeypatch: pytest.MonkeyPatch
) -> None:
    def folds(folder: object) -> bool:
        return folder is not None

    monkeypatch.setattr("typed_artifacts._transfer.downloads.folds_names", folds)
    entries = [bucket.put("Data/a", b"one"), bucket.put("data/b", b"two")]
    with pytest.raises(IntegrityError, match="'Data' and 'data' differ only in case"):
        download(entries, tmp_path, bucket.urls, source=source)
    assert list(tmp_path.iterdir()) == []


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
    assert (why_clashing(names) is not None) is clash


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
