"""Removes secrets from text: keys, tokens, passwords, signatures. Pure.

A server, a proxy or a library may quote what was sent. Each request's errors pass through here
last: those of GraphQL in ``attempt``, those of files in ``_transfer.http.redacting_source``.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from typing import Final, TypeAlias, final

from .._environment.variables import SHORTEST_SECRET
from .failures import causes_of

Hidden: TypeAlias = tuple[str, str]
"""A secret, and what is shown in its place."""

_KEY: Final = "[the API key]"
_TOKEN: Final = "[the token]"  # noqa: S105 -- what is shown in a token's place
SIGNED: Final = "[of the URL]"
"""What is shown in the place of a signature."""
_HEADER: Final = "[of a header]"
_PASSWORD: Final = "[the proxy's password]"  # noqa: S105 -- what is shown in its place
# Shorter values of a query are dates, lengths of time and names of algorithms.
_SHORTEST_SIGNATURE: Final = 20
# Headers whose values are always secret; a long value of another header may be one.
_SECRET_HEADER: Final = re.compile(
    "auth|cookie|credential|jwt|key|passw|secret|session|token", re.IGNORECASE
)
# The characters of a longer secret that are looked for: what follows is hidden up to its end. Each
# takes some time to prepare, and a URL, or the token in it, may have tens of thousands.
_MOST_SPELLED: Final = 256
_REST: Final = r"[^\s\"'<>]*"
# Each level of JSON in JSON doubles the backslashes before a character. No more are looked at from
# each place: a body of nothing else would take hours.
_MOST_BACKSLASHES: Final = 64
# The number of tokens to redact: earlier ones have expired.
_MOST: Final = 8
# What gives access to a file in URLs of S3, Google, Azure and CloudFront, and in ours.
_PERMISSION: Final = re.compile(
    r"((?:[?&;]|%3F|%26|\\u0026)(?:(?:X-(?:Amz|Goog)-)?(?:Signature|Credential|Security-Token)"
    r"|GoogleAccessId|AWSAccessKeyId|Key-Pair-Id|Policy|sig|(?:access_)?token)(?:=|%3D))"
    r"[^\s&\"'<>\\]+",
    re.IGNORECASE,
)


def token_of(api_key: str) -> bytes:
    """The key as it travels."""
    return b64encode(f"api:{api_key}".encode())


@final
class Redactor:
    """Knows the secrets of a client, and takes them out of texts, bodies and errors.

    Args:
        api_key: the key.
        headers: what is sent besides with every request.
        passwords: gives the passwords of the proxies that there are by then.
    """

    def __init__(
        self,
        api_key: str | None,
        headers: Mapping[str, str],
        passwords: Callable[[], Iterable[str]],
    ) -> None:
        self._hidden: tuple[Hidden, ...] = ()
        if api_key is not None and len(api_key) >= SHORTEST_SECRET:
            self._hidden = ((api_key, _KEY), (token_of(api_key).decode(), _KEY))
        self._lasting: tuple[Hidden, ...] = tuple(
            (part, _HEADER) for name, value in headers.items() for part in _secrets_in(name, value)
        )
        self._tokens: dict[str, str] = {}
        self._passwords = passwords

    def add_token(self, token: str) -> None:
        """Know another token: one that is sent from now on."""
        if len(token) >= SHORTEST_SECRET and token not in self._tokens:
            # In one step, as other threads add theirs.
            self._tokens[token] = _TOKEN
            for former in list(self._tokens)[:-_MOST]:
                self._tokens.pop(former, None)

    def for_url(self, url: str) -> Redactor:
        """The same, which also knows what in a URL is the permission to use it."""
        query = url.partition("?")[2].partition("#")[0]
        values = [query, *(pair.partition("=")[2] for pair in query.split("&"))]
        made, tokens = Redactor(None, {}, self._passwords), list(self._tokens.items())
        signed = [(value, SIGNED) for value in values if len(value) >= _SHORTEST_SIGNATURE]
        made._hidden = (*self._hidden, *tokens, *signed)
        made._lasting = self._lasting
        return made

    def text(self, text: str) -> str:
        """A text without secrets, however it spells them, and without the signatures of URLs."""
        return _PERMISSION.sub(rf"\1{SIGNED}", self._without(text))

    def content(self, content: bytes) -> bytes:
        """A body without secrets, in UTF-8; URLs are left as they are, as they may be its data."""
        encoding = json.detect_encoding(content)
        if not encoding.startswith("utf-8"):
            return self._without(content.decode(encoding, "replace")).encode("utf-8", "replace")
        text = content.decode(encoding, "surrogateescape")  # without the mark of utf-8-sig
        return self._without(text).encode("utf-8", "surrogateescape")

    def error(self, error: BaseException) -> None:
        """Take secrets out of what an error says, and of all errors that lie behind it."""
        for each in causes_of(error):
            each.args = tuple(self._value(value) for value in each.args)
            for name, value in list(vars(each).items()):
                vars(each)[name] = self._value(value)
            if isinstance(each, OSError) and each.strerror:  # which it shows, and not args
                each.strerror = self.text(each.strerror)

    def _without(self, text: str) -> str:
        passwords = ((secret, _PASSWORD) for secret in self._passwords())
        tokens = list(self._tokens.items())
        for secret, shown in (*self._hidden, *tokens, *self._lasting, *passwords):
            text = _spellings(secret).sub(shown, text)
        return text

    def _value(self, value: object) -> object:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, bytes | bytearray):
            return self.content(bytes(value))
        return value


def _secrets_in(name: str, value: str) -> list[str]:
    """A header's value, and its parts, as far as they may be secrets."""
    shortest = SHORTEST_SECRET if _SECRET_HEADER.search(name) else _SHORTEST_SIGNATURE
    return [part for part in (value, *re.split(r"[\s,;=]+", value)) if len(part) >= shortest]


@lru_cache(maxsize=64)
def _spellings(secret: str) -> re.Pattern[str]:
    """Matches a secret whose characters are each written as they are, or escaped.

    JSON in JSON has more than one backslash.
    """
    rest = _REST if len(secret) > _MOST_SPELLED else ""
    return re.compile("".join(map(_spelling, secret[:_MOST_SPELLED])) + rest)


def _spelling(character: str) -> str:
    code = ord(character)
    digits = "".join(f"[{digit}{digit.upper()}]" for digit in f"{code:x}")
    backslashes = rf"\\{{1,{_MOST_BACKSLASHES}}}+"
    ways = [
        re.escape(character),
        rf"{backslashes}u0*{digits}",
        rf"&#0*{code};",
        rf"&#[xX]0*{digits};",
    ]
    ways += [f"%(?:25)*{digits}"] if code < 128 else []
    ways += [f"{backslashes}/", "&sol;"] if character == "/" else []
    return f"(?:{'|'.join(ways)})"
