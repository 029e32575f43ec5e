"""The embedded server: a registry of artifacts in a folder, in this process or on a port.

`open_local()` is for `Api.local()` and tests, `serve()` for the command, `Registry` to put data in
without a server. Needs the extra `local`.
"""

try:
    from .accounts import ApiKey
    from .app import create_app
    from .backup import Copied
    from .errors import RegistryError, RegistryNotFound, RegistryRefused, RegistryStorageError
    from .hosts import Hosts
    from .identity import TrustedIssuer
    from .local_server import LocalServer, open_local
    from .maintenance import Maintenance
    from .moving import Moved
    from .reclaiming import Reclaimed
    from .records import Json
    from .registry import Registry
    from .serving import serve
    from .statistics import Statistics
    from .storing import StoredVersion
    from .verifying import Verified
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
