"""Explains errors of databases and file systems."""

import re

from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeout

_SENTENCES = {
    "database or disk is full": "the disk is full",
    "attempt to write a readonly database": "its folder is read-only",
    "unable to open database file": (
        "its database cannot be opened: its folder is gone, as a temporary one is after close(), "
        "or may not be used"
    ),
    "database is locked": "another process has been writing to it for an hour",
    "interrupted": "it takes too long; ask for less at once, or with a simpler filter",
    "file is not a database": "its registry.db is no database; put it back from a backup",
    "database disk image is malformed": "its registry.db is damaged; put it back from a backup",
}


# By PostgreSQL's codes of five characters, or the class that their first two name.
_STATES = {
    "57014": "it takes too long; ask for less at once, or with a simpler filter",
    "53100": "the disk is full",
    "53300": "the database has too many connections",
    "08": "the database cannot be reached",
    "57": "the database is being stopped",
    "28": "the database does not let this user in",
    "3D": "there is no such database",
    "42501": "the database does not allow it",
}
_BUSY = ("08", "53300", "57P", "40")


def sqlstate_of(error: Exception) -> str | None:
    """PostgreSQL's code of what went wrong; None for other databases.

    An error without one is of the connection: there is none, or it broke.
    """
    if isinstance(error, PendingRollbackError):  # a transaction whose connection broke before
        return "08000"
    orig = error.orig if isinstance(error, DBAPIError) else error
    if not type(orig).__module__.startswith("psycopg"):
        return None
    state: object = getattr(orig, "sqlstate", None)
    if isinstance(state, str):
        return state
    return "08000" if type(orig).__name__ == "OperationalError" else None


def is_busy(error: Exception) -> bool:
    """Whether it may go well a moment later."""
    state = sqlstate_of(error)
    if state is not None:
        return state.startswith(_BUSY)
    return isinstance(error, PoolTimeout) or "database is locked" in str(error)


def reason_of(error: Exception) -> str:
    """What went wrong in the database or the file system, for a person."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    text = str(error.orig) if isinstance(error, DBAPIError) else str(error)
    state = sqlstate_of(error)
    if state is not None and (reason := _STATES.get(state) or _STATES.get(state[:2])):
        return reason
    return _SENTENCES.get(text, re.sub(r"\s+", " ", text).strip(" .") or type(error).__name__)
