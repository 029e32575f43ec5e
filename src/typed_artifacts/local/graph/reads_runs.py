"""Resolvers of runs and of what they used and made."""

import json
from dataclasses import replace

import sqlalchemy as sa

from ..database import tables as t
from ..database.rows import Expression
from ..json_values import is_object
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .filter_keys import all_of
from .listings import version_keys
from .listings_runs import run_keys, run_order
from .paging import (
    Connection,
    Edge,
    Order,
    PageArguments,
    chosen_order,
    connect,
    fetch_page,
)


def run_named(context: Context, project: int, name: str) -> n.Run | None:
    statement = sa.select(*load.RUN).where(t.runs.c.project_id == project, t.runs.c.name == name)
    rows = context.rows(statement)
    return n.Run(*rows[0]) if rows else None


@field("Project.run", "Project.bucket")
def project_run(
    project: n.Project,
    context: Context,
    name: str | None = None,
    desc: str | None = None,
    missing_ok: bool | None = None,
) -> n.Run | None:
    return None if name is None else run_named(context, project.key, name)


@field("Run.project")
def run_project(run: n.Run, context: Context) -> n.Project | None:
    return context.project.get(run.project_key)


@field("Run.projectId")
def run_project_id(run: n.Run, _context: Context) -> int:
    return run.project_key


@field("Run.user")
def run_user(run: n.Run, context: Context) -> n.User | None:
    return None if run.user_key is None else context.user.get(run.user_key)


@field("Run.tags")
def run_tags(run: n.Run, _context: Context) -> list[str]:
    tags: list[str] = json.loads(run.tags_json)
    return tags


@field("Run.description")
def run_description(run: n.Run, _context: Context) -> str | None:
    return run.notes


@field("Run.readOnly", "Run.stopped")
def run_flag(_run: n.Run, _context: Context) -> bool:
    return False


@field("Run.sweepName", "Run.historyKeys")
def run_nothing(_run: n.Run, _context: Context) -> None:
    return None


@field("Run.historyLineCount", "Run.logLineCount", "Run.eventsLineCount")
def run_lines(_run: n.Run, _context: Context) -> int:
    return 0


@field("Run.systemMetrics")
def system_metrics(_run: n.Run, _context: Context) -> str:
    return "{}"


@field("Run.historyTail", "Run.eventsTail")
def run_tail(_run: n.Run, _context: Context) -> str:
    """The last line, which tells nothing: without one, older official clients resume no run."""
    return '["{}"]'


@field("Run.wandbConfig")
def wandb_config(run: n.Run, _context: Context, keys: list[str] | None = None) -> str:
    """What the client noted about itself; a run that has it can be resumed."""
    config: object = json.loads(run.config)
    noted = config.get("_wandb") if is_object(config) else None
    value = noted.get("value") if is_object(noted) else None
    kept = value if is_object(value) else {}
    return json.dumps({key: kept[key] for key in kept if keys is None or key in keys})


@field("Run.outputArtifacts")
def run_outputs(
    run: n.Run,
    context: Context,
    page: PageArguments,
    filters: str | None = None,
    order: str | None = None,
) -> Connection[n.Version]:
    """In the order in which the run made them."""
    return _artifacts_of(run, context, t.run_outputs, page, filters, order)


@field("Run.inputArtifacts")
def run_inputs(
    run: n.Run,
    context: Context,
    page: PageArguments,
    filters: str | None = None,
    order: str | None = None,
) -> Connection[n.Version]:
    """In the order in which the run used them first."""
    return _artifacts_of(run, context, t.run_inputs, page, filters, order)


def _artifacts_of(
    run: n.Run,
    context: Context,
    table: sa.Table,
    page: PageArguments,
    filters: str | None,
    order: str | None,
) -> Connection[n.Version]:
    v = t.versions.c
    keys: dict[str, Expression] = {
        "id": table.c.id,
        "name": t.collections.c.name,
        "created_at": v.created_at,
        "updated_at": v.updated_at,
        "version_index": v.version_index,
        "size": v.size,
        "artifact_size": v.size,
        "file_count": v.file_count,
    }
    chosen = chosen_order(order, keys, table.c.id, Order("id", (table.c.id,)))
    roles = t.run_inputs.c.used_as if table is t.run_inputs else sa.literal("[]")
    source = table.join(t.versions, v.id == table.c.version_id)
    source = source.join(t.collections, t.collections.c.id == v.sequence_id)
    condition = all_of(
        table.c.run_id == run.key,
        v.state == "COMMITTED",
        context.readable_version(),
        context.condition(filters, version_keys(context.json)),
    )
    statement = sa.select(roles.label("roles"), *load.VERSION).select_from(source).where(condition)
    rows = fetch_page(context, statement, chosen, page)
    edges = [
        Edge(n.Version(*values), chosen.listing, location, used_as=json.loads(used_as))
        for (used_as, *values), location in rows.split()
    ]
    load.batched([edge.node for edge in edges])
    return Connection(edges, rows.more, rows.count)


@field("Artifact.usedBy")
def used_by(
    version: n.Version,
    context: Context,
    page: PageArguments,
    filters: str | None = None,
    order: str | None = None,
) -> Connection[n.Run]:
    """The runs in the order in which they used the version, as far as the viewer sees them."""
    is_used = context.version_used.get(version.key, (each.key for each in version.batch))
    if not is_used and order is None and filters is None:
        return Connection(list[Edge[n.Run]]())  # most versions, and what follows takes longer
    chosen = run_order(order, context.json, t.run_inputs.c.id)
    condition = context.condition(filters, run_keys(context.json))
    if not is_used:
        return Connection(list[Edge[n.Run]]())
    statement = (
        sa.select(*load.RUN)
        .join(t.run_inputs, t.run_inputs.c.run_id == t.runs.c.id)
        .join(t.projects, t.projects.c.id == t.runs.c.project_id)
        .where(
            all_of(t.run_inputs.c.version_id == version.key, context.visible_projects(), condition)
        )
    )
    asked = replace(page, first=1000) if page.first is None else page
    rows = fetch_page(context, statement, chosen, asked)
    return connect(rows, n.Run)
