"""Sign-in sessions: a signed cookie with the digest of a key.

The cookie is neither the key nor good for the API, and ends when the key does. Its name belongs to
the registry, for browsers give one port's cookies to all ports of a host.
"""

import hmac
import time
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from ..accounts.accounts import key_digest

LIFETIME_SECONDS = 14 * 24 * 3600
_DIGEST_CHARACTERS = 64


def cookie_name(secret: bytes) -> str:
    """The name of a registry's cookie."""
    return f"artifacts-{hmac.digest(secret, b'cookie name', 'sha256').hex()[:12]}"


def _signature(secret: bytes, digest: str, expires: str) -> str:
    return hmac.digest(secret, f"cookie\n{digest}\n{expires}".encode(), "sha256").hex()


def signed_in(secret: bytes, key: str, *, secure: bool) -> str:
    """The Set-Cookie header of who has given a key; `secure`: for HTTPS only."""
    digest, expires = key_digest(key), str(int(time.time()) + LIFETIME_SECONDS)
    value = f"{digest}.{expires}.{_signature(secret, digest, expires)}"
    return _header(secret, value, LIFETIME_SECONDS, secure=secure)


def signed_out(secret: bytes, *, secure: bool) -> str:
    """The Set-Cookie header that takes the cookie away."""
    return _header(secret, "", 0, secure=secure)


def _header(secret: bytes, value: str, seconds: int, *, secure: bool) -> str:
    # Lax, not Strict: who follows a link from a notebook is signed in. Pages change nothing.
    attributes = f"Path=/; Max-Age={seconds}; HttpOnly; SameSite=Lax"
    return f"{cookie_name(secret)}={value}; {attributes}{'; Secure' if secure else ''}"


def key_digest_in(headers: Mapping[str, str], secret: bytes) -> str | None:
    """The digest of the key that a request's cookie names; None: it has none that is good."""
    try:
        cookies = SimpleCookie(headers.get("cookie", ""))
    except CookieError:
        return None
    morsel = cookies.get(cookie_name(secret))
    digest, _, rest = (morsel.value if morsel else "").partition(".")
    expires, _, signature = rest.partition(".")
    if len(digest) != _DIGEST_CHARACTERS or not expires.isascii() or not expires.isdigit():
        return None
    genuine = _signature(secret, digest, expires).encode()
    given = signature.encode(errors="surrogatepass")
    if not hmac.compare_digest(genuine, given) or len(expires) > 12 or int(expires) < time.time():
        return None
    return digest
