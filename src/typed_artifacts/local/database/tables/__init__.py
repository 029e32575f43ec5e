"""The tables of the registry. Times are text (see ids.timestamp), JSON is text.

A change here needs a migration, see CONTRIBUTING.md.
"""

from .accounts import access_tokens, api_keys, entities, organizations, team_members, users
from .artifacts import (
    aliases,
    collection_tags,
    collections,
    drafts,
    memberships,
    pending_blobs,
    run_inputs,
    run_outputs,
    tags,
    version_tags,
    versions,
)
from .columns import metadata
from .files import blobs, entries, manifests
from .projects import project_members, project_teams, projects, runs, types
from .settings import settings

__all__ = [
    "access_tokens",
    "aliases",
    "api_keys",
    "blobs",
    "collection_tags",
    "collections",
    "drafts",
    "entities",
    "entries",
    "manifests",
    "memberships",
    "metadata",
    "organizations",
    "pending_blobs",
    "project_members",
    "project_teams",
    "projects",
    "run_inputs",
    "run_outputs",
    "runs",
    "settings",
    "tags",
    "team_members",
    "types",
    "users",
    "version_tags",
    "versions",
]
