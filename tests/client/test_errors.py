"""The tree of errors."""

import inspect
import pickle
import re

import pytest

import typed_artifacts
from typed_artifacts import errors
from typed_artifacts.errors import ArtifactsError

PARENTS = {
    "ConnectionFailed": {"ArtifactsError"},
    "RequestTimeout": {"ConnectionFailed"},
    "AuthenticationError": {"ArtifactsError"},
    "PermissionDenied": {"ArtifactsError"},
    "RateLimited": {"ArtifactsError"},
    "ServerError": {"ArtifactsError"},
    "GraphQLError": {"ArtifactsError"},
    "PartialSaveError": {"GraphQLError"},
    "NotFoundError": {"ArtifactsError", "LookupError"},
    "ConflictError": {"ArtifactsError"},
    "IntegrityError": {"ArtifactsError"},
    "UnsupportedByServer": {"ArtifactsError"},
    "LengthUnknown": {"UnsupportedByServer", "TypeError"},
    "PaginationError": {"ArtifactsError"},
    "ExtraNotInstalled": {"ArtifactsError", "ModuleNotFoundError"},
    "NotLoadedError": {"ArtifactsError", "RuntimeError"},
    "InvalidInput": {"ArtifactsError", "ValueError"},
}


@pytest.mark.parametrize("name", PARENTS)
def test_the_tree(name: str) -> None:
    kind: type[BaseException] = getattr(errors, name)
    assert issubclass(kind, ArtifactsError)
    assert {base.__name__ for base in kind.__bases__} == PARENTS[name]
    assert getattr(typed_artifacts, name) is kind
    assert name in errors.__all__


def test_the_docstring_draws_the_tree() -> None:
    drawn = set(re.findall(r"[├└]── (\w+)", str(errors.__doc__)))
    kinds = {
        name
        for name, kind in inspect.getmembers(errors, inspect.isclass)
        if issubclass(kind, ArtifactsError) and kind is not ArtifactsError
    }
    assert drawn == kinds


def test_every_error_carries_what_it_is_about() -> None:
    found = errors.NotFoundError("gone", missing="run", operation="Run", subject="e/p/r")
    assert (found.operation, found.subject, found.server_says) == ("Run", "e/p/r", None)
    assert (str(found), found.missing) == ("gone", "run")
    with pytest.raises(LookupError):
        raise found


def test_errors_cross_processes() -> None:
    found: ArtifactsError = pickle.loads(  # noqa: S301 - our own
        pickle.dumps(errors.ServerError("bad", status=500, operation="Run", server_says="no"))
    )
    assert isinstance(found, errors.ServerError)
    assert (str(found), found.status, found.operation) == ("bad", 500, "Run")
