"""The storage options: which there are, and the ``AsyncApi`` that they open."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from typing import Final

from fsspec import available_protocols

from .. import AsyncApi
from .._environment.paths import user_path
from .._environment.registry_folder import has_database
from ..errors import InvalidInput
from .refusals import PathNotFound

# What fsspec itself gives to every file system.
_OF_FSSPEC: Final = frozenset({"use_listings_cache", "listings_expiry_time", "max_paths"})


def check_options(
    registry: object, api: object, server: tuple[object, ...], others: Mapping[str, object]
) -> None:
    """Raise ``InvalidInput`` where an option is unknown, or excludes another.

    Args:
        registry: the folder of a registry, if it is given.
        api: the ``AsyncApi``, if it is given.
        server: the options that say which server, each ``None`` if it is not given.
        others: what is given beside them.
    """
    if unknown := sorted(others.keys() - _OF_FSSPEC - _of_other_protocols(others)):
        raise InvalidInput(
            f"{', '.join(unknown)}: no such storage option. There are registry, base_url, "
            "api_key, timeout, offline and api."
        )
    given = [registry, api, *server]
    if (registry is not None or api is not None) and sum(x is not None for x in given) > 1:
        raise InvalidInput("registry= and api= stand alone: leave out the other options.")
    if api is not None and not isinstance(api, AsyncApi):
        raise InvalidInput(f"api is {api!r:.100}; it must be an AsyncApi.")


def _of_other_protocols(options: Mapping[str, object]) -> set[str]:
    """Options of other file systems, each a mapping by its protocol, that stand beside one's own.

    fsspec hands them over where a mapping has options for several protocols.
    """
    given = {name for name, value in options.items() if isinstance(value, Mapping)}
    return given.intersection(available_protocols())


def opened_api(
    registry: PathLike[str] | str | None,
    base_url: str | None,
    api_key: str | None,
    timeout: float | None,
    offline: bool | None,
) -> AsyncApi:
    """What the storage options name: an embedded registry, or a server. No request."""
    if registry is None:
        return AsyncApi(timeout=timeout, api_key=api_key, base_url=base_url, offline=offline)
    folder = user_path(registry, "registry")
    # AsyncApi.local() would make one in a folder that is something else.
    if not has_database(folder):
        raise PathNotFound(
            f"There is no registry to read in {str(folder)!r}: registry= is the folder of one.",
            subject=str(folder),
        )
    return AsyncApi.local(folder)
