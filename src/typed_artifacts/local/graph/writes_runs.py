"""Mutations of runs that log and use artifacts."""

import json
import secrets

import sqlalchemy as sa

from ..database import tables as t
from ..database.ids import global_id, local_id, timestamp
from ..errors import RegistryNotFound, RegistryRefused
from ..json_values import is_object, parsed_json
from ..versions.lifecycle import delete_run as remove_run
from ..versions.runs import ensure_run, find_run
from .binding import field
from .context import Context
from .inputs import Input, a_key, a_text, optional_text, owner, texts, written
from .permissions import change_run, existing_project, project_or_new

_TEXTS = {
    "display_name": "display_name",
    "notes": "notes",
    "state": "state",
    "job_type": "job_type",
    "group_name": "group_name",
    "commit": "commit_hash",
}
_OBJECTS = {"config": "config", "summary_metrics": "summary"}
DEFAULT_PROJECT = "uncategorized"


@field("Mutation.upsertBucket")
def upsert_bucket(_root: None, context: Context, input: Input) -> dict[str, object]:
    entity = owner(context, input)

    def change(connection: sa.Connection) -> tuple[int, bool]:
        key, new = _run_of(context, connection, entity, input)
        given = {column: optional_text(input, name) for name, column in _TEXTS.items()}
        given |= {column: _an_object(input, name) for name, column in _OBJECTS.items()}
        values = {name: value for name, value in given.items() if value is not None}
        if input.get("tags") is not None:
            values["tags"] = json.dumps(texts(input, "tags"))
        statement = sa.update(t.runs).where(t.runs.c.id == key)
        connection.execute(statement.values(**values, updated_at=timestamp()))
        return key, new

    key, new = written(context, change)
    # Older official clients fail without settings; messages to their users there are none.
    settings: dict[str, list[object]] = {"server_messages": []}
    return {"bucket": context.run.get(key), "inserted": new, "server_settings": settings}


def _an_object(input: Input, name: str) -> str | None:
    """The JSON of an object, as it was sent; None where nothing is."""
    text = optional_text(input, name)
    if not text:
        return None
    try:
        value = parsed_json(text)
    except ValueError as error:
        raise RegistryRefused(f"The {name} of a run must be JSON: {error}.") from error
    if value is not None and not is_object(value):
        raise RegistryRefused(f"The {name} of a run must be a JSON object.")
    return None if value is None else text


def _run_of(
    context: Context, connection: sa.Connection, entity: str, input: Input
) -> tuple[int, bool]:
    """By storage id, or by name in the project; made if it is new."""
    key = local_id("Run", optional_text(input, "id") or "")
    if key is not None:
        change_run(context, connection, key)
        return key, False
    project_name = optional_text(input, "model_name") or DEFAULT_PROJECT
    project = project_or_new(context, connection, entity, project_name)
    name = optional_text(input, "name") or secrets.token_hex(4)
    return ensure_run(connection, project, name, context.viewer_key)


@field("Mutation.deleteRun")
def delete_run(_root: None, context: Context, input: Input) -> dict[str, object]:
    key = a_key("Run", input["id"], "run")
    artifacts = bool(input.get("delete_artifacts"))

    def change(connection: sa.Connection) -> None:
        try:
            change_run(context, connection, key)
        except RegistryNotFound:
            return  # it is not there afterwards either
        remove_run(connection, key, delete_artifacts=artifacts)

    written(context, change, freeing=True)
    return {"success": True, "client_mutation_id": optional_text(input, "client_mutation_id")}


@field("Mutation.createRunFiles")
def create_run_files(_root: None, context: Context, input: Input) -> dict[str, object]:
    """Upload URLs for a run's own files, which are taken and not kept: runs are not stored here."""
    entity, project = owner(context, input), a_text(input, "project_name")
    project_key = existing_project(context, context.connection, entity, project)
    run = find_run(context.connection, project_key, a_text(input, "run_name"))
    if run is None:
        raise RegistryNotFound(f"There is no run {entity}/{project}/{input['run_name']}.")
    files = [
        {"name": name, "upload_url": context.links.upload(f"run/{run}/{name}")}
        for name in texts(input, "files")
    ]
    return {"run_id": global_id("Run", run), "upload_headers": [], "files": files}
