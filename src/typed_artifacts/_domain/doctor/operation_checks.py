"""Checks an operation against a server's schema: what is refused, what cannot be read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..._operations.schema_usage import FIELDS, ROOTS
from .compatible import leaf, partly_reads, reads_leaf, still_reads
from .documents import Field, Spread, read_document
from .findings import OURS, Finding, broken, degraded, server_types
from .introspection import COMPOSITE
from .value_checks import GivenValues

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from ..._requests.optional_members import Member as OptionalMember
    from .documents import Fragment, Selection
    from .introspection import Member, Schema, Type, TypeReference


def examine(document: str, optional: Iterable[OptionalMember], server: Schema) -> Iterator[Finding]:
    """What a server has otherwise than an operation needs it, in the order of its document.

    Args:
        document: the operation's, with its fragments.
        optional: what it can do without.
        server: what the server says of itself.
    """
    return _Examination(document, optional, server).run()


class _Examination:
    def __init__(self, document: str, optional: Iterable[OptionalMember], server: Schema) -> None:
        self._document = read_document(document)
        self._optional = {member.name: member for member in optional}
        self._server = server
        self._values = GivenValues(self._document.variables, server)

    def run(self) -> Iterator[Finding]:
        kind = self._document.kind
        root = self._server.root(kind)
        if root is None:
            yield broken(f"the server has no type {ROOTS[kind]}")
        else:
            yield from self._selection(self._document.selection, ROOTS[kind], root)

    def _selection(self, selection: Selection, owner: str, kind: Type) -> Iterator[Finding]:
        """What is asked for of a type of ours, in whose place the server has another."""
        for item in selection:
            if isinstance(item, Field):
                yield from self._field(item, owner, kind)
            else:
                found = self._document.fragments[item.name] if isinstance(item, Spread) else item
                yield from self._fragment(found, owner, kind)

    def _fragment(self, fragment: Fragment, owner: str, kind: Type) -> Iterator[Finding]:
        condition = fragment.condition
        if condition is None:
            yield from self._selection(fragment.selection, owner, kind)
            return
        server_type = self._server.by_name.get(condition)
        if server_type is None:
            yield broken(f"the server has no type {condition}")
        elif server_type.kind not in COMPOSITE:
            yield broken(f"{condition} has no fields there")
        elif kind.name != condition and kind.possible.isdisjoint(server_type.possible):
            yield broken(f"{kind.name} is never {condition} there")
        else:
            if owner == condition and not kind.possible <= server_type.possible:
                yield degraded(f"{condition} may be something else there ({kind.name})")
            yield from self._selection(fragment.selection, condition, server_type)

    def _field(self, selected: Field, owner: str, kind: Type) -> Iterator[Finding]:
        if selected.name.startswith("__"):
            return
        field = f"{owner}.{selected.name}"
        member = next((item for item in kind.fields or () if item.name == selected.name), None)
        if member is None:
            yield self._missing(field, f"{kind.name}.{selected.name}")
            return
        type_text = FIELDS[owner][selected.name]
        yield from self._reply(field, type_text, member.type, selected)
        yield from self._arguments(field, f"{kind.name}.{selected.name}", member, selected)
        if selected.selection is not None and member.type.leaf.kind in COMPOSITE:
            name = member.type.leaf.name or ""
            below = self._server.by_name.get(name)
            if below is None:
                yield broken(f"the server has no type {name}")
            else:
                yield from self._selection(selected.selection, leaf(type_text), below)

    def _missing(self, name: str, server_name: str) -> Finding:
        """A member of ours that is not there, by the name that it would have there."""
        member = self._optional.get(name)
        if member is None:
            return broken(f"the server has no {server_name}")
        why = f" (it lacks {member.feature})" if member.feature else ""
        return degraded(f"the server has no {server_name}{why}")

    def _reply(
        self, field: str, type_text: str, kind: TypeReference, selected: Field
    ) -> Iterator[Finding]:
        """Whether the models hold what the server sends."""

        def fits(old: str, new: str) -> bool:
            has_fields = kind.leaf.kind in COMPOSITE
            if selected.selection is not None or has_fields:
                return has_fields and selected.selection is not None
            return reads_leaf(old, new, OURS, server_types(kind))

        shown = kind.shown
        if not still_reads(type_text.replace("!", ""), shown.replace("!", ""), fits):
            mismatch, partly = (
                f"{field} is {shown} there, not {type_text}",
                partly_reads(type_text, shown, OURS),
            )
            yield degraded(f"{mismatch}: {partly}") if partly else broken(mismatch)
        elif field not in self._optional and not still_reads(type_text, shown, fits):
            yield degraded(f"{field} may be null there ({shown}, not {type_text})")

    def _arguments(
        self, field: str, server_name: str, member: Member, selected: Field
    ) -> Iterator[Finding]:
        known = {argument.name: argument for argument in member.args}
        for name, value in selected.arguments.items():
            if name in known:
                yield from self._values.at(f"{field}({name})", value, known[name])
            else:
                yield self._missing(f"{field}({name})", f"{server_name}({name})")
        for argument in member.args:
            if argument.required and not self._values.has(argument.name, selected.arguments):
                yield broken(f"{field} needs the argument {argument.name} there")
