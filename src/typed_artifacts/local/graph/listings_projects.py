"""The listing of projects, registries among them."""

import sqlalchemy as sa

from ..._values.names import REGISTRY_PREFIX
from ..database import tables as t
from . import loading as load
from . import nodes as n
from .context import Context
from .filter_keys import ColumnKey, Key, a_number, a_text, a_time, all_of
from .paging import (
    Connection,
    Order,
    PageArguments,
    chosen_order,
    connect,
    fetch_page,
)


def project_keys() -> dict[str, Key]:
    """What projects (registries) can be filtered by."""
    p = t.projects.c
    return {
        "id": ColumnKey(p.id, a_number),
        "project_id": ColumnKey(p.id, a_number),
        "name": ColumnKey(p.name, a_text),
        "entity_id": ColumnKey(p.entity_id, a_number),
        "description": ColumnKey(p.description, a_text),
        "created_at": ColumnKey(p.created_at, a_time),
        "updated_at": ColumnKey(p.updated_at, a_time),
    }


def searched_projects(entity: n.Entity) -> sa.ColumnElement[bool]:
    """What is searched through an entity: of an organization, its registries alone.

    Clients ask for the registries of one without saying what they are called, and fail at others.
    """
    own = t.projects.c.entity_id == entity.key
    if entity.kind != "organization":
        return own
    beginning = sa.func.substr(t.projects.c.name, 1, len(REGISTRY_PREFIX))
    return all_of(own, beginning == REGISTRY_PREFIX)


def list_projects(
    context: Context,
    scope: sa.ColumnElement[bool],
    page: PageArguments,
    filters: str | None,
    order: str | None,
) -> Connection[n.Project]:
    """Projects, by default the newest id first."""
    p = t.projects.c
    keys = {"id": p.id, "name": p.name, "created_at": p.created_at, "updated_at": p.updated_at}
    chosen = chosen_order(order, keys, p.id, Order("id", (p.id,), descending=True))
    shown = context.readable_project()
    condition = all_of(scope, shown, context.condition(filters, project_keys()))
    statement = sa.select(*load.PROJECT).where(condition)
    rows = fetch_page(context, statement, chosen, page)
    return connect(rows, n.Project)
