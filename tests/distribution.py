"""Build what is published, and try it in empty environments of every Python of this machine.

``python -m tests.distribution [3.12 …]``; ``make dist``. The wheel and the source distribution go
to ``dist/``; twine checks what an index would refuse. Then, for each Python: the wheel alone, the
wheel with its extras, and the source distribution, each installed by pip into an environment that
has nothing else. Dependencies come from where pip is set up to find them.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

from tests.pythons import VERSIONS, interpreter

ROOT = Path(__file__).parents[1]
DIST = ROOT / "dist"
BIN = "Scripts" if sys.platform == "win32" else "bin"

#: With the wheel alone: the client is there, and an extra says what it needs.
BASE = """
import sys
from typed_artifacts import Api, ExtraNotInstalled, __version__

assert __version__ == sys.argv[1], __version__
print(Api(base_url="http://localhost"))
try:
    Api.local()
except ExtraNotInstalled as error:
    print(error)
else:
    raise AssertionError("the extra local is there")
"""

#: With its extras: a version is logged, read in both flavours, by the command and by fsspec.
EXTRAS = """
import asyncio, subprocess, sys
from pathlib import Path
from typed_artifacts import Api, AsyncApi
import fsspec

with Api.local("shelf") as api:
    made = api.log_artifact("demo/notes", type="dataset", files={"a.txt": b"one"})
    assert made.files()[0].read_bytes() == b"one"

async def read():
    async with AsyncApi.local("shelf") as api:
        return (await api.artifact("local/demo/notes:latest")).version

assert asyncio.run(read()) == "v0"
with fsspec.open("wandb-artifact://local/demo/notes:latest/a.txt", registry="shelf") as file:
    assert file.read() == b"one"
command = Path(sys.executable).with_name("typed-artifacts")
subprocess.run([command, "--version"], check=True)
subprocess.run([command, "tree", "local/demo/notes:latest", "--registry", "shelf"], check=True)
"""

#: The source distribution builds what the wheel holds.
SOURCE = """
import sys
from importlib.metadata import version
from importlib.resources import files

assert version("typed-artifacts") == sys.argv[1], version("typed-artifacts")
assert "type Query" in (files("typed_artifacts") / "local" / "schema.graphql").read_text("utf-8")
"""


def build() -> tuple[Path, Path]:
    """The wheel and the source distribution, in an empty ``dist/``."""
    shutil.rmtree(DIST, ignore_errors=True)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-d", str(DIST)], cwd=ROOT, check=True
    )
    [wheel], [source] = DIST.glob("*.whl"), DIST.glob("*.tar.gz")
    return wheel, source


def check(twine: str, files: tuple[Path, Path]) -> None:
    """Have twine look for what an index would refuse."""
    subprocess.run([twine, "check", "--strict", *map(str, files)], check=True)


def try_installed(python: str, what: list[str], code: str, version: str) -> None:
    """Install something into an empty environment, and run code there."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        subprocess.run([python, "-m", "venv", str(place / "venv")], check=True)
        inside = str(place / "venv" / BIN / "python")
        subprocess.run([inside, "-m", "pip", "install", "-qq", *what], check=True)
        run = [inside, "-W", "error", "-c", code, version]
        subprocess.run(run, cwd=place, check=True, timeout=300)


def main(versions: list[str]) -> None:
    """Build, check and try, and say so."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    wheel, source = build()
    check(str(ROOT / ".venv" / "dist" / BIN / "twine"), (wheel, source))
    for name in versions or VERSIONS:
        python = interpreter(name)
        if python is None:
            print(f"There is no Python {name} here.", flush=True)
            continue
        print(f"Python {name}:", flush=True)
        try_installed(python, [str(wheel)], BASE, project["version"])
        try_installed(python, [f"{wheel}[local,cli,fsspec]"], EXTRAS, project["version"])
        try_installed(python, ["--no-deps", str(source)], SOURCE, project["version"])
    print(f"{wheel.name} and {source.name} are in {DIST.name}/.", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
