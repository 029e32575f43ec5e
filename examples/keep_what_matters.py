"""Keep what matters of a project: delete old versions in two steps, and say what came free.

Run it with a project; the plan is written for somebody to look at, and applied the second time:
python examples/keep_what_matters.py team/project plan.jsonl
python examples/keep_what_matters.py team/project plan.jsonl --apply
"""

import sys
from datetime import timedelta
from pathlib import Path

from typed_artifacts import Api, PrunePlan, PruneReport

KEPT_ALIASES = ("latest", "best", "production", "release-*")


def plan(api: Api, project: str, file: Path) -> PrunePlan:
    """Plan what goes: what is older than a month, and no run, alias or release needs."""
    made = api.plan_prune(
        project, keep_last=3, keep_aliases=KEPT_ALIASES, older_than=timedelta(days=30)
    )
    made.to_jsonl(file)
    return made


def apply(api: Api, file: Path) -> PruneReport:
    """Delete what was planned; it may be stopped, and goes on where it was."""
    report = PrunePlan.from_jsonl(file).apply(api, journal=f"{file}.journal", pace=50)
    report.raise_if_failed()
    return report


def main(api: Api, project: str, file: str, *options: str) -> PrunePlan | PruneReport:
    """Plan, or apply what was planned."""
    if "--apply" in options:
        return apply(api, Path(file))
    return plan(api, project, Path(file))


if __name__ == "__main__":
    with Api() as opened:
        print(main(opened, *sys.argv[1:]))
