"""Run as a process of its own: the official client changes its twin, then looks at everything."""

import json
import sys
from pathlib import Path

import wandb
from wandb.apis import public

from tests.referee.differences import DIFFERENCES
from tests.referee.evaluating import names_of
from tests.referee.looking import Membership, edit, look, look_finally, move
from tests.referee.members import members_of

exported = {**vars(public), "Artifact": wandb.Artifact, "ArtifactTTL": wandb.ArtifactTTL}
api = wandb.Api()
names = names_of(api, api._service_api, exported, Path(sys.argv[1]))
names["wandb"] = wandb
edits = edit(names, "official")
probes = look(names)
moves = move(names, (before for before, _ in DIFFERENCES.moves))
seen = Membership(probes, edits, look_finally(names), moves, members_of(exported))
json.dump(seen._asdict(), sys.stdout)
