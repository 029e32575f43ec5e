"""Network settings: proxies, certificates and time limits, for GraphQL and files alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, final

from ..errors import InvalidInput
from .proxies import Proxy, passwords, proxy_for

if TYPE_CHECKING:
    import ssl
    from collections.abc import Mapping

# A server that accepts no connection in this time is not reachable; the rest of a timeout is
# for the response.
CONNECT_SECONDS: Final = 10.0
# A transfer may pause for longer than a GraphQL response may take.
LEAST_READ_SECONDS: Final = 60.0
# Threads that carry files at once, unless a caller wants another number: what a server 100 ms away
# needs for small files. A transfer begins with one, and doubles them while they mostly wait.
DEFAULT_WORKERS: Final = 128


@final
class Network:
    """What a client's connections have in common; thread-safe, and right after a fork.

    Args:
        timeout: seconds that one request may take.
        verify: whether certificates are checked.
        proxies: scheme → proxy URL, over those of the environment.
        ssl_context: used for every https connection; otherwise one is made when it is needed.
    """

    def __init__(
        self,
        *,
        timeout: float,
        verify: bool = True,
        proxies: Mapping[str, str] | None = None,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        self.connect_seconds = min(timeout, CONNECT_SECONDS)
        self.read_seconds = max(timeout, LEAST_READ_SECONDS)
        self._verify = verify
        self._proxies = proxies or {}
        self._context = ssl_context

    def proxy(self, url: str) -> Proxy | None:
        """The proxy on the way to a URL.

        Raises:
            InvalidInput: the proxy that is needed has no usable address.
        """
        return proxy_for(url, self._proxies)

    def proxy_address(self, url: str) -> str | None:
        """The address of that proxy, without credentials.

        Raises:
            InvalidInput: the proxy that is needed has no usable address.
        """
        proxy = self.proxy(url)
        return None if proxy is None else proxy.url

    def proxy_passwords(self) -> list[str]:
        """What no error may repeat: the passwords of all proxies there are, as they travel."""
        return passwords(self._proxies)

    def ssl_context(self) -> ssl.SSLContext:
        """What https connections are made with; reading the certificates takes a while, once.

        Raises:
            InvalidInput: the certificates that the environment names cannot be read.
        """
        if self._context is None:
            from .certificates import tls_context

            # Two threads may both make one; both are equal.
            try:
                self._context = tls_context(verify=self._verify)
            except OSError as error:
                raise InvalidInput(
                    f"The certificates to trust cannot be read ({error}). Look at SSL_CERT_FILE, "
                    "SSL_CERT_DIR, REQUESTS_CA_BUNDLE and CURL_CA_BUNDLE, or pass ssl_context=."
                ) from error
        return self._context
