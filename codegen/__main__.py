"""``python -m codegen generate`` writes the generated trees, ``check`` compares them."""

from __future__ import annotations

import argparse
import filecmp
import sys
import tempfile
from pathlib import Path

from .problem import Problem
from .render import PACKAGE, TREES, generate, make


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when all is well, 1 with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument("command", choices=["generate", "check"])
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).parent.parent, help="the project's folder"
    )
    given = parser.parse_args(arguments)
    try:
        if given.command == "generate":
            generate(given.root)
            return 0
        return _check(given.root)
    except Problem as problem:
        print(problem, file=sys.stderr)
        return 1


def _check(root: Path) -> int:
    with tempfile.TemporaryDirectory() as folder:
        made = make(root, Path(folder))
        stale = [line for name in TREES for line in differences(made / name, root / PACKAGE / name)]
    for line in stale:
        print(line, file=sys.stderr)
    if stale:
        print("The generated code is stale: run `make generate` and commit.", file=sys.stderr)
    return 1 if stale else 0


def differences(made: Path, there: Path) -> list[str]:
    """How a tree differs from what would be made, missing and surplus files included."""
    wanted, found = (_files(tree) for tree in (made, there))
    lines = [f"missing: {there.name}/{name}" for name in sorted(wanted - found)]
    lines += [f"not generated: {there.name}/{name}" for name in sorted(found - wanted)]
    return lines + [
        f"differs: {there.name}/{name}"
        for name in sorted(wanted & found)
        if not filecmp.cmp(made / name, there / name, shallow=False)
    ]


def _files(tree: Path) -> set[str]:
    return {
        path.relative_to(tree).as_posix()
        for path in tree.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


if __name__ == "__main__":
    sys.exit(main())
