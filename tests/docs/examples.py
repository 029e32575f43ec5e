"""The examples of a page: Python and commands run in this process, and print what the page says.

A block of ``python`` runs in one namespace with those before it. What it prints is the block of
``text`` right after it; without one, it prints nothing. Of a block of ``console`` each line that
begins with ``$ typed-artifacts`` is a command; where the block shows output, it is the command's.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from typer.testing import CliRunner

from typed_artifacts import Api
from typed_artifacts.cli.app import app

DOCS = Path(__file__).parents[2] / "docs"
_BLOCK = re.compile(
    r"^```(\w+)[^\n]*\n(.*?)^```$(?:\n\n```text\n(.*?)^```$)?", re.MULTILINE | re.DOTALL
)
#: Commands that end only when they are told to: their options are read, and nothing is served.
_SERVING = {"serve"}


@dataclass(frozen=True)
class Example:
    """A block of a page, the line where its text begins, and what it prints."""

    language: str
    text: str
    line: int
    prints: str


def examples_of(page: Path) -> list[Example]:
    """The blocks of Python and of commands of a page, in order."""
    text = page.read_text("utf-8")
    return [
        Example(found[1], found[2], text[: found.start(2)].count("\n") + 1, found[3] or "")
        for found in _BLOCK.finditer(text)
        if found[1] in {"python", "console"}
    ]


def run_page(page: Path) -> None:
    """Run the examples of a page in the current folder; variables that they set go with them."""
    with mock.patch.dict(os.environ):
        _run(page)


def _run(page: Path) -> None:
    namespace: dict[str, object] = {"__name__": "__main__"}
    try:
        for example in examples_of(page):
            if example.language == "python":
                printed = _printed(example, page, namespace)
                assert printed == example.prints, f"{page.name}:{example.line} printed:\n{printed}"
            else:
                _run_commands(example, page)
    finally:
        for value in namespace.values():
            if isinstance(value, Api):
                value.close()


def _printed(example: Example, page: Path, namespace: dict[str, object]) -> str:
    """Run a block, with the page's own lines in a traceback, and return what it printed."""
    code = compile("\n" * (example.line - 1) + example.text, str(page), "exec", dont_inherit=True)
    with contextlib.redirect_stdout(io.StringIO()) as out:
        exec(code, namespace)  # noqa: S102  # it is our own page
    return out.getvalue()


def _run_commands(example: Example, page: Path) -> None:
    """Run the commands of a block one after the other."""
    shown = list(commands_of(example.text))
    assert shown, f"{page.name}:{example.line} has no command"
    with_output = any(output for _, output in shown)
    for command, output in shown:
        program, *arguments = shlex.split(command, comments=True)
        assert program == "typed-artifacts", f"{page.name}:{example.line}: {command}"
        if arguments[0] in _SERVING:
            arguments.append("--help")  # an option that there is not fails before the help
        result = CliRunner().invoke(app, arguments, env={"COLUMNS": "100"})
        assert result.exit_code == 0, f"{page.name}:{example.line}: {command}\n{result.output}"
        if with_output:
            lines = [line.rstrip() for line in result.stdout.splitlines()]
            assert lines == output, f"{page.name}:{example.line}: {command}\n{result.stdout}"


def commands_of(text: str) -> Iterator[tuple[str, list[str]]]:
    """Each command of a console's text with the lines that it prints."""
    whole = text.replace("\\\n", " ")  # a command may go on in the next line
    for part in re.split(r"^\$ ", whole, flags=re.MULTILINE)[1:]:
        command, *output = part.rstrip("\n").split("\n")
        yield command, output
