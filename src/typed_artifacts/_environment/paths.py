"""Paths given by users, with ``~`` for the home folder."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from .._values.uris import is_uri
from ..errors import InvalidInput

if TYPE_CHECKING:
    from os import PathLike


def user_path(given: str | PathLike[str], subject: str = "A path") -> Path:
    """A path of this machine.

    Args:
        given: a string, or an object that stands for a path; ``~`` or ``~user`` in front is that
            user's home.
        subject: what it is the path of, as the beginning of a sentence.

    Raises:
        InvalidInput: it is no path or empty, or the home of somebody who has none here.
    """
    try:
        text = os.fspath(given)
    except TypeError:
        text = None
    if not isinstance(text, str):  # what is not typed may be given all the same, bytes among it
        raise InvalidInput(f"{subject} is a string or a Path, not {type(given).__name__}.")
    if not text:  # as an unset variable would be; a Path is never empty
        raise InvalidInput(f"{subject} needs a name; the current folder is '.'.")
    if "\0" in text:
        raise InvalidInput(f"{subject} cannot hold the character U+0000: {text!r}.", subject=text)
    if is_uri(text):
        raise InvalidInput(f"{subject} is one of this machine, not a URL: {text!r}.", subject=text)
    try:
        os.fsencode(text)
    except UnicodeEncodeError:  # as UTF-8 then, whatever the locale calls the system's encoding
        text = os.fsdecode(text.encode("utf-8", "surrogatepass"))
    expanded = os.path.expanduser(text)  # noqa: PTH111 -- Path's own raises a RuntimeError
    # It may be the name of a file, such as the backup copies of editors.
    if text.startswith("~") and expanded == text and not os.path.lexists(text):
        user = text[1:].replace(os.sep, "/").partition("/")[0]
        why = f"there is no user {user!r}" if user else "there is no home"
        raise InvalidInput(
            f"{subject} begins with ~, and {why} on this machine: {text!r}. Write the whole path.",
            subject=text,
        )
    return Path(expanded)
