"""Two servers on one folder, while one is killed, garbage is collected, and backups are taken."""

from __future__ import annotations

import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.reliability.served import Served, check_whole, served
from typed_artifacts import NO_RETRIES, Api, ConnectionFailed, NotFoundError
from typed_artifacts.local import Registry

pytestmark = pytest.mark.long

PATH = "local/load/shared"


class _Tally:
    """What the clients were told."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.kept: set[str] = set()
        self.deleted: set[str] = set()
        self.lost = 0

    def logged(self, version: str) -> None:
        with self.lock:
            self.kept.add(version)

    def removed(self, version: str) -> None:
        with self.lock:
            self.deleted.add(version)


def _write(server: Served, worker: int, ended: threading.Event, tally: _Tally) -> None:
    """Log versions, and delete some of the own, until the end or until the server is gone."""
    turn = 0
    with server.api(retry=NO_RETRIES) as api:
        while turn == 0 or not ended.is_set():
            turn += 1
            files = {f"{n}": f"{worker} {turn} {n}".encode() for n in range(3)}
            files["same"] = f"in many {turn % 3}".encode()
            try:
                made = api.log_artifact(PATH, type="dataset", files=files)
                tally.logged(made.version)
                if turn % 3 == 0:
                    tally.removed(made.version)  # also where the answer is lost
                    made.delete(delete_aliases=True)
            except ConnectionFailed:
                tally.lost += 1
                return


def _check(root: Path, tally: _Tally, folder: Path) -> int:
    """Every version that a client was told of is there, alone and whole; how many there are."""
    with Registry(root) as registry:
        registry.maintenance.collect_garbage()
        found = registry.maintenance.verify()
        assert (found.wrong, found.repaired) == ([], [])
    with Api.local(root) as api:
        there = {f"v{index}" for index in check_whole(api, PATH, folder)}
    assert tally.kept - tally.deleted <= there
    return len(there)


@pytest.mark.parametrize(
    ("seconds", "writers"), [(2, 4), pytest.param(60, 16, marks=pytest.mark.soak)]
)
@pytest.mark.timeout(1200)
def test_load_on_two_servers_with_garbage_and_backups(
    tmp_path: Path, seconds: int, writers: int, capsys: pytest.CaptureFixture[str]
) -> None:
    root, tally, ended = tmp_path / "registry", _Tally(), threading.Event()
    backups: list[Path] = []
    with served(root) as one, served(root) as other, ThreadPoolExecutor(writers) as pool:
        servers = (one, other)
        jobs = [pool.submit(_write, servers[n % 2], n, ended, tally) for n in range(writers)]
        ends = time.monotonic() + seconds
        with Registry(root) as registry:
            while time.monotonic() < ends or not backups:
                registry.maintenance.collect_garbage()
                backups.append(tmp_path / f"backup{len(backups)}")
                assert registry.maintenance.backup(backups[-1]).damaged == []
        ended.set()
        for job in jobs:
            job.result()
        with other.api() as api:
            for version in tally.deleted:
                with pytest.raises(NotFoundError):
                    api.artifact(f"{PATH}:{version}")
    assert tally.lost == 0
    count = _check(root, tally, tmp_path / "files")
    for backup in backups:
        with Registry(backup) as registry:
            found = registry.maintenance.verify()
            assert (found.wrong, found.repaired) == ([], [])
    with capsys.disabled():
        figures = f"{count} versions, {len(tally.deleted)} deleted, {len(backups)} backups"
        print(f"\n{writers} writers, 2 servers, {seconds} s: {figures}, all whole")


@pytest.mark.parametrize("kills", [1, pytest.param(40, marks=pytest.mark.soak)])
@pytest.mark.timeout(1200)
def test_one_of_two_servers_is_killed(
    tmp_path: Path, kills: int, capsys: pytest.CaptureFixture[str]
) -> None:
    chance = random.Random(kills)  # noqa: S311 -- moments, the same in each run
    root, tally, ended = tmp_path / "registry", _Tally(), threading.Event()
    with served(root) as stays:
        survivor = threading.Thread(target=_write, args=(stays, 100, ended, tally))
        survivor.start()
        for turn in range(kills):
            with served(root) as victim, ThreadPoolExecutor(3) as pool:
                gone = threading.Event()
                jobs = [pool.submit(_write, victim, turn * 3 + n, gone, tally) for n in range(3)]
                known = len(tally.kept)
                while len(tally.kept) < known + 2 and not all(job.done() for job in jobs):
                    time.sleep(0.01)
                time.sleep(chance.random() * 0.3)
                victim.kill()
                for job in jobs:
                    job.result()
        ended.set()
        survivor.join()
        assert tally.lost <= 3 * kills  # the writers of the one that stays lose nothing
    count = _check(root, tally, tmp_path / "files")
    with capsys.disabled():
        print(f"\n{kills} kills of one of two servers: {count} versions, all whole")
