"""Modules that a program imports for its first page and its first download."""

import json
import subprocess
import sys
from pathlib import Path

import httpx
from typing_extensions import override

from tests.scripted import scripted
from typed_artifacts import Api
from typed_artifacts.local import Registry, open_local
from typed_artifacts.local.http.transports import LocalTransport

PROGRAM = """
import json, os, sys
from pathlib import Path
from typed_artifacts import Api

first = next(iter(Api(api_key="k" * 40).artifacts("dataset", "local/world/many")))
print(json.dumps({
    "name": first.name,
    "loaded": sorted(sys.modules),
    "children": Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    if Path("/proc/self/task").exists() else "",
}))
"""

# Transfers, batches, coroutines: each comes with its first use.
LATER = {
    "typed_artifacts._requests.batch",
    "typed_artifacts._domain.downloads",
    "typed_artifacts._domain.projects.inventory",
    "typed_artifacts._domain.drafts.new_versions",
    "typed_artifacts._requests.batch_data",
    "typed_artifacts._transfer",
    "typed_artifacts._async",
    "typed_artifacts.local",
    "typed_artifacts.cli",
    "urllib3",
    "xxhash",
}


def recorded_page(registry: Registry) -> bytes:
    """What the embedded server answers to the first question."""
    pages: list[bytes] = []

    class Noting(httpx.BaseTransport):
        @override
        def handle_request(self, request: httpx.Request) -> httpx.Response:
            response = inner.handle_request(request)
            pages.append(response.read())
            return httpx.Response(200, content=pages[-1])

    with open_local(registry.root) as server:
        assert isinstance(server.transport, LocalTransport)
        inner = server.transport
        api = Api(base_url=server.base_url, api_key=server.api_key, transport=Noting())
        next(iter(api.artifacts("dataset", "local/world/many")))
    (page,) = pages
    return page


def test_the_first_page_is_one_request_and_loads_what_it_needs(tmp_path: Path) -> None:
    with Registry(tmp_path / "registry") as registry:
        for number in range(3):
            files = {"a": str(number)}
            registry.log_version("local/world/many", type="dataset", files=files)
        page = recorded_page(registry)
    home = tmp_path / "home"
    home.mkdir()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(page)}\r\n\r\n".encode()
    with scripted([head + page, head + page]) as (url, heard):
        ran = subprocess.run(
            [sys.executable, "-S", "-c", PROGRAM],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env={
                "PYTHONPATH": ":".join(sys.path),
                "HOME": str(home),
                "PYTHONDONTWRITEBYTECODE": "1",
                "WANDB_BASE_URL": url,
            },
        )
    assert ran.returncode == 0, ran.stderr
    told = json.loads(ran.stdout)
    assert told["name"] == "many:v2"
    # The second request is the process's end, which closes the connection.
    assert [request for request in heard if request] == heard[:1]
    assert LATER & set(told["loaded"]) == set()
    assert told["children"].strip() == ""
    assert list(home.iterdir()) == []


DOWNLOAD = """
import json, sys
from typed_artifacts import Api

with Api.local(sys.argv[1]) as api:
    api.artifact("local/world/one:v0").download(sys.argv[2])
print(json.dumps(sorted(name for name in sys.modules if name.startswith("typed_artifacts"))))
"""

# What a download does not do.
NOT_FOR_A_DOWNLOAD = (
    "typed_artifacts._domain.drafts",
    "typed_artifacts._domain.offline",
    "typed_artifacts._sync.following",
    "typed_artifacts._sync.uploads",
    "typed_artifacts._transfer.references.reference_entries",
    "typed_artifacts._transfer.uploads",
    "typed_artifacts._transfer.verification",
)


def test_a_download_loads_no_uploads(tmp_path: Path) -> None:
    with Registry(tmp_path / "registry") as registry:
        registry.log_version("local/world/one", type="dataset", files={"a": "x"})
    ran = subprocess.run(
        [sys.executable, "-c", DOWNLOAD, str(tmp_path / "registry"), str(tmp_path / "folder")],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PYTHONPATH": ":".join(sys.path), "HOME": str(tmp_path)},
    )
    assert ran.returncode == 0, ran.stderr
    assert (tmp_path / "folder" / "a").read_text() == "x"
    loaded = json.loads(ran.stdout)
    assert "typed_artifacts._transfer.downloads.folder_downloads" in loaded
    assert [name for name in loaded if name.startswith(NOT_FOR_A_DOWNLOAD)] == []
