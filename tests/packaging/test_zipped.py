"""The package inside a zip file, from which Python imports, too."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CODE = """
import typed_artifacts
from typed_artifacts import Api
with Api.local() as api:
    artifact = api.log_artifact("demo/notes", type="dataset", files={"a.txt": b"1"})
    print(artifact.name, artifact.files()[0].read_bytes(), ".zip" in typed_artifacts.__file__)
"""


@pytest.mark.long
def test_an_embedded_registry_opens_in_a_zip_file(tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        for path in (ROOT / "src").rglob("*"):
            if path.suffix != ".pyc":
                archive.write(path, path.relative_to(ROOT / "src"))
        archive.write(ROOT / "schema.graphql", "typed_artifacts/local/schema.graphql")
    done = subprocess.run(
        [sys.executable, "-c", CODE],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(packed), *sys.path])},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert (done.stdout, done.stderr) == ("notes:v0 b'1' True\n", "")
