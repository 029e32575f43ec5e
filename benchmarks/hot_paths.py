"""Profiles the three most used code paths: ``python -m benchmarks.hot_paths``."""

from __future__ import annotations

import tempfile
from pathlib import Path

from typed_artifacts.local import Registry

from .sides import Server, run
from .world import PROJECT, SMALL_FILES, VERSIONS, build, write_small_files

_PATHS = {
    "a listing of 10,000 versions, 50 a page": (
        "versions",
        {"path": f"{PROJECT}/many", "per_page": "50", "count": str(VERSIONS)},
    ),
    "a download of 1,000 x 10 KiB": (
        "download",
        {"path": f"{PROJECT}/small:latest", "count": str(SMALL_FILES)},
    ),
    "`log_artifact` of 1,000 x 10 KiB": (
        "log",
        {"path": f"{PROJECT}/logged", "count": str(SMALL_FILES), "live": "yes"},
    ),
}


def main() -> None:
    """Profile each path once, and print its parts as a table."""
    with tempfile.TemporaryDirectory(prefix="bench-world-") as folder:
        with Registry(folder) as registry:
            build(registry, scale=1)
        with Server(Path(folder)) as server, tempfile.TemporaryDirectory() as files:
            write_small_files(Path(files), seed=7)
            print("| path | part | share |\n|---|---|---|")
            for work, (task, options) in _PATHS.items():
                given = {**options, "folder": files, "max_workers": "4"}
                found = run(server, "ours", task, given, profiling=True)
                every = sum(found.values())
                parts = sorted(found.items(), key=lambda item: -item[1])
                for number, (part, seconds) in enumerate(parts):
                    if seconds >= every / 100:
                        print(f"| {'' if number else work} | {part} | {seconds / every:.0%} |")


if __name__ == "__main__":
    main()
