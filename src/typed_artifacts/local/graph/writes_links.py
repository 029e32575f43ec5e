"""Mutations that link versions to portfolios and runs."""

import sqlalchemy as sa

from ..database import tables as t
from ..errors import RegistryNotFound, RegistryRefused
from ..versions import collections as collecting
from ..versions.memberships import link_version, unlink_version
from ..versions.runs import find_run, record_input
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .inputs import Input, a_key, a_text, inputs, optional_text, owner, written
from .permissions import change_collection, existing_project, project_or_new


@field("Mutation.linkArtifact")
def link_artifact(_root: None, context: Context, input: Input) -> dict[str, object]:
    entity = owner(context, input)

    def change(connection: sa.Connection) -> tuple[int, int]:
        version, type_ = _source(context, connection, input)
        portfolio = _portfolio(context, connection, entity, type_, input)
        wanted = [a_text(alias, "alias") for alias in inputs(input, "aliases")]
        return link_version(
            connection, portfolio.id, version, [each for each in wanted if each != "latest"]
        )

    index, membership = written(context, change)
    statement = sa.select(*load.MEMBERSHIP).where(t.memberships.c.id == membership)
    node = n.Membership(*context.rows(statement)[0])
    return {"version_index": index, "artifact_membership": node}


def _source(context: Context, connection: sa.Connection, input: Input) -> tuple[int, str]:
    """The committed version to link, by id or client id, and its type."""
    client = optional_text(input, "client_id")
    if client:
        condition = t.versions.c.client_id == client
    else:
        key = a_key("Artifact", input.get("artifact_id"), "artifact version")
        condition = t.versions.c.id == key
    kept = sa.select(sa.func.coalesce(t.versions.c.same_as, t.versions.c.id)).where(condition)
    row = connection.execute(
        sa.select(t.versions.c.id, t.versions.c.state, t.types.c.name)
        .join(t.collections, t.collections.c.id == t.versions.c.sequence_id)
        .join(t.types, t.types.c.id == t.collections.c.type_id)
        .where(t.versions.c.id == kept.scalar_subquery(), context.readable_version())
    ).one_or_none()
    if row is None or row.state != "COMMITTED":
        raise RegistryNotFound("There is no committed artifact version to link.")
    return row.id, row.name


def _portfolio(
    context: Context, connection: sa.Connection, entity: str, type_: str, input: Input
) -> collecting.CollectionRow:
    """The portfolio to link into, made if it is new."""
    given = optional_text(input, "artifact_portfolio_id")
    if given:
        key = a_key("ArtifactCollection", given, "portfolio")
        row = change_collection(context, connection, key, "PORTFOLIO")
        if row.type != type_:
            raise RegistryRefused(
                f"Collection {row.name!r} holds artifacts of type {row.type!r}, not {type_!r}."
            )
        return row
    name = optional_text(input, "artifact_portfolio_name")
    project_name = optional_text(input, "project_name")
    if not name or not project_name:
        raise RegistryRefused("linkArtifact needs a portfolio: its id, or its name and project.")
    project = project_or_new(context, connection, entity, project_name)
    return collecting.ensure_collection(connection, project, name, type_, "PORTFOLIO")


@field("Mutation.unlinkArtifact")
def unlink_artifact(_root: None, context: Context, input: Input) -> dict[str, object]:
    version = a_key("Artifact", input["artifact_id"], "artifact version")
    portfolio = a_key("ArtifactCollection", input["artifact_portfolio_id"], "portfolio")

    def change(connection: sa.Connection) -> None:
        change_collection(context, connection, portfolio, "PORTFOLIO")
        unlink_version(connection, portfolio, version)

    written(context, change)
    return {
        "artifact_id": input["artifact_id"],
        "client_mutation_id": optional_text(input, "client_mutation_id"),
        "success": True,
    }


@field("Mutation.useArtifact")
def use_artifact(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("Artifact", input["artifact_id"], "artifact version")
    version = context.version.get(key)
    if version is None or version.state != "COMMITTED":
        raise RegistryNotFound("There is no such committed artifact version to use.")
    entity, project = owner(context, input), a_text(input, "project_name")

    def change(connection: sa.Connection) -> None:
        project_key = existing_project(context, connection, entity, project)
        run = find_run(connection, project_key, a_text(input, "run_name"))
        if run is None:
            raise RegistryNotFound(f"There is no run {entity}/{project}/{input['run_name']}.")
        record_input(connection, run, version.key, optional_text(input, "used_as"))

    written(context, change)
    return {"artifact": context.version.get(key)}
