"""Pages of versions in PostgreSQL: `python -m benchmarks.postgres [--versions 1000000]`.

Starts a server of its own, as the tests do. Prints how long a page of 50 takes, with filters and
without, in a collection of 10,000 versions and in one of very many.
"""

import argparse
import statistics
import tempfile
import time
from collections.abc import Mapping
from typing import Any

from tests.postgres.server import running
from typed_artifacts import Api
from typed_artifacts.local import LocalServer, Registry

_FEW = 10_000
_TIMES = 15
_BATCH = 100_000


def _filters(count: int) -> dict[str, Mapping[str, Any]]:
    return {
        "no filter": {},
        "one in a hundred, by metadata": {"metadata.score": 0.37},
        "a single one, by metadata": {"metadata.n": count // 3},
        "none, by metadata": {"metadata.n": -1},
        "a range of metadata": {"metadata.score": {"$gte": 0.9}},
    }


def _page(api: Api, collection: str, filters: Mapping[str, Any]) -> float:
    """How long the first page takes, in milliseconds: the middle of several."""
    taken: list[float] = []
    for _ in range(_TIMES):
        start = time.perf_counter()
        len(api.artifacts("dataset", f"local/p/{collection}", filters=filters, per_page=50)[:50])
        taken.append((time.perf_counter() - start) * 1000)
    return statistics.median(taken)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--versions", type=int, default=1_000_000)
    many: int = parser.parse_args().versions
    results: dict[str, list[float]] = {}
    with running() as server, tempfile.TemporaryDirectory() as folder:
        for count in (_FEW, many):
            # Each in a database of its own, as a registry of this size would be.
            server.create(f"of{count}", "template1")
            with Registry(f"{folder}/{count}", database=server.url(f"of{count}")) as registry:
                for start in range(0, count, _BATCH):
                    some = min(_BATCH, count - start)
                    registry.bulk.versions("local/p/c", type="dataset", count=some)
                server.execute("VACUUM ANALYZE", f"of{count}")
                local = LocalServer(registry)
                with Api(
                    base_url=local.base_url, api_key=local.api_key, transport=local.transport
                ) as api:
                    for name, filters in _filters(count).items():
                        results.setdefault(name, []).append(_page(api, "c", filters))
    print(f"{'A page of 50':32} {_FEW:>10,} {many:>10,}   ratio")
    for name, (few, lots) in results.items():
        print(f"{name:32} {few:7.1f} ms {lots:7.1f} ms   {lots / few:.2f}")


if __name__ == "__main__":
    main()
