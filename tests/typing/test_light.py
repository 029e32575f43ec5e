"""What a type checker reads because of ``import typed_artifacts``: no embedded server."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

PIPELINE = """
from typed_artifacts import Api, AsyncApi

with Api() as api:
    for version in api.artifacts("dataset", "team/project/mnist", tags=["gold"]):
        print(version.name, version.aliases, version.created_at)
        if "old" in version.tags:
            version.tags.remove("old")
            version.save()
with Api.local() as local:
    local.log_artifact("demo/notes", type="dataset", files={"a": b"1"}).download("data")
"""
# rich is not here: httpx's own command imports it where it is installed.
EMBEDDED = {"sqlalchemy", "alembic", "graphql", "ariadne", "starlette", "uvicorn", "typer"}


def test_a_pipeline_is_checked_without_reading_the_embedded_server(tmp_path: Path) -> None:
    (tmp_path / "pipeline.py").write_text(PIPELINE)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "-v", "--cache-dir", "cache", "pipeline.py"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "Success: no issues found in 1 source file\n"
    read = set(re.findall(r"Parsing \S+ \(([\w.]+)\)", done.stderr))
    assert {"typed_artifacts", "typed_artifacts._sync.api", "httpx"} <= read
    assert not {name for name in read if name.partition(".")[0] in EMBEDDED}
    assert not {name for name in read if name.startswith("typed_artifacts.local")}
    assert not {name for name in read if name.startswith("typed_artifacts.cli")}
