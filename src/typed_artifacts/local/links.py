"""File URLs that are their own permission: signed, and good for an hour."""

import hmac
import time
from dataclasses import dataclass
from urllib.parse import quote

LIFETIME_SECONDS = 3600


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks URLs below `base_url`."""

    base_url: str
    secret: bytes

    def download(self, blob: str, name: str) -> str:
        """Where to GET a stored file. The name at the end is for people."""
        return self._signed("GET", f"/storage/blobs/{blob}/{quote(name)}")

    def upload(self, target: str) -> str:
        """Where to PUT a file: the target says what it will become."""
        return self._signed("PUT", f"/storage/uploads/{quote(target)}")

    def _signed(self, method: str, path: str) -> str:
        # Rounded up, so that the files of one page have equal ends and caches a chance.
        expires = (int(time.time()) // 60 + 1) * 60 + LIFETIME_SECONDS
        return (
            f"{self.base_url}{path}?expires={expires}&signature={self._sign(method, path, expires)}"
        )

    def _sign(self, method: str, path: str, expires: int) -> str:
        message = f"{method}\n{path}\n{expires}".encode()
        return hmac.digest(self.secret, message, "sha256").hex()

    def allows(self, method: str, path: str, expires: str, signature: str) -> bool:
        """Whether a URL of ours, as it came back, is genuine and not too old."""
        if not expires.isascii() or not expires.isdigit() or int(expires) < time.time():
            return False
        return hmac.compare_digest(self._sign(method, path, int(expires)), signature)


__all__ = ["LIFETIME_SECONDS", "Links"]
