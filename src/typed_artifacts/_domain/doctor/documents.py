"""Walks an operation's document for the doctor: selections, arguments, variables.

It reads what the generator has printed, and no more of the language than that.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

_BLOCK = '"""'
_TOKEN = re.compile(
    r'\.\.\.|"""(?:\\"""|(?!""").)*"""|"(?:\\.|[^"\\])*"|-?\d[\d.eE+-]*|\w+|[!$():=@\[\]{}]',
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Variable:
    """A value that comes with the request."""

    name: str


@dataclass(frozen=True, slots=True)
class EnumValue:
    """A value of an enum."""

    name: str


Value: TypeAlias = (
    "Variable | EnumValue | str | float | bool | list[Value] | dict[str, Value] | None"
)


@dataclass(frozen=True, slots=True)
class VariableDefinition:
    """What a variable takes."""

    type: str
    default: Value = None


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is asked for."""

    name: str
    arguments: dict[str, Value]
    selection: Selection | None


@dataclass(frozen=True, slots=True)
class Fragment:
    """What is asked for of one type, or of the same with directives around it."""

    condition: str | None
    selection: Selection


@dataclass(frozen=True, slots=True)
class Spread:
    """A fragment by its name."""

    name: str


Selection: TypeAlias = "tuple[Field | Fragment | Spread, ...]"


@dataclass(slots=True)
class Document:
    """One operation with its fragments."""

    kind: str = "query"
    variables: dict[str, VariableDefinition] = field(default_factory=dict[str, VariableDefinition])
    selection: Selection = ()
    fragments: dict[str, Fragment] = field(default_factory=dict[str, Fragment])


def read_document(text: str) -> Document:
    """A document that the generator has printed."""
    return _Reader(text).document()


class _Reader:
    def __init__(self, text: str) -> None:
        self._words: Iterator[str] = iter(_TOKEN.findall(text))
        self._next = next(self._words, "")

    def document(self) -> Document:
        found = Document()
        while self._next:
            kind = self._take()
            name = self._take()
            if kind == "fragment":
                self._take()  # on
                condition = self._take()
                self._directives()
                found.fragments[name] = Fragment(condition, self._selection())
                continue
            found.kind = kind
            if self._next == "(":
                found.variables = self._variables()
            self._directives()
            found.selection = self._selection()
        return found

    def _take(self) -> str:
        word, self._next = self._next, next(self._words, "")
        return word

    def _is(self, word: str) -> bool:
        """Whether a word comes next; then it is taken."""
        return self._next == word and bool(self._take())

    def _variables(self) -> dict[str, VariableDefinition]:
        found: dict[str, VariableDefinition] = {}
        self._take()
        while not self._is(")"):
            self._take()  # $
            name = self._take()
            self._take()  # :
            kind = self._type()
            found[name] = VariableDefinition(kind, self._value() if self._is("=") else None)
            self._directives()
        return found

    def _type(self) -> str:
        word = self._take()
        if word == "[":
            word = f"[{self._type()}]"
            self._take()
        return f"{word}!" if self._is("!") else word

    def _selection(self) -> Selection:
        found: list[Field | Fragment | Spread] = []
        self._take()
        while not self._is("}"):
            found.append(self._fragment() if self._is("...") else self._field())
        return tuple(found)

    def _fragment(self) -> Fragment | Spread:
        if self._next in {"@", "{"}:
            self._directives()
            return Fragment(None, self._selection())
        name = self._take()
        if name != "on":
            self._directives()
            return Spread(name)
        condition = self._take()
        self._directives()
        return Fragment(condition, self._selection())

    def _field(self) -> Field:
        name = self._take()
        if self._is(":"):
            name = self._take()
        arguments = self._arguments()
        self._directives()
        return Field(name, arguments, self._selection() if self._next == "{" else None)

    def _arguments(self) -> dict[str, Value]:
        return self._members(")") if self._is("(") else {}

    def _directives(self) -> None:
        while self._is("@"):
            self._take()
            self._arguments()

    def _members(self, end: str) -> dict[str, Value]:
        found: dict[str, Value] = {}
        while not self._is(end):
            name = self._take()
            self._take()  # :
            found[name] = self._value()
        return found

    def _value(self) -> Value:
        word = self._take()
        if word == "$":
            return Variable(self._take())
        if word == "{":
            return self._members("}")
        if word == "[":
            items: list[Value] = []
            while not self._is("]"):
                items.append(self._value())
            return items
        if word.startswith(_BLOCK):
            return word.strip('"')
        if word[0] not in '-"' and not word[0].isdigit() and word not in {"true", "false", "null"}:
            return EnumValue(word)
        value: str | float | bool | None = json.loads(word, strict=False)
        return value
