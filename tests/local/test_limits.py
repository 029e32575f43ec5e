"""Operations that are too deep, too wide or too large are refused, and say so."""

import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DatabaseError

from typed_artifacts.local import Json, LocalServer
from typed_artifacts.local.store import explained

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


@pytest.mark.long
def test_pages_inside_pages_are_bounded(
    server: LocalServer, send: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("typed_artifacts.local.graph.reading.LONGEST_SECONDS", 3600.0)
    server.registry.bulk.versions("local/p/c", type="dataset", count=1500)
    page = "artifacts(first: 1500) { edges { node { id } } }"
    once = " ".join(f"a{n}: {page}" for n in range(20))
    assert "errors" not in send(f"{{ {_in_collection(once)} }}")
    often = " ".join(f"a{n}: {page}" for n in range(70))
    body = send(f"{{ {_in_collection(often)} }}")
    assert "more than 100000 items" in body["errors"][0]["message"]


LISTED = _in_collection("artifacts(first: 1500) { edges { node { id metadata } } }")


def test_an_operation_ends_in_time(
    server: LocalServer, send: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.registry.bulk.versions("local/p/c", type="dataset", count=10)
    monkeypatch.setattr("typed_artifacts.local.graph.reading.LONGEST_SECONDS", -1.0)
    body = send(f"{{ {LISTED} }}")
    assert body["data"] is None
    assert "takes longer than" in body["errors"][0]["message"]


def test_a_statement_ends_in_time(server: LocalServer) -> None:
    endless = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT max(x) FROM n"
    limit_time = server.registry.store.database.limit_time
    with server.registry.store.read() as connection:
        limit_time(connection, time.monotonic() + 0.2)
        with pytest.raises(DatabaseError) as caught:
            connection.execute(sa.text(endless))
        limit_time(connection, None)
    assert "takes too long" in str(explained(caught.value))


@pytest.mark.parametrize("name", ["execution.MOST_TEXT", "reading.MOST_CHARACTERS"])
def test_text_is_bounded(
    server: LocalServer, send: Ask, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Little text that a reply says many times is much text."""
    for number in range(3):
        metadata: dict[str, Json] = {"long": "x" * 10_000, "n": number}
        files = {"f": str(number)}
        server.registry.log_version("local/p/c", type="dataset", files=files, metadata=metadata)
    assert "errors" not in send(f"{{ {LISTED} }}")
    monkeypatch.setattr(f"typed_artifacts.local.graph.{name}", 20_000)
    body = send(f"{{ {LISTED} }}")
    assert body["data"] is None
    assert "more than 20000 characters" in body["errors"][0]["message"]


def test_a_mutation_that_takes_long_is_answered(
    server: LocalServer, send: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time that a change takes is not counted: it is made, so its client has to know."""
    slow = server.registry.store.write

    @contextmanager
    def write(*, alone: bool = True) -> Generator[sa.Connection]:
        with slow(alone=alone) as connection:
            time.sleep(1.5)
            yield connection

    monkeypatch.setattr(server.registry.store, "write", write)
    monkeypatch.setattr("typed_artifacts.local.graph.reading.LONGEST_SECONDS", 1.0)
    body = send('mutation { upsertBucket(input: {modelName: "p", name: "r"}) { inserted } }')
    assert body["data"]["upsertBucket"] == {"inserted": True}
