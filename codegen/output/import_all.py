"""Imports all modules of a package and builds their models, in a separate process.

Where it can, the process is a copy of one that has the libraries already, and knows nothing of the
package.
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from multiprocessing import Pipe, get_all_start_methods, get_context
from typing import TYPE_CHECKING, NamedTuple

from ..project.problem import Problem

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

# Modules of other packages that the package imports and that take long to load.
_LIBRARIES = ["pydantic", "httpx", "anyio", "asyncio", "tenacity"]


class Failure(NamedTuple):
    """The reason why a module cannot be imported, with its file and line."""

    module: str
    message: str
    exported: str | None
    """The name in ``__all__`` that the module lacks, if that is the reason."""
    frames: list[tuple[str, int]]


def imported(folder: Path, modules: list[str]) -> Failure | None:
    """Import modules from a folder in a new process. Returns the first failure, if any.

    Raises:
        Problem: the process ended before it was done.
    """
    receiver, sender = Pipe(duplex=False)
    process = _process((str(folder), modules, sender))
    process.start()
    sender.close()
    try:
        failure: Failure | None = receiver.recv()
    except EOFError:
        process.join()
        text = f"the process that imports generated modules ended with code {process.exitcode}"
        raise Problem("codegen/output/import_all.py", None, text) from None
    finally:
        receiver.close()
    process.join()
    return failure


def _process(arguments: tuple[str, list[str], Connection[Failure | None, object]]) -> BaseProcess:
    if "forkserver" not in get_all_start_methods():
        return get_context("spawn").Process(target=_work, args=arguments, daemon=True)
    context = get_context("forkserver")
    context.set_forkserver_preload(_LIBRARIES)
    return context.Process(target=_work, args=arguments, daemon=True)


def _work(folder: str, modules: list[str], results: Connection[Failure | None, object]) -> None:
    sys.dont_write_bytecode = True
    sys.path.insert(0, folder)
    # multiprocessing has imported the parent's main module here, perhaps with our package.
    packages = {name.partition(".")[0] for name in modules}
    for name in [it for it in sys.modules if it.partition(".")[0] in packages]:
        del sys.modules[name]
    results.send(import_all(modules))


def import_all(modules: list[str]) -> Failure | None:
    """Import modules in this process. Returns the first failure, if any."""
    for name in modules:
        for step in (load, build, look_up):
            try:
                step(name)
            except Exception as error:  # noqa: BLE001 - whatever a module raises is reported
                return failure_of(name, error)
    return None


def load(name: str) -> None:
    """Import a module."""
    import_module(name)


def build(name: str) -> None:
    """Build the models that pydantic would build on first use."""
    from pydantic import BaseModel

    for found in list(vars(sys.modules[name]).values()):
        if isinstance(found, type) and issubclass(found, BaseModel) and found.__module__ == name:
            found.model_rebuild()


def look_up(name: str) -> None:
    """Look up each name that a module exports."""
    module = sys.modules[name]
    for exported in getattr(module, "__all__", ()):
        try:
            getattr(module, exported)
        except (AttributeError, ImportError) as error:
            raise NotExportedError(exported) from error


class NotExportedError(Exception):
    """A module exports a name that it lacks."""


def failure_of(name: str, error: Exception) -> Failure:
    """The failure for an error: its message, and where it was raised."""
    frames = traceback.extract_tb(error.__traceback__)
    exported = str(error) if isinstance(error, NotExportedError) else None
    return Failure(
        name, message_of(error), exported, [(it.filename, it.lineno or 0) for it in frames]
    )


def message_of(error: Exception) -> str:
    """The message of an error, the same in every version of Python."""
    if isinstance(error, AttributeError) and error.name and isinstance(error.obj, type):
        return f'{error.obj.__name__} has no "{error.name}"'
    return f"{type(error).__name__}: {error}"
