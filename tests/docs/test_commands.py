"""Each command that a page names, in its text or in a block of `sh`, exists with its options."""

from __future__ import annotations

import re
import shlex

import pytest
from typer.testing import CliRunner

from tests.docs.examples import DOCS
from typed_artifacts.cli.app import app

ROOT = DOCS.parent
_NAMED = re.compile(
    r"`typed-artifacts ((?![^`]*…)[^`\n]+)`|^(?:\$ )?typed-artifacts (.+)$", re.MULTILINE
)


def named_commands() -> dict[str, str]:
    """Each command that is named, and a page that names it."""
    pages = [*DOCS.rglob("*.md"), *ROOT.glob("README*.md"), ROOT / "CHANGELOG.md"]
    return {
        (found[1] or found[2]).strip(): page.name
        for page in sorted(pages)
        for found in _NAMED.finditer(page.read_text("utf-8").replace("\\\n", " "))
    }


def test_the_commands_that_pages_name_are_there() -> None:
    named = named_commands()
    assert len(named) > 30
    wrong: list[str] = []
    for command, page in named.items():
        # An option that there is not, and a command that there is not, fail before the help.
        arguments = shlex.split(command, comments=True)
        result = CliRunner().invoke(app, [*arguments, "--help"])
        if result.exit_code:
            wrong.append(f"{page}: typed-artifacts {command}\n{result.output}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("command", ["nothing", "versions demo/x --nothing"])
def test_others_would_fail(command: str) -> None:
    assert CliRunner().invoke(app, [*command.split(), "--help"]).exit_code == 2
