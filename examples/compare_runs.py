"""Compare what two runs used: which inputs were added, dropped, or taken in another version.

Run it with the paths of two runs: python examples/compare_runs.py team/project/a team/project/b
"""

import sys
from dataclasses import dataclass

from typed_artifacts import Api


@dataclass(frozen=True)
class Change:
    """A collection of which two runs used different versions; ``None`` where one used none."""

    collection: str
    before: str | None
    after: str | None


def used(api: Api, run: str) -> dict[str, str]:
    """The versions that a run used, by the collection they come from."""
    return {
        artifact.qualified_name.partition(":")[0]: artifact.version
        for artifact in api.run(run).used_artifacts()
    }


def main(api: Api, before: str, after: str) -> list[Change]:
    """Every difference between the inputs of two runs, by name."""
    old, new = used(api, before), used(api, after)
    return [
        Change(collection, old.get(collection), new.get(collection))
        for collection in sorted(old.keys() | new.keys())
        if old.get(collection) != new.get(collection)
    ]


if __name__ == "__main__":
    with Api() as opened:
        for change in main(opened, *sys.argv[1:]):
            print(f"{change.collection}: {change.before or '-'} -> {change.after or '-'}")
