"""Many clients at once, and servers that are killed: nothing is lost, doubled or half there."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.reliability.served import Served, check_whole, served
from typed_artifacts import NO_RETRIES, ConnectionFailed

pytestmark = pytest.mark.long

PATH = "local/load/shared"


class _Tally:
    """What the clients did."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.logged: list[str] = []
        self.tagged: list[str] = []
        self.reads = 0

    def add(self, logged: str | None = None, tagged: str | None = None) -> None:
        with self.lock:
            self.logged += [logged] if logged else []
            self.tagged += [tagged] if tagged else []
            self.reads += not logged and not tagged


def _work(server: Served, worker: int, ends: float, tally: _Tally) -> None:
    """Log, tag, list and load, without retries: each request has to go well at once."""
    chance = random.Random(worker)  # noqa: S311 -- a mix of calls, the same in each run
    with server.api(retry=NO_RETRIES) as api:
        turn = 0
        while turn == 0 or time.monotonic() < ends:
            turn += 1
            what = "log" if turn == 1 else chance.choice(["log", "tag", "list", "load", "len"])
            if what == "log":
                files = {"w": f"{worker} {turn}".encode(), "same": b"in all"}
                made = api.log_artifact(PATH, type="dataset", files=files, aliases=[f"w{worker}"])
                tally.add(logged=made.version)
            elif what == "tag":
                found = api.artifact(f"{PATH}:w{worker}")
                found.tags = [*found.tags, f"t{turn}"]
                found.save()
                tally.add(tagged=f"{found.version} t{turn}")
            else:
                assert api.artifacts("dataset", PATH, per_page=20)[:20]
                assert api.artifact(f"{PATH}:w{worker}").aliases
                tally.add()


@pytest.mark.parametrize("seconds", [2, pytest.param(60, marks=pytest.mark.soak)])
def test_many_clients_at_once(
    tmp_path: Path, seconds: int, capsys: pytest.CaptureFixture[str]
) -> None:
    clients, tally = 64, _Tally()
    with served(tmp_path / "registry") as server:
        ends = time.monotonic() + seconds
        with ThreadPoolExecutor(clients) as pool:
            jobs = [pool.submit(_work, server, n, ends, tally) for n in range(clients)]
        for job in jobs:
            job.result()
        with server.api() as api:
            indices = check_whole(api, PATH, tmp_path / "files")
            there = {
                f"{found.version} {tag}"
                for found in api.artifacts("dataset", PATH)
                for tag in found.tags
            }
    assert indices == list(range(len(tally.logged)))
    assert sorted(tally.logged) == sorted(f"v{index}" for index in indices)
    assert set(tally.tagged) == there
    with capsys.disabled():
        figures = f"{len(indices)} versions, {len(tally.tagged)} edits, {tally.reads} reads"
        print(f"\n{clients} clients in {seconds} s: {figures}, no error")


def _log_until_gone(server: Served, name: str, committed: list[str]) -> None:
    with server.api(retry=NO_RETRIES) as api:
        number = 0
        while True:
            number += 1
            files = {f"{n}.txt": f"{name} {number} {n}".encode() for n in range(3)}
            try:
                made = api.log_artifact(PATH, type="dataset", files=files)
            except ConnectionFailed:
                return
            committed.append(made.version)


def _await_more(committed: list[str], known: int) -> None:
    """Wait until the writers have come to commit something."""
    ends = time.monotonic() + 30
    while len(committed) == known and time.monotonic() < ends:
        time.sleep(0.005)


@pytest.mark.parametrize("kills", [1, pytest.param(100, marks=pytest.mark.soak)])
@pytest.mark.timeout(1200)
def test_a_server_killed_while_it_commits(
    tmp_path: Path, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(kills)  # noqa: S311 -- moments, the same in each run
    committed: list[str] = []
    for turn in range(kills):
        with served(tmp_path / "registry") as server:
            writers = [
                threading.Thread(target=_log_until_gone, args=(server, f"{turn} {n}", committed))
                for n in range(4)
            ]
            for writer in writers:
                writer.start()
            _await_more(committed, len(committed))
            time.sleep(chance.random() * 0.2)
            server.kill()
            for writer in writers:
                writer.join()
    with served(tmp_path / "registry") as server, server.api() as api:
        indices = check_whole(api, PATH, tmp_path / "files")
    assert indices == list(range(len(indices)))
    assert len(committed) == len(set(committed))
    assert {f"v{index}" for index in indices} >= set(committed)
    # A commit whose answer was lost is whole, too: at most one for each writer and kill.
    assert len(indices) - len(committed) <= 4 * kills
    with capsys.disabled():
        print(f"\n{kills} kills: {len(indices)} versions, all whole")
