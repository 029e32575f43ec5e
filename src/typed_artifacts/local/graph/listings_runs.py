"""The listing of a project's runs."""

import sqlalchemy as sa
from typing_extensions import override

from ..database import tables as t
from ..database.database import JsonAccess
from ..database.expressions import PlainJson
from ..database.rows import Expression, Select
from . import loading as load
from . import nodes as n
from .binding import field
from .context import Context
from .filter_json import JsonKey
from .filter_keys import ColumnKey, Key, a_text, a_time, all_of
from .paging import (
    Connection,
    Order,
    PageArguments,
    chosen_order,
    connect,
    counted,
    fetch_page,
)


class _ConfigKey(JsonKey):
    """What a run was given: kept as `{"lr": {"value": 0.1}}`, asked for as `lr` or `lr.value`."""

    @override
    def inside(self, way: tuple[str | int, ...]) -> tuple[str | int, ...]:
        name, *rest = way
        return way if rest[:1] == ["value"] else (name, "value", *rest)


def _json_keys(json: JsonAccess) -> dict[str, JsonKey]:
    """What a run was given, and what it measured."""
    r = t.runs.c
    return {
        "config": _ConfigKey(PlainJson(r.config), json),
        # A metric that is NaN, which is null there, has no value.
        "summary_metrics": JsonKey(PlainJson(r.summary), json, null_exists=False),
    }


def run_keys(json: JsonAccess) -> dict[str, Key]:
    """What runs can be filtered by, under the names of either spelling."""
    r = t.runs.c
    user = sa.select(t.users.c.username).where(t.users.c.id == r.user_id).correlate(t.runs)
    columns = {
        "name": r.name,
        "display_name": r.display_name,
        "state": r.state,
        "job_type": r.job_type,
        "group": r.group_name,
    }
    keys: dict[str, Key] = {name: ColumnKey(column, a_text) for name, column in columns.items()}
    keys |= {_camel(name): key for name, key in keys.items()}
    for name, column in (("created_at", r.created_at), ("heartbeat_at", r.updated_at)):
        keys[name] = keys[_camel(name)] = ColumnKey(column, a_time)
    keys["username"] = ColumnKey(user.scalar_subquery(), a_text)
    keys |= _json_keys(json)
    keys["tags"] = JsonKey(r.tags, json)
    return keys


def run_order(order: str | None, json: JsonAccess, key: Expression) -> Order:
    """The order of a listing of runs, by default by the key of its rows."""
    r = t.runs.c
    keys: dict[str, Expression] = {
        "id": key,
        "name": r.name,
        "created_at": r.created_at,
        "heartbeat_at": r.updated_at,
    }
    inner = {name: key.order for name, key in _json_keys(json).items()}
    return chosen_order(order, keys, key, Order("id", (key,)), inner)


@field("Project.runs")
def project_runs(
    project: n.Project,
    context: Context,
    page: PageArguments,
    filters: str | None = None,
    order: str | None = None,
) -> Connection[n.Run]:
    """The runs of a project, the oldest first unless an order says otherwise."""
    chosen = run_order(order, context.json, t.runs.c.id)
    statement = _runs_of(project, context, filters)
    rows = fetch_page(context, statement, chosen, page)
    return connect(rows, n.Run)


@field("Project.runCount")
def run_count(project: n.Project, context: Context, filters: str | None = None) -> int:
    return counted(context.connection, _runs_of(project, context, filters))


def _runs_of(project: n.Project, context: Context, filters: str | None) -> Select:
    scope = t.runs.c.project_id == project.key
    condition = context.condition(filters, run_keys(context.json))
    return sa.select(*load.RUN).where(all_of(scope, condition))


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
