"""`typed-artifacts serve` in a process of its own, and the command as a client of it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

from tests.client.flavours import Flavour, Twin
from typed_artifacts import Api, AsyncApi

RUN = [sys.executable, "-c", "from typed_artifacts.cli import main; main()"]
#: The same, on a disk that takes no file larger than a megabyte.
RUN_CRAMPED = [
    sys.executable,
    "-c",
    "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20)); "
    "from typed_artifacts.cli import main; main()",
]


@dataclass(frozen=True)
class Served:
    """A registry that is served."""

    url: str
    key: str
    root: Path

    @property
    def port(self) -> int:
        port = urlsplit(self.url).port
        assert port
        return port

    def api(self, flavour: Flavour, url: str | None = None) -> AsyncApi:
        """An `Api` of either flavour that talks to it, perhaps through something."""
        options: dict[str, Any] = {"base_url": url or self.url, "entity": "local"}
        if flavour.blocking:
            made = Api(api_key=self.key, **options)
            return cast("AsyncApi", Twin(made))  # a twin is used like it
        return AsyncApi(api_key=self.key, **options)

    def command(
        self, arguments: Sequence[str], url: str | None = None, run: Sequence[str] = RUN
    ) -> subprocess.Popen[str]:
        """Start the command as a client of it."""
        environment = os.environ | {"WANDB_BASE_URL": url or self.url, "WANDB_API_KEY": self.key}
        return subprocess.Popen(
            [*run, *arguments],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


@contextmanager
def serving(root: Path) -> Generator[Served]:
    """Serve a folder for a while."""
    arguments = [*RUN, "serve", "--root", str(root), "--port", "0"]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout
            lines = [server.stdout.readline().strip() for _ in range(2)]
            key = re.search(r": ([0-9a-f]{40})$", lines[0])
            url = re.search(r"http://127\.0\.0\.1:\d+$", lines[1])
            assert key, lines
            assert url, lines
            yield Served(url[0], key[1], root)
        finally:
            server.terminate()
