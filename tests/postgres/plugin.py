"""For pytest, where the tests of the registry run against PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres.folders import drop_below
from tests.postgres.skips import SKIPPED


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name, reason in SKIPPED.items():
            if item.nodeid.startswith(name):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    folder: object = getattr(item, "funcargs", {}).get("tmp_path")
    drop_below(folder if isinstance(folder, Path) else None)
