"""Hostile clients: each is refused within limits, and others are served."""

import json
import sqlite3
import threading
import time
from typing import Any

import httpx
import pytest

from tests.local.processes import PATIENCE, VERSIONS, VIEWER, Served, upload_url

MEBIBYTE = 1 << 20


def _versions(served: Served, filters: object) -> Any:  # noqa: ANN401  (versions, or an error)
    body = served.ask(VERSIONS, f=json.dumps(filters)).json()
    if "errors" in body:
        return body["errors"][0]["message"]
    edges = body["data"]["project"]["artifactCollection"]["artifacts"]["edges"]
    return [edge["version"] for edge in edges]


@pytest.mark.parametrize(
    "pattern", ["^(a+)+$", "(a*)*b", "(a|a)*$", "((a?){20}){20}a{20}c", "(.*.*.*.*.*.*)*x"]
)
def test_one_filter_stops_nobody(served: Served, pattern: str) -> None:
    start = time.monotonic()
    found = _versions(served, {"metadata.n": {"$regex": pattern}})
    assert set(found) <= {"v0", "v1"} or "is not one that RE2 knows" in found
    assert time.monotonic() - start < PATIENCE / 2
    assert served.ask(VIEWER).json()["data"]["viewer"]["username"] == "local"


def test_patterns_know_all_scripts_and_say_what_they_do_not_know(served: Served) -> None:
    assert _versions(served, {"metadata.n": {"$regex": r"^\w+!$"}}) == ["v0"]
    assert _versions(served, {"metadata.list": "ü"}) == ["v0"]
    assert "'(?=a)'" in _versions(served, {"metadata.n": {"$regex": "(?=a)"}})


@pytest.mark.parametrize(
    ("key", "value"),
    [("größe", 1), ('a"b', "x"), ("a.b", True), ("list", 2), ("n", "a" * 40 + "!")],
)
def test_every_key_of_metadata_matches(served: Served, key: str, value: object) -> None:
    for condition in (value, {"$in": [value, None]}, {"$exists": True}, {"$nin": ["other"]}):
        assert "v0" in _versions(served, {f"metadata.{key}": condition}), condition
    assert _versions(served, {f"metadata.{key}": {"$ne": value}}) == ["v1"]


@pytest.mark.parametrize("count", [1_100, 40_000])
def test_lists_in_filters_may_be_long(served: Served, count: int) -> None:
    numbers = list(range(count))
    texts = [str(number) for number in numbers]
    assert _versions(served, {"version": {"$in": numbers}}) == ["v1", "v0"]
    assert _versions(served, {"metadata.größe": {"$in": numbers}}) == ["v0"]
    assert _versions(served, {"digest": {"$nin": texts}}) == ["v1", "v0"]
    assert _versions(served, {"alias": {"$in": [*texts, "latest"]}}) == ["v1"]
    assert _versions(served, {"$or": [{"metadata.größe": each} for each in numbers]}) == ["v0"]
    names = json.dumps(texts[: count // 4])
    files = f"files(names: {names}) {{ totalCount }}"
    query = f'{{ project(entityName: "local", name: "p") {{ artifact(name: "c") {{ {files} }} }} }}'
    data = served.ask(query).json()["data"]
    assert data["project"]["artifact"]["files"]["totalCount"] == 0


@pytest.mark.parametrize(
    "filters",
    [
        {"$and": [{"version": {"$ne": number}} for number in range(5, 1500)]},
        {"$nor": [{"version": {"$gt": number}} for number in range(5, 1500)]},
        {"metadata.list": {"$all": [2] * 400}},
    ],
)
def test_long_conditions_are_not_too_deep(served: Served, filters: object) -> None:
    assert "v0" in _versions(served, filters)


def test_too_many_conditions_are_refused_in_a_sentence(served: Served) -> None:
    filters = {"$and": [{"metadata.a.b": {"$ne": number}} for number in range(5000)]}
    assert "too many conditions" in _versions(served, filters)


def test_a_reply_has_bounds(served: Served) -> None:
    before = served.memory()
    for name, shared in (("digest", False), ("name", True)):
        fields = " ".join(f"a{number}: {name}" for number in range(2000))
        if shared:  # one object that every version leads to is told again with each
            fields = f"artifactSequence {{ project {{ {fields} }} }}"
        page = f"artifacts(first: 2000) {{ edges {{ node {{ {fields} }} }} }}"
        many = f'artifactCollection(name: "many") {{ {page} }}'
        body = served.ask(f'{{ project(entityName: "local", name: "p") {{ {many} }} }}').json()
        assert body["data"] is None
        assert "more than 1000000 values" in body["errors"][0]["message"]
    assert served.memory() - before < 400 * MEBIBYTE


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ viewer {" + " id" * 19_000 + "} }", "more than 50 times in one place"),
        ("{ viewer {" + " ... { id }" * 9_000 + "} }", "more than 50 times in one place"),
        ("query A { viewer { id } } " * 2_000, "operations and fragments"),
        (
            "{ viewer { ...A } } fragment A on User { teams { edges { node { user { ...A } } } } }",
            "",
        ),
        ("{ __schema { types { " + "fields { type { " * 9 + "name" + "} } " * 9 + "} } }", ""),
        ("{ users(ids: " + "[" * 5000 + "]" * 5000 + ") { edges { cursor } } }", "too deeply"),
    ],
)
def test_a_hostile_document_is_refused_in_time(served: Served, query: str, said: str) -> None:
    start = time.monotonic()
    body = served.ask(query).json()
    assert said in body["errors"][0]["message"]
    assert time.monotonic() - start < PATIENCE / 2


def test_bodies_are_not_read_without_a_key(served: Served) -> None:
    before = served.memory()
    body = b'{"query": "' + b"x" * (15 * MEBIBYTE) + b'"}'
    statuses: list[int] = []

    def send(path: str) -> None:
        headers = {"content-type": "application/json"}
        reply = httpx.post(served.url + path, content=body, headers=headers, timeout=PATIENCE)
        statuses.append(reply.status_code)

    paths = ["/graphql", "/files/local/p/r/file_stream"] * 4
    threads = [threading.Thread(target=send, args=(path,)) for path in paths]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert statuses == [401] * 8
    assert served.memory() - before < 60 * MEBIBYTE


@pytest.mark.parametrize("path", ["/graphql", "/files/local/p/r/file_stream"])
def test_a_body_that_never_comes_is_not_waited_for_without_a_key(served: Served, path: str) -> None:
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    with served.connect() as connection:
        connection.sendall(f"{head}Content-Length: 1000\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 401 ")


def test_an_upload_that_is_too_large_is_refused_before_its_first_byte(served: Served) -> None:
    target = upload_url(served, b"four").removeprefix(served.url)
    for length in (1 << 40, 10**17, 10**60):
        head = f"PUT {target} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {length}\r\n\r\n"
        with served.connect() as connection:
            connection.sendall(head.encode())
            assert connection.recv(1000).startswith((b"HTTP/1.1 413 ", b"HTTP/1.1 400 "))


def test_a_writer_waits_for_another_process_and_does_not_fail(served: Served) -> None:
    root = served.errors.parent / "registry"
    other = sqlite3.connect(root / "registry.db", isolation_level=None)
    replies: list[httpx.Response] = []
    change = """mutation { upsertBucket(input: {entityName: "local", modelName: "p",
      name: "waits"}) { inserted } }"""
    try:
        other.execute("BEGIN IMMEDIATE")
        writer = threading.Thread(target=lambda: replies.append(served.ask(change)))
        writer.start()
        # Those who read do not wait.
        assert served.ask(VERSIONS).json()["data"]["project"]
        time.sleep(1.5)
        assert not replies
        other.execute("COMMIT")
        writer.join(PATIENCE)
        assert replies[0].json()["data"]["upsertBucket"]["inserted"] is True
    finally:
        other.close()
