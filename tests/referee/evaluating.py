"""Evaluates expressions with a client, and tells what came of each as JSON."""

# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false
# (what an expression gives is of any type)

from __future__ import annotations

import base64
import datetime
import hashlib
import os
import warnings
from collections.abc import Mapping
from enum import Enum
from operator import methodcaller
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable
from urllib.parse import urlsplit

from tests.referee.subjects import SUBJECTS
from tests.referee.world import PROJECT, USER

Json: TypeAlias = "None | bool | int | float | str | list[Json] | dict[str, Json]"


@runtime_checkable
class Readable(Protocol):
    """An open file, as the official client gives one."""

    def read(self) -> str: ...
    def close(self) -> None: ...


class Listing(Protocol):
    """A list class of either client."""

    per_page: int

    @property
    def cursor(self) -> str | None: ...
    def __next__(self) -> object: ...


class Names(dict[str, object]):
    """What expressions may name; a subject is made when it is first named."""

    def __missing__(self, name: str) -> object:
        if name not in SUBJECTS:
            raise KeyError(name)
        self[name] = self.value(SUBJECTS[name])
        return self[name]

    def value(self, expression: str) -> object:
        """The value of one of this folder's own expressions."""
        return eval(expression, self)  # noqa: S307 - nobody else writes them

    def outcome(self, expression: str, statements: str = "") -> Json:
        """The value of an expression, after some statements; or the error that they end with."""
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                exec(statements, self)  # noqa: S102 - nobody else writes them
                return {"value": shown(self.value(expression))}
        except Exception as error:  # noqa: BLE001 - whatever comes is what is compared
            cause = getattr(error, "exc", None)
            inner = f"({type(cause).__name__})" if cause else ""
            return {"raises": f"{type(error).__name__}{inner}", "says": str(error)}


def shown(value: object) -> Json:
    """A value as JSON; what JSON has no word for comes with the name of its type."""
    if isinstance(value, Enum):
        found: Json = {"enum": str(value.value)}
    elif value is None or isinstance(value, bool | int | float | str):
        found = value
    elif isinstance(value, datetime.datetime):
        found = {"datetime": value.astimezone(datetime.UTC).isoformat()}
    elif isinstance(value, datetime.timedelta):
        found = {"timedelta": value.total_seconds()}
    elif isinstance(value, Mapping):
        found = {str(key): shown(item) for key, item in value.items()}
    elif isinstance(value, list | tuple):
        found = [shown(item) for item in value]
    else:
        found = {"a": type(value).__name__}
    return found


def names_of(api: object, client: object, exported: Mapping[str, object], scratch: Path) -> Names:
    """What the expressions name, with one client behind it.

    Args:
        api: the client's `Api`.
        client: the first argument of its documented classes.
        exported: its public names; only what can be called is taken.
        scratch: a folder to download to.
    """
    names = Names({name: one for name, one in exported.items() if callable(one)})

    def changed(subject: str, attribute: str, value: object) -> None:
        thing = names.value(SUBJECTS[subject])
        setattr(thing, attribute, value)
        methodcaller("save")(thing)

    def assigned(subject: str, attribute: str, value: object) -> object:
        thing = names.value(SUBJECTS[subject])
        setattr(thing, attribute, value)
        return getattr(thing, attribute)

    def place(name: str) -> Path:
        return scratch / name

    names |= {"api": api, "client": client, "scratch": place, "changed": changed}
    names |= {"assigned": assigned, "datetime": datetime.datetime}
    names |= {"E": USER, "KEY": USER, "PROJECT": PROJECT, "P": f"{USER}/{PROJECT}"}
    names |= {"timedelta": datetime.timedelta, "urlsplit": urlsplit, "os": os}
    names |= {one.__name__: one for one in (tree, damaged, extended, read, page_end, hex_id)}
    return names


def tree(folder: object) -> dict[str, str]:
    """Every file in a folder, with the digest of its content."""
    root = Path(str(folder))
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return {str(p.relative_to(root)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def damaged(folder: object) -> object:
    """The folder, with a byte of one file changed."""
    path = Path(str(folder)) / "large.bin"
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(b"!" + content[1:])
    return folder


def extended(folder: object) -> object:
    """The folder, with a file in it that is not the artifact's."""
    (Path(str(folder)) / "sub" / "extra.txt").write_text("extra")
    return folder


def read(file: object) -> str:
    """The text of an open file, or of the file at a path."""
    if isinstance(file, Readable):
        text = file.read()
        file.close()
        return text
    return Path(str(file)).read_text(encoding="utf-8")


def hex_id(identifier: str) -> str:
    """An id as manifests write it: the hex of its decoded bytes."""
    return base64.b64decode(identifier).hex()


def page_end(listing: Listing) -> str | None:
    """Take a listing's first page, and give the cursor behind it."""
    for _ in range(listing.per_page):
        next(listing)
    return listing.cursor
