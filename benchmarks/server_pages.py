"""Measures the embedded server: a page of 50 in a small and in a very large collection."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from typed_artifacts._operations import catalog
from typed_artifacts.local import Registry
from typed_artifacts.local.messages import Request
from typed_artifacts.local.service import Service

from .world import KEY, USER, request_headers


def page_seconds(counts: tuple[int, int]) -> list[float]:
    """The median time of a page in a collection of each size, measured in turns."""
    with tempfile.TemporaryDirectory(prefix="bench-server-") as folder:
        registries = [Registry(Path(folder) / str(count)) for count in counts]
        for registry, count in zip(registries, counts, strict=True):
            registry.bulk.versions(f"{USER}/bench/many", type="dataset", count=count)
        services = [Service(each.store, keys={KEY: each.user(USER)}) for each in registries]
        cursors: list[str | None] = [None for _ in services]
        times: list[list[float]] = [[] for _ in services]
        for _ in range(60):
            for index, service in enumerate(services):
                began = time.perf_counter()
                cursors[index] = _page(service, cursors[index])
                times[index].append(time.perf_counter() - began)
        for registry in registries:
            registry.close()
    return [statistics.median(each[5:]) for each in times]


def _page(service: Service, cursor: str | None) -> str:
    import json

    body = catalog.PROJECT_ARTIFACTS.body(
        {
            "entity": USER,
            "project": "bench",
            "type": "dataset",
            "collection": "many",
            "filters": '{"state":"COMMITTED"}',
            "perPage": 50,
            "cursor": cursor,
        }
    )
    request = Request("POST", "/graphql", "", request_headers(), "http://localhost")
    reply = service.graphql(request, body).body
    data = json.loads(reply if isinstance(reply, bytes) else b"".join(reply))["data"]
    page = data["project"]["artifactType"]["artifactCollection"]["artifacts"]
    return str(page["pageInfo"]["endCursor"])
