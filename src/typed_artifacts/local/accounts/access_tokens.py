"""Access tokens of signed-in users, valid in all processes of a registry."""

import secrets
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from ..database.ids import timestamp
from ..database.tables import access_tokens
from .accounts import key_digest

_PREFIX = "tat_"  # scanners for secrets recognise a token by this
_OWNER = sa.select(access_tokens.c.user_id).where(
    access_tokens.c.digest == sa.bindparam("wanted"),
    access_tokens.c.expires_at > sa.bindparam("now"),
)


def add_token(connection: sa.Connection, user: int, lifetime: float) -> str:
    """A new token of a user, good for so many seconds. It is kept as a digest, and nowhere else."""
    token, now = f"{_PREFIX}{secrets.token_urlsafe(32)}", datetime.now(UTC)
    expired = access_tokens.c.expires_at <= timestamp(now)
    connection.execute(sa.delete(access_tokens).where(expired))
    ends = timestamp(now + timedelta(seconds=lifetime))
    values = {"digest": key_digest(token), "user_id": user, "expires_at": ends}
    connection.execute(sa.insert(access_tokens).values(**values))
    return token


def user_of_token(connection: sa.Connection, digest: str) -> int | None:
    """Whose token it is, if it is one that has not expired."""
    return connection.scalar(_OWNER, {"wanted": digest, "now": timestamp()})
