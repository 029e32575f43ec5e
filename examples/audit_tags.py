"""Audit the tags of every collection of a project, and mend what can be mended without asking.

Run it with a project and the tags that are allowed:
python examples/audit_tags.py team/project checked draft internal
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass

from typed_artifacts import Api, ArtifactCollection


@dataclass(frozen=True)
class Finding:
    """A collection whose tags break a rule."""

    collection: str
    type: str
    problem: str


def findings(collection: ArtifactCollection, allowed: frozenset[str]) -> Iterator[Finding]:
    """What is wrong with one collection's tags."""
    if not collection.tags:
        yield Finding(collection.name, collection.type, "has no tag")
    for tag in sorted(set(collection.tags) - allowed):
        yield Finding(collection.name, collection.type, f"has the unknown tag {tag!r}")


def mend(collection: ArtifactCollection, allowed: frozenset[str]) -> bool:
    """Write known tags the way they are written elsewhere; one request, or none."""
    by_fold = {tag.casefold(): tag for tag in allowed}
    mended = [by_fold.get(tag.casefold(), tag) for tag in collection.tags]
    if sorted(mended) == sorted(collection.tags):
        return False
    collection.tags = mended
    collection.save()
    return True


def main(api: Api, project: str, *allowed: str) -> list[Finding]:
    """Go through the collections of every type, mend spellings, and report the rest."""
    known = frozenset(allowed)
    report: list[Finding] = []
    for kind in api.artifact_types(project):
        for collection in kind.collections():
            mend(collection, known)
            report.extend(findings(collection, known))
    return report


if __name__ == "__main__":
    with Api() as opened:
        for finding in main(opened, *sys.argv[1:]):
            print(f"{finding.type:12} {finding.collection:30} {finding.problem}")
