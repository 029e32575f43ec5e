"""What a server's schema means for each documented call: works, degraded or broken. No I/O."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import TYPE_CHECKING

from .._graphql import enums
from .._operations import catalog
from .._operations.schema_usage import FIELDS, INPUTS, SCHEMA_USAGE
from .._requests.operation import Operation
from .._requests.schema_usage import left_out

if TYPE_CHECKING:
    from .._requests.optional_members import Member as OptionalMember
    from .._requests.schema_usage import SchemaUsage
    from .introspection import Member, ServerTypes, Type, TypeReference


class Health(IntEnum):
    """How a call fares; a greater one is worse."""

    WORKS = 0
    DEGRADED = 1
    BROKEN = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a server has otherwise than this release expects."""

    health: Health
    words: str


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """How one documented call fares, with every reason why it does not simply work."""

    call: str
    operations: tuple[str, ...]
    findings: tuple[Finding, ...]

    @property
    def health(self) -> Health:
        """The worst of its findings."""
        return max((item.health for item in self.findings), default=Health.WORKS)


def diagnose(server: ServerTypes) -> list[Diagnosis]:
    """How every documented call fares on a server, in the calls' order."""
    types = {item.name: item for item in server.schema_.types}
    by_call: dict[str, list[SchemaUsage]] = {}
    for usage in SCHEMA_USAGE:
        for call in usage.calls or (f"Queries ({usage.operation})",):
            by_call.setdefault(call, []).append(usage)
    return [
        Diagnosis(
            call,
            tuple(item.operation for item in operations),
            tuple(dict.fromkeys(found for item in operations for found in findings(item, types))),
        )
        for call, operations in sorted(by_call.items())
    ]


def findings(usage: SchemaUsage, types: Mapping[str, Type]) -> Iterator[Finding]:
    """What a server lacks, or has otherwise, of what one operation touches."""
    optional = {member.name: member for member in _members(usage.operation)}
    asked = {
        owner: {name: FIELDS[owner][name] for name in names.split()}
        for owner, names in usage.fields.items()
    }

    def lacking(owner: str, name: str) -> bool:
        there = types[owner].fields or () if owner in types else ()
        return f"{owner}.{name}" in optional and all(it.name != name for it in there)

    unasked = left_out(asked, lacking)
    for owner, names in usage.fields.items():
        kind = types.get(owner)
        if owner in unasked:
            continue
        if kind is None:
            yield Finding(Health.BROKEN, f"the server has no type {owner}")
            continue
        there = {member.name: member for member in kind.fields or ()}
        for name in names.split():
            field = f"{owner}.{name}"
            if name not in there:
                yield _missing(field, optional)
            else:
                given = usage.arguments.get(field, "").split()
                yield from _field(field, FIELDS[owner][name], there[name], given, optional)
    written = usage.written.split()
    for name in usage.inputs.split():
        yield from _input(name, types.get(name), written)


def _members(operation: str) -> tuple[OptionalMember, ...]:
    for constant in vars(catalog).values():
        if isinstance(constant, Operation) and constant.name == operation:
            return constant.members
    return ()


def _missing(name: str, optional: Mapping[str, OptionalMember]) -> Finding:
    if name not in optional:
        return Finding(Health.BROKEN, f"the server has no {name}")
    feature = optional[name].feature
    why = f" (it lacks {feature})" if feature else ""
    return Finding(Health.DEGRADED, f"the server has no {name}{why}")


def _field(
    field: str,
    wanted: str,
    member: Member,
    given: list[str],
    optional: Mapping[str, OptionalMember],
) -> Iterator[Finding]:
    shown = member.type.shown
    if not _reads_the_same(wanted, member.type):
        yield Finding(Health.BROKEN, f"{field} is {shown} there, not {wanted}")
    elif field not in optional and _may_be_null(shown, wanted):
        yield Finding(Health.DEGRADED, f"{field} may be null there ({shown}, not {wanted})")
    there = {argument.name for argument in member.args}
    for name in (item.removesuffix("!") for item in given):
        if name not in there:
            yield _missing(f"{field}({name})", optional)
    for argument in member.args:
        if argument.required and f"{argument.name}!" not in given:
            yield Finding(Health.BROKEN, f"{field} needs the argument {argument.name} there")


def _reads_the_same(wanted: str, kind: TypeReference) -> bool:
    """Whether a type is the wanted one, apart from ``!``; strings are one type to this client."""
    shown = kind.shown
    leaf, there = wanted.strip("[]!"), shown.strip("[]!")
    if leaf != there and _is_string(leaf) and (_is_string(there) or kind.is_enum):
        shown = shown.replace(there, leaf)
    return shown.replace("!", "") == wanted.replace("!", "")


def _is_string(name: str) -> bool:
    """Whether values of a type are strings, as those of enums are, which are open here."""
    return name in {"String", "ID"} or name in vars(enums)


def _may_be_null(shown: str, wanted: str) -> bool:
    """Whether a type that is otherwise the same lacks a ``!`` that is wanted."""
    if wanted.endswith("!"):
        return not shown.endswith("!") or _may_be_null(shown[:-1], wanted[:-1])
    shown = shown.removesuffix("!")
    return wanted.startswith("[") and _may_be_null(shown[1:-1], wanted[1:-1])


def _input(name: str, kind: Type | None, written: list[str]) -> Iterator[Finding]:
    if kind is None:
        yield Finding(Health.BROKEN, f"the server has no input {name}")
        return
    there = {member.name: member for member in kind.input_fields or ()}
    known = {item.removesuffix("!"): item.endswith("!") for item in INPUTS[name].split()}
    for lacking, required in known.items():
        if lacking not in there:
            if required or f"{name}.{lacking}" in written:
                yield Finding(Health.BROKEN, f"the server has no {name}.{lacking}")
                continue
            yield Finding(Health.DEGRADED, f"the server has no {name}.{lacking}: not to be given")
    for member in there.values():
        if not member.required or known.get(member.name):
            continue
        if member.name not in known:
            yield Finding(Health.BROKEN, f"{name} needs {member.name} there")
        else:
            yield Finding(Health.DEGRADED, f"{name} needs {member.name} there: to be given")
