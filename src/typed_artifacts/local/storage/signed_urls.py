"""Signed file URLs, valid for an hour.

A signature is of everything that the URL allows: the method, the path, which names the content by
its digest, and the end. A URL with anything more or else in it is none of ours.
"""

import hmac
import time
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote

LIFETIME_SECONDS = 3600
_LONGEST_TIME = 12  # digits of a time in seconds


@dataclass(frozen=True, slots=True)
class Links:
    """Makes and checks URLs below `base_url`, for who is `in_process` the only ones to reach."""

    base_url: str
    secret: bytes
    in_process: bool = False

    def download(self, blob: str, name: str) -> str:
        """Where to GET a stored file. The name at the end is for people."""
        return self._signed("GET", f"/storage/blobs/{blob}/{quote(name)}")

    def upload(self, target: str) -> str:
        """Where to PUT a file: the target says what it will become."""
        return self._signed("PUT", f"/storage/uploads/{quote(target)}")

    def _signed(self, method: str, path: str) -> str:
        # Rounded up, so that the files of one page have equal ends and caches a chance.
        expires = (int(time.time()) // 60 + 1) * 60 + LIFETIME_SECONDS
        signature = self._sign(method, path, str(expires))
        return f"{self.base_url}{path}?expires={expires}&signature={signature}"

    def _sign(self, method: str, path: str, expires: str) -> str:
        message = f"{method}\n{path}\n{expires}".encode()
        return hmac.digest(self.secret, message, "sha256").hex()

    def allows(self, method: str, path: str, query: str) -> bool:
        """Whether a URL of ours, as it came back, is genuine and not too old."""
        try:
            fields = parse_qsl(query, strict_parsing=True, max_num_fields=2)
        except ValueError:
            return False
        if [name for name, _ in fields] != ["expires", "signature"]:
            return False
        expires, signature = (value for _, value in fields)
        if not (expires.isascii() and expires.isdigit() and len(expires) <= _LONGEST_TIME):
            return False
        genuine = self._sign(method, path, expires).encode()
        # Bytes of a query that are no UTF-8 become surrogates.
        given = signature.encode(errors="surrogatepass")
        return hmac.compare_digest(genuine, given) and int(expires) >= time.time()


__all__ = ["LIFETIME_SECONDS", "Links"]
