"""Every constructor, property, method and default of the reference; and both flavours alike."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cached_property

import pytest

import typed_artifacts
from tests.surface.reference import AWAITED, REFERENCE, Documented

FLAVOURS = ["", "Async"]
LISTS = [name for name, item in REFERENCE.items() if item.sized is not None]
PUBLIC = sorted(
    name
    for name in typed_artifacts.__all__
    if f"Async{name}" in typed_artifacts.__all__ and name != "Queries"
)


def _class(name: str) -> type:
    found: type = getattr(typed_artifacts, name)
    return found


def _constructor(kind: type) -> object:
    return inspect.getattr_static(kind, "__init__")


def _signature(function: object, *, bound: bool = False) -> inspect.Signature:
    assert callable(function)
    found = inspect.signature(function)
    parameters = list(found.parameters.values())
    return found if bound else found.replace(parameters=parameters[1:])


def _positional(signature: inspect.Signature) -> list[str]:
    return [
        name if item.default is item.empty else f"{name}={item.default!r}"
        for name, item in signature.parameters.items()
        if item.kind is item.POSITIONAL_OR_KEYWORD
    ]


def _additions_are_keywords(signature: inspect.Signature, documented: str) -> None:
    known = {word.partition("=")[0] for word in documented.split()}
    for name, item in signature.parameters.items():
        if name not in known:
            assert item.kind is item.KEYWORD_ONLY, f"{name} is an addition and may be positional"
            assert item.default is not item.empty, f"{name} is an addition without a default"


def _member(kind: type, name: str) -> object:
    return inspect.getattr_static(kind, name)


def _members(kind: type) -> dict[str, object]:
    """Everything public of a class, from its own bases as well."""
    return {
        name: member
        for base in reversed(kind.__mro__)
        if base.__module__.startswith("typed_artifacts")
        for name, member in vars(base).items()
        if not name.startswith("_")
    }


@pytest.mark.parametrize("prefix", FLAVOURS)
@pytest.mark.parametrize("name", REFERENCE)
def test_the_constructor(name: str, prefix: str) -> None:
    documented = REFERENCE[name].arguments
    signature = _signature(_constructor(_class(prefix + name)))
    assert _positional(signature) == documented.split()
    _additions_are_keywords(signature, documented)


def _methods() -> Iterator[tuple[str, str, str]]:
    for name, documented in REFERENCE.items():
        for method, arguments in documented.methods.items():
            yield name, method, arguments


@pytest.mark.parametrize("prefix", FLAVOURS)
@pytest.mark.parametrize(("name", "method", "arguments"), list(_methods()))
def test_a_method(name: str, method: str, arguments: str, prefix: str) -> None:
    kind = _class(prefix + name)
    member = _member(kind, method)
    signature = _signature(getattr(kind, method), bound=isinstance(member, classmethod))
    positional = _positional(signature)
    assert positional[: len(arguments.split())] == arguments.split()
    assert positional[len(arguments.split()) :] == []
    _additions_are_keywords(signature, arguments)


@pytest.mark.parametrize("name", REFERENCE)
def test_the_properties(name: str) -> None:
    documented = REFERENCE[name]
    for prop in documented.properties.split():
        member = _member(_class(name), prop)
        assert isinstance(member, property | cached_property), prop
        if isinstance(member, property):
            assert (member.fset is not None) == (prop in documented.settable.split()), prop
            assert member.fdel is None


@pytest.mark.parametrize(
    "name", [name for name, item in REFERENCE.items() if item.sized is not None]
)
def test_what_a_list_can_do(name: str) -> None:
    documented: Documented = REFERENCE[name]
    kind, twin = _class(name), _class(f"Async{name}")
    for method in ("__iter__", "__next__", "__getitem__", "pages"):
        assert hasattr(kind, method)
    for method in ("__aiter__", "__anext__", "__getitem__", "pages"):
        assert hasattr(twin, method)
    assert hasattr(kind, "__len__") is documented.sized
    assert hasattr(kind, "length") is documented.sized
    assert hasattr(twin, "length") is documented.sized
    assert not hasattr(twin, "__len__")
    start = _signature(_constructor(kind)).parameters["start"]
    assert (start.kind, start.default) == (start.KEYWORD_ONLY, None)


@pytest.mark.parametrize("name", PUBLIC)
def test_the_flavours_have_the_same_members(name: str) -> None:
    mine, twins = _members(_class(name)), _members(_class(f"Async{name}"))
    assert mine.keys() - {"next"} == twins.keys()  # anext() is the only name there
    assert ("__enter__" in vars(_class(name))) == ("__aenter__" in vars(_class(f"Async{name}")))


@pytest.mark.parametrize("name", PUBLIC)
def test_the_flavours_have_equal_signatures(name: str) -> None:
    """The async table is derived from the blocking one: names, kinds, defaults, annotations."""
    kind, twin = _class(name), _class(f"Async{name}")
    assert _as_async(_signature(_constructor(kind))) == _shape(_signature(_constructor(twin)))
    for member in _members(twin):
        mine, theirs = _function(_member(kind, member)), _function(_member(twin, member))
        assert (mine is None) == (theirs is None), member
        if mine is not None and theirs is not None:
            assert _as_async(_signature(mine)) == _shape(_signature(theirs)), member


def _function(member: object) -> object | None:
    """What is called for a member: a method, or what gets a property."""
    if isinstance(member, property):
        return member.fget
    if isinstance(member, cached_property):
        return member.func
    if isinstance(member, classmethod | staticmethod):
        return member.__func__  # pyright: ignore[reportUnknownMemberType, reportUnknownVariableType]  # of any kind
    return member if inspect.isfunction(member) else None


_Shape = tuple[list[tuple[str, str, str, str]], str]


def _shape(signature: inspect.Signature) -> _Shape:
    parameters = [
        (name, item.kind.name, repr(item.default), str(item.annotation))
        for name, item in signature.parameters.items()
    ]
    return parameters, str(signature.return_annotation)


#: What is not of this package has twins of other names.
TWINS = {
    "Iterator": "AsyncIterator",
    "Generator": "AsyncGenerator",
    "httpx.BaseTransport": "httpx.AsyncBaseTransport",
    "io.BufferedReader": "AsyncStream",
}
_CLASSES = re.compile(
    rf"\b({'|'.join([*PUBLIC, 'Queries', 'HttpTransport', 'Paginator', 'TokenFunction'])})\b"
)


def _as_async(signature: inspect.Signature) -> _Shape:
    """The signature that the async twin should have."""
    parameters, returned = _shape(signature)
    return [
        (name, kind, default, _annotation(annotation))
        for name, kind, default, annotation in parameters
    ], _annotation(returned)


def _annotation(text: str) -> str:
    text = _CLASSES.sub(r"Async\1", text)
    for blocking, awaited in TWINS.items():
        text = re.sub(rf"\b{re.escape(blocking)}\b", awaited, text)
    return text


@pytest.mark.parametrize("name", AWAITED)
def test_what_sends_a_request_is_awaited(name: str) -> None:
    twin = _class(f"Async{name}")
    awaited = {
        member for member, value in _members(twin).items() if inspect.iscoroutinefunction(value)
    }
    assert set(AWAITED[name].split()) <= awaited
    for member in awaited:
        returned = str(_signature(_member(twin, member)).return_annotation)
        assert returned.strip("'").removeprefix("Async") not in LISTS, member


@pytest.mark.parametrize("name", [*PUBLIC, *(f"Async{name}" for name in PUBLIC)])
def test_no_public_signature_has_any(name: str) -> None:
    for member, value in {**_members(_class(name)), "__init__": _constructor(_class(name))}.items():
        function = _function(value)
        if function is None:
            continue
        signature = _signature(function, bound=isinstance(value, staticmethod))
        for parameter in signature.parameters.values():
            assert parameter.annotation is not parameter.empty, f"{member}({parameter.name})"
            assert "Any" not in re.findall(r"\w+", str(parameter.annotation)), member
        assert "Any" not in re.findall(r"\w+", str(signature.return_annotation)), member
        assert signature.return_annotation is not signature.empty, member


@pytest.mark.parametrize("name", [*PUBLIC, *(f"Async{name}" for name in PUBLIC)])
def test_everything_public_is_documented(name: str) -> None:
    assert inspect.getdoc(_class(name))
    for member, value in _members(_class(name)).items():
        function = _function(value)
        if function is not None:
            assert inspect.getdoc(function), f"{name}.{member} has no docstring"
