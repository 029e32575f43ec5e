"""Forks inside of a batch of a registry in PostgreSQL, and other registries on its database."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes.forking import in_child
from typed_artifacts.local import Registry, RegistryRefused, RegistryStorageError

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork")

LEAVE = """
import os, sys
from pathlib import Path
from typed_artifacts.local import Registry
with Registry(Path(sys.argv[1]), database=sys.argv[2]) as registry:
    with registry.batch():
        registry.log_version("local/p/c", type="t", files={"f": "1"})
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            registry.log_version("local/p/c", type="t", files={"f": "2"})
    if child:
        print(registry.log_version("local/p/c", type="t", files={"f": "3"}).path)
"""


def _log(registry: Registry, number: int) -> None:
    registry.log_version("local/p/c", type="t", files={"f": str(number)})


def test_a_child_of_a_batch_is_told_that_it_cannot_use_the_registry(
    database: str, tmp_path: Path
) -> None:
    def work() -> None:
        for each in (registry, other):
            with pytest.raises(RegistryStorageError, match="forked in the middle of a change"):
                _log(each, 9)

    with (
        Registry(tmp_path, database=database) as registry,
        Registry(tmp_path, database=database) as other,
    ):
        with registry.batch():
            _log(registry, 0)
            assert in_child(work) == 0
            _log(registry, 1)
        assert in_child(lambda: _log(other, 2)) == 0
        assert registry.maintenance.statistics().versions == 3


def test_a_child_that_leaves_a_batch_leaves_it_to_its_parent(database: str, tmp_path: Path) -> None:
    command = [sys.executable, "-c", LEAVE, str(tmp_path), database]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "local/p/c:v2\n", "")


def test_another_registry_of_the_database_is_refused_inside_a_batch(
    database: str, tmp_path: Path
) -> None:
    with (
        Registry(tmp_path, database=database) as registry,
        Registry(tmp_path, database=database) as other,
    ):
        with registry.batch(), pytest.raises(RegistryRefused, match="inside of a batch"):
            _log(other, 1)
        _log(other, 1)
