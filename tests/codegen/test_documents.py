"""Documents are sent as they are written, with any strings and defaults."""

from pathlib import Path

import pytest
from graphql import print_ast

from codegen.classes.operations import operation_specs
from codegen.configuration.ariadne import load_settings
from codegen.models.generation import write_models
from codegen.project.layout import CONFIG
from codegen.queries.sources import load_sources
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


def test_a_default_that_is_no_value_of_its_parameter_stays_in_the_document(tmp_path: Path) -> None:
    root = assemble(GOLDEN / "shelves", tmp_path)
    (root / "queries" / "own.graphql").write_text(
        "query Own($id: ID! = 1, $share: Float = 1, "
        '$when: DateTime = "2020", $at: DateTime = 5, '
        "$most: Float = 1e999) {\n"
        "  any(id: $id, share: $share, when: $when, at: $at)\n  most: any(share: $most)\n}\n",
        "utf-8",
    )
    with (root / "schema.graphql").open("a", encoding="utf-8") as schema:
        schema.write(
            "extend type Query { any(id: ID, share: Float, when: DateTime, at: DateTime): Int }\n"
        )
    scalars = load_settings(root / CONFIG).scalars
    assert [
        item.source for item in operation_specs(load_sources(root), scalars)["Own"].variables
    ] == [
        "id: str | None = None",
        "share: float | None = 1",
        "when: str | None = '2020'",
        "at: str | None = None",
        "most: float | None = None",
    ]
