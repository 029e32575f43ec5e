"""The check that the official client leaves no process behind can itself be trusted."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.referee.official import processes_of

pytestmark = [
    pytest.mark.referee,
    pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="shows no environments"),
]


def test_a_process_with_that_home_is_seen(tmp_path: Path) -> None:
    waits = [sys.executable, "-c", "print('up', flush=True); input()"]
    with subprocess.Popen(
        waits,
        env={"HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "up\n"
        assert len(processes_of(tmp_path)) == 1
        process.communicate("\n")
    assert processes_of(tmp_path) == []
