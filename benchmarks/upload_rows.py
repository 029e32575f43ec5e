"""Rows about logging many files and large files, each on a new server."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path

from typed_artifacts.local import Registry

from .sides import Figures, Server, rounds, run
from .table_row import Row
from .world import PROJECT, scaled, small_content

GIB = 1 << 30
LARGE = 4
_MANY, _EDITED = 100_000, 10_000
_BOTH = ["ours", "official"]
_STORED = f"{PROJECT}/stored"
_ANY = {"a": "a"}  # so that there is a project
_MIB = 1 << 20


def log_many(scale: float) -> Row:
    """Many small files, with both clients."""
    count = scaled(_MANY, scale)

    def once(side: str, _: int) -> Figures:
        with space(2 * count * 4096) as root, own_server(root, _ANY) as server:
            source_folder(root, count)
            return run(server, side, "log", logging_options(root, count))

    row = Row(f"log_artifact of {count:,} x 1 KiB", rounds(1, _BOTH, once))
    row.at_least("faster than wandb", row.ratio("wall", "official"), 1)
    row.at_most("memory over idle", row.sides["ours"]["grown"], 64, " MiB")
    return row


def log_large(scale: float, digest: str) -> Row:
    """A few large files; the official client hashes with XXH128 where the server takes it."""
    size = int(GIB * scale)
    sides = _BOTH if digest == "xxh128" else ["ours"]

    def once(side: str, _: int) -> Figures:
        with space(2 * LARGE * size) as root, own_server(root, _ANY) as server:
            large_files(root / "source", size)
            return run(server, side, "log", {**logging_options(root, LARGE), "digest": digest})

    work = f"log_artifact of {LARGE} x {size / GIB:g} GiB, {digest}"
    row = Row(work, rounds(1, sides, once))
    if digest == "xxh128":
        row.at_least("faster than wandb", row.ratio("wall", "official"), 1)
    row.at_most("memory over idle", row.sides["ours"]["grown"], 64, " MiB")
    return row


def edit_one(scale: float) -> Row:
    """Replace one file in a version with many, with both clients, without local files."""
    count = scaled(_EDITED, scale)
    names = [f"part-{number // 100:03}/{number:06}.txt" for number in range(count)]

    def once(side: str, _: int) -> Figures:
        with space(0) as root, own_server(root, dict.fromkeys(names, "x")) as server:
            (root / "new.txt").write_text("new", encoding="utf-8")
            options = {"path": _STORED, "count": str(count), "live": "yes"}
            options |= {"name": names[count // 2], "file": str(root / "new.txt")}
            return run(server, side, "edit", options)

    row = Row(f"edit of one file in a version of {count:,}", rounds(3, _BOTH, once))
    row.at_least("faster than wandb", row.ratio("wall", "official"), 1)
    row.at_most("requests", row.sides["ours"]["requests"], 12, "")
    return row


def source_folder(root: Path, count: int) -> Path:
    """A folder with that number of files of 1 KiB."""
    folder = root / "source"
    for number in range(count):
        path = folder / f"{number // 1000:03}" / f"{number:06}.bin"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(small_content(number, 1024))
    return folder


def large_files(folder: Path, size: int) -> None:
    """A folder with a few files of that size in bytes."""
    folder.mkdir()
    for number in range(LARGE):
        with (folder / f"{number}.bin").open("wb") as file:
            for place in range(0, size, 64 * _MIB):
                file.seek(place)
                file.write(small_content(number, _MIB))
            file.truncate(size)


def logging_options(root: Path, count: int) -> dict[str, str]:
    """The options of the task that logs a folder."""
    source = str(root / "source")
    return {"path": f"{PROJECT}/logged", "folder": source, "count": str(count), "live": "yes"}


@contextmanager
def space(room: int) -> Generator[Path]:
    """A temporary folder on a disk with that many free bytes."""
    free = shutil.disk_usage(tempfile.gettempdir()).free
    elsewhere = None if free > 2 * room else "/var/tmp"  # noqa: S108 - a folder of its own in it
    with tempfile.TemporaryDirectory(prefix="bench-log-", dir=elsewhere) as folder:
        yield Path(folder)


@contextmanager
def own_server(root: Path, files: Mapping[str, str]) -> Generator[Server]:
    """A temporary server with one version of these files."""
    with Registry(root / "registry") as registry:
        registry.log_version(_STORED, type="bytes", files=files)
    with served(root / "registry") as server:
        yield server


@contextmanager
def served(registry: Path) -> Generator[Server]:
    """A server of the registry in a folder; the previous server is used again afterwards."""
    before = os.environ.get("WANDB_BASE_URL", "")
    with Server(registry) as server:
        yield server
    os.environ["WANDB_BASE_URL"] = before
