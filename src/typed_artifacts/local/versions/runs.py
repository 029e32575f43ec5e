"""Runs, and the versions that they used and logged."""

import json

import sqlalchemy as sa

from .. import names
from ..accounts.accounts import inserted
from ..database.ids import timestamp
from ..database.tables import run_inputs, run_outputs, runs


def find_run(connection: sa.Connection, project: int, name: str) -> int | None:
    return connection.scalar(
        sa.select(runs.c.id).where(runs.c.project_id == project, runs.c.name == name)
    )


def ensure_run(
    connection: sa.Connection, project: int, name: str, user: int | None = None
) -> tuple[int, bool]:
    """The run of this name, and whether it is new."""
    found = find_run(connection, project, name)
    if found is not None:
        return found, False
    names.run_name(name)
    now = timestamp()
    values = {"project_id": project, "name": name, "user_id": user}
    key = inserted(connection, runs, **values, display_name=name, created_at=now, updated_at=now)
    return key, True


def record_input(connection: sa.Connection, run: int, version: int, used_as: str | None) -> None:
    """A run used a version, perhaps in a role; the roles add up."""
    row = connection.execute(
        sa.select(run_inputs.c.id, run_inputs.c.used_as).where(
            run_inputs.c.run_id == run, run_inputs.c.version_id == version
        )
    ).one_or_none()
    roles: list[str] = json.loads(row.used_as) if row else []
    if used_as and used_as not in roles:
        roles.append(used_as)
    if row is None:
        values = {"run_id": run, "version_id": version, "used_as": json.dumps(roles)}
        connection.execute(sa.insert(run_inputs).values(**values))
    else:
        connection.execute(
            sa.update(run_inputs).where(run_inputs.c.id == row.id).values(used_as=json.dumps(roles))
        )


def record_output(connection: sa.Connection, run: int, version: int) -> None:
    known = sa.select(run_outputs.c.id).where(
        run_outputs.c.run_id == run, run_outputs.c.version_id == version
    )
    if connection.scalar(known) is None:
        connection.execute(sa.insert(run_outputs).values(run_id=run, version_id=version))
