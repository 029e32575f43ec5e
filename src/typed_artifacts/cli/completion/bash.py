"""Rejoins words that bash splits at colons, for shell completion."""

from __future__ import annotations

import os
import sys
from collections.abc import MutableMapping, Sequence

import typer

_VARIABLE = "_TYPED_ARTIFACTS_COMPLETE"


def complete_in_bash(app: typer.Typer) -> bool:
    """Answer bash where it has parted a word; whether that was asked.

    Args:
        app: the command.
    """
    words = os.environ.get("COMP_WORDS", "").split("\n")
    if os.environ.get(_VARIABLE) != "complete_bash" or ":" not in words:
        return False
    import io
    from contextlib import redirect_stdout, suppress

    begun = join_words(os.environ, words)
    output = io.StringIO()
    with redirect_stdout(output), suppress(SystemExit):
        app(prog_name="typed-artifacts")
    for line in output.getvalue().splitlines():
        sys.stdout.write(f"{line.removeprefix(begun)}\n")
    return True


def join_words(environ: MutableMapping[str, str], words: Sequence[str]) -> str:
    """Write into the environment what the words are without parting; what bash has already.

    Args:
        environ: the environment, with the number of the word that is completed.
        words: the words as bash has parted them.

    Returns:
        The beginning of the completed word up to its last colon: bash wants the rest only.
    """
    wanted = int(environ.get("COMP_CWORD", "0"))
    joined: list[str] = []
    current = 0
    for number, word in enumerate(words):
        after = number > 0 and words[number - 1] == ":"
        if joined and (after or word == ":"):
            joined[-1] += word
        else:
            joined.append(word)
        if number == wanted:
            current = len(joined) - 1
    environ["COMP_WORDS"], environ["COMP_CWORD"] = "\n".join(joined), str(current)
    return joined[current][: joined[current].rfind(":") + 1] if current < len(joined) else ""
