"""Run as a process of its own: the calls of a run in docs/upstream.md, with the official client."""

import os
import sys

import wandb

from tests.referee.differences import DIFFERENCES
from tests.referee.world import PROJECT, USER

os.chdir(sys.argv[1])
names: dict[str, object] = {"wandb": wandb, "E": USER, "P": f"{USER}/{PROJECT}"}
with wandb.init(project=PROJECT, id="mover") as run:
    names |= {"api": wandb.Api(), "run": run}
    for before, _ in DIFFERENCES.run_calls:
        exec(before, names)  # noqa: S102 - a row of our own page
