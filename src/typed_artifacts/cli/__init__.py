"""The command `typed-artifacts` (extra `cli`)."""

import sys


def main() -> None:
    """Run the command with the arguments of this process, and leave with its exit code."""
    try:
        from typed_artifacts.cli.app import run  # the extra may be absent
    except ModuleNotFoundError as error:
        if error.name not in {"typer", "rich"}:
            raise
        sys.exit(
            f"The command needs the package {error.name}: "
            'pip install "typed-artifacts[cli,local]", then try again.'
        )
    run()
