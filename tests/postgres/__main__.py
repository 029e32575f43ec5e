"""`make test-postgres`: starts a server, and runs the tests that have to do with a registry."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.postgres.server import TEMPLATE, running
from typed_artifacts.local.database.postgresql_database import PostgresDatabase

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent
_SUITES = (
    *("tests/postgres", "tests/local", "tests/pages", "tests/artifacts", "tests/referee"),
    "tests/reliability/test_load.py",
)


def _ended(number: int, _frame: object) -> None:
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    """Run pytest, with arguments of its own or those of all suites; its exit code."""
    signal.signal(signal.SIGTERM, _ended)  # so that the server ends with it
    with running() as server, tempfile.TemporaryDirectory() as state:
        server.create(TEMPLATE, "template1")
        PostgresDatabase(server.url(TEMPLATE)).close()
        environment = os.environ | {
            "PYTHONPATH": str(_HERE / "site"),
            "TEST_POSTGRES_CODE": str(_ROOT),
            "TEST_POSTGRES_PORT": str(server.port),
            "TEST_POSTGRES_STATE": state,
        }
        command = [sys.executable, "-m", "pytest", "-p", "tests.postgres.plugin"]
        # Some tests leave a registry open, which a connection of psycopg's minds.
        command += ["-W", "ignore::pytest.PytestUnraisableExceptionWarning"]
        command += arguments or ["-m", "not soak", "--numprocesses=2", "--dist=loadfile", *_SUITES]
        return subprocess.run(command, env=environment, cwd=_ROOT, check=False).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
