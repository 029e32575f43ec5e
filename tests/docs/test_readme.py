"""The README's example is a program, and its output is what the README says."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")


def block(language: str) -> str:
    found = re.search(rf"^```{language}\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)
    assert found
    return found[1]


def test_the_example_prints_what_the_readme_says(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", block("python")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.stdout, done.stderr) == (block("text"), "")


def test_the_surface_table_names_what_there_is() -> None:
    import typed_artifacts  # noqa: PLC0415  # the other test needs no import of it

    rows = re.findall(r"^\| (`[^|]+) \|[^|]*\| ([^|]+) \|$", README, re.MULTILINE)
    assert len(rows) == 11
    for names, members in rows:
        for name in re.findall(r"`(\w+)`", names):
            documented = getattr(typed_artifacts, name)
            for member in re.findall(r"`(\w+)(?:\(\))?`", members):
                assert hasattr(documented, member), f"{name}.{member}"
