"""Imports the modules of a package and builds their models; run by itself, as a process.

``python import_all.py FOLDER MODULE...``; where one fails, JSON on standard output tells which it
was, what it raised, and the frames.
"""

from __future__ import annotations

import json
import sys
import traceback
from importlib import import_module


def main(folder: str, modules: list[str]) -> int:
    """Import all of them; 1 where one fails."""
    sys.path[0] = folder
    for name in modules:
        for step in (load, build, look_up):
            try:
                step(name)
            except Exception as error:  # noqa: BLE001 - whatever a module raises is told
                print(json.dumps(told(name, error)))
                return 1
    return 0


def load(name: str) -> None:
    """Import a module."""
    import_module(name)


def build(name: str) -> None:
    """Build the models that would be built when they are first needed."""
    from pydantic import BaseModel

    for found in list(vars(sys.modules[name]).values()):
        if isinstance(found, type) and issubclass(found, BaseModel) and found.__module__ == name:
            found.model_rebuild()


def look_up(name: str) -> None:
    """Look up all that a module exports."""
    module = sys.modules[name]
    for exported in getattr(module, "__all__", ()):
        try:
            getattr(module, exported)
        except (AttributeError, ImportError) as error:
            raise NotExportedError(exported) from error


class NotExportedError(Exception):
    """A module names something as its own that is not there."""


def told(name: str, error: Exception) -> dict[str, object]:
    """What an error says, and where."""
    frames = traceback.extract_tb(error.__traceback__)
    return {
        "module": name,
        "said": said(error),
        "exported": str(error) if isinstance(error, NotExportedError) else None,
        "frames": [[frame.filename, frame.lineno] for frame in frames],
    }


def said(error: Exception) -> str:
    """The words of an error, the same under every version of Python."""
    if isinstance(error, AttributeError) and error.name and isinstance(error.obj, type):
        return f'{error.obj.__name__} has no "{error.name}"'
    return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.dont_write_bytecode = True
    sys.exit(main(sys.argv[1], sys.argv[2:]))
