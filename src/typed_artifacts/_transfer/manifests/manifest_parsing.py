"""Parses a manifest: validates it and builds its entries in one pass.

Unknown keys are left out (a newer server may send more); what a download relies on is checked:
digests, sizes, and what kind of value everything is.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, TypedDict

from ..._values.gc_pause import LARGE, PAUSE
from ..._values.json_values import JsonValue
from ...errors import ServerError, UnsupportedByServer
from .digests import DigestAlgorithm
from .manifest import STORAGE_POLICY, VERSION, Manifest, ManifestEntry

if TYPE_CHECKING:
    from pydantic_core import SchemaValidator, ValidationError


class _Document(TypedDict):
    version: JsonValue
    contents: dict[str, ManifestEntry] | None
    storagePolicy: str | None
    storagePolicyConfig: dict[str, JsonValue] | None


def parse_manifest(data: bytes, algorithm: DigestAlgorithm = DigestAlgorithm.MD5) -> Manifest:
    """Read a manifest.

    Args:
        data: the JSON document.
        algorithm: how its digest is made, as the artifact says (``digestAlgorithm``).

    Raises:
        ServerError: it is not a manifest.
        UnsupportedByServer: it is one of another version.
    """
    if len(data) < LARGE:
        return _manifest(_document(data), algorithm)
    with PAUSE:
        return _manifest(_document(data), algorithm)


def _manifest(document: _Document, algorithm: DigestAlgorithm) -> Manifest:
    entries = document["contents"] or {}
    assign = object.__setattr__  # an entry is frozen, and this one is still being made
    for path, entry in entries.items():
        assign(entry, "path", path)
        if not entry.ref:
            if not entry.digest:
                raise _invalid(_without_digest(path))
            assign(entry, "ref", None)
        if not entry.birth_artifact_id:
            assign(entry, "birth_artifact_id", None)
        if not entry.extra:
            assign(entry, "extra", {})
    policy = document["storagePolicy"]
    return Manifest(
        entries=entries,
        algorithm=algorithm,
        storage_policy=STORAGE_POLICY if policy is None else policy,
        storage_policy_config=document["storagePolicyConfig"] or {},
    )


def _document(data: bytes) -> _Document:
    from pydantic_core import ValidationError

    try:
        document: _Document = _validator().validate_json(data)
    except ValidationError:
        document = _document_of(_loads(data))
    _check_version(document["version"])
    return document


def _loads(data: bytes) -> JsonValue:
    # It also accepts half surrogate pairs, other encodings and deep nesting.
    try:
        document: JsonValue = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise _invalid(f"it is not JSON ({type(error).__name__})") from error
    return document


def _document_of(value: JsonValue) -> _Document:
    """The document, or what is wrong with it."""
    from pydantic_core import ValidationError

    if not isinstance(value, dict):
        raise _invalid("it is not a JSON object")
    _check_version(value.get("version"))
    if "contents" not in value:  # a manifest without files has an empty one
        raise _invalid("it does not say what the artifact contains")
    try:
        document: _Document = _validator().validate_python(value)
    except ValidationError as error:
        raise _invalid(_problem(error)) from error
    return document


def _check_version(version: JsonValue) -> None:
    if version != VERSION:
        raise UnsupportedByServer(
            f"The manifest has version {version!r}; this release reads version {VERSION}.",
            feature="manifest version",
        )


def _problem(error: ValidationError) -> str:
    first = error.errors(include_url=False)[0]
    found = first["input"]
    match first["loc"]:
        case ("contents", path):
            return f"its entry {path!r} is not an object"
        case ("contents", path, "digest"):
            return _without_digest(path)
        case ("contents", path, "size"):
            return f"its entry {path!r} has the size {found!r}"
        case ("contents", path, *keys):
            location = f"its entry {path!r}"
        case keys:
            location = "the manifest"
    return f"in {location}, {keys[0]!r} is {type(found).__name__}"


def _without_digest(path: object) -> str:
    return f"its entry {path!r} has no digest"


@cache
def _validator() -> SchemaValidator:
    """What reads a manifest; an entry is made at once, without a dictionary of its own before."""
    from pydantic_core import SchemaValidator, core_schema

    text = core_schema.str_schema(strict=True)
    anything = core_schema.dict_schema()

    def optional(schema: core_schema.CoreSchema) -> core_schema.CoreSchema:
        return core_schema.with_default_schema(core_schema.nullable_schema(schema), default=None)

    field, member = core_schema.dataclass_field, core_schema.typed_dict_field
    facts = [
        field("digest", text),
        field("size", optional(core_schema.int_schema(strict=True, ge=0))),
        field("ref", optional(text)),
        field("birth_artifact_id", optional(text), validation_alias="birthArtifactID"),
        field("extra", optional(anything)),
    ]
    entry = core_schema.dataclass_schema(
        ManifestEntry,
        core_schema.dataclass_args_schema(ManifestEntry.__name__, facts),
        [fact["name"] for fact in facts],
        slots=True,
    )
    contents = core_schema.dict_schema(core_schema.any_schema(), entry)
    return SchemaValidator(
        core_schema.typed_dict_schema(
            {
                "version": member(optional(core_schema.any_schema())),
                "contents": member(core_schema.nullable_schema(contents)),
                "storagePolicy": member(optional(text)),
                "storagePolicyConfig": member(optional(anything)),
            }
        )
    )


def _invalid(why: str) -> ServerError:
    return ServerError(
        f"The server's manifest cannot be read: {why}. Log the version again.", subject="manifest"
    )
