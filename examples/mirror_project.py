"""Mirror a project into a registry in a folder, for a machine without a network; run it nightly.

Only what is new is sent, and what is different is told:
python examples/mirror_project.py team/project /srv/mirror
"""

import sys
from collections.abc import Iterator

from typed_artifacts import Api, CopyReport


def mirror(source: Api, target: Api, project: str) -> CopyReport:
    """Copy every version that the mirror lacks, with aliases, tags and metadata."""
    return source.copy(
        project, project.rpartition("/")[2], to=target, versions="all", record_origin=True
    )


def differences(source: Api, target: Api, report: CopyReport) -> Iterator[str]:
    """What is different in the mirror after all; nothing, as a rule."""
    for version in report.versions:
        diff = source.artifact(version.source).diff(target.artifact(version.destination))
        if not diff.same_files:
            yield str(diff)


def main(source: Api, target: Api, project: str) -> tuple[CopyReport, list[str]]:
    """Mirror, and compare."""
    report = mirror(source, target, project)
    return report, list(differences(source, target, report))


if __name__ == "__main__":
    with Api() as server, Api.local(sys.argv[2]) as registry:
        done, different = main(server, registry, sys.argv[1])
        print(done, *different, sep="\n")
