"""A run's config and summary, parsed from the server's JSON. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._values.json_values import parse_json_object
from ..arguments.lookups import not_found

if TYPE_CHECKING:
    from ..._graphql.run_details import RunDetails, RunDetailsProjectRun
    from ..._values.json_values import JsonValue

# Parameters that clients set about themselves.
_INTERNAL_KEYS = frozenset({"_wandb", "wandb_version"})


def run_details(data: RunDetails, subject: str) -> RunDetailsProjectRun:
    """The details of a run, as the server says.

    Raises:
        NotFoundError: the run is gone, or its project.
    """
    if data.project is None:
        raise not_found("project", subject.rpartition("/")[0], subject, "RunDetails")
    if data.project.run is None:
        raise not_found("run", subject.rpartition("/")[2], subject, "RunDetails")
    return data.project.run


def config_of(text: str | None) -> dict[str, JsonValue]:
    """Parameters by name: the server keeps ``{"name": {"value": …}}``.

    Raises:
        ServerError: it is no JSON object.
    """
    found = parse_json_object(text, "config of the run")
    return {key: _value(item) for key, item in found.items() if key not in _INTERNAL_KEYS}


def summary_of(text: str | None) -> dict[str, JsonValue]:
    """The summary as it is kept.

    Raises:
        ServerError: it is no JSON object.
    """
    return parse_json_object(text, "summary of the run")


def _value(item: JsonValue) -> JsonValue:
    return item["value"] if isinstance(item, dict) and "value" in item else item


def known_details(details: RunDetailsProjectRun | None) -> dict[str, dict[str, JsonValue]]:
    """Parameters and summary as a notebook shows them; nothing where they were not fetched."""
    if details is None:
        return {}
    return {
        "Config": config_of(details.config),
        "Summary": summary_of(details.summary_metrics),
    }
