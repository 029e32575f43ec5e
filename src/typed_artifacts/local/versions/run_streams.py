"""The data that a run sends: its summary and its final state."""

from collections.abc import Mapping

import sqlalchemy as sa

from ..._values.json_values import json_or_none
from ..database.ids import timestamp
from ..database.tables import runs
from ..json_values import is_array, is_object

SUMMARY = "wandb-summary.json"


def record_stream(
    connection: sa.Connection, run: int | None, message: Mapping[str, object]
) -> None:
    """Enters one `file_stream` request of a run; history, logs and system metrics are not kept."""
    values: dict[str, str] = {}
    summary = _summary(message.get("files"))
    if summary is not None:
        values["summary"] = summary
    if message.get("complete"):
        values["state"] = "failed" if message.get("exitcode") else "finished"
    if values:
        statement = sa.update(runs).where(runs.c.id == run)
        connection.execute(statement.values(**values, updated_at=timestamp()))


def _summary(files: object) -> str | None:
    """The summary as it is now: each request that has one has all of it, on its last line."""
    file = files.get(SUMMARY) if is_object(files) else None
    lines = file.get("content") if is_object(file) else None
    last = lines[-1] if is_array(lines) and lines else None
    return last if isinstance(last, str) and is_object(json_or_none(last)) else None
