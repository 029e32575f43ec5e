"""Look-ups by path: checks of the names in it, and the error for the part that is missing."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Protocol, TypeVar

from ..._values.guards import is_text
from ..._values.names import LATEST
from ...errors import (
    InvalidInput,
    NotFoundError,
    NotLoadedError,
    UnsupportedByServer,
)
from ...settings import DEFAULT_PROJECT

if TYPE_CHECKING:
    from ..._graphql.artifact_collection_aliases import ArtifactCollectionAliases
    from ..._graphql.artifact_created_by import ArtifactCreatedBy
    from ..._graphql.artifact_used_by import ArtifactUsedBy
    from ..._graphql.enums import ArtifactDigestAlgorithm
    from ..._graphql.fragments import ArtifactAliasPage, RunPage

PageT = TypeVar("PageT")


class RunLike(Protocol):
    """What ``RunArtifacts`` needs of a run."""

    @property
    def entity(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def id(self) -> str: ...


class ArtifactLike(Protocol):
    """What ``ArtifactFiles`` needs of an artifact."""

    @property
    def entity(self) -> str: ...
    @property
    def project(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def file_count(self) -> int: ...
    @property
    def digest_algorithm(self) -> ArtifactDigestAlgorithm | None: ...


def known_file_count(artifact: ArtifactLike) -> int | None:
    """The number of its files, unless it is not loaded yet."""
    try:
        return artifact.file_count
    except NotLoadedError:
        return None


class KnownName(str):
    """A name that the server gave: another client chose it, and it is not checked."""

    __slots__ = ()


def subject_of(*optional: str, **names: str | None) -> str:
    """A path for error messages, from names that the server gave.

    Args:
        optional: which of the names may be ``None``, besides ``entity``.
        names: what each is called, and is.

    Raises:
        InvalidInput: a name is no string.
    """
    for argument, name in names.items():
        if not is_text(name) and (name is not None or argument not in {"entity", *optional}):
            raise InvalidInput(f"{argument} is {name!r:.200}; it must be a string.")
    return "/".join(name for name in names.values() if name is not None)


def checked_subject(*optional: str, **names: str | None) -> str:
    """A path for error messages, from names that a person may have given.

    Args:
        optional: which of the names may be ``None``, besides ``entity``.
        names: what each is called, and is.

    Raises:
        InvalidInput: a name is no string; or is empty or holds a slash, and is no ``KnownName``.
    """
    subject = subject_of(*optional, **names)
    for argument, name in names.items():
        if name is not None and not isinstance(name, KnownName):
            _check_given(name, argument)
    return subject


def refuse_version(name: str) -> None:
    """Raise ``InvalidInput`` where a collection's name is wanted and a version's is given."""
    if ":" in name:
        raise InvalidInput(f"{name!r} names a version; the name of a collection is wanted here.")


def _check_given(name: str, argument: str) -> None:
    if not name.strip(" "):
        raise InvalidInput(f"{argument} is empty; give its name.")
    # An alias may hold slashes: collection:alias.
    if "/" in name.partition(":")[0]:
        raise InvalidInput(f"{argument} is {name!r}; a name holds no slash.")


def not_found(kind: str, name: str, subject: str, operation: str, more: str = "") -> NotFoundError:
    """A sentence on the part of a path that the server says is not there, and what is to add."""
    within = "" if subject == name or name.startswith(subject) else f" (asked for {subject})"
    hint = _hint(kind, name, subject)
    is_list = kind.endswith("s")  # a list of what the name contains, such as files
    lacks = f"The server gives no {kind} of" if is_list else f"There is no {kind}"
    return NotFoundError(
        f'{lacks} "{name}"{within}, or this key may not see {"them" if is_list else "it"}.'
        f"{hint}{more}",
        missing=kind,
        operation=operation,
        subject=subject,
    )


def require_list(page: PageT | None, kind: str, subject: str, operation: str) -> PageT:
    """A page of a list.

    Raises:
        NotFoundError: the server gives null for it, which does not say that the list is empty.
    """
    if page is None:
        raise not_found(kind, subject, subject, operation)
    return page


def _hint(kind: str, name: str, subject: str) -> str:
    """What was probably meant, where a path looks like a common mistake."""
    if kind == "project" and name.rpartition("/")[2] == DEFAULT_PROJECT:
        return " It is meant by paths that name no project: name one, or set WANDB_PROJECT."
    path, _, last = subject.rpartition("/")
    if kind == "project" and re.fullmatch(r"v\d+", last):
        return f' A version is written with a colon: "{path.rpartition("/")[2]}:{last}".'
    if kind != "artifact version":
        return ""
    _, colon, alias = name.partition(":")
    if not colon or alias == LATEST:
        return f' The collection is there, and no version of it has the alias "{LATEST}".'
    number = re.fullmatch(r"V?(\d+)", alias)
    return f' The number of a version is written "v{number[1]}".' if number else ""


def too_old(kind: str, feature: str, subject: str, operation: str) -> UnsupportedByServer:
    """The error for a part of an answer that only a server with a feature gives."""
    return UnsupportedByServer(
        f"This server is too old to tell the {kind} of {subject}: it lacks {feature}. Have it "
        "upgraded.",
        feature=feature,
        operation=operation,
        subject=subject,
    )


def alias_page(data: ArtifactCollectionAliases, name: str, subject: str) -> ArtifactAliasPage:
    """A page of a collection's aliases.

    Raises:
        NotFoundError: the collection is gone.
    """
    if data.artifact_collection is None:
        raise not_found("artifact collection", name, subject, "ArtifactCollectionAliases")
    return data.artifact_collection.aliases


def user_page(data: ArtifactUsedBy, name: str, subject: str) -> RunPage:
    """A page of the runs that used a version.

    Raises:
        NotFoundError: the version is gone.
    """
    if data.artifact is None:
        raise not_found("artifact", name, subject, "ArtifactUsedBy")
    return data.artifact.used_by


def required_creator(data: ArtifactCreatedBy, name: str, subject: str) -> object:
    """Whoever made a version, as the server says.

    Raises:
        NotFoundError: the version is gone.
    """
    if data.artifact is None:
        raise not_found("artifact", name, subject, "ArtifactCreatedBy")
    return data.artifact.created_by
