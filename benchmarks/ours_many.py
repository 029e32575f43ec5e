"""The tasks on many versions with our client: ``python -m benchmarks.ours_many TASK OPTIONS``."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import TypeAlias

from typed_artifacts import Api

from .measure import check, measure, tell
from .ours import inventory

Options: TypeAlias = dict[str, str]


def usage(options: Options) -> dict[str, float]:
    """The usage of a project."""
    api = _ready(options)
    return measure(
        lambda: check(
            api.usage(options["path"]).total.versions == int(options["count"]),
            "versions are missing",
        )
    )


def plan(options: Options) -> dict[str, float]:
    """Plan to delete unused versions, except the newest ten of each collection."""
    api = _ready(options)

    def work() -> None:
        found = api.plan_prune(options["path"], keep_last=10, exact=False)
        check(len(found.rows) == int(options["count"]), "versions are missing")

    return measure(work)


def prune(options: Options) -> dict[str, float]:
    """Plan to delete unused versions, and apply the plan."""
    api = _ready(options)

    def work() -> None:
        found = api.plan_prune(options["path"], keep_last=int(options["keep"]), exact=False)
        report = found.apply(api)
        check(len(report.done) >= int(options["count"]) - 10, "versions are left")

    return measure(work)


def _ready(options: Options) -> Api:
    """A client with an open connection."""
    api = Api()
    next(api.artifact_types(options["path"]))
    return api


TASKS: dict[str, Callable[[Options], dict[str, float]]] = {
    task.__name__: task for task in (usage, inventory, plan, prune)
}

if __name__ == "__main__":
    tell(TASKS[sys.argv[1]](json.loads(sys.argv[2])))
