"""The contents of the registry of the benchmarks."""

from __future__ import annotations

import random
from base64 import b64encode
from pathlib import Path

from typed_artifacts.local import Registry

USER = "local"
KEY = "bench" + "0123456789abcdef" * 3
PROJECT = f"{USER}/bench"
ALIASED = f"{USER}/aliased"
INVENTORY = f"{USER}/inventory"

VERSIONS = FILES = 10_000
ALIASED_COLLECTIONS = 200
INVENTORY_COLLECTIONS, INVENTORY_VERSIONS = 100, 50
SMALL_FILES, SMALL_SIZE = 1_000, 10 << 10
SAVED = 4
LARGE_FILES, LARGE_SIZE = 4, 100 << 20


def build(registry: Registry, *, scale: float = 1.0) -> None:
    """Create the data of all rows; ``scale`` reduces the counts for a quick run."""
    count = scaled(VERSIONS, scale)
    registry.bulk.versions(f"{PROJECT}/many", type="dataset", count=count)
    with registry.batch():
        names = {f"part-{number // 100:03}/{number:06}.txt": "x" for number in range(count)}
        registry.log_version(f"{PROJECT}/files", type="files", files=names)
        registry.log_version(f"{PROJECT}/small", type="bytes", files=small_files())
        for number in range(ALIASED_COLLECTIONS):
            registry.log_version(
                f"{ALIASED}/set-{number:03}",
                type="dataset",
                files={"data.txt": "x"},
                aliases=["best", f"alias-{number}"],
            )
        for number in range(SAVED):
            path = f"{PROJECT}/saved-{number}"
            registry.log_version(path, type="dataset", files={"data.txt": str(number)})
    large = small_content(0, 1 << 20)
    repeats = int(LARGE_SIZE * scale) // len(large)
    registry.log_version(
        f"{PROJECT}/large",
        type="bytes",
        files={
            f"{number}.bin": number.to_bytes(8, "big") + large * max(repeats, 1)
            for number in range(LARGE_FILES)
        },
    )
    for number in range(INVENTORY_COLLECTIONS):
        kind = ("dataset", "model", "result")[number % 3]
        path = f"{INVENTORY}/set-{number:03}"
        registry.bulk.versions(path, type=kind, count=INVENTORY_VERSIONS)


def scaled(count: int, scale: float) -> int:
    """A count at that scale, in whole thousands so that pages are full."""
    return max(int(count * scale) // 1000 * 1000, 1000)


def small_files(seed: int = 0) -> dict[str, bytes]:
    """Small files for a download or an upload; their content depends on the seed."""
    return {
        f"dir-{number % 10}/{number:04}.bin": small_content(seed * 1_000_000 + number, SMALL_SIZE)
        for number in range(SMALL_FILES)
    }


def small_content(seed: int, size: int) -> bytes:
    """Bytes that are in no digest cache."""
    return random.Random(seed).randbytes(size)  # noqa: S311 - content, not a secret


def write_small_files(folder: Path, seed: int) -> None:
    """The files of an upload, in a folder."""
    for name, content in small_files(seed=seed).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def request_headers() -> dict[str, str]:
    """The headers of a request to the server, key included."""
    token = b64encode(f"api:{KEY}".encode()).decode()
    return {"authorization": f"Basic {token}", "content-type": "application/json"}
