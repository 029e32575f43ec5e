"""Files that share their bytes with the cache folder, where their user allows it."""

import os
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.artifacts.bench import DATA, FILES, tree
from tests.artifacts.wire import Wire
from tests.offline.conftest import Offline
from typed_artifacts import ArgumentsIgnored, AsyncApi, Cache, InvalidInput
from typed_artifacts._transfer.disk import linking, partial_files
from typed_artifacts._transfer.disk.linking import LinkMode
from typed_artifacts._transfer.disk.partial_files import part_key
from typed_artifacts.cli.app import app

BIG = "deep/b.bin"


def content(cache: Path) -> Path:
    """The largest of the contents in the cache folder."""
    found = (cache / "typed-artifacts" / "md5").rglob("*")
    return max((each for each in found if each.is_file()), key=lambda each: each.stat().st_size)


def same(one: Path, other: Path) -> bool:
    """Whether two names are of one file."""
    return os.path.samestat(one.stat(), other.stat())


def is_writable(path: Path) -> bool:
    """Whether its mode lets anybody write."""
    return bool(path.stat().st_mode & 0o222)


async def test_copies_have_nothing_to_do_with_the_cache(
    api: AsyncApi, cache: Path, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    for name in ("one", "two"):
        await artifact.download(tmp_path / name)
        assert not same(tmp_path / name / BIG, content(cache))
        assert is_writable(tmp_path / name / BIG)


async def test_hard_links_are_the_files_of_the_cache_and_read_only(
    api: AsyncApi, wire: Wire, offline: Offline, cache: Path, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path / "one", link="hard")
    await artifact.download(tmp_path / "two", link="hard")
    assert len(wire.gets) == 4  # the manifest, and what is not empty
    await (await offline().artifact(f"{DATA}:v1")).download(tmp_path / "three", link="hard")
    for name in ("one", "two", "three"):
        assert tree(tmp_path / name) == FILES
        assert same(tmp_path / name / BIG, content(cache))
        assert not is_writable(tmp_path / name / BIG)
    # Another version, or a copy, replaces them, and leaves the others alone.
    await (await api.artifact(f"{DATA}:v0")).download(tmp_path / "one", link="hard")
    assert (tmp_path / "one" / "a.txt").read_bytes() == b"zero"
    assert tree(tmp_path / "two") == FILES
    assert Cache().clear().left == 0
    assert tree(tmp_path / "three") == FILES


async def test_a_content_that_was_edited_in_place_is_found_out(
    api: AsyncApi, cache: Path, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path / "one", link="hard")
    edited = tmp_path / "one" / BIG
    edited.chmod(0o600)
    edited.write_bytes(b"?" * len(FILES[BIG]))
    await artifact.download(tmp_path / "two", link="hard")
    assert tree(tmp_path / "two") == FILES
    await artifact.download(tmp_path / "one", link="hard")  # which mends it
    assert tree(tmp_path / "one") == FILES
    assert same(edited, content(cache))


async def test_what_a_kill_left_of_a_link_is_removed_and_never_written_to(
    api: AsyncApi, offline: Offline, cache: Path, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    await artifact.download(tmp_path / "one", link="hard")
    (tmp_path / "two" / "deep").mkdir(parents=True)
    # As it is left by a process that is killed before it renames what it has linked.
    digest = (await artifact.manifest()).entries[BIG].digest
    left = tmp_path / "two" / "deep" / partial_files.part_name(part_key("b.bin", digest))
    left.hardlink_to(content(cache))
    await (await offline().artifact(f"{DATA}:v1")).download(tmp_path / "two", link="hard")
    for name in ("one", "two"):
        assert tree(tmp_path / name) == FILES
        assert same(tmp_path / name / BIG, content(cache))
    assert not left.exists()


async def test_what_cannot_be_linked_is_copied(
    api: AsyncApi, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(*_: object, **__: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    artifact = await api.artifact(f"{DATA}:v1")
    monkeypatch.setattr(os, "link", refused)
    for name in ("one", "two"):
        await artifact.download(tmp_path / name, link="hard")
        assert tree(tmp_path / name) == FILES
        assert not same(tmp_path / name / BIG, content(cache))


async def test_what_cannot_be_made_read_only_is_copied(
    api: AsyncApi, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Windows before Python 3.13: no permissions of an open file can be set there."""
    artifact = await api.artifact(f"{DATA}:v1")
    monkeypatch.setattr(os, "supports_fd", os.supports_fd - {os.chmod})
    monkeypatch.delattr(os, "fchmod")
    for name in ("one", "two"):
        await artifact.download(tmp_path / name, link="hard")
        assert tree(tmp_path / name) == FILES
        assert not same(tmp_path / name / BIG, content(cache))
        assert is_writable(tmp_path / name / BIG)


async def test_reflinks_are_asked_for_and_checked(
    api: AsyncApi, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The system call is stood in for: most file systems have none."""
    cloned: list[int] = []

    def clone(source: int, target: int) -> bool:
        found = os.pread(source, 1 << 20, 0)
        os.pwrite(target, found, 0)
        cloned.append(len(found))
        return True

    monkeypatch.setattr(partial_files, "clone", clone)
    artifact = await api.artifact(f"{DATA}:v1")
    sizes = sorted(map(len, FILES.values()))
    await artifact.download(tmp_path / "one", link="reflink")
    assert sorted(cloned) == sizes  # into the cache
    await artifact.download(tmp_path / "two", link="reflink")
    assert sorted(cloned) == sorted(sizes * 2)  # and out of it
    content(cache).write_bytes(b"?" * len(FILES[BIG]))
    await artifact.download(tmp_path / "three", link="reflink")
    for name in ("one", "two", "three"):
        assert tree(tmp_path / name) == FILES
        assert is_writable(tmp_path / name / BIG)


async def test_without_reflinks_there_are_copies(
    api: AsyncApi, cache: Path, tmp_path: Path
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    for name in ("one", "two"):
        await artifact.download(tmp_path / name, link="reflink")
        assert tree(tmp_path / name) == FILES
        (tmp_path / name / BIG).write_bytes(b"edited")
    assert content(cache).read_bytes() == FILES[BIG]


@pytest.mark.skipif(sys.platform != "linux", reason="the call of Linux")
def test_the_system_is_asked_for_a_clone(tmp_path: Path) -> None:
    with (tmp_path / "one").open("wb+") as one, (tmp_path / "two").open("wb+") as two:
        one.write(b"x" * 8192)
        one.flush()
        if linking.clone(one.fileno(), two.fileno()):
            assert two.read() == b"x" * 8192
        else:
            assert two.read() == b""


@pytest.mark.parametrize("link", ["hard", "reflink"])
async def test_a_link_without_a_cache_folder_has_no_effect(
    api: AsyncApi, tmp_path: Path, link: LinkMode
) -> None:
    artifact = await api.artifact(f"{DATA}:v1")
    said = f'link="{link}" has no effect: it shares bytes with the cache folder, and '
    with pytest.warns(ArgumentsIgnored) as caught:
        await artifact.download(tmp_path / "one", link=link, skip_cache=True)
    assert [str(each.message) for each in caught] == [said + "skip_cache=True passes that by."]
    assert tree(tmp_path / "one") == FILES


async def test_another_way_is_refused(api: AsyncApi, tmp_path: Path) -> None:
    artifact, wrong = await api.artifact(f"{DATA}:v1"), "soft"
    other: Any = wrong
    with pytest.raises(InvalidInput, match="copy, reflink, hard"):
        await artifact.download(tmp_path / "one", link=other)
    result = CliRunner().invoke(app, ["download", DATA, "--link", wrong])
    assert (result.exit_code, "copy, reflink, hard" in result.stderr) == (2, True)
