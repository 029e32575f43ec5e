"""The official client, unmodified, logs, reads, edits, links and deletes on our server."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.identity.signing import Issuer

pytestmark = pytest.mark.long

SESSION = Path(__file__).with_name("official_session.py")
TEAMS_SESSION = Path(__file__).with_name("official_teams_session.py")
RUNS_SESSION = Path(__file__).with_name("official_runs_session.py")
USER = "somebody" * 5
OTHER = "another1" * 5
SERVE = """
import sys
from typed_artifacts.local import serve
serve(sys.argv[1], port=0, open_=True)
"""
# Where each has a key, nobody may do what is not theirs.
SERVE_KEYS = f"""
import sys
from typed_artifacts.local import Registry, serve
with Registry(sys.argv[1]) as registry:
    for key in ("{USER}", "{OTHER}"):
        registry.register_key(key, key)
(registry.root / "api-key").write_text("{"k" * 40}")
serve(sys.argv[1], port=0)
"""
# Who has a token of the issuer signs in with that, and has no key.
SERVE_TOKENS = """
import sys
from typed_artifacts.local import TrustedIssuer, serve
with open(sys.argv[1] + ".pem") as file:
    issuer = TrustedIssuer(file.read(), audience="typed-artifacts")
serve(sys.argv[1], port=0, issuer=issuer)
"""


def _environment(home: Path, url: str, token: Path | None = None) -> dict[str, str]:
    folders = {name: str(home) for name in ("HOME", "WANDB_DIR", "TMPDIR")}
    folders |= {f"WANDB_{name}_DIR": str(home / name) for name in ("CACHE", "DATA", "CONFIG")}
    chosen = {"WANDB_BASE_URL": url, "WANDB_SILENT": "true"}
    if token is None:
        chosen["WANDB_API_KEY"] = USER
    else:
        chosen |= {"WANDB_IDENTITY_TOKEN_FILE": str(token)}
        chosen |= {"WANDB_CREDENTIALS_FILE": str(home / "credentials.json")}
    return {"PATH": os.environ["PATH"], **folders, **chosen, "WANDB_ERROR_REPORTING": "false"}


def _session(
    tmp_path: Path, session: Path, serve: str = SERVE, token: Path | None = None
) -> dict[str, Any]:
    home, seen = tmp_path / "home", tmp_path / "seen.json"
    home.mkdir()
    command = [sys.executable, "-c", serve, str(tmp_path / "root")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            assert server.stdout is not None
            found = None
            while found is None and (line := server.stdout.readline()):
                found = re.search(r"http://\S+", line)
            assert found is not None
            done = subprocess.run(
                [sys.executable, str(session), str(seen)],
                env=_environment(home, found[0], token),
                cwd=home,
                capture_output=True,
                text=True,
                timeout=200,
                check=False,
            )
            assert done.returncode == 0, done.stderr[-3000:]
        finally:
            server.terminate()
            server.wait(20)
    loaded: dict[str, Any] = json.loads(seen.read_text())
    return loaded


@pytest.mark.referee
@pytest.mark.parametrize("serve", [SERVE, SERVE_KEYS], ids=["open", "keys"])
def test_everything_it_does_with_artifacts(tmp_path: Path, serve: str) -> None:
    pytest.importorskip("wandb")
    seen = _session(tmp_path, SESSION, serve)
    assert seen == {
        "logged": ["v0", "v0", ["one", "two words"]],
        "increment": ["v1", ["a.txt", "new.txt", "sub/b.txt"]],
        "reference": ["https://example.com/x"],
        "downloaded": ["a.txt", "b.txt"],
        "viewer": [USER, USER],
        "hashed": ["XXH128"],
        "types": ["dataset", "hashes"],
        "collections": [2, ["away", "data"]],
        "versions": [2, ["v1", "v0"]],
        "names": ["v1", "v0", "v0", "v1"],
        "files": ["<ArtifactFiles E/proj/data:v0 (2)>", ["a.txt", "sub/b.txt"]],
        "lineage": [["data:v0", "data:v1", "away:v0"], True, ["data:v0"]],
        "moved": [
            {"a": "ours a", "copy/of a": "ours a", "renamed": "ours b"},
            "ours b",
            True,
        ],
        "collection": ["about", ["x", "y z"], "model"],
        "edited": ["changed", {"y": 2}, ["three"], ["prod"], 3],
        "link": ["port:staging", True, "renamed:v0", "v0"],
        "unlinked": [0, "COMMITTED"],
        "registry": ["wandb-registry-m", "renamed:v0", ["m"]],
        "deleted": ["v1"],
        "exist": [False, False, True],
    }


@pytest.mark.referee
def test_everything_it_does_with_teams_registries_and_runs(tmp_path: Path) -> None:
    pytest.importorskip("wandb")
    seen = _session(tmp_path, TEAMS_SESSION)
    assert seen == {
        "team": ["crew", [[USER, "USER", True]]],
        "own team": [[USER, "USER"]],
        "invited": [True, False, False, False],
        "joined": [OTHER, USER],
        "teams": [OTHER, "crew"],
        "left": True,
        "stayed": [USER],
        "user": ["new.one", "new.one@example.com", "new.one"],
        "organization": [True, "organization"],
        "of it": [[OTHER, False], [USER, False]],
        "registry": ["", [[USER, "admin"]]],
        "members": [
            [[OTHER, "viewer"], [USER, "admin"]],
            [["crew", "restricted_viewer"]],
        ],
        "changed": ["", [[OTHER, "admin"], [USER, "admin"]]],
        "linked": ["fresh", ["chosen", "latest"], "p"],
        "region": True,
        "source": ["q", "crew"],
        "hidden": ["", "", None],
        "aliased": ["by-the-stranger", "latest"],
        "used by": [["crew"], []],
        "run": ["finished", 3, 2, 0.5],
        "updated": [False, 3, 1],
        "media": True,
        "deleted": [0, False],
    }


@pytest.mark.referee
@pytest.mark.parametrize("keyless", [False, True], ids=["key", "identity token"])
def test_runs_that_write_together_or_begin_offline(tmp_path: Path, keyless: bool) -> None:
    pytest.importorskip("wandb")
    token, serve = None, SERVE
    if keyless:
        issuer, token, serve = Issuer(), tmp_path / "token", SERVE_TOKENS
        token.write_text(issuer.token(USER))
        (tmp_path / "root.pem").write_text(issuer.public_key)
    seen = _session(tmp_path, RUNS_SESSION, serve, token)
    parts = [
        ["v0", ["0-first.txt", "1-first.txt"], ["done", "latest", "part0", "part1"]],
        ["v1", ["0-second.txt", "1-second.txt"], ["done", "latest", "part0", "part1"]],
    ]
    assert seen == {
        "viewer": USER,
        "together": parts,
        "not yet": [0, False],
        "made by": [["together:v0"], ["together:v0"], ["together:v0"]],
        "two of a group": [["left.txt"], ["right.txt"]],
        "synced": [
            ["offline:v0", ["chosen"], ["t"], {"x": 1}, 3, ["one.txt"]],
            ["offline:v1", ["latest"], [], {}, None, ["one.txt", "two.txt"]],
        ],
        "ours": ["offline:v0", "offline:v1", "shared:v0"],
    }
