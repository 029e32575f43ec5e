"""Every public call, with arguments of wrong types: an error of this package, or none."""

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# (of any type on purpose)

from __future__ import annotations

import asyncio
import os
import re
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.artifacts.bench import build
from tests.values.wrong_types import (
    Call,
    async_things,
    calls_of,
    constructors,
    draw_arguments,
    registry_calls,
    settle,
    things,
)
from typed_artifacts import ArtifactsError, AsyncApi, Paginator
from typed_artifacts.local import LocalServer, Registry, RegistryRefused, TrustedIssuer, open_local

EXAMPLES = settings(
    deadline=None,
    phases=(Phase.explicit, Phase.reuse, Phase.generate),  # a call is small, and takes its time
    max_examples=80 * int(os.environ.get("SOAK", "1")),
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LocalServer]:
    """A server, and a folder to be in that a wrong path cannot lead out of."""
    monkeypatch.chdir(tmp_path)
    for name in ("HOME", "USERPROFILE", "XDG_CACHE_HOME", "TMPDIR"):
        monkeypatch.setenv(name, str(tmp_path))
    with warnings.catch_warnings(), open_local() as opened:
        warnings.simplefilter("ignore")
        build(opened.registry)
        yield opened


@pytest.fixture
def blocking(world: LocalServer) -> list[Call]:
    found = things(world)
    return calls_of(found) + constructors(found["Client1"], "sync")


@given(data=st.data())
@EXAMPLES
def test_blocking_calls(blocking: list[Call], data: st.DataObject) -> None:
    call = data.draw(st.sampled_from(blocking).filter(_takes_something))
    args, named = draw_arguments(data.draw, call)
    _only_errors_of_ours(call, args, named)


@pytest.mark.long
def test_async_calls(world: LocalServer) -> None:
    with asyncio.Runner() as runner:
        found = runner.run(async_things(world))
        calls = calls_of(found) + constructors(found["AsyncClient1"], "async")

        @given(data=st.data())
        @EXAMPLES
        def each(data: st.DataObject) -> None:
            call = data.draw(st.sampled_from(calls).filter(_takes_something))
            args, named = draw_arguments(data.draw, call)

            def run(*args: object, **named: object) -> None:
                runner.run(settle(call.function, args, named))

            _only_errors_of_ours(call._replace(function=run), args, named)

        each()


@pytest.mark.long
@given(data=st.data())
@EXAMPLES
def test_calls_of_a_registry(world: LocalServer, data: st.DataObject) -> None:
    calls = registry_calls(world)
    call = data.draw(st.sampled_from(calls).filter(_takes_something))
    args, named = draw_arguments(data.draw, call)
    _only_errors_of_ours(call, args, named)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("issuer", len, "issuer is <built-in function len>; it must be a TrustedIssuer"),
        ("issuer", int, "issuer is <class 'int'>; it must be a TrustedIssuer"),
        ("regions", "eu", "regions is 'eu'; it must be a list of strings"),
        ("regions", 5, "regions is 5; it must be a list of strings"),
        ("regions", [5], "regions[0] is 5; it must be a string"),
        ("most_put_bytes", True, "most_put_bytes is True; it must be a whole number of bytes"),
        ("most_put_bytes", 0, "most_put_bytes is 0; it must be a whole number of bytes"),
        ("most_put_bytes", 1.5, "most_put_bytes is 1.5; it must be a whole number of bytes"),
        ("features", "nothing", "nothing"),
    ],
)
def test_options_of_a_server_are_refused_before_a_folder_is_made(
    tmp_path: Path, name: str, value: object, said: str
) -> None:
    options: dict[str, Any] = {name: value}
    with pytest.raises(RegistryRefused, match=re.escape(said)):
        open_local(tmp_path / "registry", **options)
    assert not (tmp_path / "registry").exists()


def test_regions_may_be_any_collection() -> None:
    with open_local(regions={"eu", "us"}, most_put_bytes=1):
        pass


@pytest.mark.parametrize("lifetime", ["3600", None, True, len])
def test_the_lifetime_of_a_token_is_a_number(lifetime: object) -> None:
    options: dict[str, Any] = {"lifetime": lifetime}
    with pytest.raises(RegistryRefused, match=r"lifetime is .+; it must be a number"):
        TrustedIssuer("a key", **options)


def _takes_something(call: Call) -> bool:
    return bool(call.parameters)


def _only_errors_of_ours(call: Call, args: list[object], named: dict[str, object]) -> None:
    try:
        result: object = call.function(*args, **named)
        if isinstance(result, Iterator):
            next(result, None)
        elif isinstance(result, Registry | LocalServer):
            result.close()
        elif isinstance(result, Paginator):
            _ = result[0:1]
    except ArtifactsError:
        return
    except BaseException as error:
        error.add_note(f"{call.name}(*{args!r}, **{named!r})")
        raise


def test_every_public_class_with_methods_is_called(world: LocalServer) -> None:
    """No class is left out of these tests by an oversight."""
    names = {call.name.partition(".")[0].rstrip("0123456789") for call in calls_of(things(world))}
    assert names >= {
        "Api",
        "Client",
        "Queries",
        "Artifact",
        "ArtifactCollection",
        "ArtifactType",
        "Project",
        "Run",
        "File",
        "Artifacts",
        "ArtifactFiles",
        "RunArtifacts",
        "ArtifactTypes",
        "ArtifactCollections",
        "ProjectArtifactCollections",
    }
    assert AsyncApi.__name__ in {call.name for call in constructors(None, "async")}
