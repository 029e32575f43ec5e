"""A registry without a folder of its own leaves nothing behind, closed or not."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from typed_artifacts import Api, GraphQLError

_USE = """
from typed_artifacts import Api

api = Api.local()
api.log_artifact("project/collection", type="dataset", files={"a": b"1"})
"""


def test_a_temporary_registry_lives_as_long_as_its_api(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", _USE],
        env={"TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stderr, list(tmp_path.iterdir())) == (0, "", [])


def test_a_folder_of_the_users_own_stays(tmp_path: Path) -> None:
    with Api.local(tmp_path / "kept") as kept:
        kept.log_artifact("project/collection", type="dataset", files={"a": b"1"})
    assert (tmp_path / "kept" / "registry.db").exists()


def test_what_is_used_after_a_temporary_registry_was_closed_is_told_why() -> None:
    with Api.local() as api:
        made = api.log_artifact("project/collection", type="dataset", files={"a": b"1"})
    with pytest.raises(GraphQLError, match=r"a temporary one is after close\(\)"):
        made.files()[0]
