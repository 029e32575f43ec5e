"""Words as docstrings: those of the mapping as they stand, those of a schema made to fit."""

from __future__ import annotations

import json
import re
from textwrap import fill

WIDTH = 100
_SENTENCE = re.compile(r"^(.+?[.!?])(?:\s+|$)", re.DOTALL)


def described(description: str | None, fallback: str) -> str:
    """A schema's description as words for a docstring: a summary that ends, then the rest.

    Args:
        description: what the schema says, in whatever layout.
        fallback: the summary where it says nothing, or nothing that fits one line.
    """
    paragraphs = [" ".join(part.split()) for part in re.split(r"\n\s*\n", description or "")]
    paragraphs = [_escaped(part) for part in paragraphs if part]
    if not paragraphs:
        return fallback
    first = _SENTENCE.match(paragraphs[0])
    summary = first[1] if first else f"{paragraphs[0]}."
    rest = paragraphs[0][first.end() :] if first else ""
    if len(summary) > WIDTH - len('        """"""'):
        return "\n\n".join([fallback, *paragraphs])
    summary = summary[:1].upper() + summary[1:]
    return "\n\n".join([summary, *filter(None, [rest, *paragraphs[1:]])])


def argument_words(description: str | None, fallback: str) -> str:
    """The same for the line of an argument: one paragraph."""
    return _escaped(" ".join((description or "").split())) or fallback


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"""', "'''")
    return f'{text[:-1]}\\"' if text.endswith('"') else text


def literal(text: str) -> str:
    """A string as Python writes it, in double quotes."""
    return json.dumps(text, ensure_ascii=False)


def wrapped(words: str, indent: int) -> str:
    """Words inside a docstring that is indented by so much; further paragraphs are wrapped."""
    first, *rest = words.split("\n\n")
    margin = " " * indent
    return "\n\n".join([first, *(_filled(part, margin, margin) for part in rest)])


def docstring(words: str, indent: int) -> str:
    """A whole docstring."""
    text = wrapped(words, indent)
    ending = f"\n{' ' * indent}" if "\n" in text else ""
    return f'"""{text}{ending}"""'


def argument_line(name: str, words: str) -> str:
    """A parameter's line in an ``Args:`` section, wrapped."""
    return _filled(f"{name}: {words}", " " * 8, " " * 12) + "\n"


def _filled(text: str, first: str, further: str) -> str:
    return fill(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
    )
