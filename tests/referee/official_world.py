"""Run as a process of its own: the official client logs the world that both clients read."""

# pyright: reportUnknownVariableType=false, reportUnknownMemberType=false
# (the official client leaves type arguments open)

import datetime
import sys
from pathlib import Path

import wandb

from tests.referee.world import PROJECT, TWINS

FILES = {
    "readme.txt": "A folder of files.\n",
    "sub/a b.csv": "x,y\n1,2\n",
    "sub/deep/ünï.json": '{"k": "ü"}',
    "empty": "",
    "large.bin": "0123456789abcdef" * 20_000,
}
#: Names that are odd, and names all the same.
ODD = dict.fromkeys(
    [
        "AC\u29f8DC - Live.wav",
        "1\u20442 cup/a\u2215b.txt",
        "what? *why* <b>|c.txt",
        "100% sure?v=1#top.txt",
        'it\'s "quoted".txt',
        "a\\b.txt",
        "\u202egnp.txt",
    ],
    "odd",
)


def written(folder: Path, files: dict[str, str]) -> Path:
    """A folder with these files."""
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def logged(
    run: wandb.Run, artifact: wandb.Artifact, *aliases: str, tags: list[str] | None = None
) -> wandb.Artifact:
    run.log_artifact(artifact, aliases=list(aliases) or None, tags=tags)
    return artifact.wait()


def log_folder(run: wandb.Run, here: Path) -> None:
    """A collection of four versions; the same content twice makes one."""
    first = wandb.Artifact(
        "data",
        "dataset",
        description="The first of them",
        metadata={"rows": 3, "nested": {"a": [1, 2.5, None]}, "name": "ü"},
    )
    first.add_dir(str(written(here / "folder", FILES)))
    logged(run, first, "best", "x.y z", tags=["raw", "two words"])
    again = wandb.Artifact("data", "dataset")
    again.add_dir(str(here / "folder"))
    logged(run, again, "again")
    for number in (1, 2):
        more = wandb.Artifact("data", "dataset", incremental=True)
        more.add_file(
            str(
                written(here / f"more{number}", {f"new{number}.txt": f"new {number}"})
                / f"new{number}.txt"
            )
        )
        logged(run, more, tags=["raw"] if number == 2 else None)
    last = wandb.Artifact("data", "dataset")
    last.add_file(str(here / "folder" / "readme.txt"), name="only.txt")
    last.ttl = datetime.timedelta(days=30)
    logged(run, last)


def log_others(run: wandb.Run, here: Path) -> None:
    """A single file, a reference, and many small collections to page through."""
    for step in range(3):
        run.log({"loss": 1 / (step + 1)})
    single = wandb.Artifact("weights", "model", metadata={"accuracy": 0.9})
    single.add_file(str(written(here / "one", {"weights.bin": "w" * 1000}) / "weights.bin"))
    logged(run, single, "prod")
    away = wandb.Artifact("away", "dataset")
    away.add_reference("https://example.com/x.csv", name="x.csv", checksum=False)
    away.add_reference(f"file://{here / 'one'}", checksum=True)
    logged(run, away)
    lent = wandb.Artifact("lent", "dataset")
    lent.add_reference(single.get_entry("weights.bin").ref_url(), name="again.bin")
    lent.add_reference(f"file://{here / 'one' / 'weights.bin'}", name="from here.bin")
    logged(run, lent)
    odd = wandb.Artifact("odd", "audio")
    odd.add_dir(str(written(here / "odd", ODD)))
    logged(run, odd)
    for number in range(5):
        small = wandb.Artifact(f"small{number}", "table")
        with small.new_file("n.txt") as file:
            file.write(f"number {number}")
        logged(run, small)


def log_twins(run: wandb.Run) -> None:
    """Collections that each client changes in the same way, its own each."""
    for twin in TWINS.values():
        for number in range(4):
            version = wandb.Artifact(twin, "dataset", metadata={"number": number})
            with version.new_file("number.txt") as file:
                file.write(f"number {number}")
            logged(run, version, f"number{number}")
        gone = wandb.Artifact(f"gone-{twin}", "dataset")
        gone.add_reference("https://example.com/gone", checksum=False)
        logged(run, gone)


def main(here: Path, *, registries: bool) -> None:
    with wandb.init(
        project=PROJECT,
        id="maker",
        name="The maker",
        job_type="train",
        config={"lr": 0.5, "net": {"value": [1, None]}},
    ) as run:
        log_folder(run, here)
        log_others(run, here)
        log_twins(run)
    with wandb.init(
        project=PROJECT, id="user", name="The user", group="readers", tags=["t"]
    ) as run:
        used = run.use_artifact("data:best", use_as="input")
        weights = run.use_artifact("weights:latest")
        weights.link(f"{weights.entity}/{PROJECT}/best-weights", aliases=["live"])
        used.link(f"{used.entity}/{PROJECT}/chosen", aliases=["staging"])
    alone = wandb.Artifact("alone", "dataset", description="Saved without a run")
    with alone.new_file("alone.txt") as file:
        file.write("alone")
    alone.save(project=PROJECT)
    alone.wait()
    spaced = wandb.Artifact("alone", "dataset")
    spaced.add_reference("https://example.com/alone", checksum=False)
    spaced.save(project="two words")
    spaced.wait()
    api = wandb.Api()
    entity = api.default_entity
    best = api.artifact(f"{entity}/{PROJECT}/data:best")
    latest = api.artifact(f"{entity}/{PROJECT}/data:latest")
    latest.link(f"{entity}/{PROJECT}/chosen", aliases=["newest"])
    if registries:
        for name in ("annex", "shelf"):
            api.create_registry(name, visibility="organization", organization=f"{entity}-org")
        weights.link(f"{entity}-org/wandb-registry-annex/middle")
        best.link(f"{entity}-org/wandb-registry-shelf/picked", aliases=["live"])


main(Path(sys.argv[1]), registries="older" not in sys.argv)
