"""The options of a new version, and how an existing version differs from them. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ..._values.names import LATEST, check_name
from ...errors import InvalidInput
from ...paths import ProjectPath, RunPath, parse_run
from ..arguments.checks import check_description, check_tags, check_type_name, refuse_reserved
from ..notices import ArgumentsIgnored, notify
from ..versions.artifact_edits import check_aliases, refuse_numbered_alias
from ..versions.memberships import SourceCollection, source_membership, source_of
from ..versions.metadata import changed_metadata, check_metadata
from ..versions.time_to_live import ArtifactTTL, check_ttl, saved_ttl, ttl_seconds
from .storage_options import check_storage_region

if TYPE_CHECKING:
    from datetime import timedelta

    from ..._graphql.fragments import LoggedArtifactFields
    from ..._values.json_values import JsonValue
    from ..._values.plain import Metadata
    from ..._values.string_sequences import StringSequence
    from ..arguments.lookups import RunLike


@dataclass(frozen=True, slots=True)
class VersionOptions:
    """What the caller says of the new version, checked before anything is hashed or sent."""

    type: str
    aliases: Sequence[str]
    tags: Sequence[str]
    description: str | None
    metadata: dict[str, JsonValue]
    ttl: int | None
    storage_region: str | None = None
    is_edit: bool = False
    """Whether metadata or a description that is empty is asked for, too."""


@dataclass(frozen=True, slots=True)
class VersionToLog:
    """A version that is to be logged, and where; all of it checked."""

    entity: str
    project: str
    collection: str
    run: str | None
    options: VersionOptions

    @property
    def path(self) -> str:
        """The collection's path."""
        return f"{self.entity}/{self.project}/{self.collection}"


def check_version_options(
    collection: str,
    type_name: str,
    aliases: StringSequence,
    tags: StringSequence,
    description: str | None,
    metadata: Metadata | None,
    ttl: timedelta | ArtifactTTL | None,
    storage_region: str | None = None,
) -> VersionOptions:
    """The options for a new version, or ``InvalidInput``."""
    refuse_reserved(check_type_name(type_name), check_name(collection))
    wanted = [alias for alias in check_aliases(aliases) if alias != LATEST]
    for alias in wanted:
        refuse_numbered_alias(alias)
    return VersionOptions(
        type_name,
        wanted,
        check_tags(tags),
        check_description(description),
        check_metadata(metadata),
        # Without a wish the server's own settings hold.
        None if check_ttl(ttl) is None else ttl_seconds(ttl),
        check_storage_region(storage_region),
    )


def maker_of(run: RunLike | str | None, location: ProjectPath) -> RunPath | None:
    """The run that is to log a version in a project, given as an object or by its path.

    Raises:
        InvalidInput: it is neither.
    """
    if run is None:
        return None
    if isinstance(run, str):
        return parse_run(run, entity=location.entity, project=location.project)
    entity, project, name = (getattr(run, part, None) for part in ("entity", "project", "id"))
    if not (isinstance(entity, str) and isinstance(project, str) and isinstance(name, str)):
        raise InvalidInput(f"run is {run!r:.200}; it must be a run, or its path: project/run.")
    return RunPath(ProjectPath(entity, project), name)


def version_to_log(
    options: VersionOptions, entity: str, project: str, collection: str, run: RunPath | None
) -> VersionToLog:
    """The version to log in a collection.

    Raises:
        InvalidInput: the run is in another project.
    """
    if run is not None and run.project not in (
        ProjectPath(entity, project),
        ProjectPath(None, project),
    ):
        raise InvalidInput(
            f"The run {run} is not in the project {entity}/{project}; "
            "a run logs versions to its own project.",
            subject=str(run),
        )
    return VersionToLog(entity, project, collection, None if run is None else run.run, options)


def logged_source(to_log: VersionToLog, node: LoggedArtifactFields) -> SourceCollection:
    """Where a version was logged to; where the server does not say it, what it was asked for."""
    source = source_of(node)
    if source.project:
        return source
    return source._replace(entity=to_log.entity, project=to_log.project)


def ignored_arguments(options: VersionOptions, node: LoggedArtifactFields) -> tuple[str, ...]:
    """What was asked for of a version that was there already, and is not so on the server."""
    there = {tag.name for tag in node.tags}
    aliases = source_membership(node).aliases
    wanted = (options.metadata or options.is_edit, options.description or options.is_edit)
    as_wished = {
        "aliases": set(options.aliases) <= set(aliases),
        "tags": set(options.tags) <= there,
        "metadata": not wanted[0] or changed_metadata(options.metadata, node.metadata) is None,
        "description": not wanted[1] or (options.description or "") == (node.description or ""),
        "ttl": options.ttl is None or options.ttl == ttl_seconds(saved_ttl(node)),
    }
    return tuple(name for name, is_so in as_wished.items() if not is_so)


def tell_ignored(to_log: VersionToLog, node: LoggedArtifactFields) -> None:
    """Warn of what was asked for in vain, as the content makes no new version."""
    known = source_membership(node, logged_source(to_log, node))
    tell_unchanged(known.path, ignored_arguments(to_log.options, node))


def tell_unchanged(path: str, ignored: Sequence[str]) -> None:
    """Warn of what is not set on a version, if anything, as its content makes no new one."""
    if not ignored:
        return
    them = " and ".join(filter(None, [", ".join(ignored[:-1]), ignored[-1]]))
    notify(
        ArgumentsIgnored(
            f"{path} has this content already, so no version was made, and its {them} did not "
            "change; set them on the artifact that was returned, and save().",
            tuple(ignored),
        )
    )
