"""A forked child keeps no lock of its parent's, and drops none."""

from __future__ import annotations

import fcntl
import os
import signal
import threading
from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.processes.forking import forked, in_child
from typed_artifacts._environment.locks import lock_file
from typed_artifacts._environment.replacing import change_file
from typed_artifacts._transfer.concurrency.cancellation import Cancellation
from typed_artifacts._transfer.disk.cache import ContentCache
from typed_artifacts._transfer.disk.folders import Folder
from typed_artifacts._transfer.disk.partial_files import PartFile, part_key, sweep
from typed_artifacts._transfer.manifests.manifest import ManifestEntry

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]

ENTRY = ManifestEntry("a", "XUFAKrxLKna5cZ2REBfFkg==", 5)  # the bytes b"hello"


def is_locked(path: Path) -> bool:
    handle = os.open(path, os.O_RDWR)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


@contextmanager
def folder_of(path: Path) -> Generator[Folder]:
    folder = Folder(str(path), os.open(path, os.O_RDONLY))
    try:
        yield folder
    finally:
        folder.close()


@contextmanager
def held_by_thread(path: Path) -> Generator[Callable[[], None]]:
    """A thread holds a lock until it is told to drop it."""
    held, wanted = threading.Event(), threading.Event()

    def hold() -> None:
        with lock_file(path):
            held.set()
            wanted.wait(30)

    def drop() -> None:
        wanted.set()
        holder.join()

    holder = threading.Thread(target=hold)
    holder.start()
    assert held.wait(30)
    try:
        yield drop
    finally:
        drop()


def test_a_lock_is_free_when_its_holder_drops_it_though_a_child_lives(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    with held_by_thread(path) as drop, forked():
        assert is_locked(path)
        drop()
        assert not is_locked(path)


def test_a_child_gets_the_lock_that_a_thread_of_its_parent_held(tmp_path: Path) -> None:
    path = tmp_path / "lock"

    def take() -> None:
        with lock_file(path):
            pass

    with held_by_thread(path) as drop, forked(take, expected=0):
        drop()


def test_a_child_does_not_drop_the_lock_of_its_parent(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = lock_file(path)
    with lock:
        assert in_child(lambda: lock.__exit__(None, None, None)) == 0
        assert is_locked(path)
    assert not is_locked(path)


def test_a_parent_that_is_killed_leaves_no_lock_to_its_child(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    told, tell = os.pipe()

    def say() -> None:
        os.write(tell, b"%d %d" % (os.getppid(), os.getpid()))
        signal.pause()

    def hold() -> None:
        with lock_file(path), forked(say):
            signal.pause()

    with forked(hold) as parent:
        killed, child = (int(each) for each in os.read(told, 40).split())
        assert killed == parent
        assert is_locked(path)
        os.kill(parent, signal.SIGKILL)
        os.waitpid(parent, 0)
        assert not is_locked(path)
        os.kill(child, signal.SIGKILL)
    os.close(told)
    os.close(tell)


def test_a_file_that_was_not_changed_is_unlocked_though_a_child_lives(tmp_path: Path) -> None:
    path = tmp_path / "settings"
    path.write_text("before")
    with ExitStack() as children:

        def refuse(text: str) -> str:
            children.enter_context(forked())
            raise RuntimeError(text)

        with pytest.raises(RuntimeError, match="before"):
            change_file(path, refuse)
        assert not is_locked(path)


def test_what_an_interrupted_download_leaves_is_gone_on_with_though_a_child_lives(
    tmp_path: Path,
) -> None:
    with folder_of(tmp_path) as folder:
        part = PartFile(folder, "a", "digest")
        part.write(memoryview(b"begun"))
        with forked():
            assert sweep(folder, {part_key("a", "digest")}) == {}  # it is in use
            part.leave()
            found = sweep(folder, {part_key("a", "digest")})
            again = PartFile(folder, "a", "digest", found[part_key("a", "digest")])
            assert again.size == len(b"begun")
            again.discard()
    assert list(tmp_path.iterdir()) == []


def test_a_child_removes_no_file_that_its_parent_is_writing(tmp_path: Path) -> None:
    with folder_of(tmp_path) as folder:
        part = PartFile(folder, "a")
        part.write(memoryview(b"begun"))
        assert in_child(part.discard) == 0
        part.commit()
    assert (tmp_path / "a").read_bytes() == b"begun"


def test_a_content_that_was_read_is_not_in_use_though_a_child_lives(tmp_path: Path) -> None:
    cache = ContentCache(tmp_path / "cache")
    with folder_of(tmp_path) as folder:
        part = PartFile(folder, "a")
        part.write(memoryview(b"hello"))
        cache.keep(ENTRY, part)
        part.commit()
    (content,) = (path for path in (tmp_path / "cache").rglob("*") if path.is_file())
    stream = cache.open(ENTRY, Cancellation())
    assert stream is not None
    with forked():
        assert in_child(stream.close) == 0
        assert is_locked(content)
        stream.close()
        assert not is_locked(content)
