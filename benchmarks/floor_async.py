"""What httpx's coroutine client and ``json.loads`` allow: ``python -m benchmarks.floor_async``."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeAlias

import httpx

from typed_artifacts._operations import catalog

from .measure import check, measure, tell

Options: TypeAlias = dict[str, str]

_URL = f"{os.environ['WANDB_BASE_URL']}/graphql"
_AUTH = ("api", os.environ["WANDB_API_KEY"])


def versions(options: Options) -> dict[str, float]:
    """All versions of a collection, as dictionaries."""
    entity, project, name = options["path"].split("/")
    where = {"entity": entity, "project": project, "type": "dataset", "collection": name}
    where["filters"] = '{"state":"COMMITTED"}'
    per_page, count = int(options["per_page"]), int(options["count"])

    async def pages(client: httpx.AsyncClient, size: int) -> AsyncIterator[dict[str, Any]]:
        cursor: str | None = None
        while True:
            # As ours asks: the first page has told of the sources.
            given = where | ({"cursor": cursor, "sources": False} if cursor else {})
            body = {"query": catalog.PROJECT_ARTIFACTS.document, "variables": given}
            body |= {"operationName": "ProjectArtifacts"}
            body["variables"] |= {"perPage": size}
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


TASKS: dict[str, Callable[[Options], dict[str, float]]] = {"versions": versions}

if __name__ == "__main__":
    tell(TASKS[sys.argv[1]](json.loads(sys.argv[2])))
