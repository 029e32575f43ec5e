"""Formats texts of the mapping and descriptions of the schema as docstrings."""

from __future__ import annotations

import json
import re
from textwrap import fill

WIDTH = 100
_SENTENCE = re.compile(r"^(.+?[.!?])(?:\s+|$)", re.DOTALL)
_ENDING_QUOTE = re.compile(r'"(?="|$)')


def described(description: str | None, fallback: str) -> str:
    """A schema's description for a docstring: a summary with a full stop, then the rest.

    Args:
        description: what the schema says, in whatever layout.
        fallback: the summary if there is no description, or if its first sentence is too long.
    """
    parts = [escaped(part) for part in paragraphs(description or "")]
    if not parts:
        return fallback
    first = _SENTENCE.match(parts[0])
    summary = first[1] if first else f"{parts[0]}."
    rest = parts[0][first.end() :] if first else ""
    if len(summary) > WIDTH - len('        """"""'):
        return "\n\n".join([fallback, *parts])
    summary = summary[:1].upper() + summary[1:]
    return "\n\n".join([summary, *filter(None, [rest, *parts[1:]])])


def argument_text(description: str | None, fallback: str) -> str:
    """A description for the line of an argument, as one paragraph."""
    return escaped(" ".join((description or "").split())) or fallback


def escaped_text(text: str) -> str:
    """A text of the mapping, escaped for a docstring."""
    return "\n\n".join(escaped(part) for part in paragraphs(text))


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a text, each on one line."""
    parts = (" ".join(part.split()) for part in re.split(r"\n\s*\n", text))
    return [part for part in parts if part]


def escaped(text: str) -> str:
    """A paragraph, escaped for a docstring: a quote in it must not end the docstring.

    What an editor does not show, or Python does not read, is written as an escape.
    """
    shown = "".join(it if it.isprintable() else _escape(it) for it in text.replace("\\", r"\\"))
    return _ENDING_QUOTE.sub(r'\\"', shown)


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")


def literal(text: str) -> str:
    """A Python string literal in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def wrapped(text: str, indent: int) -> str:
    """The content of a docstring with that indentation; paragraphs after the first are wrapped."""
    first, *rest = text.split("\n\n")
    margin = " " * indent
    return "\n\n".join([first, *(_filled(part, margin, margin) for part in rest)])


def docstring(content: str, indent: int) -> str:
    """A whole docstring."""
    text = wrapped(content, indent)
    ending = f"\n{' ' * indent}" if "\n" in text else ""
    return f'"""{text}{ending}"""'


def argument_line(name: str, text: str) -> str:
    """A parameter's line in an ``Args:`` section, wrapped."""
    return _filled(f"{name}: {text}", " " * 8, " " * 12) + "\n"


def _filled(text: str, first: str, further: str) -> str:
    return fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
