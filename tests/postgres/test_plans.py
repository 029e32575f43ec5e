"""The statements of listings find what they look for by an index."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from typed_artifacts import Api
from typed_artifacts.local import LocalServer, Registry

COUNT = 10_000


def _scans(plan: dict[str, Any]) -> list[tuple[str, str]]:
    """Each table or index that a plan looks at, and how."""
    name = plan.get("Index Name") or plan.get("Relation Name")
    found = [(plan["Node Type"], name)] if name else []
    return found + [scan for part in plan.get("Plans", ()) for scan in _scans(part)]


@pytest.mark.parametrize(
    ("filters", "index"),
    [
        ({"metadata.n": 1234}, "versions_by_metadata"),
        ({"metadata.n": {"$in": [1, 2, 3]}}, "versions_by_metadata"),
        ({"metadata.tag.name": "seven"}, "versions_by_metadata"),
        ({}, "memberships_collection_id_version_index_key"),
        ({"metadata.score": {"$gte": 0.9}}, "versions_by_number"),
        ({"version_index": 17}, "memberships_collection_id_version_index_key"),
    ],
)
def test_a_filter_has_an_index(
    database: str, tmp_path: Path, filters: Mapping[str, Any], index: str
) -> None:
    with Registry(tmp_path, database=database) as registry:
        registry.bulk.versions("local/p/c", type="x", count=COUNT)
        registry.log_version("local/p/c", type="x", files={}, metadata={"tag": {"name": "seven"}})
        with registry.store.write() as connection:
            connection.exec_driver_sql("ANALYZE")
        said: list[tuple[str, Any]] = []

        def note(_c: object, _cursor: object, statement: str, values: object, *_: object) -> None:
            if "versions.metadata" in statement and "LIMIT" in statement:
                said.append((statement, values))

        event.listen(registry.store.engine, "before_cursor_execute", note)
        server = LocalServer(registry)
        with Api(
            base_url=server.base_url, api_key=server.api_key, transport=server.transport
        ) as api:
            listed = api.artifacts("x", "local/p/c", filters=filters, per_page=50)
            assert listed[:50]
        event.remove(registry.store.engine, "before_cursor_execute", note)
        statement, values = said[0]
        with registry.store.read() as connection:
            (row,) = connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", values)
        document: Any = row[0] if isinstance(row[0], list) else json.loads(row[0])
        scans = _scans(document[0]["Plan"])
        assert index in [name for _, name in scans], scans
        assert not [name for kind, name in scans if kind == "Seq Scan"], scans


def test_no_statement_comes_to_be_planned_for_any_value(database: str, tmp_path: Path) -> None:
    """As PostgreSQL does it with what is prepared: a page would be sorted out of all versions."""
    with Registry(tmp_path, database=database) as registry, registry.store.read() as connection:
        for number in range(20):
            connection.execute(sa.select(sa.literal(number)))
        prepared = connection.exec_driver_sql("SELECT count(*) FROM pg_prepared_statements")
        assert prepared.scalar_one() == 0
