"""A document is sent as it is written, whatever its strings hold."""

from pathlib import Path

import pytest
from graphql import print_ast

from codegen.models import write_models
from codegen.scalars import CONFIG
from codegen.settings import load_settings
from codegen.sources import load_sources
from tests.codegen.projects import GOLDEN, assemble

STRINGS = {
    "quotes": r'"{\"name\": {\"$regex\": \"^\\d+$\"}}"',
    "line ends": r'"a\nb\t\\n"',
    "apostrophes": '''"it's 'so'"''',
    "a block": '"""\n    "a" \\d\n      it\'s\n    """',
    "three quotes": r'"""a \""" b"""',
    "other alphabets": r'"é\u00e9 漢字"',
}


@pytest.mark.parametrize("text", STRINGS.values(), ids=STRINGS.keys())
def test_a_string_in_a_query_is_sent_as_it_is(text: str, tmp_path: Path) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path / "project")
    (root / "queries" / "own.graphql").write_text(
        f"query Own {{\n  entity(name: {text}) {{\n    name\n  }}\n}}\n", "utf-8"
    )
    (made := tmp_path / "made").mkdir()
    sources = load_sources(root)
    documents = write_models(sources, load_settings(root / CONFIG), made)
    assert documents["OWN"] == f"\n{print_ast(sources.operations['Own'])}\n"
    module: dict[str, object] = {}
    exec((made / "_graphql" / "operations.py").read_text("utf-8"), module)  # noqa: S102 - just made
    assert module["OWN_GQL"] == documents["OWN"]
