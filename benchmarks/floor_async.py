"""The async floor, with async httpx and ``json.loads``: ``python -m benchmarks.floor_async``."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import httpx

from typed_artifacts._operations import catalog

from .at_once import at_once
from .measure import check, measure, tell

if TYPE_CHECKING:
    from typed_artifacts._operations.variables import ProjectArtifactsVariables

Options: TypeAlias = dict[str, str]

_URL = f"{os.environ['WANDB_BASE_URL']}/graphql"
_AUTH = ("api", os.environ["WANDB_API_KEY"])


def _where(options: Options) -> ProjectArtifactsVariables:
    """The variables of the request, as our client sends them."""
    entity, project, name = options["path"].split("/")
    return {
        "entity": entity,
        "project": project,
        "type": "dataset",
        "collection": name,
        "filters": '{"state":"COMMITTED"}',
    }


def versions(options: Options) -> dict[str, float]:
    """All versions of a collection, as dictionaries."""
    where = _where(options)
    per_page, count = int(options["per_page"]), int(options["count"])

    async def pages(client: httpx.AsyncClient, size: int) -> AsyncIterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            # As ours asks: the first page has told of the sources.
            later = {"cursor": cursor, "sources": False} if cursor else {}
            body = {
                "query": catalog.PROJECT_ARTIFACTS.document,
                "variables": {**where, **later, "perPage": size},
                "operationName": "ProjectArtifacts",
            }
            reply = json.loads((await client.post(_URL, json=body)).content)["data"]
            page = reply["project"]["artifactType"]["artifactCollection"]["artifacts"]
            yield page
            if not page["pageInfo"]["hasNextPage"]:
                return
            cursor = page["pageInfo"]["endCursor"]

    with asyncio.Runner() as runner:
        client = httpx.AsyncClient(auth=_AUTH)

        async def work(size: int) -> None:
            found = 0
            async for page in pages(client, size):
                found += sum(1 for edge in page["edges"] if edge["node"])
                if size == 1:
                    return
            check(found == count, "items are missing")

        runner.run(work(1))
        figures = measure(lambda: runner.run(work(per_page)))
        runner.run(client.aclose())
    return figures


def listings(options: Options) -> dict[str, float]:
    """The same page many times at once, and each of them alone before."""
    where = _where(options)
    body = catalog.PROJECT_ARTIFACTS.body({**where, "perPage": 50})
    headers = {"content-type": "application/json"}

    async def run() -> dict[str, float]:
        async with httpx.AsyncClient(auth=_AUTH, headers=headers) as client:

            async def whole() -> float:
                began = time.perf_counter()
                reply = json.loads((await client.post(_URL, content=body)).content)
                check("errors" not in reply, "no page")
                return time.perf_counter() - began

            return await at_once(whole, options)

    return asyncio.run(run())


TASKS: dict[str, Callable[[Options], dict[str, float]]] = {
    task.__name__: task for task in (versions, listings)
}

if __name__ == "__main__":
    tell(TASKS[sys.argv[1]](json.loads(sys.argv[2])))
