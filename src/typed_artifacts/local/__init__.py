"""The embedded server: a registry of artifacts in a folder, in this process or on a port.

`open_local()` is for `Api.local()` and tests, `serve()` for the command, `Registry` to put data in
without a server. Needs the extra `local`.
"""

from .accounts import ApiKey
from .app import create_app
from .faults import RegistryError, RegistryNotFound, RegistryRefused, RegistryStorageError
from .hosts import Hosts
from .local_server import LocalServer, open_local
from .registry import Json, Registry
from .serving import serve
from .storing import StoredVersion

__all__ = [
    "ApiKey",
    "Hosts",
    "Json",
    "LocalServer",
    "Registry",
    "RegistryError",
    "RegistryNotFound",
    "RegistryRefused",
    "RegistryStorageError",
    "StoredVersion",
    "create_app",
    "open_local",
    "serve",
]
