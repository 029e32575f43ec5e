"""What our client logs and changes, for the official one to read."""

import datetime
from pathlib import Path

from tests.referee.world import PROJECT, USER
from typed_artifacts import Api

FILES = {"a.txt": "alpha", "sub/b ü.txt": "beta" * 100, "empty": ""}


def log(api: Api, folder: Path, *, registries: bool = True) -> None:
    """A collection of two versions from a folder, a file of a run's, and bytes."""
    place = f"{USER}/{PROJECT}"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    api.log_artifact(
        f"{place}/by-us",
        type="dataset",
        files=folder,
        aliases=["first", "x y.z"],
        tags=["made", "two words"],
        metadata={"rows": 3, "nested": {"a": [1, 2.5, None]}, "name": "ü"},
        description="Logged by the other client",
        ttl=datetime.timedelta(days=7),
    )
    api.log_artifact(f"{place}/by-us", type="dataset", files=folder)  # nothing new
    second = api.log_artifact(f"{place}/by-us", type="dataset", files={"in/memory.bin": b"\0\1"})
    api.log_artifact(
        f"{place}/by-us-in-a-run",
        type="model",
        files=folder / "a.txt",
        run=api.run(f"{place}/maker"),
    )
    second.link(f"{place}/by-us-linked", aliases=["chosen"])
    if registries:
        second.link(f"{USER}-org/wandb-registry-shelf/by-us")
