"""Work on many versions: usage, a plan, and applying it, compared with a loop of `wandb`.

    python -m benchmarks.many --collections 200 --versions 5000

The registry is created in bulk, and half of its versions are deleted by a plan, with the embedded
registry in the same process. Then a similar registry is served, and the official client deletes
`--loop` of its versions, one at a time. `--folder` keeps the registry, the plan and its journal, so
that another run with the same folder resumes. At the end a project with `--files` files is copied
to a second registry, and from there to a third.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeVar

from typed_artifacts import Api, PrunePlan, PruneProgress, RequestEvent
from typed_artifacts.local import Registry

from .environments import interpreter
from .measure import measure
from .sides import environment

T = TypeVar("T")
PROJECT = "local/p"
# So many settled rows between two lines that say how far it is.
_TOLD = 50_000


def main() -> None:
    """Build a registry, measure, and print a row for each step."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--collections", type=int, default=20)
    parser.add_argument("--versions", type=int, default=500)
    parser.add_argument("--loop", type=int, default=200, help="versions that wandb deletes")
    parser.add_argument("--files", type=int, default=10_800, help="files that are copied")
    parser.add_argument("--folder", type=Path)
    given = parser.parse_args()
    every = given.collections * given.versions
    print(f"{given.collections} collections of {given.versions:,} versions each")
    print("| step | seconds | CPU | requests | memory grown |\n|---|---|---|---|---|", flush=True)
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.folder or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        build(folder / "registry", given.collections, given.versions)
        sent: list[RequestEvent] = []
        with Api.local(folder / "registry", on_request=sent.append) as api:
            step(f"`api.usage()` of {every:,}", sent, lambda: api.usage(PROJECT))
            plan = planned(api, folder / "plan.jsonl", given.versions // 2, sent)
            applied(api, plan, folder / "journal", sent)
        if given.loop:
            one_by_one(folder / "served", given.loop)
    if given.files:
        copy_to_another_and_a_third(given.files, sent)


def build(root: Path, collections: int, versions: int) -> None:
    """Build the registry in a new process, so that its memory is not measured."""
    code = f"from benchmarks.many import fill; fill({str(root)!r}, {collections}, {versions})"
    if not root.exists():
        subprocess.run([sys.executable, "-c", code], check=True)


def fill(root: str, collections: int, versions: int) -> None:
    """Some collections with so many versions each; the newest alone has an alias."""
    with Registry(root) as registry:
        for number in range(collections):
            registry.bulk.versions(
                f"{PROJECT}/c{number:03}", type="t", count=versions, alias_every=1_000_000
            )


def planned(api: Api, file: Path, keep: int, sent: list[RequestEvent]) -> PrunePlan:
    """The plan: an existing one, or a new one."""
    if file.exists():
        return PrunePlan.from_jsonl(file)
    plan = step(
        "`api.plan_prune()`",
        sent,
        lambda: api.plan_prune(PROJECT, keep_last=keep, exact=False),
    )
    step("`plan.to_jsonl()` and back", sent, lambda: PrunePlan.from_jsonl(plan.to_jsonl(file)))
    return plan


def applied(api: Api, plan: PrunePlan, journal: Path, sent: list[RequestEvent]) -> None:
    """Apply the plan, and print its progress."""
    began, told = time.perf_counter(), 0

    def tell(event: PruneProgress) -> None:
        nonlocal told
        if event.done >= told + _TOLD:
            told = event.done
            seconds = time.perf_counter() - began
            print(f"  {event.done:,} of {event.total:,} after {seconds:,.0f} s", flush=True)

    report = step(
        f"`apply()` of {len(plan.going):,}",
        sent,
        lambda: plan.apply(api, journal=journal, progress=tell),
    )
    print(f"\n{report}\n", flush=True)


def one_by_one(root: Path, count: int) -> None:
    """The loop with the official client that does the same without plans."""
    build(root, 1, 2 * count)
    with tempfile.TemporaryDirectory() as home:
        server = subprocess.Popen(
            [sys.executable, "-m", "typed_artifacts", "serve", "--root", str(root), "--port", "0"],
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            around = environment(*_address(server), Path(home))
            options = json.dumps({"path": PROJECT, "keep": str(count), "count": str(count)})
            command = [interpreter("official"), "-m", "benchmarks.official", "prune", options]
            done = subprocess.run(
                command, env=around, check=True, stdout=subprocess.PIPE, text=True
            )
            print(f"`wandb`, a loop over {count:,}: {done.stdout.splitlines()[-1]}", flush=True)
        finally:
            server.terminate()
            server.wait()


def copy_to_another_and_a_third(count: int, sent: list[RequestEvent]) -> None:
    """Copy versions of a hundred files each to a second registry, and from there to a third."""
    with tempfile.TemporaryDirectory() as temporary:
        roots = [Path(temporary) / name for name in ("one", "two", "three")]
        code = f"from benchmarks.many import fill_with_files; fill_with_files({str(roots[0])!r}, "
        subprocess.run([sys.executable, "-c", f"{code}{count})"], check=True)
        for title, start, end in zip(("there", "back"), roots, roots[1:], strict=False):
            with (
                Api.local(start, on_request=sent.append) as api,
                Api.local(end, on_request=sent.append) as other,
            ):
                copying = partial(api.copy, PROJECT, PROJECT, to=other, versions="all")
                report = step(f"`copy` of {count:,} files, {title}", sent, copying)
                print(f"\n{report}\n", flush=True)


def fill_with_files(root: str, count: int) -> None:
    """Versions of a hundred files in twelve collections; every second one shares its files."""
    with Registry(root) as registry, registry.batch():
        for number in range(count // 100):
            registry.log_version(
                f"{PROJECT}/set-{number % 12}",
                type="dataset",
                files={f"{name:03}.bin": f"{number // 2} {name}" * 50 for name in range(100)},
                aliases=[f"n{number}"],
            )


def _address(server: subprocess.Popen[str]) -> tuple[str, str]:
    """The URL and the key that a server prints when it starts."""
    key = url = ""
    while not url and server.stdout is not None and (line := server.stdout.readline()):
        key = line.rpartition(" ")[2].strip() if line.startswith("API key") else key
        url = line.rpartition(" ")[2].strip() if "serves on" in line else url
    return url, key


def step(title: str, sent: list[RequestEvent], work: Callable[[], T]) -> T:
    """Do one step, and print its figures."""
    sent.clear()
    results: list[T] = []
    cost = measure(lambda: results.append(work()))
    figures = f"{cost['wall']:,.1f} | {cost['cpu']:,.1f} | {len(sent):,} | {cost['grown']:,.0f} MiB"
    print(f"| {title} | {figures} |", flush=True)
    return results[0]


if __name__ == "__main__":
    main()
