"""What the classes of a client have: public members, and the parameters of their methods."""

import inspect
import re
from collections.abc import Mapping
from typing import TypeAlias

#: A class's public names; for a method its parameters with their defaults, else `None`.
Members: TypeAlias = dict[str, list[str] | None]

#: The classes that both clients have.
CLASSES = (
    "Api",
    "Artifact",
    "ArtifactCollection",
    "ArtifactCollections",
    "ArtifactFiles",
    "ArtifactType",
    "ArtifactTypes",
    "Artifacts",
    "File",
    "Project",
    "ProjectArtifactCollections",
    "Registries",
    "Registry",
    "Run",
    "RunArtifacts",
)


def members_of(exported: Mapping[str, object]) -> dict[str, Members]:
    """The members of each class, `__init__` among them."""
    found: dict[str, Members] = {}
    for name in CLASSES:
        one = exported[name]
        methods = {member: _parameters(one, member) for member in ("__init__", *dir(one))}
        found[name] = {
            member: parameters
            for member, parameters in (dict.fromkeys(_assigned(one)) | methods).items()
            if member == "__init__" or not member.startswith("_")
        }
    return found


def _assigned(one: object) -> list[str]:
    """The attributes that the class sets when an object is made."""
    found: list[str] = re.findall(
        r"^ +self\.(\w+)(?:: [^=]+)? = ", inspect.getsource(vars(one)["__init__"]), re.MULTILINE
    )
    return found


def _parameters(one: object, member: str) -> list[str] | None:
    value = inspect.getattr_static(one, member)
    if not inspect.isfunction(value):
        return None
    parameters = list(inspect.signature(value).parameters.values())[1:]
    return [
        p.name if p.default is p.empty else f"{p.name}={p.default!r}"
        for p in parameters
        if p.kind in (p.POSITIONAL_OR_KEYWORD, p.POSITIONAL_ONLY, p.KEYWORD_ONLY)
    ]
