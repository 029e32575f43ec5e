"""A plan whose carrying out is killed at any moment goes on, and ends as if it had not been."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.reliability.served import served
from typed_artifacts import PrunePlan
from typed_artifacts.local import Registry

_APPLY = """
import sys
from typed_artifacts import Api, PrunePlan
plan = PrunePlan.from_jsonl(sys.argv[3])
with Api(base_url=sys.argv[1], api_key=sys.argv[2], entity="local") as api:
    print("begins", flush=True)
    plan.apply(api, journal=sys.argv[4])
"""


@pytest.mark.long
@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.soak)])
@pytest.mark.timeout(1200)
def test_killed_while_it_is_carried_out(tmp_path: Path, kills: int) -> None:
    chance = random.Random(kills)  # noqa: S311 -- moments
    root, journal, file = tmp_path / "registry", tmp_path / "journal", tmp_path / "plan.jsonl"
    count = 160 if kills < 10 else 5000
    with Registry(root) as registry:
        registry.bulk.versions("local/load/data", type="dataset", count=count)
        for number in range(0, count, 7):
            registry.link(f"local/load/data:v{number}", "local/load/shelf")
    with served(root) as server, server.api() as api:
        plan = api.plan_prune("load", keep_last=5, exact=False)
        plan.to_jsonl(file)
        arguments = [server.url, "l0ad" * 10, str(file), str(journal)]
        for _ in range(kills):
            process = subprocess.Popen(
                [sys.executable, "-c", _APPLY, *arguments], stdout=subprocess.PIPE
            )
            assert process.stdout is not None
            assert process.stdout.readline() == b"begins\n"
            time.sleep(chance.uniform(0.0, 0.5))
            process.send_signal(signal.SIGKILL)
            process.wait()
            process.stdout.close()
        report = PrunePlan.from_jsonl(file).apply(api, journal=journal)
        assert not report.failed
        assert not report.changed
        assert len(report.outcomes) == len(plan.going)
        there = {f"data:{each.version}" for each in api.artifacts("dataset", "load/data")}
        there |= {f"shelf:{each.version}" for each in api.artifacts("dataset", "load/shelf")}
        assert there == {row.name for row in plan.staying if row.collection != "other"}
    lines = [json.loads(line) for line in journal.read_text(encoding="utf-8").splitlines()]
    assert len({(line["id"], line["collection_id"]) for line in lines[1:]}) == len(plan.going)
