"""Several servers on one database and one store, as behind a load balancer."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.postgres.server import Server
from tests.reliability.served import KEY, check_whole
from tests.remote.conftest import Bucket
from typed_artifacts import NO_RETRIES, Api, ConnectionFailed, RetryPolicy
from typed_artifacts.local import Registry

PATH = "local/load/shared"
_START = "from typed_artifacts.cli import main; main()"


@dataclass
class Process:
    """A server of a team's registry."""

    url: str
    process: subprocess.Popen[str]
    said: list[str]
    """The lines before the one with its address."""

    def api(self, retry: RetryPolicy | None = None) -> Api:
        return Api(base_url=self.url, api_key=KEY, entity="local", retry=retry, timeout=60)

    def end(self, number: int) -> int:
        os.kill(self.process.pid, number)
        return self.process.wait(60)


@contextmanager
def started(database: str, files: str) -> Generator[Process]:
    """`typed-artifacts serve` without a folder of its own."""
    command = [sys.executable, "-c", _START, "serve", "--port", "0"]
    settings = {"TYPED_ARTIFACTS_DATABASE": database, "TYPED_ARTIFACTS_FILES": files}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env=os.environ | settings
    ) as process:
        try:
            assert process.stdout is not None
            said: list[str] = []
            while "serves on" not in (line := process.stdout.readline()):
                assert line, "the server did not start"
                said.append(line)
            url = line.split()[-1]
            assert httpx.get(f"{url}/ready").status_code == 200
            yield Process(url, process, said)
        finally:
            if process.poll() is None:
                process.kill()


@pytest.fixture
def team(database: str, bucket: Bucket) -> tuple[str, str]:
    """Where a registry is, whose user has the key of the tests."""
    with Registry(database=database, files=bucket.url()) as registry:
        registry.register_key("local", KEY)
        registry.log_version("local/load/other", type="dataset", files={"f": "a project"})
    return database, bucket.url()


def test_what_begins_in_one_process_ends_in_another(
    team: tuple[str, str], bucket: Bucket, tmp_path: Path
) -> None:
    with started(*team) as one, started(*team) as other, one.api() as api, other.api() as second:
        made = api.log_artifact(PATH, type="dataset", files={"a": b"1", "b": bytes(100_000)})
        found = second.artifact(f"{PATH}:latest")
        assert found.digest == made.digest
        (tmp_path / "x").mkdir()
        found.download(tmp_path / "x")
        assert (tmp_path / "x" / "b").read_bytes() == bytes(100_000)
        # A URL that one has signed is good at the other.
        url = httpx.URL(next(iter(made.files(["a"]))).direct_url)
        assert str(url).startswith(bucket.endpoint)
        moved = second.artifact(f"{PATH}:latest")
        moved.aliases.append("prod")
        moved.save()
        assert api.artifact(f"{PATH}:prod").version == "v0"
        assert one.end(signal.SIGTERM) in (0, -signal.SIGTERM)
        assert second.artifact(f"{PATH}:prod").version == "v0"


def test_the_first_process_makes_a_key_and_says_it_once(empty: str, bucket: Bucket) -> None:
    with started(empty, bucket.url()) as one, started(empty, bucket.url()) as other:
        (line,) = one.said
        assert other.said == []
        key = line.split()[-1]
        with Api(base_url=other.url, api_key=key) as api:
            assert api.viewer.username == "local"


def test_one_is_ready_only_while_the_tables_fit(team: tuple[str, str], postgres: Server) -> None:
    name = team[0].rpartition("/")[2]
    with started(*team) as one:
        postgres.execute("UPDATE alembic_version SET version_num = '9999'", name)
        assert httpx.get(f"{one.url}/ready").status_code == 503
        assert httpx.get(f"{one.url}/healthz").status_code == 200
        postgres.execute("UPDATE alembic_version SET version_num = '0004'", name)
        assert httpx.get(f"{one.url}/ready").status_code == 200


@dataclass
class _Tally:
    """What the clients were told."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    logged: list[str] = field(default_factory=list[str])
    tagged: list[str] = field(default_factory=list[str])
    lost: int = 0


def _work(servers: Sequence[Process], worker: int, ends: float, tally: _Tally) -> None:
    """Log, tag, list and load, at one server after the other, without retries.

    A request may be lost only where its server was killed.
    """
    chance = random.Random(worker)  # noqa: S311 -- a mix of calls, the same in each run
    turn = 0
    while turn == 0 or time.monotonic() < ends:
        turn += 1
        server = servers[(worker + turn) % len(servers)]
        if server.process.poll() is not None:
            continue
        try:
            with server.api(NO_RETRIES) as api:
                _call(api, worker, turn, chance, tally)
        except ConnectionFailed:
            with tally.lock:
                tally.lost += 1
            assert server.process.poll() is not None or _ends_soon(server)


def _ends_soon(server: Process) -> bool:
    with suppress(subprocess.TimeoutExpired):
        server.process.wait(5)
    return server.process.poll() is not None


def _call(api: Api, worker: int, turn: int, chance: random.Random, tally: _Tally) -> None:
    what = "log" if turn < 3 else chance.choice(["log", "tag", "list", "load"])
    if what == "log":
        files = {"w": f"{worker} {turn}".encode(), "same": b"in all"}
        made = api.log_artifact(PATH, type="dataset", files=files, aliases=[f"w{worker}"])
        with tally.lock:
            tally.logged.append(made.version)
    elif what == "tag":
        found = api.artifact(f"{PATH}:w{worker}")
        tag = f"t{worker}x{turn}"
        found.tags = [*found.tags, tag]
        found.save()
        with tally.lock:
            tally.tagged.append(f"{found.version} {tag}")
    elif what == "list":
        assert api.artifacts("dataset", PATH, per_page=20)[:20]
    else:
        assert api.artifact(f"{PATH}:w{worker}").aliases


@pytest.mark.parametrize(
    ("clients", "seconds"), [(8, 4), pytest.param(64, 60, marks=pytest.mark.soak)]
)
@pytest.mark.timeout(1200)
def test_load_while_one_of_two_is_killed(
    team: tuple[str, str],
    tmp_path: Path,
    clients: int,
    seconds: int,
    capsys: pytest.CaptureFixture[str],
) -> None:
    tally = _Tally()
    with ExitStack() as stack:
        servers = [stack.enter_context(started(*team)) for _ in range(2)]
        pool = stack.enter_context(ThreadPoolExecutor(clients))
        ends = time.monotonic() + seconds
        jobs = [pool.submit(_work, servers, n, ends, tally) for n in range(clients)]
        time.sleep(seconds / 2)
        servers[0].end(signal.SIGKILL)
        for job in jobs:
            job.result()
        with servers[1].api() as api:
            indices = check_whole(api, PATH, tmp_path / "files")
            there = {
                f"{found.version} {tag}"
                for found in api.artifacts("dataset", PATH)
                for tag in found.tags
            }
    assert indices == list(range(len(indices)))
    assert len(tally.logged) == len(set(tally.logged))
    assert {f"v{index}" for index in indices} >= set(tally.logged)
    # A commit whose answer was lost is whole, too.
    assert len(indices) - len(tally.logged) <= tally.lost <= clients
    assert there >= set(tally.tagged)
    with Registry(database=team[0], files=team[1]) as registry:
        registry.maintenance.collect_garbage()
        assert registry.maintenance.verify().wrong == []
    with capsys.disabled():
        figures = f"{len(indices)} versions, {len(tally.tagged)} edits, {tally.lost} lost"
        print(f"\n{clients} clients, 2 servers, 1 killed, {seconds} s: {figures}, all whole")
