"""For pytest, where the tests of the registry run against PostgreSQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres.folders import drop_below, with_databases
from tests.postgres.skips import SKIPPED
from typed_artifacts.local.store import Store


def pytest_configure() -> None:
    """In this process, too: pytest itself loads modules of packages that bring it a plugin."""
    if not hasattr(Store.__init__, "__wrapped__"):
        setattr(Store, "__init__", with_databases(Store.__init__))  # noqa: B010 -- mypy


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        for name, reason in SKIPPED.items():
            if item.nodeid.startswith(name):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    folder: object = getattr(item, "funcargs", {}).get("tmp_path")
    drop_below(folder if isinstance(folder, Path) else None)
