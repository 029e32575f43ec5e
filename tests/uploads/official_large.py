"""Run by test_large_files.py as a process of its own: the official client logs one large file.

It also downloads, and so checks, what our client has logged.
"""
# pyright: basic
# (the official client's own types are loose)

import sys

import wandb

with wandb.init(project="p") as run:
    artifact = wandb.Artifact("c", "model")
    artifact.add_file(sys.argv[1], policy="immutable")
    run.log_artifact(artifact)
    artifact.wait()
    sys.stdout.write(f"{artifact.version} {artifact.size}\n")

ours = wandb.Api().artifact("p/ours:v0")
ours.download(sys.argv[2])
sys.stdout.write(f"{ours.digest_algorithm.name}\n")
