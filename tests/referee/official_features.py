"""Run as a process of its own: the official client looks at a server that lacks features."""

import json
import sys
from pathlib import Path

import wandb
from wandb.apis import public

from tests.referee.evaluating import names_of
from tests.referee.older import look_at_older

api = wandb.Api()
exported = {**vars(public), "Artifact": wandb.Artifact}
names = names_of(api, api._service_api, exported, Path(sys.argv[1]))
json.dump(look_at_older(names, "official"), sys.stdout)
