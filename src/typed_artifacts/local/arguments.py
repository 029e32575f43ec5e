"""Checks arguments of the Python API."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

from .._values.guards import (
    is_collection,
    is_mapping,
    is_number,
    is_sequence,
    is_text,
    is_whole_number,
)
from .._values.plain import plain_json
from .._values.string_sequences import StringSequence
from ..errors import InvalidInput
from .database.ids import timestamp
from .errors import RegistryRefused
from .json_values import is_object
from .storage.ingest import Files

# The longest time that a thread can wait, in hours.
_LONGEST = 1_000_000
_HOST = re.compile(r"\*|[^\s/@?#]+")
_ORIGIN = re.compile(r"\*|null|[A-Za-z][A-Za-z0-9+.-]*://[^\s/@?#]+")


def check_texts(**values: object) -> None:
    """Each is a text."""
    for name, value in values.items():
        if not isinstance(value, str):
            raise _refusal(name, value, "a string")
        try:
            value.encode()
        except UnicodeEncodeError:
            raise _refusal(name, value, "a string that UTF-8 can say") from None


def check_optional_texts(**values: object) -> None:
    """Each is a text, or None."""
    check_texts(**{name: value for name, value in values.items() if value is not None})


def check_lists(**values: StringSequence) -> None:
    """Each is a sequence of texts, and no text itself."""
    for name, value in values.items():
        if is_text(value) or not is_sequence(value):
            raise _refusal(name, value, "a list of strings")
        check_texts(**{f"{name}[{index}]": item for index, item in enumerate(value)})


def check_serving(most_put_bytes: int, regions: Collection[str]) -> None:
    """Checks the options of a server besides its features: a number of bytes, and regions."""
    if not is_whole_number(most_put_bytes) or most_put_bytes < 1:
        raise _refusal("most_put_bytes", most_put_bytes, "a whole number of bytes, 1 or more")
    check_regions(regions)


def check_regions(regions: Collection[str]) -> None:
    """They are names of regions."""
    if not is_collection(regions):
        raise _refusal("regions", regions, "a list of strings")
    check_texts(**{f"regions[{index}]": name for index, name in enumerate(regions)})
    if "" in regions:
        raise _refusal("regions", regions, "names of regions, and none of them empty")


def check_host(host: str) -> None:
    """It is an address or a name: an empty one would be every address of this machine."""
    if not is_text(host) or not host.strip():
        raise _refusal("host", host, "an address or a name; 0.0.0.0 and :: are all addresses")


def check_port(port: int) -> None:
    """It is a port, or 0 for a free one."""
    if not is_whole_number(port) or not 0 <= port < 1 << 16:
        raise _refusal("port", port, "a whole number from 0 to 65535")


def check_durations(least: int = 0, most: int = _LONGEST, /, **values: float) -> None:
    """Each is a number that can be waited for, or looked back."""
    for name, value in values.items():
        if not is_number(value) or not least <= value <= most:
            raise _refusal(name, value, f"a number from {least:,} to {most:,}")


def check_access(hosts: Sequence[str], origins: Sequence[str]) -> None:
    """They are names and origins as browsers send them, or ``*``: others would never be met."""
    check_lists(allow_hosts=hosts, allow_origins=origins)
    for index, host in enumerate(hosts):
        if not _HOST.fullmatch(host):
            raise _refusal(f"allow_hosts[{index}]", host, "a name such as registry.example")
    for index, origin in enumerate(origins):
        if not _ORIGIN.fullmatch(origin):
            wanted = "an origin such as https://example.org, without a path"
            raise _refusal(f"allow_origins[{index}]", origin, wanted)


def check_mappings(**values: Mapping[str, object] | None) -> None:
    """Each is a mapping whose keys are texts, or None."""
    for name, value in values.items():
        if value is None:
            continue
        if not is_mapping(value):
            raise _refusal(name, value, "a mapping")
        for key in value:
            check_texts(**{f"a key of {name}": key})


def json_object(
    name: str, value: Mapping[str, object], *, finite: bool = False
) -> dict[str, object]:
    """A mapping as an object of JSON; what in it is none is refused by its place.

    With `finite`, so are floats that are no numbers.
    """
    try:
        found = plain_json(value, name, finite=finite)
    except InvalidInput as error:
        raise RegistryRefused(str(error)) from error
    return found if is_object(found) else {}


def check_files(files: Files | None) -> None:
    """A folder, or a mapping from a path to a `Path`, bytes or text; or None."""
    if isinstance(files, Path) or files is None:
        return
    check_mappings(files=files)
    for name, source in files.items():
        if is_text(source):
            check_texts(**{f"files[{name!r}]": source})
        elif not isinstance(source, Path | bytes):
            raise _refusal(f"files[{name!r}]", source, "a Path, bytes or a string")


def check_times(ttl: object, created_at: object) -> None:
    """A time to live as a duration or whole seconds, and a moment; or None."""
    if isinstance(ttl, bool) or not isinstance(ttl, timedelta | int | None):
        raise _refusal("ttl", ttl, "a timedelta, or a whole number of seconds")
    seconds = ttl.total_seconds() if isinstance(ttl, timedelta) else ttl or 0
    if not 0 <= seconds < 2**63:
        raise RegistryRefused(f"ttl is {ttl!r}; it must be 0 or longer, below 2**63 seconds.")
    if 0 < seconds < 1:  # infinity would never end
        raise RegistryRefused(f"ttl is {ttl!r}; it must be 0, or a second or longer.")
    if not isinstance(created_at, datetime | None):
        raise _refusal("created_at", created_at, "a datetime")
    try:
        timestamp(created_at)
    except OverflowError:
        raise _refusal("created_at", created_at, "a time from the years 1 to 9999 in UTC") from None


def ttl_seconds(ttl: timedelta | int | None) -> int | None:
    """A time to live as the database stores it; -2 means for ever."""
    seconds = int(ttl.total_seconds()) if isinstance(ttl, timedelta) else ttl
    return -2 if seconds == 0 else seconds


def _refusal(name: str, value: object, wanted: str) -> RegistryRefused:
    return RegistryRefused(f"{name} is {value!r:.100}; it must be {wanted}.")
