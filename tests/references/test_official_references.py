"""References in both directions: each client fetches what the other has logged, as its own.

S3 is moto's server, http(s) a web server of the tests; both clients talk to them as they are.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.artifacts.bench import tree
from tests.local.test_official_client import SERVE, USER, _environment
from tests.references.conftest import REGION, S3, SECRETS
from tests.references.storage import Web
from typed_artifacts import Api

pytestmark = pytest.mark.long

SESSION = Path(__file__).with_name("official_references.py")


@pytest.mark.timeout(200)
def test_both_clients_take_the_references_of_the_other(
    s3_url: str, versioned: S3, web: Web, tmp_path: Path
) -> None:
    versioned.put("p/a", b"official s3 a")
    versioned.put("p/deep/b", b"official s3 b")
    web.files["/w.bin"] = b"official web"
    local, home = tmp_path / "local", tmp_path / "home"
    for folder in (local, home):
        folder.mkdir()
    (local / "x.txt").write_bytes(b"official local")
    uris = {
        "s3": f"s3://{versioned.name}/p",
        "w.bin": f"{web.url}/w.bin",
        "l": local.as_uri(),
    }
    expected = {
        "s3/a": b"official s3 a",
        "s3/deep/b": b"official s3 b",
        "w.bin": b"official web",
        "l/x.txt": b"official local",
    }
    (tmp_path / "uris.json").write_text(json.dumps(uris))
    command = [sys.executable, "-c", SERVE, str(tmp_path / "root")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            url = server.stdout.readline().split()[-1]
            url = url[url.index("http") :]
            with Api(base_url=url, api_key=USER, project="refs") as api:
                inner = api.log_artifact("inner", type="dataset", files={"f": b"official inner"})
                hexed = base64.b64decode(inner.id).hex()
                away = uris | {"other": f"wandb-artifact://{hexed}/f"}
                ours = api.log_artifact("ours", type="dataset", files=away)
                seen, back = tmp_path / "seen.json", tmp_path / "official"
                s3 = {"AWS_S3_ENDPOINT_URL": s3_url, "AWS_ENDPOINT_URL_S3": s3_url}
                done = subprocess.run(
                    [sys.executable, str(SESSION), str(tmp_path / "uris.json"), seen, back],
                    env=_environment(home, url) | s3 | SECRETS | REGION,
                    cwd=home,
                    capture_output=True,
                    text=True,
                    timeout=150,
                    check=False,
                )
                assert done.returncode == 0, done.stderr[-3000:]
                assert tree(back) == expected | {"other": b"official inner"}
                theirs = api.artifact("theirs")
                assert theirs.digest == json.loads(seen.read_text())["digest"]
                theirs.download(tmp_path / "ours", follow_references=True)
                assert tree(tmp_path / "ours") == expected
                mine = dict(ours.manifest.entries)
                del mine["other"]
                assert dict(theirs.manifest.entries) == mine  # digests, sizes, URIs, facts
        finally:
            server.terminate()
