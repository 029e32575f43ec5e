"""The effect of a schema change on operations, documented classes and attributes."""

# pyright: reportUnknownMemberType=false, reportUnknownVariableType=false
# pyright: reportUnknownArgumentType=false, reportUnknownParameterType=false
# (graphql-core and ariadne-codegen leave type arguments open)

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

from graphql import (
    GraphQLEnumType,
    GraphQLInputField,
    GraphQLInputObjectType,
    get_named_type,
    is_abstract_type,
    is_composite_type,
    is_required_input_field,
)

from ..classes.resolve import resolve
from ..configuration.ariadne import load_settings
from ..configuration.mapping import load_mapping
from ..project.files import read_text
from ..project.layout import CONFIG, FRONT, MAPPING, PACKAGE, TEMPLATES, has_package
from ..project.problem import Problem
from ..python.names import enum_member
from ..queries.optional_parts import find_optional_parts
from ..queries.schema_usage import SchemaUsage, document_text, left_out, used_by_operation
from ..queries.sources import load_sources
from ..rendering.documented_calls import documented_calls
from ..rendering.enum_values import values_named_in
from ..rendering.hand_written import read_written
from ..rendering.init_module import exported
from ..rendering.template_files import read_templates
from ..schema.root_types import name_roots_as
from .changes import Change, changes_between
from .compatibility import Compatible
from .effects import Effect, Impact
from .property_fields import shown_members
from .refusals import Refusals

if TYPE_CHECKING:
    from collections.abc import Container, Iterator
    from pathlib import Path

    from graphql import GraphQLSchema, GraphQLType

    from ..queries.optional_parts import OptionalParts
    from ..queries.sources import Sources


def impacts(root: Path, old: GraphQLSchema, new: GraphQLSchema) -> list[Impact]:
    """Every change between two schemas, the worst first.

    Raises:
        Problem: the project's own sources are wrong.
    """
    return Impacts(root, old).of(new)


class Impacts:
    """The effects of changes of one schema on a project."""

    def __init__(self, root: Path, old: GraphQLSchema) -> None:
        self._old = old
        self._new = old
        self._sources = _fitting_sources(root, old)
        name_roots_as(self._sources.schema, old)
        templates = read_templates(root / TEMPLATES).by_name
        scalars = self._scalars = load_settings(root / CONFIG).scalars
        self._documents = dict(self._document(name) for name in sorted(self._sources.operations))
        self._refusals = Refusals(self._documents, old)
        self._usages = [
            used_by_operation(self._sources, old, cut, name)
            for name, (_, cut) in self._documents.items()
        ]
        self._values = values_named_in(root / PACKAGE, root / PACKAGE / "_sync")
        mapping = load_mapping(root / MAPPING, MAPPING)
        specifications = resolve(mapping, self._sources, scalars, templates, read_written(root))
        constants = {item.constant: item.name for item in specifications.operations}
        front = read_text(root / FRONT, FRONT) if has_package(root) else None
        calls = documented_calls(root / PACKAGE / "_sync", exported(front))
        self._calls = {constants[key]: it for key, it in calls.items() if key in constants}
        self._shown = dict(shown_members(specifications, self._sources))

    def _document(self, name: str) -> tuple[str, tuple[str, OptionalParts]]:
        text = document_text(self._sources, name)
        return name, (text, find_optional_parts(self._sources, name, text))

    def of(self, new: GraphQLSchema) -> list[Impact]:
        """Every change to another schema, the worst first."""
        self._new = new
        name_roots_as(self._sources.schema, new)
        self._refusals = Refusals(self._documents, new)
        found = [self._impact(change) for change in changes_between(self._old, new)]
        found += self._unexplained(found)
        return sorted(found, key=lambda item: (-item.effect, item.member))

    def _impact(self, change: Change) -> Impact:
        """A change with its effect."""
        using = [item for item in self._usages if _uses(change, item, self._old)]
        effect = self._effect(change, using) if using else self._unused(change)
        names = tuple(item.operation for item in using)
        surface = self._shown.get(f"{change.owner}.{change.name}", ())
        if not surface:
            surface = tuple(sorted({call for name in names for call in self._calls.get(name, ())}))
        description = self._words(change, effect)
        return Impact(effect, change.kind, change.member, description, names, surface)

    def _words(self, change: Change, effect: Effect) -> str:
        if effect is not Effect.DEGRADED or change.kind != "FIELD_CHANGED_KIND":
            return change.words
        partly = self._compatible.partly_reads(*self._types(change))
        return f"{change.words.removesuffix('.')}; {partly}." if partly else change.words

    def _types(self, change: Change) -> list[GraphQLType]:
        """The old and the new type of a field or of an input's member."""
        return [
            schema.type_map[change.owner].fields[change.name].type  # type: ignore[attr-defined]  # it has fields
            for schema in (self._old, self._new)
        ]

    @property
    def _compatible(self) -> Compatible:
        return Compatible(self._old, self._new, self._scalars)

    def _unused(self, change: Change) -> Effect:
        is_addition = change.kind.endswith(("_ADDED", "_ADDED_TO_ENUM", "_ADDED_TO_UNION"))
        return Effect.ADDITIVE if is_addition else Effect.NOTHING

    def _effect(self, change: Change, using: list[SchemaUsage]) -> Effect:
        optional = all(change.member in item.optional for item in using)
        if change.kind in {"FIELD_REMOVED", "ARG_REMOVED"} and change.owner in self._inputs():
            written = any((change.owner, change.name) in it.used.inputs for it in using)
            optional = not written and not self._was_required(change)
        if change.kind in {"FIELD_REMOVED", "ARG_REMOVED"}:
            # An operation may ask for an optional field once more, where it is not optional.
            needed = not optional or any(self._needs(change, item) for item in using)
            return Effect.BREAKING if needed else Effect.DEGRADED
        if change.kind == "FIELD_CHANGED_KIND":
            return self._of_another_type(change, using, optional=optional)
        if change.kind == "ARG_CHANGED_KIND":
            refused = any(self._refusals.of(item.operation) for item in using)
            return Effect.BREAKING if refused else Effect.NOTHING
        if change.kind == "VALUE_REMOVED_FROM_ENUM":
            return self._without_value(change, using)
        if change.kind in _OF_TYPES:
            return self._of_type(change, using)
        return _EFFECTS.get(change.kind, Effect.ADDITIVE)

    def _of_type(self, change: Change, using: list[SchemaUsage]) -> Effect:
        """The effect of a removed type, a changed kind of type, or one removed from a union.

        Fields and arguments that are of another type now are told by themselves.
        """
        if change.kind == "TYPE_REMOVED" and all(self._left_out(change, it) for it in using):
            return Effect.DEGRADED
        root = self._old.mutation_type
        if change.kind == "TYPE_REMOVED" and root is not None and change.owner == root.name:
            return Effect.BREAKING  # validation skips mutations if there is no type for them
        types = [schema.type_map.get(change.owner) for schema in (self._old, self._new)]
        is_value = change.kind == "TYPE_CHANGED_KIND" and not all(map(is_composite_type, types))
        refused = is_value or self._refused(using, change.owner)
        return Effect.BREAKING if refused else Effect.NOTHING

    def _left_out(self, change: Change, usage: SchemaUsage) -> bool:
        """Whether a type is selected only through optional fields that the new schema lacks."""

        def lacking(owner: str, name: str) -> bool:
            fields: Container[str] = getattr(self._new.type_map.get(owner), "fields", ())
            return f"{owner}.{name}" in usage.optional and name not in fields

        sent = usage.sent
        return change.owner not in sent and change.owner in left_out(usage.fields, lacking)

    def _without_value(self, change: Change, using: list[SchemaUsage]) -> Effect:
        """The effect of a removed enum value, which the package or its users may send."""
        if (change.owner, enum_member(change.name or "")) in self._values:
            return Effect.BREAKING
        if self._refused(using, change.owner):
            return Effect.BREAKING
        sent = any(change.owner in it.sent for it in using)
        return Effect.DEGRADED if sent else Effect.NOTHING

    def _of_another_type(
        self, change: Change, using: list[SchemaUsage], *, optional: bool
    ) -> Effect:
        """The effect of a changed type of a member: the generated code may still fit.

        Args:
            change: the change.
            using: the operations that ask for the member, or send it.
            optional: whether it may be null in all of them, because a server may lack it.
        """
        old, new = (
            schema.type_map[change.owner].fields[change.name]  # type: ignore[attr-defined]  # it has fields
            for schema in (self._old, self._new)
        )
        compatible = self._compatible
        if isinstance(old, GraphQLInputField) and isinstance(new, GraphQLInputField):
            needed = is_required_input_field(new) and not is_required_input_field(old)
            sent = any(it.may_send(change.owner, change.name or "") for it in using)
            fits = not needed and (not sent or compatible.sends(old.type, new.type))
            return Effect.NOTHING if fits else Effect.BREAKING
        old_type, new_type = get_named_type(old.type), get_named_type(new.type)
        if self._refused(using, new_type.name):
            return Effect.BREAKING
        held = str(old.type).removesuffix("!") if optional else old.type
        if not compatible.reads(held, new.type):
            partly = compatible.partly_reads(held, new.type)
            return Effect.DEGRADED if partly else Effect.BREAKING
        may_be_more = is_abstract_type(new_type) and not is_abstract_type(old_type)
        return Effect.DEGRADED if may_be_more else Effect.NOTHING

    def _refused(self, using: list[SchemaUsage], name: str) -> bool:
        """Whether the new schema refuses one of these operations because of a type."""
        return any(self._refusals.mention(item.operation, name) for item in using)

    def _needs(self, change: Change, usage: SchemaUsage) -> bool:
        """Whether the new schema refuses an operation because it lacks a field or an argument."""
        words = (change.owner, change.argument or change.name or "")
        return self._refusals.names_all(usage.operation, *words)

    def _inputs(self) -> set[str]:
        types = self._old.type_map.items()
        return {name for name, kind in types if isinstance(kind, GraphQLInputObjectType)}

    def _was_required(self, change: Change) -> bool:
        kind = self._old.type_map[change.owner]
        assert isinstance(kind, GraphQLInputObjectType)
        return is_required_input_field(kind.fields[change.name or ""])

    def _unexplained(self, found: list[Impact]) -> Iterator[Impact]:
        """Operations that the new schema refuses for a reason that no other change explains."""
        explained = {name for it in found if it.effect > Effect.ADDITIVE for name in it.operations}
        for name in sorted(set(self._sources.operations) - explained):
            for reason in self._refusals.of(name)[:1]:
                calls = self._calls.get(name, ())
                yield Impact(Effect.BREAKING, "REFUSED", name, reason, (name,), calls)


def _fitting_sources(root: Path, old: GraphQLSchema) -> Sources:
    """The queries, validated with the old schema if they do not fit that of the project."""
    try:
        return load_sources(root)
    except Problem:
        with suppress(Problem):
            return load_sources(root, old)
        raise


_OF_TYPES = {
    "IMPLEMENTED_INTERFACE_REMOVED",
    "TYPE_CHANGED_KIND",
    "TYPE_REMOVED",
    "TYPE_REMOVED_FROM_UNION",
}
_EFFECTS = {
    "ARG_DEFAULT_VALUE_CHANGE": Effect.DEGRADED,
    "FIELD_NARROWED": Effect.NOTHING,
    "ARG_DEPRECATED": Effect.NOTHING,
    "ARG_WIDENED": Effect.NOTHING,
    "IMPLEMENTATION_ADDED": Effect.DEGRADED,
    "IMPLEMENTED_INTERFACE_ADDED": Effect.DEGRADED,
    "INPUT_DEFAULT_VALUE_CHANGE": Effect.DEGRADED,
    "DEPRECATED": Effect.NOTHING,
    "REQUIRED_ARG_ADDED": Effect.BREAKING,
    "REQUIRED_INPUT_FIELD_ADDED": Effect.BREAKING,
}


def _uses(change: Change, usage: SchemaUsage, old: GraphQLSchema) -> bool:
    used = usage.used
    field = (change.owner, change.name or "")
    if change.kind.startswith("ARG_"):
        argument = (*field, change.argument or "")
        if change.kind == "ARG_DEFAULT_VALUE_CHANGE":
            return field in used.fields and argument not in used.certain
        return argument in used.arguments
    if change.implements:
        return not used.types.isdisjoint(change.implements)
    kind = old.type_map.get(change.owner)
    if isinstance(kind, GraphQLInputObjectType):
        is_sent = change.kind != "FIELD_REMOVED" or usage.may_send(*field)
        return is_sent and change.owner in usage.inputs
    of_type = change.kind.endswith("_UNION") or "INTERFACE" in change.kind
    if isinstance(kind, GraphQLEnumType) or change.name is None or of_type:
        return change.owner in used.types | usage.sent
    return field in used.fields
