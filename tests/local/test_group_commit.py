"""Uploads at the same time: committed together, each before its response."""

import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from typed_artifacts.local import Registry
from typed_artifacts.local.database.group_commit import GroupCommit
from typed_artifacts.local.storage.blobs import Blob
from typed_artifacts.local.storage.incoming import IncomingBlob


def blob(number: int) -> Blob:
    return Blob(f"{number:032x}", f"{number:032x}", number)


def test_those_who_come_while_a_transaction_runs_share_the_next() -> None:
    entered: list[list[int]] = []
    began, may_end = threading.Event(), threading.Event()

    def enter_all(found: Sequence[Blob]) -> None:
        entered.append(sorted(item.size for item in found))
        began.set()
        may_end.wait(20)

    group_commit = GroupCommit(enter_all)
    first = threading.Thread(target=group_commit.enter, args=(blob(0),))
    first.start()
    assert began.wait(20)
    others = [threading.Thread(target=group_commit.enter, args=(blob(n),)) for n in range(1, 6)]
    for thread in others:
        thread.start()
    while len(group_commit._waiting) < len(others):
        others[0].join(0.001)
    may_end.set()
    for thread in (first, *others):
        thread.join(20)
    assert entered == [[0], [1, 2, 3, 4, 5]]


def test_who_was_taken_along_by_a_transaction_that_failed_tries_again() -> None:
    entered: list[int] = []
    answers: dict[int, str] = {}
    began, may_fail = threading.Event(), threading.Event()

    def enter_all(found: Sequence[Blob]) -> None:
        batch = [item.size for item in found]
        if not began.is_set():
            began.set()
            may_fail.wait(20)
        elif len(batch) > 1:
            raise OSError("the disk is full")
        entered.extend(batch)

    group_commit = GroupCommit(enter_all)

    def enter(number: int) -> None:
        try:
            group_commit.enter(blob(number))
        except OSError as error:
            answers[number] = str(error)
        else:
            answers[number] = "entered"

    threads = [threading.Thread(target=enter, args=(n,)) for n in range(4)]
    threads[0].start()
    assert began.wait(20)
    for thread in threads[1:]:
        thread.start()
    while len(group_commit._waiting) < 3:
        threads[1].join(0.001)
    may_fail.set()
    for thread in threads:
        thread.join(20)
    # One of three met the failure; the other two were then entered alone, and told the truth.
    assert sorted(answers.values()) == ["entered", "entered", "entered", "the disk is full"]
    assert sorted(entered) == sorted(n for n, told in answers.items() if told == "entered")


@pytest.mark.parametrize("size", [0, 10, 64 << 10, (64 << 10) + 1, 3 << 20])
def test_a_blob_of_any_size_is_kept_whole_or_not_at_all(tmp_path: Path, size: int) -> None:
    with Registry(tmp_path) as registry:
        store = registry.store.blobs
        content = bytes(range(256)) * (size // 256) + bytes(size % 256)
        with IncomingBlob(store) as left:
            left.write(content)
        assert list((tmp_path / "files" / "incoming").iterdir()) == []
        with IncomingBlob(store) as incoming:
            for start in range(0, size, 50_000):
                incoming.write(content[start : start + 50_000])
            kept = incoming.digests()
            incoming.seal(kept)
            incoming.keep(kept)
        store.settle([kept.md5])
        assert (kept.size, store.has(kept.md5, size)) == (size, True)
        assert store.whole(kept) == content
        before = store.path(kept.md5).stat().st_ino
        with IncomingBlob(store) as again:
            again.write(content)
            again.seal(again.digests())
            again.keep(again.digests())
            assert again.digests() == kept
        assert store.path(kept.md5).stat().st_ino == before
        assert list((tmp_path / "files" / "incoming").iterdir()) == []
