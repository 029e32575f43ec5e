"""The rows of the table: the task, the sides, and the goals."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path

from . import async_rows, distance_rows
from .installed import installed_size, own_size
from .many_rows import prune
from .server_pages import page_seconds
from .sides import Figures, Server, cpu_of, rounds, run
from .table_row import Row
from .upload_rows import edit_one, log_large, log_many
from .world import (
    ALIASED,
    INVENTORY,
    INVENTORY_COLLECTIONS,
    INVENTORY_VERSIONS,
    LARGE_FILES,
    PROJECT,
    SMALL_FILES,
    VERSIONS,
    scaled,
    write_small_files,
)

BOTH, ALL, OURS = ["ours", "official"], ["ours", "official", "floor"], ["ours"]
_LATENCY = 0.05
_PIPELINE = """
for version in api.artifacts("dataset", "team/project/mnist", tags=["gold"]):
    print(version.name, version.aliases, version.created_at)
    if "old" in version.tags:
        version.tags.remove("old")
        version.save()
artifact = api.artifact("team/project/mnist:latest")
artifact.download("data")
"""
PIPELINES = {
    "ours": f"from typed_artifacts import Api\n\napi = Api()\n{_PIPELINE}",
    "official": f"import wandb\n\napi = wandb.Api()\n{_PIPELINE}",
}


class Bench:
    """All rows, in the order of the table."""

    def __init__(self, server: Server, *, scale: float, count: int) -> None:
        self._server = server
        self.scale = scale
        self._rounds = count
        self._count = scaled(VERSIONS, scale)

    def rows(self) -> dict[str, Callable[[], Row]]:
        """Each row by a short name."""
        return {
            "installed": self.installed,
            "import": self.imported,
            "typed": self.typed,
            "start": self.start,
            "versions-50": lambda: self.versions(50, 9, 1.3),
            "versions-1000": lambda: self.versions(1000, 13, 1.3),
            "versions-50-async": lambda: self.versions_async(50),
            "versions-1000-async": lambda: self.versions_async(1000),
            "listings-async": lambda: async_rows.listings(self._server, self._listed),
            "files-50": lambda: self.files(50),
            "files-1000": lambda: self.files(1000),
            "million": self.million,
            "prefetch": self.prefetch,
            "save": lambda: self.save(changed=True),
            "save-unchanged": lambda: self.save(changed=False),
            "aliases": self.aliases,
            "inventory": self.inventory,
            "download-small": lambda: self.download("small", SMALL_FILES, 5),
            "download-large": lambda: self.download("large", LARGE_FILES, 1.5),
            "download-small-async": lambda: self.download_async("small", SMALL_FILES),
            "download-large-async": lambda: self.download_async("large", LARGE_FILES),
            "download-small-20": lambda: self.download_away("small", SMALL_FILES, 20, 5),
            "download-small-100": lambda: self.download_away("small", SMALL_FILES, 100, 5),
            "download-large-20": lambda: self.download_away("large", LARGE_FILES, 20, 1.5),
            "log": self.log,
            "log-many": lambda: log_many(self.scale),
            "log-large-md5": lambda: log_large(self.scale, "md5"),
            "log-large-xxh128": lambda: log_large(self.scale, "xxh128"),
            "manifest": self.manifest,
            "edit-one": lambda: edit_one(self.scale),
            "prune": lambda: prune(self.scale),
            "server": self.server,
        }

    def installed(self) -> Row:
        sizes = {"ours": own_size() / 2**20, "official": installed_size("wandb") / 2**20}
        row = Row.once("installed, with dependencies", {k: {"MiB": v} for k, v in sizes.items()})
        row.at_most("of wandb's", sizes["ours"] / max(sizes["official"], 1e-9), 0.2)
        return row

    def imported(self) -> Row:
        codes = {"bare": "pass", "ours": "import typed_artifacts", "official": "import wandb"}
        heavy = "{'httpx', 'pydantic'}"
        check = f"import sys, typed_artifacts; sys.exit(not {heavy}.isdisjoint(sys.modules))"
        cpu_of("ours", "-c", check)
        found = rounds(7, list(codes), lambda side, _: {"cpu": cpu_of(side, "-c", codes[side])})
        bare = found.pop("bare")
        row = Row(
            "import, beyond a bare interpreter",
            {
                side: [
                    {"cpu": each["cpu"] - nothing["cpu"]}
                    for each, nothing in zip(runs, bare, strict=True)
                ]
                for side, runs in found.items()
            },
        )
        row.at_most("CPU", row.sides["ours"]["cpu"] * 1000, 15, " ms")
        row.at_least("cheaper than wandb", row.ratio("cpu", "official"), 40)
        return row

    def typed(self) -> Row:
        def once(side: str, _: int) -> Figures:
            with tempfile.TemporaryDirectory(prefix="bench-mypy-") as temporary:
                # Not in the checkout, whose settings of mypy are no user's.
                folder = Path(temporary)
                (folder / "pipeline.py").write_text(PIPELINES[side], encoding="utf-8")
                checked = partial(
                    cpu_of, side, "-m", "mypy", "--strict", "pipeline.py", folder=folder
                )
                return {"cpu": checked(), "warm": checked()}

        row = Row("mypy --strict of a ten-line pipeline", rounds(3, BOTH, once))
        row.at_most("cold, CPU of wandb's", row.ratio("cpu", "ours", "official"), 0.5)
        row.at_most("warm, CPU of wandb's", row.ratio("warm", "ours", "official"), 0.7)
        return row

    def start(self) -> Row:
        row = self._measured("process start to the first page", BOTH, "start", {"path": self._many})
        row.at_least("faster than wandb", row.ratio("wall", "official"), 4)
        ours = row.sides["ours"]
        row.at_most("child processes", ours["children"], 0, "")
        row.at_most("files written to the home", ours["written"], 0, "")
        row.at_most("requests", ours["requests"], 1, "")
        return row

    def versions(self, per_page: int, faster: float, floor: float) -> Row:
        options = {"path": self._many, "per_page": str(per_page), "count": str(self._count)}
        row = self._measured(
            f"{self._count:,} versions, {per_page:,} a page", ALL, "versions", options
        )
        row.at_least("faster than wandb", row.ratio("wall", "official"), faster)
        row.at_most("CPU of the floor's", row.ratio("cpu", "ours", "floor"), floor)
        return row

    def files(self, per_page: int) -> Row:
        options = {
            "path": f"{PROJECT}/files:latest",
            "per_page": str(per_page),
            "count": str(self._count),
        }
        row = self._measured(f"{self._count:,} files, {per_page:,} a page", ALL, "files", options)
        row.at_least("faster than wandb", row.ratio("wall", "official"), 4)
        return row

    def million(self) -> Row:
        pages = max(int(1000 * self.scale), 100)
        options = {"path": self._many, "pages": str(pages)}
        row = self._measured(f"pages() over {pages * 1000:,} versions", OURS, "million", options, 1)
        row.at_most("memory grown", row.sides["ours"]["grown"], 4, " MiB")
        return row

    def prefetch(self) -> Row:
        options = {"path": self._many, "latency": str(_LATENCY)}
        work = f"{self._count:,} versions, 50 ms a request, 1 ms of work each"
        row = self._measured(work, OURS, "used", options, 1)
        ours = row.sides["ours"]
        # One request more than pages: the one that opened the connection, before the clock.
        waited = (ours["requests"] - 1) * _LATENCY
        row.at_most("wall of the larger sum", ours["wall"] / max(ours["work"], waited), 1.15)
        return row

    def save(self, *, changed: bool) -> Row:
        def once(side: str, _: int) -> Figures:
            number = BOTH.index(side) + (0 if changed else 2)
            options = {"path": f"{PROJECT}/saved-{number}", "changed": "yes" if changed else "no"}
            return run(self._server, side, "save", {**options, "live": "yes"})

        changes = "name, description, type and tags" if changed else "nothing changed"
        row = Row(f"save of a collection: {changes}", rounds(1, BOTH, once))
        row.at_most("requests", row.sides["ours"]["requests"], 1 if changed else 0, "")
        return row

    def aliases(self) -> Row:
        row = self._measured("aliases of 200 collections", BOTH, "aliases", {"path": ALIASED}, 1)
        row.at_most("requests", row.sides["ours"]["requests"], 4, "")
        return row

    def inventory(self) -> Row:
        count = INVENTORY_COLLECTIONS * INVENTORY_VERSIONS
        options = {"path": INVENTORY, "count": str(count), "latency": str(_LATENCY)}
        work = f"inventory of {INVENTORY_COLLECTIONS} collections x {INVENTORY_VERSIONS}, 50 ms"
        row = self._measured(work, BOTH, "inventory", options, min(self._rounds, 2))
        row.at_least("fewer requests", row.ratio("requests", "official"), 20)
        row.at_least("faster than wandb", row.ratio("wall", "official"), 10)
        return row

    def versions_async(self, per_page: int) -> Row:
        return async_rows.versions(
            self._server, self._many, count=self._count, per_page=per_page, times=self._rounds
        )

    def download_async(self, name: str, count: int) -> Row:
        path = f"{PROJECT}/{name}:latest"
        return async_rows.download(
            self._server, path, count=count, size=self._size(name), times=self._rounds
        )

    def download_away(self, name: str, count: int, milliseconds: int, faster: float) -> Row:
        return distance_rows.download(
            self._server,
            f"{PROJECT}/{name}:latest",
            count=count,
            size=self._size(name),
            milliseconds=milliseconds,
            faster=faster,
        )

    def _size(self, name: str) -> str:
        return "10 KiB" if name == "small" else f"{100 * self.scale:g} MiB"

    def download(self, name: str, count: int, faster: float) -> Row:
        options = {"path": f"{PROJECT}/{name}:latest", "count": str(count)}
        work = f"download of {count:,} x {self._size(name)}, verified"
        row = self._measured(work, ALL, "download", options)
        row.at_least("faster than wandb", row.ratio("wall", "official"), faster)
        if name == "large":
            row.at_most("memory over idle", row.sides["ours"]["grown"], 64, " MiB")
        return row

    def log(self) -> Row:
        def once(side: str, number: int) -> Figures:
            with tempfile.TemporaryDirectory(prefix="bench-log-") as folder:
                write_small_files(Path(folder), seed=1 + number * 2 + BOTH.index(side))
                path = f"{PROJECT}/logged-{side}-{number}"
                options = {"path": path, "folder": folder, "count": str(SMALL_FILES)}
                return run(self._server, side, "log", {**options, "live": "yes"})

        row = Row(f"log_artifact of {SMALL_FILES:,} x 10 KiB", rounds(self._rounds, BOTH, once))
        row.at_least("faster than wandb", row.ratio("wall", "official"), 1.8)
        return row

    def manifest(self) -> Row:
        count = int(1_000_000 * self.scale)
        row = self._measured(
            f"reading a manifest of {count:,} entries", OURS, "manifest", {"count": str(count)}, 1
        )
        ours = row.sides["ours"]
        row.at_most("CPU of json.loads", ours["cpu"] / max(ours["floor"], 1e-9), 1.5)
        row.at_most("memory an entry", ours["grown"] * 1024 / count, 1, " KiB")
        return row

    def server(self) -> Row:
        counts = (10_000, int(1_000_000 * self.scale))
        small, large = page_seconds(counts)
        row = Row.once(f"embedded server: a page of 50 of {counts[1]:,}", {"ours": {"wall": large}})
        row.at_most(f"of the time at {counts[0]:,}", large / small, 1.5)
        return row

    @property
    def _listed(self) -> str:
        return f"{INVENTORY}/set-000"

    @property
    def _many(self) -> str:
        return f"{PROJECT}/many"

    def _measured(
        self, work: str, sides: list[str], task: str, options: dict[str, str], count: int = 0
    ) -> Row:
        # The first run of each side fills the server's memory, and is not counted.
        warm = {"used", "million", "inventory", "manifest"}
        for side in sides if task not in warm else ():
            run(self._server, side, task, options)
        if task == "inventory":
            for side in sides:
                run(self._server, side, task, {**options, "latency": "0"})
        sys.stderr.write(f"{work} …\n")
        found = rounds(
            count or self._rounds, sides, lambda side, _: run(self._server, side, task, options)
        )
        return Row(work, found)
