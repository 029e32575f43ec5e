"""Sign-in: whose the key or access token of a request is, and tokens for identity tokens."""

import binascii
from base64 import b64decode
from collections.abc import Mapping

from .. import names
from ..errors import RegistryError, RegistryStorageError
from ..messages import JSON, Reply, Request, failure, problem
from ..store import Store
from . import accounts
from .access_tokens import add_token, user_of_token
from .identity import TrustedIssuer, assertion_in, token_reply
from .permissions import Caller, caller_of_key


class SignIn:
    """Recognises who sends a request.

    Args:
        store: has the users, their keys and tokens.
        open_: whether any name is good as the key of the user of that name.
        keys: those that are good for this process only, and for everything: key → user.
        issuer: whose identity tokens are exchanged for access tokens, if there is one.
    """

    def __init__(
        self, store: Store, *, open_: bool, keys: Mapping[str, int], issuer: TrustedIssuer | None
    ) -> None:
        self._store = store
        self.takes_any_key = open_
        self._everything = {accounts.key_digest(key): Caller(user) for key, user in keys.items()}
        self._issuer = issuer

    def caller_of(self, request: Request) -> Caller | None:
        """The user of the key in the Authorization header; None if unknown."""
        key = _presented_key(request.headers.get("authorization", ""))
        return None if key is None else self.caller_of_key(key)

    def caller_of_key(self, key: str) -> Caller | None:
        """The user of a key or access token; None if unknown."""
        digest = accounts.key_digest(key)
        found = self.caller_of_digest(digest)
        if found is not None or not self.takes_any_key:
            return found
        user = self._named_user(key)
        return None if user is None else self._everything.setdefault(digest, Caller(user))

    def caller_of_digest(self, digest: str) -> Caller | None:
        """The same, given what is kept of the key."""
        known = self._everything.get(digest)
        if known is not None:
            return known
        # Checked at each request, so that a revoked key stops working at once.
        with self._store.read() as connection:
            user = user_of_token(connection, digest) if self._issuer else None
            found = caller_of_key(connection, digest) if user is None else Caller(user)
        if found is not None and self._issuer is not None:  # whose users have no keys to count
            return Caller(found.user, everything=False)
        if found is not None and self.takes_any_key:
            return self._everything.setdefault(digest, Caller(found.user))
        return found

    def _named_user(self, key: str) -> int | None:
        """The user of this name, made if new."""
        try:
            name = names.entity_name(key)
        except RegistryError:
            return None
        return self._user(name)

    def _user(self, name: str) -> int | None:
        with self._store.write() as connection:
            accounts.ensure_entity(connection, name)
            return accounts.user_of_entity(connection, name)

    def exchange(self, body: bytes) -> Reply:
        """POST /oidc/token: an access token for who brings a token of the issuer."""
        if self._issuer is None:
            return problem(404, "This registry trusts no issuer: sign in with an API key.")
        try:
            name = names.entity_name(self._issuer.user_of(assertion_in(body)))
            user = self._user(name)
        except RegistryStorageError as error:
            return failure(error)
        except RegistryError as error:
            return problem(400, str(error))
        if user is None:
            return problem(400, f"{name!r} is a team or an organization, and no user.")
        try:
            with self._store.write() as connection:
                token = add_token(connection, user, self._issuer.lifetime)
        except RegistryStorageError as error:
            return failure(error)
        headers = {**JSON, "cache-control": "no-store"}
        return Reply(200, headers, token_reply(token, self._issuer.lifetime))


def _presented_key(header: str) -> str | None:
    scheme, _, value = header.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip() or None
    if scheme.lower() != "basic":
        return None
    try:
        user, _, key = b64decode(value, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return None
    return key if user == "api" and key else None
