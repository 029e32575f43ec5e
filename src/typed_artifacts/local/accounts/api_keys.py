"""The API keys of a registry: created, listed and revoked."""

import secrets
from contextlib import suppress
from pathlib import Path

from ..._values.string_sequences import StringSequence
from ..arguments import check_lists, check_texts
from ..errors import RegistryNotFound, RegistryRefused
from ..store import Store
from . import accounts
from .accounts import ApiKey

# Where `serve` keeps the key that it makes at its first start.
FIRST_KEY_FILE = "api-key"


def first_key(root: Path) -> str:
    """The key that `serve` keeps in the folder; empty where the file is not there, or has none."""
    with suppress(FileNotFoundError):
        kept = (root / FIRST_KEY_FILE).read_bytes().strip()
        if kept.isascii() and kept.decode("ascii").isprintable():
            return kept.decode("ascii")
    return ""


class ApiKeys:
    """The part of a registry that has to do with users and their keys."""

    root: Path
    store: Store

    def add_key(self, user: str, *, name: str = "", teams: StringSequence = ()) -> str:
        """A new API key for a user, who is made if new. The key itself is kept nowhere.

        Args:
            user: Whose key it is.
            name: What it is for.
            teams: Teams that the user becomes a member of, each made if new.

        Raises:
            RegistryRefused: The user is a team, a team is a user, or a name breaks a rule.
        """
        check_texts(user=user, name=name)
        check_lists(teams=teams)
        key = secrets.token_hex(20)
        with self.store.write() as connection:
            self.register_key(user, key, name=name)
            for team in teams:
                accounts.ensure_team(connection, team, [user])
        return key

    def list_keys(self) -> list[ApiKey]:
        """The API keys that there are, the oldest first. What they are is kept nowhere."""
        with self.store.read() as connection:
            return accounts.list_keys(connection)

    def revoke_keys(self, *, key: str = "", user: str = "") -> list[ApiKey]:
        """Ends API keys at once, also in servers that run; returns those that ended.

        File URLs that were made for them are good for another hour.

        Args:
            key: The key itself, or its number as `list_keys()` tells it.
            user: All keys of this user.

        Raises:
            RegistryNotFound: There is no such key.
        """
        check_texts(key=key, user=user)
        digest = accounts.key_digest(key)
        with self.store.write() as connection:
            ended = [
                each
                for each in accounts.list_keys(connection)
                if (key and (each.digest == digest or str(each.id) == key))
                or (user and each.user == user)
            ]
            if not ended:
                raise RegistryNotFound("There is no such API key; list them to see which exist.")
            accounts.remove_keys(connection, [each.id for each in ended])
            # Before the commit: if the process is killed in between, no key has been revoked.
            self._forget_first_key({each.digest for each in ended})
        return ended

    def _forget_first_key(self, digests: set[str]) -> None:
        """`serve` would give the key in this file to its user again."""
        kept = first_key(self.root)
        if kept and accounts.key_digest(kept) in digests:
            (self.root / FIRST_KEY_FILE).unlink()

    def register_key(self, user: str, key: str, *, name: str = "") -> None:
        """Lets a given key stand for a user, who is made if new."""
        check_texts(user=user, key=key, name=name)
        with self.store.write() as connection:
            user_id = self.user(user)
            known = accounts.user_of_key(connection, key)
            if known is None:
                accounts.add_key(connection, key, user_id, name)
            elif known != user_id:
                raise RegistryRefused("This API key already belongs to another user.")

    def user(self, name: str) -> int:
        """The number of a user, who is made if new, with an entity of the same name."""
        check_texts(name=name)
        with self.store.write() as connection:
            accounts.ensure_entity(connection, name)
            user = accounts.user_of_entity(connection, name)
        if user is None:
            raise RegistryRefused(f"{name!r} is a team or an organization, and no user.")
        return user
