"""The tree of errors."""

import copy
import inspect
import pickle
import re
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

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
    "OfflineError": {"ArtifactsError"},
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


#: Every attribute that an error may have, with a value that is not its default.
FILLED: dict[str, object] = {
    "operation": "SaveArtifact",
    "subject": "e/p/c:v0",
    "server_says": "no",
    "request_sent": False,
    "retry_after": 1.5,
    "status": 503,
    "errors": [errors.GraphQLErrorItem("no", ("update", 0), {"code": {"n": [1, None]}})],
    "data": {"update": None},
    "applied": ["tags"],
    "failed": {"description": "no"},
    "missing": "run",
    "feature": "NAME",
}


@pytest.mark.parametrize("name", ["ArtifactsError", *PARENTS])
@pytest.mark.parametrize("again", [pickle.dumps, copy.copy, copy.deepcopy])
def test_every_error_comes_back_equal_with_all_its_attributes(
    name: str, again: Callable[[ArtifactsError], object]
) -> None:
    kind: Callable[..., ArtifactsError] = getattr(errors, name)
    named = {key: FILLED[key] for key in inspect.signature(kind).parameters if key in FILLED}
    error = kind("It failed.", **named)
    error.add_note("While saving.")
    found = again(error)
    if isinstance(found, bytes):
        found = pickle.loads(found)  # noqa: S301 - our own
    assert found == error
    assert hash(found) == hash(error)
    assert type(found) is type(error)
    assert vars(error).keys() >= named.keys()
    assert vars(found) == vars(error)
    assert found != kind("It failed otherwise.", **named)
    if named:
        assert found != kind("It failed.", **named | {"subject": "e/p/other"})


def _fail() -> None:
    raise errors.PartialSaveError("m", applied=["tags"], failed={"description": "no"})


def test_a_partial_save_error_crosses_a_process_pool() -> None:
    pool = ProcessPoolExecutor(1, mp_context=get_context("spawn"))
    with pool, pytest.raises(errors.PartialSaveError) as caught:
        pool.submit(_fail).result(timeout=100)
    assert (caught.value.applied, caught.value.failed) == (("tags",), {"description": "no"})
