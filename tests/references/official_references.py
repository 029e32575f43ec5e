"""Run by test_official_references.py as a process of its own: the official client and references.

Takes a file with the URIs by name; logs them, downloads what was logged before, writes what it saw.
"""

# pyright: basic
import json
import sys
from pathlib import Path

import wandb

uris, seen, folder = (Path(argument) for argument in sys.argv[1:])
with wandb.init(project="refs") as run:
    artifact = wandb.Artifact("theirs", "dataset")
    for name, uri in json.loads(uris.read_text()).items():
        artifact.add_reference(uri, name=name)
    run.log_artifact(artifact)
    artifact.wait()
    ours = run.use_artifact("ours:latest")
    ours.download(str(folder))
    seen.write_text(json.dumps({"digest": artifact.digest}))
