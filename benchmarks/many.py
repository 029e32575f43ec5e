"""Work on many versions: usage, a plan, and its carrying out, beside the loop that `wandb` needs.

    python -m benchmarks.many --collections 200 --versions 5000

The world is made in bulk in a temporary folder. Half of the versions go.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from typed_artifacts import Api, RequestEvent
from typed_artifacts.local import Registry

T = TypeVar("T")


def main() -> None:
    """Build the world, measure, and print a row for each step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--collections", type=int, default=20)
    parser.add_argument("--versions", type=int, default=500)
    given = parser.parse_args()
    print(f"{given.collections} collections of {given.versions:,} versions each")
    print("| step | seconds | requests | peak memory |\n|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "registry"
        with Registry(root) as registry:
            for number in range(given.collections):
                registry.bulk.versions(
                    f"local/p/c{number:03}", type="t", count=given.versions, alias_every=1_000_000
                )
        sent: list[RequestEvent] = []
        with Api.local(root, on_request=sent.append) as api:
            step("`api.usage()`", sent, lambda: api.usage("local/p"))
            half = given.versions // 2
            plan = step(
                "`api.plan_prune()`",
                sent,
                lambda: api.plan_prune("local/p", keep_last=half, exact=False),
            )
            report = step(f"`apply()` of {len(plan.going):,}", sent, lambda: plan.apply(api))
            loop = step("a loop of `delete()` over a tenth", sent, lambda: one_by_one(api, half))
            print(f"\n{report}\n{loop:,} versions deleted one at a time.")


def one_by_one(api: Api, half: int) -> int:
    """What is done without a plan: list, ask who uses a version, delete it."""
    collection = next(iter(api.artifact_collections("local/p", "t")))
    deleted = 0
    for version in collection.artifacts()[half - half // 10 :]:
        if not version.used_by() and not version.aliases:
            version.delete()
            deleted += 1
    return deleted


def step(title: str, sent: list[RequestEvent], work: Callable[[], T]) -> T:
    """Do one step, and print what it took."""
    sent.clear()
    began = time.perf_counter()
    result = work()
    seconds = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    print(f"| {title} | {seconds:.1f} | {len(sent):,} | {peak:,.0f} MB |", flush=True)
    return result


if __name__ == "__main__":
    main()
