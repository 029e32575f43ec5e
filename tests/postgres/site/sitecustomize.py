"""Python runs this before anything else: each registry in a folder gets a database of PostgreSQL's.

So tests that name a folder, and the processes that they start, need not know of it.
"""

import importlib
import importlib.abc
import importlib.machinery
import os
import sys
from collections.abc import Sequence
from types import ModuleType

from typing_extensions import override

_STORE = "typed_artifacts.local.store"


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    @override
    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    @override
    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        sys.path.append(os.environ["TEST_POSTGRES_CODE"])
        folders = importlib.import_module("tests.postgres.folders")
        module.Store.__init__ = folders.with_databases(module.Store.__init__)


class _Finder(importlib.abc.MetaPathFinder):
    @override
    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != _STORE:
            return None
        spec = importlib.machinery.PathFinder.find_spec(fullname, path, target)
        if spec is not None and spec.loader is not None:
            spec.loader = _Loader(spec.loader)
        return spec


if "TEST_POSTGRES_PORT" in os.environ:
    sys.meta_path.insert(0, _Finder())
