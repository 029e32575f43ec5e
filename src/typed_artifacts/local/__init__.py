"""The embedded server: a registry of artifacts in a folder, in this process or on a port.

`open_local()` is for `Api.local()` and tests, `serve()` for the command, `Registry` to put data in
without a server. Needs the extra `local`.

Packages, each importing only those after it: `http` (the server), `pages` (web pages), `graph`
(GraphQL resolvers), `maintenance`, `versions` (versions and collections), `accounts`, `storage`
(files), `database`. Of the client it imports what users import.
"""

try:
    from .accounts.accounts import ApiKey
    from .accounts.identity import TrustedIssuer
    from .errors import RegistryError, RegistryNotFound, RegistryRefused, RegistryStorageError
    from .http.app import create_app
    from .http.hosts import Hosts
    from .local_server import LocalServer, open_local
    from .maintenance.backup import Copied
    from .maintenance.garbage_collection import Reclaimed
    from .maintenance.migration import Moved
    from .maintenance.operations import Maintenance
    from .maintenance.statistics import Statistics
    from .maintenance.verification import Verified
    from .records import Json
    from .registry import Registry
    from .serving import serve
    from .versions.stored_versions import StoredVersion
except ModuleNotFoundError as _error:
    from .._environment.extras import not_installed

    raise not_installed(_error, "The embedded server", "local") from None

__all__ = [
    "ApiKey",
    "Copied",
    "Hosts",
    "Json",
    "LocalServer",
    "Maintenance",
    "Moved",
    "Reclaimed",
    "Registry",
    "RegistryError",
    "RegistryNotFound",
    "RegistryRefused",
    "RegistryStorageError",
    "Statistics",
    "StoredVersion",
    "TrustedIssuer",
    "Verified",
    "create_app",
    "open_local",
    "serve",
]
