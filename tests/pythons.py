"""The tests on every Python of this machine, with the newest and the oldest dependencies.

``python -m tests.pythons [3.12 …]``; ``make test-pythons``. Each pair has an environment of its own
below ``.venv/pythons``, made from the pins.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
VERSIONS = ("3.11", "3.12", "3.13", "3.14")
# What needs the package and what it runs with, and neither the generator's tools nor wandb.
OLDEST = ("client", "light", "transfer", "processes", "artifacts")
LEFT_OUT = {"newest": (), "oldest": ("tests/light/test_start.py",)}


def interpreter(version: str) -> str | None:
    """A Python of a version, if this machine has one that runs."""
    command = [f"python{version}", "-c", "import sys, venv; print(sys.executable)"]
    # pyenv's commands run no Python but those that are named.
    around = os.environ | {"PYENV_VERSION": version}
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=around)
    except OSError:
        return None
    return done.stdout.strip() or None if done.returncode == 0 else None


def environment(python: str, version: str, pins: Path) -> Path:
    """An environment with these pins and this package."""
    told = hashlib.sha256(pins.read_bytes()).hexdigest()[:12]
    folder = ROOT / ".venv" / "pythons" / f"{version}-{pins.stem}-{told}"
    if not (folder / "ready").exists():
        subprocess.run([python, "-m", "venv", "--clear", str(folder)], check=True)
        install = [str(folder / "bin" / "python"), "-m", "pip", "install", "-qq"]
        subprocess.run([*install, "--requirement", str(pins)], check=True)
        (folder / "ready").touch()
    return folder


def main(versions: list[str]) -> int:
    """Run them one after the other; 1 where one failed."""
    failed: list[str] = []
    for version in versions or VERSIONS:
        python = interpreter(version)
        if python is None:
            print(f"There is no Python {version} here.", flush=True)
            continue
        for name, pins in (("newest", "dev"), ("oldest", "oldest")):
            print(f"Python {version}, the {name} dependencies:", flush=True)
            made = environment(python, version, ROOT / "requirements" / f"{pins}.txt")
            # As `make` does it: the command and the entry points are tested, too.
            install = [str(made / "bin" / "python"), "-m", "pip", "install", "-qq", "--no-deps"]
            subprocess.run([*install, "--editable", str(ROOT)], check=True)
            what = [f"tests/{each}" for each in OLDEST] if name == "oldest" else ["tests"]
            what += [f"--ignore={each}" for each in LEFT_OUT[name]]
            options = ["--numprocesses=2", "--dist=loadfile", "--no-header"]
            options += ["-m", "not soak and not long"]
            done = subprocess.run(
                [str(made / "bin" / "python"), "-m", "pytest", *options, *what],
                cwd=ROOT,
                check=False,
                env={
                    **os.environ,
                    "PATH": f"{made / 'bin'}{os.pathsep}{os.environ['PATH']}",
                },
            )
            if done.returncode:
                failed.append(f"{version} with the {name}")
    print(f"Failed: {', '.join(failed)}." if failed else "All passed.")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
