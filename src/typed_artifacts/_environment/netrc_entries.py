"""Writes a key into netrc without changing anything else in the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..errors import InvalidInput
from .replacing import change_file

if TYPE_CHECKING:
    from .variables import Secret

USER: Final = "user"
"""What the official client writes as the login."""

# A comment up to the end of its line, or a word; quoted words may have spaces.
_TOKEN: Final = re.compile(r'"(?:[^"\\]|\\.)*"|(?:\\.|[^\s\\])+', re.DOTALL)
_LINE_END: Final = re.compile(r"\n|\Z")
_MACRO_END: Final = re.compile(r"\n[ \t\r]*\n|\Z")
_VALUED: Final = frozenset({"login", "user", "account", "password"})


@dataclass(frozen=True, slots=True)
class _Token:
    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Entry:
    """A ``machine`` or ``default``: where it begins and ends, and where its values are."""

    host: str | None
    start: int
    end: int
    values: dict[str, _Token]


def with_key(text: str, host: str, key: str) -> str:
    """The text of a netrc in which a host has a key: its entry is changed, or one is added.

    A new entry goes before ``default``, which has to be the last.
    """
    entries = [*_entries(text)]
    own = [entry for entry in entries if entry.host == host]
    for entry in reversed(own):
        text = _changed(text, entry, key)
    if own:
        return text
    default = next((entry for entry in entries if entry.host is None), None)
    new = f"machine {host}\n  login {USER}\n  password {key}\n"
    if default is not None:
        line = text.rfind("\n", 0, default.start) + 1
        at = line if not text[line : default.start].strip() else default.start
        return text[:at] + new + text[at:]
    gap = "" if not text or text.endswith("\n") else "\n"
    if "macdef" in text and not text.endswith("\n\n"):
        gap += "\n"  # a macro ends at the next empty line
    return text + gap + new


def write_key(path: Path, host: str, key: Secret) -> None:
    """Write a key into a netrc, where its owner alone can read it.

    Raises:
        InvalidInput: the file cannot be read as a netrc, or written, or the key does not fit in.
    """
    if re.search(r'["\\]|^#', key):
        raise InvalidInput("The API key holds characters that no key has: a quote or a backslash.")
    try:
        change_file(path, lambda text: with_key(text, host, key))
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise InvalidInput(f"The netrc file {path} cannot be written ({why}).") from None


def _changed(text: str, entry: _Entry, key: str) -> str:
    login = entry.values.get("login") or entry.values.get("user")
    password = entry.values.get("password")
    added = ("" if login else f" login {USER}") + ("" if password else f" password {key}")
    edits = [(entry.end, entry.end, added)]
    edits += [(login.start, login.end, USER)] if login else []
    edits += [(password.start, password.end, key)] if password else []
    for start, end, new in sorted(edits, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def _entries(text: str) -> Iterator[_Entry]:
    entry: _Entry | None = None
    tokens = _tokens(text)
    for token in tokens:
        if token.text in {"machine", "default"}:
            if entry is not None:
                yield entry
            name = next(tokens, None) if token.text == "machine" else None
            end = token.end if name is None else name.end
            entry = _Entry(None if name is None else name.text, token.start, end, {})
        elif token.text == "macdef":
            if entry is not None:
                yield entry
            entry = None
        elif token.text in _VALUED and entry is not None:
            value = next(tokens, None)
            if value is not None:
                entry.values[token.text] = value
                entry.end = value.end
    if entry is not None:
        yield entry


def _tokens(text: str) -> Iterator[_Token]:
    """The words of a netrc; comments and macros are passed over, values are taken as they are."""
    at, value = 0, False
    while (match := _TOKEN.search(text, at)) is not None:
        at, word = match.end(), _plain(match[0])
        if match[0].startswith("#") and not value:
            at = _end_of(_LINE_END, text, match.start())
            continue
        yield _Token(match.start(), match.end(), word)
        if word == "macdef" and not value:
            at = _end_of(_MACRO_END, text, at)
        value = not value and word in {*_VALUED, "machine"}


def _end_of(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.search(text, at)
    return len(text) if match is None else match.end()


def _plain(word: str) -> str:
    inner = word[1:-1] if word.startswith('"') and word.endswith('"') and len(word) > 1 else word
    return re.sub(r"\\(.)", r"\1", inner, flags=re.DOTALL)
