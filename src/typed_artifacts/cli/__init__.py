"""The command `typed-artifacts` (extra `cli`).

`commands` has a module for each subject, `output` what they write, `completion` the completion of
the shell, and `demo` the tour. The modules beside them are shared by commands: options, the
connection to a server or a registry, errors as lines. Nothing imports this package. It uses the
public classes, and helpers of private packages that need no client: texts, paths, checks. Only
`doctor` and `verify` use more of `_domain` and `_transfer`.
"""

import sys


def main() -> None:
    """Run the command with the arguments of this process, and leave with its exit code."""
    try:
        try:
            from typed_artifacts.cli.app import run  # the extra may be absent
        except ModuleNotFoundError as error:
            from typed_artifacts._environment.extras import not_installed

            sys.exit(f"typed-artifacts: {not_installed(error, 'The command', 'cli,local')}")
        run()
    except KeyboardInterrupt:  # before typer, which leaves in the same way, has begun
        sys.exit(130)
