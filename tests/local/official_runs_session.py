"""Run by test_official_client.py as a process of its own: runs that share versions, or are offline.

Like official_session.py it writes down what the official client saw.
"""
# pyright: basic
# pyright: reportOptionalMemberAccess=false
# (the official client's own types are loose: most of its attributes may be None or unknown)

import datetime
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import wandb

from typed_artifacts import Api

seen: dict[str, Any] = {}
here = Path(tempfile.mkdtemp())


def file(name: str) -> str:
    (here / name).write_text(name)
    return str(here / name)


def of_files(name: str, *names: str, incremental: bool = False) -> wandb.Artifact:
    artifact = wandb.Artifact(name, "dataset", incremental=incremental)
    for each in names:
        artifact.add_file(file(each))
    return artifact


def begin_offline() -> None:
    """A child process: what it logs is sent by `wandb sync`."""
    with wandb.init(project="proj", id="offline") as run:
        first = of_files("offline", "one.txt")
        first.metadata = {"x": 1}
        first.ttl = datetime.timedelta(days=3)
        run.log_artifact(first, aliases=["chosen"], tags=["t"])
        run.log_artifact(of_files("offline", "two.txt", incremental=True))
        run.upsert_artifact(of_files("shared", "part.txt"), distributed_id="offline")
        run.finish_artifact(of_files("shared"), distributed_id="offline")


def together(job: str) -> list[Any]:
    """Two runs write a version, a third one ends it."""
    for number in range(2):
        with wandb.init(project="proj", group="group", id=f"{job}-{number}") as run:
            part = of_files("together", f"{number}-{job}.txt")
            run.upsert_artifact(part, distributed_id="job", aliases=[f"part{number}"])
    if job == "first":
        api = wandb.Api()
        listed = api.artifacts("dataset", f"{api.default_entity}/proj/together")
        seen["not yet"] = [len(listed), api.artifact_exists("proj/together:latest")]
    with wandb.init(project="proj", group="group", id=f"{job}-last") as run:
        ended = run.finish_artifact(of_files("together"), distributed_id="job", aliases=["done"])
        ended.wait()
        return [ended.version, sorted(ended.manifest.entries), sorted(ended.aliases)]


if sys.argv[1] == "offline":
    begin_offline()
    sys.exit()
seen["viewer"] = wandb.Api().viewer.username
seen["together"] = [together("first"), together("second")]
with wandb.init(project="proj", group="group", id="ends") as run:
    for name in ("left", "right"):
        run.upsert_artifact(of_files(name, f"{name}.txt"))
    ended = [run.finish_artifact(of_files(name)).wait() for name in ("left", "right")]
    seen["two of a group"] = [list(each.manifest.entries) for each in ended]

offline = {**os.environ, "WANDB_MODE": "offline"}
subprocess.run([sys.executable, __file__, "offline"], env=offline, check=True)
subprocess.run([sys.executable, "-m", "wandb", "sync", "--yes"], check=True)
api = wandb.Api()
seen["made by"] = [
    [a.name for a in api.run(f"proj/first-{which}").logged_artifacts()] for which in (0, 1, "last")
]
versions = api.artifacts("dataset", f"{api.default_entity}/proj/offline", order="version_index")
seen["synced"] = [
    [v.name, v.aliases, v.tags, v.metadata, v.ttl and v.ttl.days, sorted(v.manifest.entries)]
    for v in versions
]
with Api() as ours:
    seen["ours"] = sorted(a.name for a in ours.run("proj/offline").logged_artifacts())
Path(sys.argv[1]).write_text(json.dumps(seen))
os._exit(0)
