"""The generator's commands: generate, check, pull, diff."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from .output.commands import check, generate
from .project.problem import Problem, internal_error


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when all is well, otherwise with a sentence on standard error."""
    parser = argparse.ArgumentParser(prog="python -m codegen", description=__doc__)
    parser.add_argument(
        "--root", type=Path, default=Path(__file__).parent.parent, help="the project's folder"
    )
    commands = parser.add_subparsers(dest="command", required=True)
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--root", type=Path, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    for name, help_text in (
        ("generate", "write what schema, queries and mapping say"),
        ("check", "fail where that is not what there is"),
    ):
        commands.add_parser(name, help=help_text, parents=[shared])
    puller = commands.add_parser(
        "pull", help="bring schema.graphql up to a server", parents=[shared]
    )
    puller.add_argument("url", nargs="?", help="the server; otherwise the one the client would ask")
    puller.add_argument("--from", dest="file", type=Path, help="SDL or introspection JSON instead")
    differ = commands.add_parser("diff", help="what a change of schema does here", parents=[shared])
    differ.add_argument("old", type=Path, help="SDL or introspection JSON")
    differ.add_argument("new", type=Path, nargs="?", help="the same; otherwise schema.graphql")
    differ.add_argument("--json", action="store_true", help="write a JSON array")
    given = parser.parse_args(arguments)
    try:
        return _COMMANDS[given.command](given)
    except Problem as problem:
        print(problem, file=sys.stderr)
    except Exception as error:  # noqa: BLE001 - reported as an internal error, with its location
        print(internal_error(error), file=sys.stderr)
    return 2 if given.command == "diff" else 1  # for `diff`, 1 means "degraded"


def _generate(given: argparse.Namespace) -> int:
    for line in generate(given.root):
        print(line)
    return 0


def _check(given: argparse.Namespace) -> int:
    stale = check(given.root)
    for line in stale:
        print(line, file=sys.stderr)
    if stale:
        print("The generated code is stale: run `make generate` and commit.", file=sys.stderr)
    return 1 if stale else 0


def _pull(given: argparse.Namespace) -> int:
    from .pull.server import schema_from_server
    from .pull.update import pull
    from .schema.loading import schema_from_file

    server = schema_from_file(given.file) if given.file else schema_from_server(given.url)
    for line in pull(given.root, server):
        print(line)
    return 0


def _diff(given: argparse.Namespace) -> int:
    from .diff.effects import exit_code, text_lines
    from .diff.impact import impacts
    from .project.layout import SCHEMA
    from .schema.loading import schema_from_file

    new = given.new or given.root / SCHEMA
    found = impacts(given.root, schema_from_file(given.old), schema_from_file(new))
    if given.json:
        print(json.dumps([item.as_json for item in found], indent=2))
    else:
        print(*text_lines(found), sep="\n")
    return exit_code(found)


_COMMANDS = {"generate": _generate, "check": _check, "pull": _pull, "diff": _diff}

if __name__ == "__main__":
    sys.exit(main())
