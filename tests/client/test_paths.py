"""Paths as users write them."""

import re

import pytest

from typed_artifacts.errors import InvalidInput
from typed_artifacts.paths import parse_artifact, parse_collection, parse_project, parse_run

HERE = {"entity": "me", "project": "here"}


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("c", "me/here/c"),
        ("c:v1", "me/here/c:v1"),
        ("p/c", "me/p/c"),
        ("e/p/c", "e/p/c"),
        ("e/p/c:latest", "e/p/c:latest"),
        ("e/p/c:with/a/slash", "e/p/c:with/a/slash"),
        ("c:a/b/c/d/e", "me/here/c:a/b/c/d/e"),
        ("c:a:b", "me/here/c:a:b"),
        ("c with spaces", "me/here/c with spaces"),
    ],
)
def test_an_artifact(path: str, read: str) -> None:
    assert str(parse_artifact(path, **HERE)) == read


def test_an_artifact_has_parts() -> None:
    found = parse_artifact("e/p/c:a/b", **HERE)
    assert (found.name, found.alias, found.collection.collection) == ("c:a/b", "a/b", "c")
    assert parse_artifact("c", **HERE).name == "c"
    assert parse_artifact("c", entity=None, project="p").collection.project.entity is None


@pytest.mark.parametrize(("path", "read"), [("c", "me/here/c"), ("e/p/c", "e/p/c")])
def test_a_collection(path: str, read: str) -> None:
    assert str(parse_collection(path, **HERE)) == read


@pytest.mark.parametrize(
    ("path", "read"),
    [
        *((None, "me/here"), ("", "me/here"), ("p", "me/p"), ("e/p", "e/p")),
        ("e/p/", "e/p"),
    ],
)
def test_a_project(path: str | None, read: str) -> None:
    assert str(parse_project(path, **HERE)) == read


@pytest.mark.parametrize(
    "path", ["/", "//", "/p", "/p/", "p/", "e//", "e//p", "e/p//", "e/p/c/", " /"]
)
def test_what_is_no_project(path: str) -> None:
    with pytest.raises(InvalidInput, match=re.escape(f"{path!r} has")):
        parse_project(path, **HERE)


@pytest.mark.parametrize(
    ("path", "read"),
    [
        ("r", "me/here/r"),
        ("p/r", "me/p/r"),
        ("e/p/r", "e/p/r"),
        ("/e/p/r", "e/p/r"),
        ("e/p/runs/r", "e/p/r"),
        ("/e/p/runs/r", "e/p/r"),
        ("p/runs/r", "me/p/r"),
        ("/runs/r", "me/here/r"),
        ("e/p:r", "e/p/r"),
        ("p:r", "me/p/r"),
        ("e/p/r/", "e/p/r"),
        (" e/p / r ", "e/p/r"),
    ],
)
def test_a_run(path: str, read: str) -> None:
    assert str(parse_run(path, **HERE)) == read


def test_a_registry_is_known_by_its_prefix() -> None:
    assert parse_project("org/wandb-registry-model", **HERE).is_registry
    assert not parse_project("org/my-wandb-registry", **HERE).is_registry
