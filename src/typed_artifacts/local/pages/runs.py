"""The page of a run, with the versions that it used and logged."""

import json

from ..errors import RegistryNotFound
from ..graph import nodes as n
from ..graph.paging import Connection
from ..graph.reads_runs import run_inputs, run_named, run_outputs, run_tags, run_user
from ..json_values import is_object, parsed_json
from . import addresses
from .lineage import lineage_of_run
from .listings import project_crumbs
from .page_request import PageRequest
from .rendering import Link, Page
from .texts import json_rows

_DEPTH = 2


def run(page_request: PageRequest, entity: str, project_name: str, name: str) -> Page:
    """What is known of a run."""
    project = page_request.project(entity, project_name)
    found = run_named(page_request.context, project.key, name)
    if found is None:
        raise RegistryNotFound(f"There is no run {name!r} in {entity}/{project_name}.")
    graph = lineage_of_run(page_request, found, _DEPTH)
    used = run_inputs(found, page_request.context, page_request.page("used"))
    made = run_outputs(found, page_request.context, page_request.page("made"))
    user = run_user(found, page_request.context)
    values = {
        "run": found,
        "state": found.state,
        "tags": run_tags(found, page_request.context),
        "author": user.username if user else "",
        "config": json_rows(_plain_config(found.config)),
        "summary": json_rows(found.summary_metrics),
        "used": _rows(page_request, used),
        "used_pager": page_request.pager(used, "used"),
        "made": _rows(page_request, made),
        "made_pager": page_request.pager(made, "made"),
        "graph": graph,
    }
    crumbs = [
        *project_crumbs(entity, project_name),
        Link("Runs", addresses.address(entity, project_name, "runs")),
    ]
    return Page("run.html", found.display_name or found.name, crumbs, values)


def _rows(
    page_request: PageRequest, found: Connection[n.Version]
) -> list[tuple[Link, n.Version, str]]:
    """Versions, and what the run used each as."""
    return [
        (page_request.version_link(edge.node), edge.node, ", ".join(edge.used_as))
        for edge in found.edges
    ]


def _plain_config(config: str) -> str:
    """A run's configuration without the envelope that clients put each value in."""
    found = parsed_json(config)
    if not is_object(found):
        return config
    plain: dict[str, object] = {}
    for key, value in found.items():
        wrapped = is_object(value) and "value" in value
        if not key.startswith("_"):
            plain[key] = value["value"] if is_object(value) and wrapped else value
    return json.dumps(plain)
