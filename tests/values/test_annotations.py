"""Public types in a user's annotations, as Python and pydantic read them at run time.

Annotations of this module are evaluated, as those of a user's module are.
"""

import dataclasses
import importlib
import inspect
import typing
from pathlib import Path

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError, validate_call

import typed_artifacts
from typed_artifacts import (
    Api,
    Filters,
    Identity,
    JsonInput,
    JsonValue,
    ManifestDiff,
    ManifestEntry,
    Metadata,
    PruneReport,
)
from typed_artifacts.local import Json


def log(
    filters: Filters | None = None,
    metadata: Metadata | None = None,
    given: JsonInput | bytes = None,
    found: JsonValue | bytes = None,
    json: Json | bytes = None,
) -> object:
    """A user's function, with optional arguments of the package's types."""
    return filters, metadata, given, found, json


class Report(BaseModel):
    """A user's model."""

    entries: list[ManifestEntry]
    difference: ManifestDiff
    identity: Identity
    report: PruneReport
    metadata: dict[str, JsonValue]
    filters: Filters | None = None
    given: Metadata | None = None


def _plain() -> list[type]:
    found: list[type] = [getattr(typed_artifacts, name) for name in typed_artifacts.__all__]
    classes = [kind for kind in found if inspect.isclass(kind)]
    return [kind for kind in classes if dataclasses.is_dataclass(kind) or issubclass(kind, tuple)]


def test_a_type_may_be_optional() -> None:
    hints = typing.get_type_hints(log)
    assert hints["filters"] == Filters | None
    assert typing.get_args(hints["given"]) == (JsonInput, bytes)


def test_an_alias_contains_itself_by_its_module() -> None:
    """What a user's own module does not import is found there: by beartype and typeguard, say."""
    for alias in (JsonInput, JsonValue, Json):
        value: object = getattr(alias, "__value__")  # noqa: B009 -- text for type checkers
        inner = [each for part in typing.get_args(value) for each in typing.get_args(part)]
        itself = [each for each in inner if isinstance(each, typing.ForwardRef)]
        assert len(itself) == 2
        for each in itself:
            assert (
                getattr(importlib.import_module(str(each.__forward_module__)), each.__forward_arg__)
                is alias
            )


@pytest.mark.parametrize("kind", _plain())
def test_the_types_of_plain_results_can_be_read(kind: type) -> None:
    assert typing.get_type_hints(kind)


def test_results_are_fields_of_pydantic_models(tmp_path: Path) -> None:
    with Api.local(tmp_path) as api:
        old = api.log_artifact("p/c", type="t", files={"a": b"1"}, metadata={"k": [1, {"x": None}]})
        new = api.log_artifact("p/c", type="t", files={"a": b"2"})
        report = Report(
            entries=list(new.manifest.entries.values()),
            difference=old.diff(new),
            identity=api.whoami(),
            report=api.plan_prune("p", keep_last=1).apply(api),
            metadata=old.metadata,
            given={"k": 1},
        )
    assert report.report.done[0].row.name == "c:v0"
    assert report.difference.metadata["k"].before == [1, {"x": None}]
    assert Report.model_validate_json(report.model_dump_json()) == report


@validate_call
def rows(metadata: dict[str, JsonValue], filters: Filters | None = None) -> int:
    """A user's function that pydantic checks."""
    return len(metadata) + len(filters or {})


def test_pydantic_validates_json() -> None:
    assert rows({"a": [1, {"b": [True, None]}]}, {"a": {"$in": [1]}}) == 2
    with pytest.raises(ValidationError):
        TypeAdapter(dict[str, JsonValue]).validate_python({"a": [object()]})


def test_entries_of_a_manifest_can_be_in_a_set(tmp_path: Path) -> None:
    with Api.local(tmp_path) as api:
        entries = api.log_artifact("p/c", type="t", files={"a": b"1", "b": b"1"}).manifest.entries
    assert {entry.path for entry in {*entries.values()}} == {"a", "b"}
