"""Every public name has one place in the reference, and every command its row."""

from __future__ import annotations

import re
from collections import Counter

import typer.main

import typed_artifacts
from tests.docs.examples import DOCS
from typed_artifacts.cli.app import app

REFERENCE = DOCS / "reference"


def test_every_public_name_has_one_place() -> None:
    shown = Counter(
        name
        for page in REFERENCE.glob("*.md")
        if page.suffixes == [".md"]
        for name in re.findall(
            r"^::: typed_artifacts\.(\w+)", page.read_text("utf-8"), re.MULTILINE
        )
    )
    assert set(typed_artifacts.__all__) <= shown.keys()
    assert [name for name, count in shown.items() if count > 1] == []


def test_every_command_is_on_its_page() -> None:
    page = (DOCS / "command-line.md").read_text("utf-8")
    named = set(re.findall(r"^\| `([a-z-]+)` \|", page, re.MULTILINE))
    commands: dict[str, object] = vars(typer.main.get_command(app))["commands"]
    hidden = {name for name, command in commands.items() if vars(command)["hidden"]}
    assert named == commands.keys() - hidden
