"""`typed-artifacts serve --open` as a process of its own, on a free port of this machine."""

import re
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

#: The command, however the package was installed.
COMMAND = (sys.executable, "-c", "from typed_artifacts.cli import main; main()")


@dataclass(frozen=True)
class Served:
    """Where a server listens, and the folder of its registry."""

    url: str
    root: Path


@contextmanager
def serving(root: Path, features: str = "all") -> Generator[Served]:
    """Serve a folder for as long as the block lasts."""
    options = ["--root", str(root), "--port", "0", "--open", "--features", features]
    with subprocess.Popen(
        [*COMMAND, "serve", *options], stdout=subprocess.PIPE, text=True
    ) as server:
        try:
            assert server.stdout is not None
            found = re.search(r"http://127\.0\.0\.1:\d+$", server.stdout.readline().strip())
            assert found is not None, "the server did not say where it listens"
            yield Served(found[0], root)
        finally:
            server.terminate()
            server.wait(30)
