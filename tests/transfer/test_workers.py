"""How many threads a transfer uses, and that each item is done once whatever their number."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest

from typed_artifacts._transfer.concurrency.cancellation import Cancellation, Cancelled
from typed_artifacts._transfer.concurrency.prefetch import one_ahead
from typed_artifacts._transfer.concurrency.workers import Sample, run_workers, should_grow


@pytest.mark.parametrize(
    ("sample", "threads", "grows"),
    [
        (Sample(0, 0.0, 0.0, 0.05, 1, 0.01), 2, True),  # a server that is far away
        (Sample(0, 0.0, 0.0, 0.05, 1, 0.05), 1, True),  # the first of several large files
        (Sample(0, 0.0, 0.0, 0.05, 2, 0.09), 2, False),  # large files keep all cores busy
        (Sample(0, 0.0, 0.0, 0.05, 0, 0.05), 2, False),  # they wait for something to do
        (Sample(5, 0.002, 0.098, 0.05, 1, 0.05), 2, True),  # a distant server
        (
            Sample(50, 0.045, 1.5, 0.05, 1, 0.05),
            32,
            False,
        ),  # a distant server, and the interpreter is busy
        (Sample(50, 0.035, 0.015, 0.05, 1, 0.05), 1, False),  # small files of a server nearby
        (Sample(50, 0.045, 0.055, 0.05, 1, 0.05), 2, False),
        (Sample(5, 0.05, 0.0, 0.05, 1, 0.05), 1, True),  # hashing
        (Sample(10, 0.1, 0.0, 0.05, 1, 0.05), 2, False),  # hashing, and all cores are at it
    ],
)
def test_more_threads_come_where_those_there_are_wait_or_hash(
    sample: Sample, threads: int, grows: bool
) -> None:
    assert should_grow(sample, threads, cores=2) is grows


@pytest.mark.parametrize("count", [1, 2, 3, 8])
@pytest.mark.parametrize("seconds", [0.0, 0.002])
def test_each_item_is_worked_on_once(count: int, seconds: float) -> None:
    done: list[int] = []

    def work(item: int) -> None:
        time.sleep(seconds)
        done.append(item)

    run_workers(range(300), work, count=count, cancel=Cancellation())
    assert sorted(done) == list(range(300))


@pytest.mark.parametrize("threads", [0, 1, 2, 3])
def test_where_no_thread_can_be_started_those_there_are_do_the_work(
    threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container with a limit of processes."""
    start, started = threading.Thread.start, list[threading.Thread]()

    def limited(thread: threading.Thread) -> None:
        if len(started) >= threads:
            raise RuntimeError("can't start new thread")
        started.append(thread)
        start(thread)

    monkeypatch.setattr(threading.Thread, "start", limited)
    done: list[int] = []

    def work(item: int) -> None:
        time.sleep(0.002)
        done.append(item)

    run_workers(range(300), work, count=8, cancel=Cancellation())
    assert sorted(done) == list(range(300))


@pytest.mark.parametrize(("limit", "most"), [(16, 1), (40, 4), (64, 10), (1024, 64), (-1, 64)])
def test_no_more_threads_work_than_may_have_files_open(
    limit: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    resource = pytest.importorskip("resource")  # Windows has no such limit
    threads: set[int] = set()
    many = threading.Event()

    def work(_item: int) -> None:
        threads.add(threading.get_ident())
        if len(threads) > most // 4:
            many.set()
        many.wait(20)  # however slowly a loaded machine starts them
        time.sleep(0.01)

    def limits(_kind: int) -> tuple[int, int]:
        return limit, limit

    monkeypatch.setattr(resource, "getrlimit", limits)
    run_workers(range(200), work, count=64, cancel=Cancellation())
    assert most // 4 < len(threads) <= most


def test_slow_items_are_worked_on_side_by_side() -> None:
    together = threading.Barrier(8, timeout=20)

    def work(_: int) -> None:
        together.wait()

    run_workers(range(8), work, count=8, cancel=Cancellation())


def test_nothing_to_do_is_done() -> None:
    run_workers([], lambda _: None, count=0, cancel=Cancellation())
    run_workers([], lambda _: None, count=8, cancel=Cancellation())


def test_the_first_failure_is_raised_and_ends_the_work() -> None:
    done: list[int] = []

    def work(item: int) -> None:
        if item == 5:
            raise ValueError("five")
        done.append(item)

    with pytest.raises(ValueError, match="five"):
        run_workers(range(100_000), work, count=2, cancel=Cancellation())
    assert len(done) < 100_000


def test_an_item_that_cannot_be_made_ends_the_work() -> None:
    def items() -> Iterator[int]:
        yield 1
        raise ValueError("two")

    done: list[int] = []
    with pytest.raises(ValueError, match="two"):
        run_workers(items(), done.append, count=4, cancel=Cancellation())
    assert done == [1]


def test_a_cancelled_crew_says_so_and_leaves_no_thread() -> None:
    cancel = Cancellation()
    used: set[threading.Thread] = set()

    def work(item: int) -> None:
        used.add(threading.current_thread())
        if item == 3:
            cancel.set()

    with pytest.raises(Cancelled):
        run_workers(range(1000), work, count=4, cancel=cancel)
    pooled = [each for each in used if each.name.startswith("typed-artifacts")]
    assert pooled != []
    assert not any(each.is_alive() for each in pooled)


def test_one_item_is_made_ahead_and_no_more() -> None:
    made: list[int] = []

    def make(number: int) -> int:
        made.append(number)
        return number

    items = one_ahead(make(number) for number in range(1, 10))
    assert next(items) == 1
    items.close()  # waits for what is being made
    assert made == [1, 2]


def test_what_is_made_ahead_comes_in_order_and_fails_in_its_place() -> None:
    def items() -> Iterator[int]:
        yield from (1, 2, 3)
        raise ValueError("four")

    found: list[int] = []
    with pytest.raises(ValueError, match="four"):
        found.extend(one_ahead(items()))
    assert found == [1, 2, 3]
    assert list(one_ahead(iter([1, 2, 3]))) == [1, 2, 3]
