"""Every public function and method, and arguments that no type checker would let pass."""

# pyright: reportUnknownArgumentType=false, reportUnknownVariableType=false
# (of any type on purpose)

from __future__ import annotations

import inspect
import io
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from enum import Enum
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from hypothesis import strategies as st

import typed_artifacts
from tests.artifacts.bench import DATA, SHELF
from typed_artifacts import Api, AsyncApi, AsyncPaginator
from typed_artifacts.local import LocalServer, Registry, open_local

#: What is never called: it would end what the other calls need, or waits for nobody.
LEFT_OUT = {"close", "flush", "local"}


class Call(NamedTuple):
    """Something public that can be called.

    Attributes:
        name: what it is, for a person.
        function: it.
        parameters: those that it takes, without ``self``.
    """

    name: str
    function: Callable[..., Any]
    parameters: list[inspect.Parameter]


def _stays_below(text: str) -> bool:
    """Whether a text, taken for a path, cannot lead out of the folder of the test."""
    return not text.startswith(("/", "\\", "~")) and ".." not in text


def junk() -> st.SearchStrategy[object]:
    """A value that hardly any parameter takes."""
    return st.one_of(
        st.sampled_from(
            [None, True, 0, -1, 5, 1.5, float("nan"), 10**30, "", " ", "x", "a/b", "a:b", ":"]
        ),
        st.sampled_from(["a/b/c/d/e", "\ud800", "\0", "http://", "s3://b/k", b"bytes", b""]),
        st.sampled_from([object(), Path("x"), Path("\0"), timedelta.max, timedelta(-1), 1j]),
        # These take what a callback is given: the errors of a callback would pass through.
        st.sampled_from([str, print]),
        st.builds(object),
        st.builds(io.BytesIO, st.just(b"x")),
        st.builds(iter, st.just([1])),
        st.sampled_from([ValueError("x"), datetime.now(UTC), ..., NotImplemented]),
        st.text(max_size=5).filter(_stays_below),
        st.lists(st.one_of(st.none(), st.integers(), st.text(max_size=3)), max_size=2),
        st.dictionaries(
            st.one_of(st.none(), st.integers(), st.text(max_size=3)), st.integers(), max_size=2
        ),
        st.builds(set),
        st.builds(tuple, st.just([1])),
        st.builds(frozenset, st.just(["a"])),
    )


def _options(server: LocalServer) -> dict[str, Any]:
    return {
        "base_url": server.base_url,
        "api_key": server.api_key,
        "entity": "local",
        "retry": typed_artifacts.NO_RETRIES,
    }


def things(server: LocalServer) -> dict[str, object]:
    """An object of each class with something to call."""
    api = Api(transport=server.transport, **_options(server))
    artifact, kind = api.artifact(f"{DATA}:v0"), api.artifact_type("dataset", "bench")
    run = api.run("bench/train")
    found = [api, api.client, api.client.queries, artifact, api.artifact(SHELF), kind, run]
    found += [api.artifact_collection("dataset", DATA), api.project("bench"), artifact.files()[0]]
    found += [api.artifacts("dataset", DATA), artifact.files(), run.logged_artifacts()]
    found += [api.artifact_types("bench"), kind.collections(), api.project("bench").collections()]
    return {f"{type(each).__name__}{index}": each for index, each in enumerate(found)}


async def async_things(server: LocalServer) -> dict[str, object]:
    """The same in the other flavour."""
    api = AsyncApi(transport=server.async_transport, **_options(server))
    artifact = await api.artifact(f"{DATA}:v0")
    kind, run = await api.artifact_type("dataset", "bench"), await api.run("bench/train")
    found = [api, api.client, api.client.queries, artifact, await api.artifact(SHELF), kind, run]
    found += [await api.artifact_collection("dataset", DATA), api.project("bench")]
    found += [await artifact.files()[0], api.artifacts("dataset", DATA), artifact.files()]
    found += [run.logged_artifacts(), api.artifact_types("bench"), kind.collections()]
    found += [api.project("bench").collections()]
    return {f"{type(each).__name__}{index}": each for index, each in enumerate(found)}


def calls_of(found: dict[str, object]) -> list[Call]:
    """Every public method of some objects; properties that may be set, as what sets them."""
    calls: list[Call] = []
    for label, thing in found.items():
        for name, member in inspect.getmembers_static(type(thing)):
            if name.startswith("_") or name in LEFT_OUT:
                continue
            if isinstance(member, property):
                if member.fset is not None:
                    calls.append(_setter(label, thing, name))
            elif callable(member) or isinstance(member, classmethod):
                calls.append(_call(f"{label}.{name}", getattr(thing, name)))
    return calls


def _setter(label: str, thing: object, name: str) -> Call:
    parameter = inspect.Parameter("value", inspect.Parameter.POSITIONAL_ONLY)
    return Call(f"{label}.{name} =", partial(setattr, thing, name), [parameter])


def constructors(client: object, flavour: str) -> list[Call]:
    """Every public class and function of one flavour; the client is right, or left to chance."""
    calls: list[Call] = []
    for name in typed_artifacts.__all__:
        kind = getattr(typed_artifacts, name)
        is_async = name.lower().startswith("async")
        if not callable(kind) or is_async != (flavour == "async") or _is_plain(kind):
            continue
        calls.append(_call(name, kind))
        if "client" in inspect.signature(kind).parameters:
            calls.append(_call(f"{name}(client)", _with_client(kind, client)))
    return calls


def _with_client(kind: Callable[..., object], client: object) -> Callable[..., object]:
    signature = inspect.signature(kind)

    def make(*args: object, **named: object) -> object:
        return kind(client, *args, **named)

    make.__signature__ = signature.replace(  # type: ignore[attr-defined]
        parameters=[*signature.parameters.values()][1:]
    )
    return make


def _is_plain(kind: object) -> bool:
    """Whether it only holds values, and checks none: an error, an enum, a named tuple, an alias.

    Nor can an abstract class be made.
    """
    if not inspect.isclass(kind):
        return not inspect.isfunction(kind)
    plain = issubclass(kind, Exception | Enum) or hasattr(kind, "__dataclass_fields__")
    return plain or inspect.isabstract(kind)


def _call(name: str, function: Callable[..., object]) -> Call:
    kinds = {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}
    parameters = [p for p in inspect.signature(function).parameters.values() if p.kind not in kinds]
    return Call(name, function, parameters)


def draw_arguments(
    draw: Callable[[st.SearchStrategy[Any]], Any], call: Call
) -> tuple[list[object], dict[str, object]]:
    """Arguments that Python binds: what is needed, and some of what is not."""
    args: list[object] = []
    named: dict[str, object] = {}
    for parameter in call.parameters:
        needed = parameter.default is inspect.Parameter.empty
        by_name = parameter.kind is inspect.Parameter.KEYWORD_ONLY or bool(named)
        if not needed and not draw(st.booleans()):
            by_name = True
            named.setdefault("", None)  # from here on by name
            continue
        value = draw(junk())
        if by_name:
            named[parameter.name] = value
        else:
            args.append(value)
    named.pop("", None)
    return args, named


async def settle(
    function: Callable[..., Any], args: Sequence[object], named: Mapping[str, object]
) -> None:
    """Call something and use what it gives: wait for it, or take its first items."""
    result: object = function(*args, **named)
    if isinstance(result, Awaitable):
        result = await result
    if isinstance(result, AsyncIterator):
        await anext(result, None)
    elif isinstance(result, AsyncPaginator):
        await result[0:1]


def registry_calls(server: LocalServer) -> list[Call]:
    """What is public in the embedded registry and needs no port."""
    calls = [_call("open_local", open_local), _call("Registry", Registry)]
    return calls + calls_of({"Registry": server.registry, "Server": server})
