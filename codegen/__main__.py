"""``python -m codegen generate`` writes the generated trees, ``check`` compares them."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

from .problem import Problem
from .trees import compare, generate, make


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument("command", choices=["generate", "check"])
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).parent.parent, help="the project's folder"
    )
    given = parser.parse_args(arguments)
    try:
        return _generate(given.root) if given.command == "generate" else _check(given.root)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1


def _generate(root: Path) -> int:
    for line in generate(root):
        print(line)
    return 0


def _check(root: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        stale = compare(make(root, Path(folder)), root)
    for line in stale:
        print(line, file=sys.stderr)
    if stale:
        print("The generated code is stale: run `make generate` and commit.", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
