"""Checks names; each check returns the value or refuses it."""

import re
from collections.abc import Collection, Iterable

from .errors import RegistryRefused

# Equal to W&B's [-\w]+([ ]*[-.\w]+)*, which takes exponential time on some texts.
_TYPE = re.compile(r"[-\w]([-.\w ]*[-.\w])?")
_TAG = re.compile(r"[-\w]+([ ]+[-\w]+)*")
_VIRTUAL_ALIAS = re.compile(r"v\d+", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_ENTITY = re.compile(r"[-\w.]{1,128}", re.ASCII)
LONGEST_NAME = 128
# How clients call the storage of the server itself; the second is that of W&B's server in a
# container, on one machine.
OWN_REGIONS = ("default", "minio-local")


def _plain(kind: str, name: str, forbidden: str) -> str:
    if not name.strip():
        article = "An" if kind[0] in "aeiou" else "A"
        raise RegistryRefused(f"{article} {kind} needs a name that is not empty.")
    if len(name) > LONGEST_NAME:
        raise RegistryRefused(
            f"The {kind} name {name[:40]!r}… has {len(name)} characters; {LONGEST_NAME} may be."
        )
    bad = sorted({char for char in name if char in forbidden or _CONTROL.match(char)})
    if bad:
        raise RegistryRefused(
            f"The {kind} name {name!r} must not contain {', '.join(map(repr, bad))}."
        )
    return name


def collection_name(name: str) -> str:
    return _plain("collection", name, "/:")


def project_name(name: str) -> str:
    return _plain("project", name, "/\\#?%:")


def entity_name(name: str) -> str:
    if not _ENTITY.fullmatch(name):
        raise RegistryRefused(
            f"{name[:60]!r} cannot name a user or team: letters, digits, '-', '_' and '.' can."
        )
    return name


def run_name(name: str) -> str:
    """The rule of the official client, which refuses the same characters."""
    _plain("run", name, ":;,#?/'")
    if name != name.strip():
        raise RegistryRefused(f"The run name {name!r} must not begin or end with a space.")
    return name


def type_name(name: str) -> str:
    _plain("type", name, "/:")
    if not _TYPE.fullmatch(name):
        raise RegistryRefused(
            f"The type name {name!r} is not allowed: use letters, digits, '_', '-', '.' and spaces."
        )
    return name


def storage_region(name: str | None, regions: Collection[str] = ()) -> None:
    """Refuses a region that is none of the registry's; all of them are its one folder."""
    known = (*OWN_REGIONS, *regions)
    if name and name not in known:
        raise RegistryRefused(
            f"There is no storage region {name!r}: this registry has its own folder only, which is "
            f"the region {' or '.join(map(repr, known))}."
        )


def unreserved(type_: str, collection: str) -> None:
    """Refuses the types that the system keeps for its own artifacts."""
    own = (
        type_.startswith("wandb-")
        or type_ == "job"
        or (type_ == "run_table" and collection.startswith("run-"))
        or (type_ == "code" and collection.startswith("source-"))
    )
    if own:
        raise RegistryRefused(
            f"Type {type_!r} is reserved for internal artifacts (collection {collection!r}); "
            "choose another type."
        )


def alias(name: str) -> str:
    _plain("alias", name, "/:")
    if _VIRTUAL_ALIAS.fullmatch(name):
        raise RegistryRefused(
            f"The alias {name!r} is reserved: the server numbers versions itself."
        )
    return name


def aliases(names: Iterable[str]) -> list[str]:
    """Checked, without repetition, in order."""
    return list(dict.fromkeys(alias(name) for name in names))


def tag(name: str) -> str:
    if len(name) > LONGEST_NAME or not _TAG.fullmatch(name):
        raise RegistryRefused(
            f"The tag {name[:60]!r} is not allowed: words of letters, digits, '_' and '-', with "
            f"spaces between them, {LONGEST_NAME} characters at most."
        )
    return name


def tags(names: Iterable[str]) -> list[str]:
    """Checked, without repetition, in order."""
    return list(dict.fromkeys(tag(name) for name in names))


def split_path(path: str, kind: str) -> tuple[str, str, str]:
    """`entity/project/name` in its three parts."""
    parts = path.split("/")
    if len(parts) != 3 or not all(parts):
        raise RegistryRefused(f"{path!r} does not name a {kind}; write entity/project/name.")
    return parts[0], parts[1], parts[2]
