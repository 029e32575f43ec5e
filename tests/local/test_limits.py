"""Operations that are too deep, too wide or too large are refused, and say so."""

from collections.abc import Callable
from typing import Any

import pytest

from typed_artifacts.local import LocalServer

Ask = Callable[..., dict[str, Any]]


def _deep(levels: int) -> str:
    step = 'artifactCollection(name: "x") { project { '
    pairs = levels // 2
    return '{ project(name: "p") { ' + step * pairs + "id" + " } }" * pairs + " } }"


def _fragments(doublings: int) -> str:
    parts = [
        f"fragment F{n} on User {{ ...F{n + 1} x{n}: id ...F{n + 1} }}" for n in range(doublings)
    ]
    return "{ viewer { ...F0 } } " + " ".join(parts) + f" fragment F{doublings} on User {{ id }}"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (_deep(40), "levels deep"),
        ("{" + " ".join(f"a{n}: viewer {{ id }}" for n in range(600)) + "}", "600 things at once"),
        (_fragments(18), "fields"),
        ("{ viewer { id } }" + " " * 1_000_001, "longer than"),
        ("{ a " + "{ a " * 2000 + "}" * 2001, "too deeply"),
        ("{ viewer { ...A } } fragment A on User { ...A }", "Cannot spread fragment"),
        ("{ viewer { nothing } }", "Cannot query field 'nothing'"),
        ("{ viewer", "Syntax Error"),
    ],
)
def test_refused(send: Ask, query: str, said: str) -> None:
    body = send(query)
    assert body["data"] is None
    assert said in body["errors"][0]["message"]


def test_what_is_just_large_is_answered(send: Ask) -> None:
    query = "{" + " ".join(f"a{n}: viewer {{ id username }}" for n in range(400)) + "}"
    assert len(send(query)["data"]) == 400


def _in_collection(selection: str) -> str:
    named = 'project(entityName: "local", name: "p") { artifactCollection(name: "c")'
    return f"{named} {{ {selection} }} }}"


def test_pages_inside_pages_are_bounded(server: LocalServer, send: Ask) -> None:
    server.registry.bulk.versions("local/p/c", type="dataset", count=1500)
    page = "artifacts(first: 1500) { edges { node { id } } }"
    once = " ".join(f"a{n}: {page}" for n in range(20))
    assert "errors" not in send(f"{{ {_in_collection(once)} }}")
    often = " ".join(f"a{n}: {page}" for n in range(70))
    body = send(f"{{ {_in_collection(often)} }}")
    assert "more than 100000 items" in body["errors"][0]["message"]
