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
        wanted = fragment.condition
        if wanted is None:
            yield from self._selection(fragment.selection, owner, kind)
            return
        there = self._server.by_name.get(wanted)
        if there is None:
            yield broken(f"the server has no type {wanted}")
        elif there.kind not in COMPOSITE:
            yield broken(f"{wanted} has no fields there")
        elif kind.name != wanted and kind.possible.isdisjoint(there.possible):
            yield broken(f"{kind.name} is never {wanted} there")
        else:
            if owner == wanted and not kind.possible <= there.possible:
                yield degraded(f"{wanted} may be something else there ({kind.name})")
            yield from self._selection(fragment.selection, wanted, there)

    def _field(self, asked: Field, owner: str, kind: Type) -> Iterator[Finding]:
        if asked.name.startswith("__"):
            return
        field = f"{owner}.{asked.name}"
        member = next((item for item in kind.fields or () if item.name == asked.name), None)
        if member is None:
            yield self._missing(field, f"{kind.name}.{asked.name}")
            return
        wanted = FIELDS[owner][asked.name]
        yield from self._reply(field, wanted, member.type, asked)
        yield from self._arguments(field, f"{kind.name}.{asked.name}", member, asked)
        if asked.selection is not None and member.type.leaf.kind in COMPOSITE:
            name = member.type.leaf.name or ""
            below = self._server.by_name.get(name)
            if below is None:
                yield broken(f"the server has no type {name}")
            else:
                yield from self._selection(asked.selection, leaf(wanted), below)

    def _missing(self, name: str, there: str) -> Finding:
        """A member of ours that is not there, by the name that it would have there."""
        member = self._optional.get(name)
        if member is None:
            return broken(f"the server has no {there}")
        why = f" (it lacks {member.feature})" if member.feature else ""
        return degraded(f"the server has no {there}{why}")

    def _reply(
        self, field: str, wanted: str, kind: TypeReference, asked: Field
    ) -> Iterator[Finding]:
        """Whether the models hold what the server sends."""

        def fits(old: str, new: str) -> bool:
            has_fields = kind.leaf.kind in COMPOSITE
            if asked.selection is not None or has_fields:
                return has_fields and asked.selection is not None
            return reads_leaf(old, new, OURS, server_types(kind))

        shown = kind.shown
        if not still_reads(wanted.replace("!", ""), shown.replace("!", ""), fits):
            words, partly = (
                f"{field} is {shown} there, not {wanted}",
                partly_reads(wanted, shown, OURS),
            )
            yield degraded(f"{words}: {partly}") if partly else broken(words)
        elif field not in self._optional and not still_reads(wanted, shown, fits):
            yield degraded(f"{field} may be null there ({shown}, not {wanted})")

    def _arguments(
        self, field: str, name_there: str, member: Member, asked: Field
    ) -> Iterator[Finding]:
        there = {argument.name: argument for argument in member.args}
        for name, value in asked.arguments.items():
            if name in there:
                yield from self._values.at(f"{field}({name})", value, there[name])
            else:
                yield self._missing(f"{field}({name})", f"{name_there}({name})")
        for argument in member.args:
            if argument.required and not self._values.has(argument.name, asked.arguments):
                yield broken(f"{field} needs the argument {argument.name} there")
