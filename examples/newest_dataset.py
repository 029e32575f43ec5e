"""Pick the newest version of a dataset that was cleaned, and say what a training run would get.

Run it with the path of a collection: python examples/newest_dataset.py team/project/dataset
"""

import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import PurePosixPath

from typed_artifacts import Api, Artifact


@dataclass(frozen=True)
class Choice:
    """A version to train on, and how many of its files there are of each kind."""

    artifact: Artifact
    kinds: dict[str, int]


def newest(api: Api, collection: str, tag: str) -> Artifact:
    """The newest version that carries a tag.

    Raises:
        LookupError: no version does.
    """
    versions = api.artifacts("dataset", collection, order="-created_at", tags=[tag])
    for version in versions:
        return version
    raise LookupError(f"No version of {collection} has the tag {tag!r}.")


def main(api: Api, collection: str, tag: str = "clean") -> Choice:
    """Choose a version and count its files by suffix."""
    artifact = newest(api, collection, tag)
    kinds = Counter(PurePosixPath(file.name).suffix for file in artifact.files(per_page=500))
    return Choice(artifact, dict(kinds.most_common()))


if __name__ == "__main__":
    with Api() as opened:
        choice = main(opened, *sys.argv[1:])
    print(f"{choice.artifact.qualified_name}: {choice.artifact.size:,} bytes")
    for suffix, count in choice.kinds.items():
        print(f"{count:8,} {suffix or '(no suffix)'}")
