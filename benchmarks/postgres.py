"""Pages of versions in PostgreSQL: `python -m benchmarks.postgres [--versions 1000000]`.

Starts a server of its own, as the tests do. Prints how long a page of 50 takes, with filters and
without, in a collection of 10,000 versions and in one of very many.
"""

import argparse
import json
import statistics
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx

from tests.postgres.server import Server, running
from typed_artifacts.local import LocalServer, Registry

_FEW = 10_000
_TIMES = 25


def _filters() -> dict[str, Mapping[str, Any]]:
    return {
        "no filter": {},
        "one in a hundred, by metadata": {"metadata.score": 0.37},
        "a single one, by metadata": {"metadata.n": _FEW // 3},
        "none, by metadata": {"metadata.n": -1},
        "a range of metadata": {"metadata.score": {"$gte": 0.9}},
    }


def _fill(server: Server, database: str, count: int) -> None:
    """Create a collection: the registry writes the first versions, SQL copies them."""
    with tempfile.TemporaryDirectory() as folder:
        with Registry(folder, database=server.url(database)) as registry:
            registry.bulk.versions("local/p/c", type="dataset", count=_FEW)
        for statement in _MORE if count > _FEW else ():
            server.execute(statement.format(first=_FEW, count=count), database)
    server.execute("VACUUM ANALYZE", database)


_MORE = (
    """INSERT INTO versions (sequence_id, version_index, state, digest, digest_algorithm, metadata,
        size, file_count, commit_hash, manifest_id, user_id, wanted_aliases, deduplicate,
        created_at, updated_at)
    SELECT v.sequence_id, n, v.state, lpad(to_hex(n), 32, '0'), v.digest_algorithm,
        json_build_object('n', n, 'score', round(n % 100 / 100.0, 2))::text, v.size, v.file_count,
        lpad(to_hex(n), 20, '0'), v.manifest_id, v.user_id, v.wanted_aliases, v.deduplicate,
        to_char(timestamp '2020-01-01' + n * interval '1 minute', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
        v.updated_at
    FROM versions AS v, generate_series({first}, {count} - 1) AS n WHERE v.version_index = 0""",
    """INSERT INTO memberships (collection_id, version_id, version_index, created_at)
    SELECT sequence_id, id, version_index, created_at FROM versions WHERE version_index >= {first}
    ORDER BY id""",
    "UPDATE collections SET next_index = {count}, version_count = {count}",
)


_PAGE = """query($filters: JSONString) { project(entityName: "local", name: "p") {
  artifactCollection(name: "c") { artifacts(first: 50, filters: $filters) { %s
    edges { version node { id digest metadata createdAt } }
    pageInfo { hasNextPage endCursor } } } } }"""


def _page(client: httpx.Client, filters: Mapping[str, Any], total: str) -> float:
    """The milliseconds for the first page."""
    variables = {"filters": json.dumps(filters)}
    start = time.perf_counter()
    reply = client.post("/graphql", json={"query": _PAGE % total, "variables": variables})
    taken = (time.perf_counter() - start) * 1000
    if "errors" in reply.json():
        raise RuntimeError(reply.text)
    return taken


@contextmanager
def _opened(server: Server, database: str) -> Generator[httpx.Client]:
    with (
        tempfile.TemporaryDirectory() as folder,
        Registry(folder, database=server.url(database)) as registry,
    ):
        local = LocalServer(registry)
        auth = ("api", local.api_key)
        with httpx.Client(base_url=local.base_url, auth=auth, transport=local.transport) as client:
            yield client


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, default=1_000_000)
    many: int = parser.parse_args().versions
    with running() as server:
        for name, count in (("few", _FEW), ("many", many)):
            server.create(name, "template1")
            _fill(server, name, count)
        with _opened(server, "few") as few, _opened(server, "many") as lots:
            for heading, total in (
                ("A page of 50", ""),
                ("... and how many there are", "totalCount"),
            ):
                print(f"{heading:32} {_FEW:>10,} {many:>10,}   ratio", flush=True)
                for name, filters in _filters().items():
                    # In turn, so that what else the machine does is the same for both.
                    times = [
                        (_page(few, filters, total), _page(lots, filters, total))
                        for _ in range(_TIMES)
                    ]
                    ours, theirs = (statistics.median(each) for each in zip(*times, strict=True))
                    figures = f"{ours:7.1f} ms {theirs:7.1f} ms   {theirs / ours:.2f}"
                    print(f"{name:32} {figures}", flush=True)


if __name__ == "__main__":
    main()
